//! A private JWK (RFC 7518 section 6, RFC 8037) written as PKCS#8 (RFC 5208), the one form that the cryptographic library
//! reads. Must not know what the key is for.

use grantd_jose::{Algorithm, base64url_decode};
use grantd_protocol::secret::Secret;
use serde_json::Value;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
const CONTEXT_1: u8 = 0xa1;

/// `AlgorithmIdentifier` of rsaEncryption, with its NULL.
const RSA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 0x05, 0];
/// Of id-ecPublicKey on prime256v1.
const P256: &[u8] = &[
    0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7,
];
/// Of id-Ed25519.
const ED25519: &[u8] = &[0x06, 3, 0x2b, 0x65, 0x70];

/// The key's algorithm and its PKCS#8; `None` for what is no private key that can sign.
pub(super) fn pkcs8_of(jwk: &Value) -> Option<(Algorithm, Vec<u8>)> {
    let named = match jwk.get("alg") {
        Some(name) => Some(name.as_str()?.parse::<Algorithm>().ok()?),
        None => None,
    };
    let (natural, identifier, inner) = match (jwk.get("kty")?.as_str()?, jwk.get("crv").and_then(Value::as_str)) {
        ("RSA", _) => (Algorithm::RS256, RSA, rsa(jwk)?),
        ("EC", Some("P-256")) => (Algorithm::ES256, P256, p256(jwk)?),
        ("OKP", Some("Ed25519")) => (Algorithm::EdDSA, ED25519, tlv(OCTET_STRING, &number(jwk, "d")?)),
        _ => return None,
    };
    let algorithm = named.unwrap_or(natural);
    let parts = [tlv(INTEGER, &[0]), tlv(SEQUENCE, identifier), tlv(OCTET_STRING, &inner)];
    (algorithm.key_type() == natural.key_type()).then(|| (algorithm, tlv(SEQUENCE, &parts.concat())))
}

/// `RSAPrivateKey` (RFC 8017 appendix A.1.2).
fn rsa(jwk: &Value) -> Option<Vec<u8>> {
    let mut parts = tlv(INTEGER, &[0]);
    for name in ["n", "e", "d", "p", "q", "dp", "dq", "qi"] {
        parts.extend(integer(&number(jwk, name)?));
    }
    Some(tlv(SEQUENCE, &parts))
}

/// `ECPrivateKey` (RFC 5915), with the public point.
fn p256(jwk: &Value) -> Option<Vec<u8>> {
    // No unused bits, and a point that is not compressed.
    let point = [vec![0, 4], number(jwk, "x")?, number(jwk, "y")?].concat();
    let parts = [
        tlv(INTEGER, &[1]),
        tlv(OCTET_STRING, &number(jwk, "d")?),
        tlv(CONTEXT_1, &tlv(BIT_STRING, &point)),
    ];
    Some(tlv(SEQUENCE, &parts.concat()))
}

fn number(jwk: &Value, name: &str) -> Option<Vec<u8>> {
    let text = Secret::new(jwk.get(name)?.as_str()?.to_owned());
    base64url_decode(text.expose()).ok()
}

/// Without zeros in front, but for one that keeps the number from being negative.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let digits = bytes.get(start..).unwrap_or_default();
    let sign: &[u8] = if digits.first().is_none_or(|byte| *byte >= 0x80) {
        &[0]
    } else {
        &[]
    };
    tlv(INTEGER, &[sign, digits].concat())
}

/// A tag, the length in its shortest form (X.690 section 10.1), the value.
fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len().to_be_bytes();
    let digits: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    match digits.as_slice() {
        [] => out.push(0),
        [short @ 0..=0x7f] => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(0x7f));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(value);
    out
}
