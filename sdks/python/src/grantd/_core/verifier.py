"""What an API asks of a request: from credential to principal, whichever kind of token it is. Must not know a web framework,
nor how requests to the issuer are sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace

from ..errors import GrantdError, Refused
from . import access_token, binding, dpop, introspection
from .asking import Asking, Introspection
from .claims import Policy, Principal, status_reference
from .effects import Flow, Shared
from .keys import Discovery, KeySource
from .lists import Lists, look_up
from .replays import MOST, Replays
from .usage import Usage

_OPAQUE = re.compile(r"[A-Za-z0-9._~+/=-]{1,4096}")


@dataclass(frozen=True)
class Credential:
    """A token or API key with the facts of its request that it may be bound to."""

    token: str = field(repr=False)
    scheme: str = "Bearer"
    """`Bearer`, `DPoP`, or `api_key` for what came as `x-api-key`."""
    method: str = "GET"
    url: str = ""
    """As the client sees it."""
    proof: str | None = field(default=None, repr=False)
    certificate: bytes | None = field(default=None, repr=False)
    """The client's TLS certificate, as DER."""

    @classmethod
    def bearer(cls, token: str) -> Credential:
        """A token alone."""
        return cls(token)


class VerifierCore:
    """One issuer, one API."""

    def __init__(
        self,
        policy: Policy,
        *,
        clock: Callable[[], float],
        timeout: float,
        introspection_by: Introspection | None = None,
        usage: Usage | None = None,
        check_status: bool = True,
        nonce: Callable[[], str] | None = None,
        proofs: int = MOST,
    ) -> None:
        self.policy = policy
        self._clock = clock
        self._discovery = Discovery(policy.issuer, clock, timeout)
        self._keys = KeySource(self._discovery, clock, timeout)
        self._asks = introspection_by
        self.server = Asking(self._discovery, introspection_by, timeout)
        self._cache = introspection.Cache(introspection_by.seconds if introspection_by else 0)
        self._replays = Replays(proofs)
        self._lists = Lists(self._discovery, self._keys, clock, timeout)
        self._check_status = check_status
        self._nonce = nonce
        self.usage = usage

    def at_once(self, presented: str | Credential, needed: Sequence[str] = ()) -> Principal | None:
        """Who this is, where nobody is to be asked or told: most calls by far, which a flow would make slower. Nothing where
        it takes more. Raises Refused.
        """
        if isinstance(presented, str):
            text, certificate = presented, None
        elif not isinstance(presented, Credential) or not isinstance(presented.token, str):
            raise _no_token(presented, needed)
        elif presented.scheme == "Bearer":
            text, certificate = presented.token, presented.certificate
        else:
            return None
        asks = self._asks
        if self.usage is not None or (asks is not None and (asks.always or not access_token.looks_like_jwt(text))):
            return None
        try:
            presented_token, now = access_token.parse(text, self.policy), self._clock()
            key = self._keys.kept(presented_token[0], now)
            if key is None:
                return None
            principal = access_token.verify(presented_token, key, self.policy, now)
            if self._check_status and "status" in principal.claims and not self._is_known_good(principal, now):
                return None
            if principal.confirmation is not None:
                binding.check(principal, scheme="Bearer", certificate=certificate, proof_key=None)
            _permits(principal, needed)
        except Refused as refused:
            raise _told(refused, "Bearer", needed) from _why(refused)
        return principal

    def verify(
        self,
        credential: Credential,
        needed: Sequence[str] = (),
        known: Principal | None = None,
        found: Callable[[Principal], None] | None = None,
    ) -> Flow[Principal]:
        """Who this is, with every permission in `needed`: `known` where the same request was verified before. `found` is told
        who it is before permissions are looked at. Raises Refused.
        """
        try:
            principal = (yield from self._checked(credential)) if known is None else known
            if found is not None:
                found(principal)
            _permits(principal, needed)
        except Refused as refused:
            raise _told(refused, credential.scheme, needed) from _why(refused)
        if self.usage is not None:
            yield from self.usage.count(principal, credential.token, needed, self.server)
        return principal

    def _checked(self, credential: Credential) -> Flow[Principal]:
        text = credential.token
        is_jwt = access_token.looks_like_jwt(text)
        if self._asks is not None and (self._asks.always or not is_jwt):
            principal = yield from self._introspected(text)
        else:
            principal = yield from self._by_key(text)
        if credential.scheme == "api_key":
            # A key may come as a bearer token too; a token never as a key.
            if principal.token_type != "api_key":
                raise Refused("scheme")
            return principal
        binding.scheme(principal, credential.scheme)
        owner = None
        if credential.scheme.lower() == "dpop":
            owner = dpop.check(
                credential.proof,
                method=credential.method,
                url=credential.url,
                access_token=text,
                now=self._clock(),
                replays=self._replays,
                bound_to=(principal.confirmation or {}).get("jkt", ""),
                client=principal.client_id,
                nonce=self._nonce() if self._nonce else None,
            )
        binding.check(principal, scheme=credential.scheme, certificate=credential.certificate, proof_key=owner)
        return principal

    def _by_key(self, text: str) -> Flow[Principal]:
        parsed = access_token.parse(text, self.policy)
        key = yield from self._keys.find(parsed[0])
        principal = access_token.verify(parsed, key, self.policy, self._clock())
        if self._check_status:
            yield from self._not_revoked(principal)
        return principal

    def _introspected(self, text: str) -> Flow[Principal]:
        if not _OPAQUE.fullmatch(text):
            raise Refused("malformed")
        name = self._cache.name(text)
        outcome = self._cache.get(name, self._clock())
        if outcome is None and self._cache.seconds <= 0:
            # Where nothing is remembered, nobody is told what was so before they asked.
            outcome = yield from self._ask_once(name, text)
        elif outcome is None:
            outcome = yield Shared(("introspection", name), lambda: self._ask_once(name, text))
        if isinstance(outcome, Refused):
            raise Refused(outcome.reason) from outcome
        assert outcome is not None  # noqa: S101 - for the type checker
        # What is remembered may have ended meanwhile.
        if outcome.expires_at is not None and not self._clock() < outcome.expires_at + self.policy.leeway:
            raise Refused("expired")
        return _own(outcome)

    def _ask_once(self, name: bytes, text: str) -> Flow[Principal | Refused]:
        outcome: Principal | Refused
        # It says what was so when it was asked, however long its answer took.
        asked_at = self._clock()
        try:
            outcome = introspection.read((yield from self.server.introspect(text)), self.policy, self._clock())
        except Refused as refused:
            if refused.reason == "unavailable":
                raise
            # Without the frames that it came through: it is kept.
            outcome = refused.with_traceback(None)
        except GrantdError as error:
            raise Refused("unavailable") from error
        self._cache.put(name, outcome, asked_at)
        return outcome

    def _is_known_good(self, principal: Principal, now: float) -> bool:
        """Whether the list that was fetched lately says so. Raises Refused where it says the contrary."""
        reference = status_reference(principal.claims)
        if reference is None:
            return True
        listed = self._lists.fresh(reference[0], now)
        if listed is None:
            return False
        look_up(listed, reference[1])
        return True

    def _not_revoked(self, principal: Principal) -> Flow[None]:
        reference = status_reference(principal.claims)
        if reference is not None:
            look_up((yield from self._lists.get(reference[0])), reference[1])


def _permits(principal: Principal, needed: Sequence[str]) -> None:
    held = principal.scopes
    for one in needed:
        if one not in held and principal.missing((one,)):
            if not isinstance(one, str):
                raise TypeError(
                    "each permission is a text of its own: verify(token, 'invoices:read', 'customers:read')"
                )
            raise Refused("scope", scopes=needed)


def _no_token(presented: object, needed: Sequence[str]) -> Refused:
    """Of what is neither a text nor a Credential with one: nothing at all, or something else."""
    token, scheme = (presented.token, presented.scheme) if isinstance(presented, Credential) else (presented, "Bearer")
    return _told(Refused("missing" if token is None else "malformed"), scheme, needed)


def _told(refused: Refused, scheme: str, needed: Sequence[str]) -> Refused:
    """What this caller is told. Several callers can be told by one exception; each gets its own."""
    own = Refused(refused.reason, scopes=needed, nonce=refused.nonce)
    own.tried = "DPoP" if scheme.lower() == "dpop" else "Bearer"
    return own


def _why(refused: Refused) -> BaseException | None:
    """What is behind a refusal, which may have come by others of its kind."""
    cause = refused.__cause__
    while isinstance(cause, Refused):
        cause = cause.__cause__
    return cause


def _own(principal: Principal) -> Principal:
    """The same, with claims that nobody else has: this one is remembered, and what a request does to it is its own affair."""
    bound_to = None if principal.confirmation is None else dict(principal.confirmation)
    return replace(principal, claims=deepcopy(principal.claims), confirmation=bound_to)
