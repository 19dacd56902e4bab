"""The replies of an API that refuses, exactly (`spec/vectors/challenges.json`): RFC 6750 section 3, RFC 9449 section 7,
RFC 9728 section 5. Must not know any web framework.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import Refused
from .jwk import ALGORITHMS

_DPOP_ALGS = " ".join(sorted(ALGORITHMS, key=["ES256", "RS256", "PS256", "EdDSA"].index))


@dataclass(frozen=True)
class Challenges:
    """What every refusal of this API says about it."""

    realm: str | None = None
    resource_metadata: str | None = None
    schemes: tuple[str, ...] = ("Bearer",)


@dataclass(frozen=True)
class Reply:
    """A refusal as HTTP."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def reply(refused: Refused, configured: Challenges) -> Reply:
    """The reply to a request that may not pass."""
    headers = [("Cache-Control", "no-store"), ("Content-Type", "application/json")]
    if refused.status == 503:
        headers.append(("Retry-After", "5"))
    else:
        # Whoever tried DPoP looks for what is wrong with it in a challenge of DPoP, announced or not.
        unannounced = ("DPoP",) if refused.tried == "DPoP" and "DPoP" not in configured.schemes else ()
        schemes = (*configured.schemes, *unannounced)
        tried = refused.tried if refused.tried in schemes else schemes[0]
        headers += [
            ("WWW-Authenticate", _challenge(scheme, refused, configured, is_tried=scheme == tried))
            for scheme in schemes
        ]
    if refused.nonce is not None:
        headers.append(("DPoP-Nonce", refused.nonce))
    error = refused.error or {401: "missing_token", 503: "temporarily_unavailable"}[refused.status]
    body = {"error": error, "error_description": refused.description}
    if refused.reason == "scope":
        body["scope"] = " ".join(refused.scopes)
    return Reply(refused.status, tuple(headers), json.dumps(body).encode())


def _challenge(scheme: str, refused: Refused, configured: Challenges, *, is_tried: bool) -> str:
    parameters: list[tuple[str, str]] = []
    if configured.realm is not None:
        parameters.append(("realm", configured.realm))
    if scheme == "DPoP":
        parameters.append(("algs", _DPOP_ALGS))
    if refused.error and is_tried:
        parameters += [("error", refused.error), ("error_description", refused.description)]
    if refused.scopes and refused.reason in ("missing", "scope"):
        parameters.append(("scope", " ".join(refused.scopes)))
    if configured.resource_metadata is not None:
        parameters.append(("resource_metadata", configured.resource_metadata))
    return f"{scheme} {_joined(parameters)}".rstrip()


def _joined(parameters: Sequence[tuple[str, str]]) -> str:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    return ", ".join(f"{name}={quoted(text)}" for name, text in parameters)
