"""`usage_reports`: what an API reports of uses, each once, and that nothing of it is in the way of a call."""

from __future__ import annotations

import json
import threading
from typing import Any
from urllib.parse import parse_qsl

from grantd.testing import FakeClock, FakeIssuer, hangs, replies, unreachable

from .test_resource import ASKS, verifier


def test_usage_reports(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    subject = verifier(grantd_issuer, introspection=ASKS, usage_reports=True)
    for number in range(3):
        subject.verify(grantd_issuer.mint({"scope": "*", "client_id": f"client-{number % 2}"}), "invoices:read")
    counted = {("invoices:read", "client-0"): 2, ("invoices:read", "client-1"): 1}
    assert subject._core.usage is not None and subject._core.usage.counts() == counted
    assert grantd_issuer.count("usage") == 0
    grantd_issuer.faults("usage", unreachable())
    subject.close()
    assert not grantd_issuer.uses
    token = grantd_issuer.mint({"scope": "*", "client_id": "client-0"})
    for number in range(250):
        subject.verify(token, f"p{number}:read")
    subject.verify(token, "p0:read")
    subject.close()
    assert [len(report) for report in reports(grantd_issuer)] == [2, 2, 200, 50]
    assert grantd_issuer.uses["client-0", "invoices:read"] == 2 and grantd_issuer.uses["client-0", "p0:read"] == 2
    assert grantd_issuer.uses.total() == 3 + 251, "each use once, although a report failed"
    for number in range(2000):
        subject.verify(grantd_issuer.mint({"scope": "*", "client_id": f"client-{number}"}), "invoices:read")
    assert len(subject._core.usage.counts()) == 1000


def reports(issuer: FakeIssuer) -> list[Any]:
    sent = [request.body or b"" for name, request in issuer.requests if name == "usage"]
    return [json.loads(dict(parse_qsl(body.decode()))["uses"]) for body in sent]


def test_a_report_whose_answer_got_lost_counts_once(grantd_issuer: FakeIssuer) -> None:
    subject = verifier(grantd_issuer, introspection=ASKS, usage_reports=True)
    token = grantd_issuer.mint({"scope": "*"})
    subject.verify(token, "invoices:read")

    def is_taken_and_says_nothing(request: Any) -> Any:
        grantd_issuer._usage(request)
        return hangs()(request)

    grantd_issuer.faults("usage", is_taken_and_says_nothing, replies(503))
    subject.close()
    subject.verify(token, "invoices:read")
    for _ in range(3):
        subject.close()
    first, again, third, after = reports(grantd_issuer)
    assert first == again == third, "the same lines under the same name, until they have an answer"
    assert grantd_issuer.uses == {("client-1", "invoices:read"): 2} and len(after) == 1


def test_what_the_server_finds_wrong_is_not_sent_for_ever(grantd_issuer: FakeIssuer) -> None:
    subject = verifier(grantd_issuer, introspection=ASKS, usage_reports=True)
    subject.verify(grantd_issuer.mint({"scope": "*"}), "invoices:read")
    grantd_issuer.faults("usage", replies(400, {"error": "invalid_request"}))
    for _ in range(2):
        subject.close()
    assert grantd_issuer.count("usage") == 1 and not grantd_issuer.uses


def test_usage_reports_end(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    hour = 3600
    subject = verifier(grantd_issuer, introspection=ASKS, usage_reports=True)
    assert subject._core.usage is not None
    # None but those that are asked for.
    subject._core.usage._every, subject._core.usage._due = 99 * hour, grantd_clock() + 99 * hour

    def use(*scopes: str) -> None:
        subject.verify(grantd_issuer.mint({"scope": "*"}), *scopes)

    def flush() -> int:
        subject.close()
        subject._runtime.settle()
        return subject.usage_dropped

    def look_again() -> None:
        """The metadata is old by now, and is fetched beside the calls."""
        subject._runtime.run(subject._core._discovery.get())
        subject._runtime.settle()

    grantd_issuer.faults("usage", *[unreachable()] * 3)
    use("a:read", "a:read")
    assert flush() == 0
    use("b:read")
    grantd_clock.advance(12 * hour - 1)
    assert flush() == 0
    grantd_clock.advance(1)
    assert flush() == 2, "it was as old as it may become"
    grantd_issuer.takes_reports = False
    grantd_clock.advance(hour)
    look_again()
    assert flush() == 3
    grantd_issuer.takes_reports = True
    grantd_clock.advance(hour)
    look_again()
    use("c:read")
    grantd_issuer.faults("usage", replies(400, {"error": "invalid_request"}))
    assert flush() == 4
    assert [report[0]["permission"] for report in reports(grantd_issuer)] == ["a:read", "a:read", "b:read", "c:read"]
    for number in range(1007):
        use(f"p{number}:read")
    assert flush() == 11 and grantd_issuer.uses.total() == 1000


def test_while_no_report_is_taken_uses_are_counted_on_up_to_the_bound(
    grantd_issuer: FakeIssuer, grantd_clock: FakeClock
) -> None:
    subject = verifier(grantd_issuer, introspection=ASKS, usage_reports=True)
    grantd_issuer.faults("usage", *[unreachable()] * 100)
    token = grantd_issuer.mint({"scope": "*", "exp": int(grantd_clock()) + 99_999})
    for number in range(3000):
        subject.verify(token, f"p{number}:read")
        if number % 1000 == 0:
            subject.close()
    usage = subject._core.usage
    assert usage is not None and len(usage._unanswered) == 1 and len(usage.counts()) == 1000
    grantd_issuer._faults.clear()
    subject.close()
    assert grantd_issuer.uses.total() == 1001 and not usage.counts()


def test_reports_that_begin_at_once_are_sent_once(grantd_issuer: FakeIssuer) -> None:
    subject = verifier(grantd_issuer, introspection=ASKS, usage_reports=True)
    for number in range(300):
        subject.verify(grantd_issuer.mint({"scope": "*", "client_id": f"client-{number}"}), "invoices:read")
    threads = [threading.Thread(target=subject.close) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert grantd_issuer.uses.total() == 300 and grantd_issuer.count("usage") == 2


def test_a_server_that_takes_no_reports_is_told_with_a_token(grantd_issuer: FakeIssuer) -> None:
    grantd_issuer.takes_reports = False
    subject = verifier(grantd_issuer, introspection=ASKS, usage_reports=True)
    subject.verify(grantd_issuer.mint({"scope": "*"}), "invoices:read", "invoices:write")
    subject.close()
    sent = [request.body or b"" for name, request in grantd_issuer.requests if name == "introspect"]
    assert len(sent) == 1 and b"scope=invoices%3Aread+invoices%3Awrite" in sent[-1]


def test_a_client_of_which_such_a_server_did_not_hear_is_told_of_again(grantd_issuer: FakeIssuer) -> None:
    grantd_issuer.takes_reports = False
    subject = verifier(grantd_issuer, introspection=ASKS, usage_reports=True)
    for name in ("one", "two", "three"):
        subject.verify(grantd_issuer.mint({"scope": "*", "client_id": name}), "invoices:read")
    answered = replies(200, {"active": True})
    grantd_issuer.faults("introspect", answered, unreachable())
    subject.close()
    assert subject._core.usage is not None
    assert {holder for _, holder in subject._core.usage.counts()} == {"two", "three"}
    subject.close()
    assert grantd_issuer.count("introspect") == 4 and not subject._core.usage.counts()
