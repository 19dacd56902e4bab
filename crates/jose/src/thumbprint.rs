//! JWK thumbprints (RFC 7638, RFC 8037 section 2). The hashed text is built by hand: the order of members must not
//! depend on how any crate in the tree configures its JSON maps.

use std::fmt;

use crate::base64url;
use crate::digest::sha256;
use crate::key_material::{KeyMaterial, Numbers};

/// The SHA-256 thumbprint of a public key: its identity, whatever `kid` says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// The 32 bytes of the hash.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From the 32 bytes of the hash.
    pub const fn from_bytes(bytes: [u8; 32]) -> Thumbprint {
        Thumbprint(bytes)
    }

    /// Reads base64url, canonical only; `None` for anything that is not a SHA-256 hash.
    pub fn parse(text: &str) -> Option<Thumbprint> {
        let bytes = base64url::decode(text).ok()?;
        Some(Thumbprint(bytes.try_into().ok()?))
    }

    pub(crate) fn of(key: &KeyMaterial) -> Thumbprint {
        Thumbprint(sha256(hash_input(key).as_bytes()))
    }
}

impl fmt::Display for Thumbprint {
    /// base64url, as in `jkt` (RFC 9449 section 6.1) and in the `kid` of our own keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url::encode(self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbprint({self})")
    }
}

/// The required members only, in lexicographic order, without white space (RFC 7638 section 3.2).
fn hash_input(key: &KeyMaterial) -> String {
    let b64 = |bytes: &[u8]| base64url::encode(bytes);
    match &key.numbers {
        Numbers::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, b64(e), b64(n)),
        Numbers::Ec { curve, x, y } => {
            format!(
                r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#,
                curve.as_str(),
                b64(x),
                b64(y)
            )
        }
        Numbers::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, b64(x)),
    }
}
