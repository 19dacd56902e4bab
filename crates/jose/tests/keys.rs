//! Keys for the tests, generated once a run, and tokens with any header over them.

use std::sync::LazyLock;

use grantd_jose::{Algorithm, Jwk, SigningKey, VerifyingKey, base64url_encode};

pub(crate) static RS256: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::RS256).unwrap());
pub(crate) static PS256: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::PS256).unwrap());
pub(crate) static ES256: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::ES256).unwrap());
pub(crate) static EDDSA: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::EdDSA).unwrap());

/// The RSA modulus of RFC 7515 appendix A.2.
pub(crate) const RFC7515_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
/// The P-256 point of RFC 7515 appendix A.3.
pub(crate) const RFC7515_X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
pub(crate) const RFC7515_Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

/// One shared key of each signing algorithm.
pub(crate) fn all() -> [&'static SigningKey; 4] {
    [&RS256, &PS256, &ES256, &EDDSA]
}

/// A verifying key for the public half of `key`.
pub(crate) fn verifier(key: &SigningKey) -> VerifyingKey {
    VerifyingKey::from_jwk(key.public_jwk(), &Algorithm::ALL).unwrap()
}

/// A compact JWS with exactly this header and payload, honestly signed by `key`.
pub(crate) fn signed(key: &SigningKey, header: &str, payload: &[u8]) -> String {
    let input = format!("{}.{}", base64url_encode(header), base64url_encode(payload));
    let signature = key.sign(input.as_bytes()).unwrap();
    format!("{input}.{}", base64url_encode(signature))
}

/// Parses a JWK that must be good.
pub(crate) fn jwk(json: &str) -> Jwk {
    Jwk::parse(json.as_bytes()).unwrap()
}
