//! What a token is bound to, so that it is worthless to whoever stole it: a key that is proved with each use (RFC 9449), or
//! the certificate of a TLS client (RFC 8705 section 3). Must not know how either is proved.

use grantd_jose::{Thumbprint, base64url_decode, base64url_encode, sha256};
use serde_json::Value;
use std::fmt;

/// SHA-256 of a certificate in DER: `x5t#S256` (RFC 8705 section 3.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct CertificateThumbprint([u8; 32]);

impl CertificateThumbprint {
    /// Of this certificate.
    #[must_use]
    pub fn of(der: &[u8]) -> Self {
        Self(sha256(der))
    }

    /// The hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// base64url, as claims have it.
impl fmt::Display for CertificateThumbprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&base64url_encode(self.0))
    }
}

/// What must be proved beside the token.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Binding {
    /// The key of a proof (`jkt`).
    Key(Thumbprint),
    /// A client's certificate (`x5t#S256`).
    Certificate(CertificateThumbprint),
}

/// Follows the hash of a certificate where it is stored; that of a key stands alone, as it did when there was nothing else.
const IS_CERTIFICATE: u8 = 1;

impl Binding {
    /// What a `cnf` claim names (RFC 7800 section 3): the thumbprint of a key, or that of a certificate. `None` for whatever
    /// is not exactly one of the two, since a confirmation that is not understood confirms nothing.
    #[must_use]
    pub fn of_confirmation(claim: &Value) -> Option<Self> {
        let mut members = claim.as_object()?.iter();
        let (name, value) = members.next().filter(|_| members.next().is_none())?;
        let text = value.as_str()?;
        match name.as_str() {
            "jkt" => Thumbprint::parse(text).map(Self::Key),
            "x5t#S256" => {
                let hash = base64url_decode(text).ok()?.try_into().ok()?;
                Some(Self::Certificate(CertificateThumbprint(hash)))
            }
            _ => None,
        }
    }

    /// The key, where it is one.
    #[must_use]
    pub const fn key(self) -> Option<Thumbprint> {
        match self {
            Self::Key(key) => Some(key),
            Self::Certificate(_) => None,
        }
    }

    /// As a store keeps it.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::Key(key) => key.as_bytes().to_vec(),
            Self::Certificate(certificate) => {
                let mut bytes = certificate.as_bytes().to_vec();
                bytes.push(IS_CERTIFICATE);
                bytes
            }
        }
    }

    /// Read back; `None` for what [`to_bytes`](Self::to_bytes) never wrote.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if let Ok(hash) = <[u8; 32]>::try_from(bytes) {
            return Some(Self::Key(Thumbprint::from_bytes(hash)));
        }
        let (kind, hash) = bytes.split_last()?;
        let hash = <[u8; 32]>::try_from(hash).ok()?;
        (*kind == IS_CERTIFICATE).then_some(Self::Certificate(CertificateThumbprint(hash)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_confirmation_names_one_key_or_one_certificate() {
        let hash = base64url_encode([7; 32]);
        let named = |claim: Value| Binding::of_confirmation(&claim);
        assert_eq!(
            named(json!({ "jkt": hash })),
            Some(Binding::Key(Thumbprint::from_bytes([7; 32])))
        );
        assert_eq!(
            named(json!({ "x5t#S256": hash })),
            Some(Binding::Certificate(CertificateThumbprint([7; 32])))
        );
        for other in [
            json!(null),
            json!(hash),
            json!([{ "jkt": hash }]),
            json!({}),
            json!({ "kid": "one" }),
            json!({ "jwk": { "kty": "oct", "k": "AA" } }),
            json!({ "jkt": hash, "x5t#S256": hash }),
            json!({ "jkt": hash, "kid": "one" }),
            json!({ "jkt": [hash] }),
            json!({ "jkt": format!("{hash}=") }),
            json!({ "jkt": base64url_encode([7; 31]) }),
            json!({ "x5t#S256": "" }),
        ] {
            assert_eq!(named(other.clone()), None, "{other}");
        }
    }

    #[test]
    fn a_binding_is_read_back_as_what_it_was_and_nothing_else_is_one() {
        let key = Binding::Key(Thumbprint::from_bytes([7; 32]));
        let certificate = Binding::Certificate(CertificateThumbprint([7; 32]));
        for binding in [key, certificate] {
            assert_eq!(Binding::from_bytes(&binding.to_bytes()), Some(binding));
        }
        assert_ne!(key.to_bytes(), certificate.to_bytes());
        for bytes in [&[][..], &[7; 31], &[7; 33], &[1; 34]] {
            assert_eq!(Binding::from_bytes(bytes), None);
        }
    }
}
