"""What is at the edge of what is read, compared, kept and copied."""

from __future__ import annotations

import asyncio
import copy
import pickle
import threading
from typing import Any

import pytest

from grantd import ConfigurationError, Credential, Refused, SigningKey, UnavailableError, Verifier, errors
from grantd._core import schedule
from grantd._core.address import target_uri
from grantd._core.jws import Jws
from grantd.httpx import Auth
from grantd.testing import FakeClock, FakeIssuer

from .asking import reason, verifier
from .support import LIBRARIES, async_manager, manager

MADE: dict[type[Exception], tuple[Any, ...]] = {errors.Refused: ("scope",), errors.InsufficientScopeError: (["a:b"],)}
ALL = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.GrantdError)]


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_an_error_can_be_copied_and_sent_to_another_process(kind: Any, again: Any) -> None:
    error = kind(
        *MADE.get(kind, ("invalid_grant", "it is over", 400) if issubclass(kind, errors.OAuthError) else ("x",))
    )
    if isinstance(error, UnavailableError):
        error.retry_after = 7
    if isinstance(error, Refused):
        error.tried = "DPoP"
    made = again(error)
    assert type(made) is kind and made is not error
    assert (str(made), made.args, vars(made)) == (str(error), error.args, vars(error))


def test_a_challenge_is_read_in_steps_of_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [0]
    plain = schedule._after

    def counted(what: Any, value: str, position: int) -> int:
        end = plain(what, value, position)
        steps[0] += end - position + 1
        return end

    monkeypatch.setattr(schedule, "_after", counted)
    odd = "\x01"
    for value in (
        "Bearer" + " " * 8000 + odd + "x",
        "Bearer" + " " * 2600 + "," * 2600 + " " * 2600 + odd,
        "Bearer" + " ," * 4000 + odd,
        "a " * 4000,
        "a=b, " * 1600 + odd,
        "Bearer " + "a" * 4000 + "=" * 4000 + odd,
        'Bearer a="' + "\\" * 8000,
    ):
        steps[0] = 0
        schedule.challenges([value])
        assert steps[0] < 6 * 8192
    many = ["Bearer " + "x=y, " * 1000] * 100
    assert len(schedule.challenges(many)) <= 2, "all values together have one limit"


def test_a_spent_proof_does_not_pass_at_its_edge(
    grantd_issuer: FakeIssuer, grantd_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, key, url = verifier(grantd_issuer), SigningKey.generate(), "https://api.example.test/x"
    token = grantd_issuer.mint({"cnf": {"jkt": key.thumbprint}})
    began, real = grantd_clock(), Jws.is_signed_by
    within, may_go_on = threading.Event(), threading.Event()
    late: list[str] = []

    def sent() -> Credential:
        return Credential(token, "DPoP", "GET", url, key.proof("GET", url, grantd_clock(), access_token=token))

    def held_up(self: Jws, own: Any) -> bool:
        if threading.current_thread() is slow:
            within.set()
            assert may_go_on.wait(30)
        return real(self, own)

    monkeypatch.setattr(Jws, "is_signed_by", held_up)
    stolen = sent()
    slow = threading.Thread(target=lambda: late.append(reason(subject, stolen)))
    assert reason(subject, stolen) == "ok"
    grantd_clock.now = began + 59.999
    slow.start()
    assert within.wait(30)
    grantd_clock.now = began + 60.001
    assert reason(subject, sent()) == "ok", "which makes room"
    may_go_on.set()
    slow.join(30)
    assert late == ["proof_replayed"]


@LIBRARIES
def test_where_a_redirect_leads_gets_a_proof_of_its_own(grantd_issuer: FakeIssuer, library: Any, adapter: Any) -> None:
    key, api = SigningKey.generate(), "https://api.example.test"
    subject, seen = verifier(grantd_issuer), []

    def answer(request: Any) -> Any:
        path = request.url.path
        seen.append(path)
        if path == "/x":
            return library.Response(307, headers={"Location": "/x/"})
        token = request.headers["authorization"].removeprefix("DPoP ")
        credential = Credential(token, "DPoP", request.method, str(request.url), request.headers["dpop"])
        said = reason(subject, credential)
        challenge = {"WWW-Authenticate": 'DPoP error="invalid_dpop_proof"'}
        return library.Response(200 if said == "ok" else 401, headers={} if said == "ok" else challenge)

    transport: Any = library.MockTransport(answer)
    tokens = manager(grantd_issuer, dpop_key=key, resource=grantd_issuer.audience)
    with library.Client(transport=transport, auth=adapter.Auth(tokens), follow_redirects=True) as client:
        assert client.post(f"{api}/x", json={"a": 1}).status_code == 200
        assert client.get(f"{api}/x/").status_code == 200
    assert seen == ["/x", "/x/", "/x/", "/x/"]

    async def run() -> None:
        auth = adapter.Auth(async_manager(grantd_issuer, dpop_key=key, resource=grantd_issuer.audience))
        async with library.AsyncClient(transport=transport, auth=auth, follow_redirects=True) as client:
            assert (await client.get(f"{api}/x")).status_code == 200

    asyncio.run(run())


def test_a_proof_is_for_an_address(grantd_issuer: FakeIssuer) -> None:
    key, now = SigningKey.generate(), grantd_issuer.clock()
    assert key.proof("GET", "https://api.example.test/a?" + "x" * 5000, now)
    for wrong in ("https://h/%zz", "/a", "https://h/" + "x" * 2048, "https://u@h/", "https://h\\x/"):
        assert target_uri(wrong) is None
        with pytest.raises(ConfigurationError):
            key.proof("GET", wrong, now)


@pytest.mark.parametrize("wrong", ["https://h?", "https://h#", "https://h/?", "https://h/#", "https://@h"])
def test_an_origin_has_nothing_after_it(grantd_issuer: FakeIssuer, wrong: str) -> None:
    with pytest.raises(ConfigurationError):
        Verifier(grantd_issuer.issuer, grantd_issuer.audience, base_url=wrong)
    with pytest.raises(ConfigurationError):
        Auth(manager(grantd_issuer), base_url=wrong)
