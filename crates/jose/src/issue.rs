//! Issuing compact JWS: the hot path of everything that hands out tokens. One precomputed header, one buffer, one
//! signature. Must not know what the payload means.

use serde_json::Value;

use crate::alg::Algorithm;
use crate::base64url;
use crate::jwk::Jwk;
use crate::signing::{KeyError, SigningKey};

/// The protected header of one key and one `typ`, encoded once.
///
/// [`sign_compact`] refuses to sign it with any key but the one it was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// base64url of the header's JSON, followed by the dot.
    encoded: String,
    algorithm: Algorithm,
    /// The thumbprint of the key, whatever `kid` the header shows.
    key: String,
}

impl Header {
    /// `{"alg":..,"kid":..,"typ":..}` for `key`. `typ` is e.g. `at+jwt` (RFC 9068), `JWT`, `logout+jwt`.
    pub fn new(key: &SigningKey, typ: &str) -> Header {
        Header::with_kid(key, typ, key.kid())
    }

    /// The same with another `kid`: a client's key goes by the name it was registered under.
    pub fn with_kid(key: &SigningKey, typ: &str, kid: &str) -> Header {
        Header::with_member(key, typ, "kid", &Value::from(kid).to_string())
    }

    /// `{"alg":..,"jwk":..,"typ":..}`: the public key itself instead of its name, as a DPoP proof carries it
    /// (RFC 9449 section 4.2).
    pub fn with_embedded_key(key: &SigningKey, typ: &str) -> Header {
        let bare = Jwk::new(key.public_jwk().material().clone());
        Header::with_member(key, typ, "jwk", &bare.to_json())
    }

    fn with_member(key: &SigningKey, typ: &str, name: &str, value_json: &str) -> Header {
        let typ = Value::from(typ);
        let json = format!(r#"{{"alg":"{}","{name}":{value_json},"typ":{typ}}}"#, key.algorithm());
        let mut encoded = base64url::encode(json);
        encoded.push('.');
        Header {
            encoded,
            algorithm: key.algorithm(),
            key: key.kid().to_owned(),
        }
    }
}

/// Signs `payload_json` and returns the compact serialisation (RFC 7515 section 7.1).
///
/// The string is allocated once, and the signature is computed over it in place. Fails with
/// [`KeyError::ForeignHeader`] when `header` was made for another key, and when aws-lc fails.
pub fn sign_compact(key: &SigningKey, header: &Header, payload_json: &[u8]) -> Result<String, KeyError> {
    if header.algorithm != key.algorithm() || header.key != key.kid() {
        return Err(KeyError::ForeignHeader);
    }
    let tail_len = base64url::encoded_len(payload_json.len()) + 1 + base64url::encoded_len(key.signature_len());
    let mut compact = String::with_capacity(header.encoded.len() + tail_len);
    compact.push_str(&header.encoded);
    base64url::append(&mut compact, payload_json);
    let signature = key.raw_signature(compact.as_bytes())?;
    compact.push('.');
    base64url::append(&mut compact, signature.as_ref());
    Ok(compact)
}
