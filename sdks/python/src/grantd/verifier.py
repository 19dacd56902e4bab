"""The resource-server side: `Verifier` says who calls. There for threads and, with `Async` in front, for event loops."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypedDict

from ._core.asking import Introspection
from ._core.challenge import Challenges, Reply, reply
from ._core.claims import Policy, Principal
from ._core.presented import Facts, credential_of
from ._core.runtime import AsyncRuntime, SyncRuntime
from ._core.usage import Usage
from ._core.verifier import Credential, VerifierCore
from .errors import ConfigurationError, Refused
from .http import AsyncTransport, StandardTransport, ThreadTransport, Transport

if TYPE_CHECKING:
    from typing_extensions import Unpack


class VerifierSettings(TypedDict, total=False):
    """What can be said of an API besides its issuer and audience; each has a default."""

    introspection: Introspection | None
    """How to ask about opaque tokens and API keys."""
    leeway: int
    """Seconds by which clocks may differ; 30."""
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
    """The API's origin as clients see it, where a proxy changes it."""
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
        introspection, clock = settings.get("introspection"), settings.get("clock", time.time)
        api_keys, usage_reports = settings.get("api_keys", False), settings.get("usage_reports", False)
        audiences = (audience,) if isinstance(audience, str) else tuple(audience)
        if not audiences or not all(audiences):
            raise ConfigurationError("a verifier needs the audience: what tokens for this API name as `aud`")
        if (api_keys or usage_reports) and introspection is None:
            raise ConfigurationError("API keys and usage reports need introspection")
        self._core = VerifierCore(
            Policy(
                issuer,
                audiences,
                settings.get("leeway", 30),
                tuple(settings.get("types", ("at+jwt",))),
                settings.get("tenant_claim", "tenant"),
            ),
            clock=clock,
            timeout=settings.get("timeout", 5.0),
            introspection_by=introspection,
            usage=Usage(clock) if usage_reports else None,
            check_status=settings.get("check_status", True),
            nonce=settings.get("dpop_nonce"),
        )
        schemes = ("Bearer", "DPoP") if settings.get("dpop") else ("Bearer",)
        self._challenges = Challenges(settings.get("realm"), settings.get("resource_metadata"), schemes)
        self._takes_keys = api_keys
        self._base_url = settings.get("base_url")

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
        self._runtime = SyncRuntime(transport or StandardTransport())

    def verify(self, token: str | Credential, *needed: str) -> Principal:
        """Who this token stands for, with these permissions. Raises Refused."""
        known = self._core.at_once(token, needed)
        if known is not None:
            return known
        credential = Credential.bearer(token) if isinstance(token, str) else token
        return self._runtime.run(self._core.verify(credential, needed))

    def verify_request(self, facts: Facts, *needed: str) -> Principal:
        """The same from a request's headers. Raises Refused."""
        return self.verify(self._presented(facts, needed), *needed)

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
        self._runtime = AsyncRuntime(transport or ThreadTransport())

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

    async def close(self) -> None:
        """Reports what was counted. What the server does not take now is lost with the process."""
        await self._runtime.settle()
        if self._core.usage is not None:
            await self._runtime.run(self._core.usage.flush(self._core.server))
