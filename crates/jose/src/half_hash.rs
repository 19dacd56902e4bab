//! The left half of a hash in base64url: `at_hash` and `c_hash` of OpenID Connect Core sections 3.1.3.6 and 3.3.2.11.

use crate::alg::Algorithm;
use aws_lc_rs::digest;

/// Hashes `text` with the hash of the signature algorithm, and encodes the left half. Ed25519 hashes with SHA-512.
#[must_use]
pub fn left_half_hash(algorithm: Algorithm, text: &[u8]) -> String {
    let hash = match algorithm {
        Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 => &digest::SHA256,
        Algorithm::RS384 | Algorithm::PS384 | Algorithm::ES384 => &digest::SHA384,
        Algorithm::RS512 | Algorithm::PS512 | Algorithm::EdDSA => &digest::SHA512,
    };
    let value = digest::digest(hash, text);
    let (half, _) = value.as_ref().split_at(value.as_ref().len() / 2);
    crate::base64url::encode(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_at_hash_example_of_openid_connect_core_appendix_a_3() {
        let token = b"jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(left_half_hash(Algorithm::RS256, token), "77QmUPtjPfzWtF2AnpK9RQ");
    }

    #[test]
    fn ed25519_hashes_with_sha_512() {
        assert_eq!(left_half_hash(Algorithm::EdDSA, b"x").len(), 43);
    }
}
