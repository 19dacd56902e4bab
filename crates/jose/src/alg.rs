//! The closed list of signature algorithms. `none` and the HMAC family have no value here, so no code path can accept
//! them. Must not know keys or tokens.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A JWS signature algorithm (RFC 7518 section 3.1, RFC 8037 section 3.1).
///
/// `RS256`, `PS256`, `ES256` and `EdDSA` sign and verify; the others only verify what clients sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384; verification only.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512; verification only.
    RS512,
    /// RSASSA-PSS with SHA-256, MGF1-SHA-256 and a 32-byte salt.
    PS256,
    /// RSASSA-PSS with SHA-384; verification only.
    PS384,
    /// RSASSA-PSS with SHA-512; verification only.
    PS512,
    /// ECDSA on P-256 with SHA-256, signature `r || s` of 64 bytes.
    ES256,
    /// ECDSA on P-384 with SHA-384, signature `r || s` of 96 bytes; verification only.
    ES384,
    /// Ed25519 (RFC 8037); Ed448 is not supported.
    EdDSA,
}

/// What kind of key an algorithm needs; the closed form of JWK's `kty` and `crv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// `kty: RSA`.
    Rsa,
    /// `kty: EC`, `crv: P-256`.
    P256,
    /// `kty: EC`, `crv: P-384`.
    P384,
    /// `kty: OKP`, `crv: Ed25519`.
    Ed25519,
}

/// The name is none of the supported algorithms'. Carries nothing, so that no attacker's text reaches a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a supported signature algorithm")]
pub struct UnknownAlgorithm;

impl Algorithm {
    /// Every supported algorithm, in the order in which they are worth offering.
    pub const ALL: [Algorithm; 9] = [
        Algorithm::ES256,
        Algorithm::RS256,
        Algorithm::PS256,
        Algorithm::EdDSA,
        Algorithm::ES384,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS384,
        Algorithm::PS512,
    ];

    /// The algorithms for which a `SigningKey` exists.
    pub const SIGNING: [Algorithm; 4] = [Algorithm::ES256, Algorithm::RS256, Algorithm::PS256, Algorithm::EdDSA];

    /// The registered name, as in a header's `alg`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Algorithm::RS256 => "RS256",
            Algorithm::RS384 => "RS384",
            Algorithm::RS512 => "RS512",
            Algorithm::PS256 => "PS256",
            Algorithm::PS384 => "PS384",
            Algorithm::PS512 => "PS512",
            Algorithm::ES256 => "ES256",
            Algorithm::ES384 => "ES384",
            Algorithm::EdDSA => "EdDSA",
        }
    }

    /// Every name that is read as this algorithm, the one that is written first: what a server that accepts it
    /// advertises.
    pub const fn read_names(self) -> &'static [&'static str] {
        match self {
            Algorithm::RS256 => &["RS256"],
            Algorithm::RS384 => &["RS384"],
            Algorithm::RS512 => &["RS512"],
            Algorithm::PS256 => &["PS256"],
            Algorithm::PS384 => &["PS384"],
            Algorithm::PS512 => &["PS512"],
            Algorithm::ES256 => &["ES256"],
            Algorithm::ES384 => &["ES384"],
            // RFC 9864 section 2.2.
            Algorithm::EdDSA => &["EdDSA", "Ed25519"],
        }
    }

    /// The one kind of key this algorithm works with.
    pub const fn key_type(self) -> KeyType {
        match self {
            Algorithm::RS256
            | Algorithm::RS384
            | Algorithm::RS512
            | Algorithm::PS256
            | Algorithm::PS384
            | Algorithm::PS512 => KeyType::Rsa,
            Algorithm::ES256 => KeyType::P256,
            Algorithm::ES384 => KeyType::P384,
            Algorithm::EdDSA => KeyType::Ed25519,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    /// Names are case sensitive (RFC 7515 section 4.1.1). `Ed25519`, the newer name of the same algorithm (RFC 9864),
    /// reads as [`Algorithm::EdDSA`]: current clients send it. It is never written, since older verifiers do not know it.
    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        Algorithm::ALL
            .into_iter()
            .find(|alg| alg.read_names().contains(&name))
            .ok_or(UnknownAlgorithm)
    }
}

impl Serialize for Algorithm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Algorithm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_to_itself_and_serialises_as_itself() {
        for alg in Algorithm::ALL {
            assert_eq!(alg.as_str().parse(), Ok(alg));
            assert_eq!(serde_json::to_string(&alg).unwrap(), format!("\"{alg}\""));
            assert_eq!(serde_json::from_str::<Algorithm>(&format!("\"{alg}\"")).unwrap(), alg);
        }
    }

    #[test]
    fn the_newer_name_of_ed25519_is_read_and_not_written() {
        assert_eq!("Ed25519".parse(), Ok(Algorithm::EdDSA));
        assert_eq!(Algorithm::EdDSA.as_str(), "EdDSA");
    }

    #[test]
    fn an_algorithm_is_read_from_each_of_its_names_and_written_as_the_first() {
        for alg in Algorithm::ALL {
            assert_eq!(alg.read_names().first(), Some(&alg.as_str()));
            assert!(alg.read_names().iter().all(|name| name.parse() == Ok(alg)));
        }
    }

    #[test]
    fn none_and_hmac_and_other_spellings_are_unknown() {
        for name in [
            "none", "None", "nOnE", "HS256", "HS384", "HS512", "es256", "ES256 ", "", "ES256K", "Ed448",
        ] {
            assert_eq!(name.parse::<Algorithm>(), Err(UnknownAlgorithm), "{name:?}");
        }
    }
}
