"""The resource-server side: `Verifier` says who calls. There for threads and, with `Async` in front, for event loops."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from inspect import isawaitable, iscoroutine, iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from ._core import options
from ._core.asking import Introspection
from ._core.async_runtime import AsyncRuntime
from ._core.challenge import Challenges, Reply, reply
from ._core.claims import Policy, Principal
from ._core.passes import Passes
from ._core.presented import Facts, credential_of
from ._core.replays import MOST
from ._core.runtime import SyncRuntime
from ._core.usage import Usage
from ._core.verifier import Credential, VerifierCore
from .errors import ConfigurationError, Refused
from .http import AsyncTransport, StandardTransport, ThreadTransport, Transport

if TYPE_CHECKING:
    from typing_extensions import Unpack


T = TypeVar("T")


class VerifierSettings(TypedDict, total=False):
    """What can be said of an API besides its issuer and audience; each has a default."""

    introspection: Introspection | None
    """How to ask about opaque tokens and API keys."""
    leeway: int
    """Seconds by which clocks may differ, whole ones from 0 to 300; 30."""
    types: Sequence[str]
    """Accepted `typ`; `at+jwt`."""
    tenant_claim: str
    """Where tokens name the tenant; `tenant`."""
    api_keys: bool
    """Whether `x-api-key` is taken; it is asked about."""
    dpop: bool
    """Whether 401 replies offer DPoP. Bound tokens are checked either way."""
    dpop_nonce: Callable[[], str] | None
    """Gives the nonce that proofs must carry now."""
    realm: str | None
    """For 401 replies."""
    resource_metadata: str | None
    """The address of the API's RFC 9728 document, for 401 replies."""
    base_url: str | None
    """The API's origin as clients see it, where a proxy changes it: scheme, host and port."""
    proof_memory: int
    """How many DPoP proofs are remembered, so that each works once; 100,000. One client has half of them at most, and where
    there is no room a request gets a 503.
    """
    on_refusal: Callable[[Refused, Any], object] | None
    """Called by every guard of this package, and not by `verify`, with each refusal, whose `__cause__` says why, and with the
    framework's request, or None where there is none. It blocks its request as long as it takes; what it raises is swallowed. An
    `AsyncVerifier` takes an `async` function too, which runs beside the request.
    """
    usage_reports: bool
    """Whether the server is told which permissions are used."""
    check_status: bool
    """Whether tokens that name a status list are looked up in it; on."""
    timeout: float
    """Seconds for each request to the issuer; 5."""
    clock: Callable[[], float]
    """Seconds since 1970."""


class _Base:
    """What both kinds of verifier are made of."""

    def __init__(self, issuer: str, audience: str | Sequence[str], settings: VerifierSettings) -> None:
        unknown = settings.keys() - VerifierSettings.__annotations__.keys()
        if unknown:
            raise TypeError(f"{type(self).__name__} has no setting {', '.join(sorted(unknown))}")
        introspection, clock = settings.get("introspection"), options.call("clock", settings.get("clock", time.time))
        api_keys, usage_reports, dpop, check_status = (
            options.switch(name, settings.get(name, default))
            for name, default in (
                ("api_keys", False),
                ("usage_reports", False),
                ("dpop", False),
                ("check_status", True),
            )
        )
        if introspection is not None and not isinstance(introspection, Introspection):
            raise ConfigurationError("introspection is an Introspection")
        if (api_keys or usage_reports) and introspection is None:
            raise ConfigurationError("API keys and usage reports need introspection")
        self._core = VerifierCore(
            Policy(
                issuer,
                options.texts("audience", (audience,) if isinstance(audience, str) else audience),
                options.whole("leeway", settings.get("leeway", 30), 0, 300),
                options.texts("types", settings.get("types", ("at+jwt",))),
                options.text("tenant_claim", settings.get("tenant_claim", "tenant")),
            ),
            clock=clock,
            timeout=options.seconds("timeout", settings.get("timeout", 5.0)),
            introspection_by=introspection,
            usage=Usage(clock) if usage_reports else None,
            check_status=check_status,
            nonce=_given(options.call, "dpop_nonce", settings.get("dpop_nonce")),
            proofs=options.whole("proof_memory", settings.get("proof_memory", MOST), 1, 2**40),
        )
        self._challenges = Challenges(
            _given(options.text, "realm", settings.get("realm")),
            _given(options.address, "resource_metadata", settings.get("resource_metadata")),
            ("Bearer", "DPoP") if dpop else ("Bearer",),
        )
        self._takes_keys = api_keys
        self._base_url = _given(options.origin, "base_url", settings.get("base_url"))
        self._on_refusal = _given(options.call, "on_refusal", settings.get("on_refusal"))

    def __repr__(self) -> str:
        policy = self._core.policy
        return f"{type(self).__name__}({policy.issuer!r}, {list(policy.audience)!r})"

    @property
    def audience(self) -> tuple[str, ...]:
        """What tokens for this API name as `aud`."""
        return self._core.policy.audience

    @property
    def usage_dropped(self) -> int:
        """How many uses will be in no report: those beyond 1,000 lines, and those of reports that the server refused, takes
        no more, or did not answer for twelve hours.
        """
        return self._core.usage.dropped if self._core.usage is not None else 0

    def _presented(self, facts: Facts, needed: Sequence[str]) -> Credential:
        return credential_of(facts, needed, takes_keys=self._takes_keys, base_url=self._base_url)

    def reply_to(self, refused: Refused) -> Reply:
        """The 401, 403 or 503 with its headers, for any framework."""
        return reply(refused, self._challenges)

    def tell(self, refused: Refused, request: Any = None) -> None:
        """Calls `on_refusal`: for a guard of your own, once for each refusal. The guards of this package do."""
        if self._on_refusal is None:
            return
        try:
            told = self._on_refusal(refused, request)
            if isawaitable(told):
                self._finish(told)
        except Exception:
            # Whoever is refused is told why, whatever becomes of what is written about it.
            pass

    def _finish(self, told: Awaitable[object]) -> None:
        """Where no loop is there to run it."""
        if iscoroutine(told):
            told.close()


def _given(check: Callable[[str, Any], T], name: str, value: Any) -> T | None:
    return None if value is None else check(name, value)


class Verifier(_Base):
    """Verifies access tokens of one issuer for one API; `audience` is what tokens for this API name as `aud`.

    With `introspection` opaque tokens work too, and with `api_keys` API keys: see `VerifierSettings`.
    """

    def __init__(
        self,
        issuer: str,
        audience: str | Sequence[str],
        *,
        transport: Transport | None = None,
        **settings: Unpack[VerifierSettings],
    ) -> None:
        super().__init__(issuer, audience, settings)
        told = self._on_refusal
        if iscoroutinefunction(told) or iscoroutinefunction(getattr(told, "__call__", None)):  # noqa: B004
            raise ConfigurationError(
                "on_refusal is a function for event loops; what is not `Async` needs one for threads"
            )
        self._runtime = SyncRuntime(options.transport(transport or StandardTransport(), is_async=False))

    def verify(self, token: str | Credential, *needed: str) -> Principal:
        """Who this token stands for, with these permissions. Raises Refused; what is no text at all is `malformed`, and
        None is `missing`.
        """
        known = self._core.at_once(token, needed)
        if known is not None:
            return known
        credential = Credential.bearer(token) if isinstance(token, str) else token
        return self._runtime.run(self._core.verify(credential, needed))

    def verify_request(self, facts: Facts, *needed: str) -> Principal:
        """The same from a request's headers. Raises Refused."""
        return self.verify(self._presented(facts, needed), *needed)

    def _let_pass(self, passes: Passes, facts: Facts, needed: Sequence[str]) -> Principal:
        """The same for a guard, which may not be the only one around its request."""
        credential, own = self._presented(facts, needed), passes.get(self, facts)
        known = self._core.at_once(credential, needed) if own.principal is None else None
        if known is None:
            return self._runtime.run(self._core.verify(credential, needed, own.principal, own.keep))
        own.keep(known)
        return known

    def close(self) -> None:
        """Reports what was counted. What the server does not take now is lost with the process."""
        self._runtime.settle()
        if self._core.usage is not None:
            self._runtime.run(self._core.usage.flush(self._core.server))


class AsyncVerifier(_Base):
    """`Verifier` for event loops. Without a `transport` requests to the issuer are sent from threads."""

    def __init__(
        self,
        issuer: str,
        audience: str | Sequence[str],
        *,
        transport: AsyncTransport | None = None,
        **settings: Unpack[VerifierSettings],
    ) -> None:
        super().__init__(issuer, audience, settings)
        self._runtime = AsyncRuntime(options.transport(transport or ThreadTransport(), is_async=True))

    def _finish(self, told: Awaitable[object]) -> None:
        if not self._runtime.let_run(told):
            super()._finish(told)

    async def verify(self, token: str | Credential, *needed: str) -> Principal:
        """Who this token stands for, with these permissions. Raises Refused."""
        known = self._core.at_once(token, needed)
        if known is not None:
            return known
        credential = Credential.bearer(token) if isinstance(token, str) else token
        return await self._runtime.run(self._core.verify(credential, needed))

    async def verify_request(self, facts: Facts, *needed: str) -> Principal:
        """The same from a request's headers. Raises Refused."""
        return await self.verify(self._presented(facts, needed), *needed)

    async def _let_pass(self, passes: Passes, facts: Facts, needed: Sequence[str]) -> Principal:
        """The same for a guard, which may not be the only one around its request."""
        credential, own = self._presented(facts, needed), passes.get(self, facts)
        known = self._core.at_once(credential, needed) if own.principal is None else None
        if known is None:
            return await self._runtime.run(self._core.verify(credential, needed, own.principal, own.keep))
        own.keep(known)
        return known

    async def close(self) -> None:
        """Reports what was counted. What the server does not take now is lost with the process."""
        await self._runtime.settle()
        if self._core.usage is not None:
            await self._runtime.run(self._core.usage.flush(self._core.server))
