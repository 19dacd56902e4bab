//! Issuing compact JWS: the hot path of everything that hands out tokens. One precomputed header, one buffer, one
//! signature. Must not know what the payload means.

use crate::alg::Algorithm;
use crate::base64url;
use crate::signing::{KeyError, SigningKey};

/// The protected header of one key and one `typ`, encoded once.
///
/// It holds `alg` and `kid` of the key it was made for; [`sign_compact`] refuses another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// base64url of the header's JSON, followed by the dot.
    encoded: String,
    algorithm: Algorithm,
    kid: String,
}

impl Header {
    /// `{"alg":..,"kid":..,"typ":..}` for `key`. `typ` is e.g. `at+jwt` (RFC 9068), `JWT`, `logout+jwt`.
    pub fn new(key: &SigningKey, typ: &str) -> Header {
        let typ = serde_json::Value::from(typ);
        let json = format!(r#"{{"alg":"{}","kid":"{}","typ":{typ}}}"#, key.algorithm(), key.kid());
        let mut encoded = base64url::encode(json);
        encoded.push('.');
        Header {
            encoded,
            algorithm: key.algorithm(),
            kid: key.kid().to_owned(),
        }
    }
}

/// Signs `payload_json` and returns the compact serialisation (RFC 7515 section 7.1).
///
/// The string is allocated once, and the signature is computed over it in place. Fails with
/// [`KeyError::ForeignHeader`] when `header` was made for another key, and when aws-lc fails.
pub fn sign_compact(key: &SigningKey, header: &Header, payload_json: &[u8]) -> Result<String, KeyError> {
    if header.algorithm != key.algorithm() || header.kid != key.kid() {
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
