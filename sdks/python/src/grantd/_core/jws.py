"""A compact JWS (RFC 7515) taken apart: what may be in its header is decided here, whose it is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field

from .jwk import Key
from .strict import Json, Malformed, b64decode, compact, json_object

MAX_BYTES = 16 * 1024
"""The longest token that is read."""
_DANGEROUS = frozenset(("jku", "jwk", "x5u", "x5c", "crit", "b64"))


class ForbiddenHeader(ValueError):
    """The header has a member that could bring a key, fetch one, or change what is signed."""


@dataclass(slots=True)
class Jws:
    """Not verified yet. Nobody changes it: its header may be another token's too."""

    header: Json = field(repr=False)
    media_type: str = field(repr=False)
    """`typ`, case aside, without `application/` (section 4.1.9)."""
    payload: bytes = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def alg(self) -> str:
        """Only ever compared with the key's."""
        alg: str = self.header["alg"]
        return alg

    def typ_is(self, expected: str) -> bool:
        """Whether `typ` names this media type."""
        return self.media_type == expected.lower()

    def claims(self) -> Json:
        """The payload as an object. Raises Malformed."""
        return json_object(self.payload)

    def is_signed_by(self, key: Key) -> bool:
        """Whether the signature is the key's."""
        return key.verifies(self.signing_input, self.signature)


def parse(text: str, *, max_bytes: int = MAX_BYTES, takes_jwk: bool = False) -> Jws:
    """Takes a compact JWS apart. Raises Malformed and ForbiddenHeader."""
    if len(text) > max_bytes:
        raise Malformed("too long")
    head, payload, signed, signature = compact(text)
    header, media_type = read_header(head, takes_jwk=takes_jwk)
    return Jws(header, media_type, payload, signed, signature)


def read_header(head: str, *, takes_jwk: bool = False) -> tuple[Json, str]:
    """A header and the media type that it names (see `Jws`). Raises Malformed and ForbiddenHeader."""
    header = json_object(b64decode(head))
    if not (header.keys() - {"jwk"} if takes_jwk else header.keys()).isdisjoint(_DANGEROUS):
        raise ForbiddenHeader
    if not isinstance(header.get("alg"), str):
        raise Malformed("alg")
    if any(name in header and not isinstance(header[name], str) for name in ("typ", "kid")):
        raise Malformed("typ or kid")
    typ: str = header.get("typ", "")
    return header, typ.lower().removeprefix("application/")
