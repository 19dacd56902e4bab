//! Proof Key for Code Exchange (RFC 7636), S256 only: `plain` cannot be represented.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

/// An S256 code challenge: SHA-256 of the verifier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CodeChallenge([u8; 32]);

/// A code verifier of valid form (RFC 7636 section 4.1: 43 to 128 unreserved characters). Not printable.
#[derive(Clone)]
pub struct CodeVerifier(String);

/// Why a challenge or verifier is not one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PkceError {
    /// `code_challenge_method` is absent (which would mean `plain`) or not `S256`.
    #[error("code_challenge_method must be S256")]
    MethodNotS256,
    /// The challenge is not 43 characters of base64url that encode 32 bytes.
    #[error("code_challenge must be 43 characters of base64url, the SHA-256 of the verifier")]
    BadChallenge,
    /// A method without a challenge.
    #[error("code_challenge_method was sent without code_challenge")]
    MethodWithoutChallenge,
    /// The verifier's length or alphabet is wrong.
    #[error("code_verifier must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~")]
    BadVerifier,
}

impl CodeChallenge {
    /// Reads the two request parameters together. `Ok(None)` when neither was sent.
    ///
    /// # Errors
    /// See [`PkceError`].
    pub fn from_params(challenge: Option<&str>, method: Option<&str>) -> Result<Option<Self>, PkceError> {
        match (challenge, method) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(PkceError::MethodWithoutChallenge),
            (Some(challenge), Some("S256")) => Self::parse(challenge).map(Some),
            (Some(_), _) => Err(PkceError::MethodNotS256),
        }
    }

    fn parse(text: &str) -> Result<Self, PkceError> {
        if text.len() != 43 {
            return Err(PkceError::BadChallenge);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| PkceError::BadChallenge)?;
        bytes.try_into().map(Self).map_err(|_| PkceError::BadChallenge)
    }

    /// Wraps stored bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether `verifier` is the one this challenge was made from, in constant time.
    #[must_use]
    pub fn is_met_by(&self, verifier: &CodeVerifier) -> bool {
        digest::digest(&digest::SHA256, verifier.0.as_bytes())
            .as_ref()
            .ct_eq(&self.0)
            .into()
    }
}

impl CodeVerifier {
    /// Checks the form of a presented verifier.
    ///
    /// # Errors
    /// [`PkceError::BadVerifier`].
    pub fn parse(text: &str) -> Result<Self, PkceError> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        if (43..=128).contains(&text.len()) && text.bytes().all(unreserved) {
            Ok(Self(text.to_owned()))
        } else {
            Err(PkceError::BadVerifier)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_rfc_7636_appendix_b_matches() {
        let challenge = CodeChallenge::from_params(Some(CHALLENGE), Some("S256"))
            .unwrap()
            .unwrap();
        assert!(challenge.is_met_by(&CodeVerifier::parse(VERIFIER).unwrap()));
        assert!(!challenge.is_met_by(&CodeVerifier::parse(&VERIFIER.replace('d', "e")).unwrap()));
    }

    #[test]
    fn anything_but_s256_is_refused_and_an_absent_method_means_plain() {
        for method in [None, Some("plain"), Some("s256"), Some("S512")] {
            assert_eq!(
                CodeChallenge::from_params(Some(CHALLENGE), method),
                Err(PkceError::MethodNotS256)
            );
        }
        assert_eq!(
            CodeChallenge::from_params(None, Some("S256")),
            Err(PkceError::MethodWithoutChallenge)
        );
    }

    #[test]
    fn a_challenge_is_43_characters_of_canonical_base64url() {
        let short = &CHALLENGE[..42];
        let padded = format!("{short}=");
        let plus = format!("{short}+");
        // The last character of 43 carries two unused bits, which must be zero.
        let non_canonical = format!("{short}N");
        for text in [short, &padded, &plus, &non_canonical, &format!("{CHALLENGE}A")] {
            assert_eq!(
                CodeChallenge::from_params(Some(text), Some("S256")),
                Err(PkceError::BadChallenge),
                "{text}"
            );
        }
    }

    #[test]
    fn a_verifier_has_43_to_128_unreserved_characters() {
        for (length, good) in [(42, false), (43, true), (128, true), (129, false)] {
            assert_eq!(CodeVerifier::parse(&"a".repeat(length)).is_ok(), good, "{length}");
        }
        assert!(CodeVerifier::parse(&format!("{}+", "a".repeat(43))).is_err());
        assert!(CodeVerifier::parse(&format!("{}é", "a".repeat(43))).is_err());
    }
}
