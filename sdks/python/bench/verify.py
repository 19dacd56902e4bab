"""How fast the verifier is beside the bare signature check and beside PyJWT, and what a kept token costs:
`python bench/verify.py [SECONDS]`. Prints, asserts nothing.

The bare check is a call of cryptography, on which all of Python's maintained libraries stand: the key, the signature and the
signed bytes are ready, and nothing of the token is read. Slices of each are interleaved and measured in processor time, so
that a machine that does other things slows all of them; the medians of the ratios are printed.
"""

from __future__ import annotations

import base64
import json
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from grantd import SigningKey, TokenManager, Verifier
from grantd.testing import FakeIssuer

SLICE = 0.02
CALLS = 20
ALGORITHMS = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


def rate(call: Callable[[], object]) -> float:
    """Calls per second of processor time."""
    began = time.process_time()
    count, spent = 0, 0.0
    while spent < SLICE:
        # Asking for the time is a call of the system, and costs as much as some checks.
        for _ in range(CALLS):
            call()
        count += CALLS
        spent = time.process_time() - began
    return count / spent


def bare(key: SigningKey, private: object, token: str) -> Callable[[], object]:
    """The check of the signature alone, of a token that was taken apart before."""
    head, _, tail = token.rpartition(".")
    data, signature = head.encode(), base64.urlsafe_b64decode(tail + "=" * (-len(tail) % 4))
    public = private.public_key()
    if key.alg == "ES256":
        der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
        scheme = ec.ECDSA(hashes.SHA256())
        return lambda: public.verify(der, data, scheme)
    if key.alg == "RS256":
        digest, form = hashes.SHA256(), padding.PKCS1v15()
        return lambda: public.verify(signature, data, form, digest)
    return lambda: public.verify(signature, data)


def compare(alg: str, seconds: float) -> str:
    issuer = FakeIssuer(clock=time.time)
    private = ALGORITHMS[alg]()
    key = SigningKey(private, alg=alg, kid="bench")
    issuer.keys = [key]
    token = issuer.mint({"scope": "invoices:read invoices:write customers:*"})
    theirs = jwt.PyJWK(json.loads(json.dumps({**key.public_jwk, "alg": alg})))
    verifier = Verifier(issuer.issuer, issuer.audience, transport=issuer)
    calls: dict[str, Callable[[], object]] = {
        "bare": bare(key, private, token),
        "grantd": lambda: verifier.verify(token, "invoices:read"),
        "PyJWT": lambda: jwt.decode(token, theirs, algorithms=[alg], audience=issuer.audience, issuer=issuer.issuer),
    }
    ratios: dict[str, list[float]] = {"bare": [], "PyJWT": []}
    rates: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
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
    nanoseconds = 1e9 / statistics.median(rate(tokens.get_access_token) for _ in range(9))
    return f"a kept token: {nanoseconds:,.0f} ns, {allocated(tokens.get_access_token):,.0f} bytes at once"


def allocated(call: Callable[[], object]) -> float:
    """The most memory that a call holds while it runs, in bytes."""
    call()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        call()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return most - before


if __name__ == "__main__":
    for algorithm in ALGORITHMS:
        print(compare(algorithm, float(sys.argv[1]) if len(sys.argv) > 1 else 3.0))
    print(kept_token())
