"""How fast the verifier is beside the bare signature check and beside PyJWT, and what a kept token costs:
`python bench/verify.py [SECONDS]`. Prints, asserts nothing.

Slices of each are interleaved, so that a machine that slows down slows all of them; the medians of the ratios are printed.
"""

from __future__ import annotations

import base64
import json
import statistics
import sys
import time
from collections.abc import Callable

import jwt

from grantd import SigningKey, TokenManager, Verifier
from grantd._core.jwk import key_of
from grantd.testing import FakeIssuer

SLICE = 0.05


def rate(call: Callable[[], object]) -> float:
    """Calls per second of processor time."""
    began = time.process_time()
    count = 0
    while time.process_time() - began < SLICE:
        call()
        count += 1
    return count / (time.process_time() - began)


def private_key(alg: str) -> SigningKey:
    if alg == "ES256":
        return SigningKey.generate()
    from cryptography.hazmat.primitives.asymmetric import rsa

    return SigningKey(rsa.generate_private_key(65537, 2048), alg=alg)


def compare(alg: str, seconds: float) -> str:
    issuer = FakeIssuer(clock=time.time)
    key = private_key(alg)
    key.kid = "bench"
    issuer.keys = [key]
    token = issuer.mint({"scope": "invoices:read invoices:write customers:*"})
    head, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    public, data = key_of(key.public_jwk, alg), head.encode()
    theirs = jwt.PyJWK(json.loads(json.dumps({**key.public_jwk, "alg": alg})))
    verifier = Verifier(issuer.issuer, issuer.audience, transport=issuer)
    calls: dict[str, Callable[[], object]] = {
        "bare": lambda: public.verifies(data, raw),
        "grantd": lambda: verifier.verify(token, "invoices:read"),
        "PyJWT": lambda: jwt.decode(token, theirs, algorithms=[alg], audience=issuer.audience, issuer=issuer.issuer),
    }
    assert public.verifies(data, raw)
    ratios: dict[str, list[float]] = {"bare": [], "PyJWT": []}
    rates: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(max(5, int(seconds / SLICE / len(calls)))):
        measured = {name: rate(call) for name, call in calls.items()}
        for name, found in rates.items():
            found.append(measured[name])
        for name, found in ratios.items():
            found.append(measured["grantd"] / measured[name])
    medians = {name: statistics.median(found) for name, found in rates.items()}
    beside = {name: f"{medians[name]:,.0f}/s, ratio {statistics.median(found):.2f}" for name, found in ratios.items()}
    return f"{alg}: {medians['grantd']:,.0f}/s; bare signature {beside['bare']}; PyJWT {beside['PyJWT']}"


def kept_token() -> str:
    issuer = FakeIssuer()
    tokens = TokenManager(issuer.issuer, "c", "s", scopes=["a:read"], transport=issuer, clock=issuer.clock)
    tokens.get_access_token()
    return f"a kept token: {1e9 / statistics.median(rate(tokens.get_access_token) for _ in range(9)):,.0f} ns"


if __name__ == "__main__":
    for algorithm in ("ES256", "RS256"):
        print(compare(algorithm, float(sys.argv[1]) if len(sys.argv) > 1 else 3.0))
    print(kept_token())
