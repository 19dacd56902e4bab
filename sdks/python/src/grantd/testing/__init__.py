"""What tests need: an issuer inside the test (`FakeIssuer`), a clock that stands still (`FakeClock`), faults by script. The
pytest plugin gives both as fixtures, `grantd_issuer` and `grantd_clock`.
"""

from .clock import FakeClock
from .faults import Fault, hangs, replies, unreachable
from .issuer import FakeIssuer

__all__ = ["FakeClock", "FakeIssuer", "Fault", "hangs", "replies", "unreachable"]
