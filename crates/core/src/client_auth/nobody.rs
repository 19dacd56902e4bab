//! Keys that are nobody's: what a signature is checked with where there is no key of a client to check it with. Whether a
//! client exists, and which keys it has, then does not show in the time that a refusal takes.

use super::private_key_jwt::{ALGORITHMS, candidates};
use grantd_jose::{Algorithm, Claims, Jwk, JwkSet, KeyType, UnverifiedJws, VerifyingKey};

/// The example key of RFC 7517 appendix A.1, and the base points of three curves, whose private halves are of no use:
/// whatever is checked with them is thrown away.
const RSA: &str = r#"{"kty":"RSA","e":"AQAB","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}"#;
const P256: &str = r#"{"kty":"EC","crv":"P-256","x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY","y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}"#;
const P384: &str = r#"{"kty":"EC","crv":"P-384","x":"qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3","y":"NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f"}"#;
const ED25519: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"WGZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY"}"#;

/// The claims of a JWT that one of these keys signed. At least one signature is checked, whatever keys there are.
pub(crate) fn signed_by(keys: Option<&JwkSet>, jws: &UnverifiedJws<'_>) -> Option<Claims> {
    let mut tried = false;
    let mut candidates = keys.into_iter().flat_map(|keys| candidates(keys, jws.header()));
    let claims = candidates.find_map(|key| {
        tried = true;
        jws.verify(&key).ok()?.claims().ok()
    });
    if !tried {
        in_vain(jws);
    }
    claims
}

/// Checks the signature with nobody's key.
fn in_vain(jws: &UnverifiedJws<'_>) {
    if let Some(key) = of_nobody(jws.header().alg()) {
        let _ = jws.verify(&key);
    }
}

fn of_nobody(algorithm: Algorithm) -> Option<VerifyingKey> {
    let text = match algorithm.key_type() {
        KeyType::Rsa => RSA,
        KeyType::P256 => P256,
        KeyType::P384 => P384,
        KeyType::Ed25519 => ED25519,
    };
    let key = Jwk::parse(text.as_bytes()).ok()?;
    VerifyingKey::from_jwk(&key, ALGORITHMS).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_key_of_nobody_for_every_algorithm() {
        for algorithm in Algorithm::ALL {
            let key = of_nobody(algorithm).expect("a key");
            assert!(key.accepts(algorithm), "{algorithm}");
        }
    }
}
