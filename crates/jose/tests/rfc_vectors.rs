//! The examples of the RFCs: 7515 (JWS), 7520 (cookbook), 7638 (thumbprint), 8037 (Ed25519).

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use grantd_jose::{Algorithm, HeaderPolicy, Jwk, Jws, JwsError, SigningKey, VerifyingKey, base64url_decode};

use crate::keys::{self, RFC7515_N, RFC7515_X, RFC7515_Y};

/// The payload of RFC 7515 appendix A.1 to A.3.
const JOE: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

/// Verifies `compact`, then checks that one changed bit of the signature does not verify.
fn verifies(compact: &str, jwk: &Jwk, alg: Algorithm) -> Vec<u8> {
    let key = VerifyingKey::from_jwk(jwk, &[alg]).unwrap();
    let jws = Jws::parse(compact, &HeaderPolicy::STRICT).unwrap();
    let payload = jws.verify(&key).unwrap().payload().to_vec();
    let (input, signature) = compact.rsplit_once('.').unwrap();
    let mut signature = base64url_decode(signature).unwrap();
    assert!(key.verify(alg, input.as_bytes(), &signature));
    signature[10] ^= 1;
    assert!(!key.verify(alg, input.as_bytes(), &signature));
    payload
}

#[test]
fn rfc7515_a1_hs256_is_refused() {
    let compact = format!("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{JOE}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_eq!(
        Jws::parse(&compact, &HeaderPolicy::STRICT).unwrap_err(),
        JwsError::Symmetric
    );
}

#[test]
fn rfc7515_a2_rs256() {
    let signature = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    let compact = format!("eyJhbGciOiJSUzI1NiJ9.{JOE}.{signature}");
    let jwk = keys::jwk(&format!(r#"{{"kty":"RSA","n":"{RFC7515_N}","e":"AQAB"}}"#));
    let payload = verifies(&compact, &jwk, Algorithm::RS256);
    assert_eq!(
        payload,
        b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
    );
}

#[test]
fn rfc7515_a3_es256() {
    let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let compact = format!("eyJhbGciOiJFUzI1NiJ9.{JOE}.{signature}");
    let jwk = keys::jwk(&format!(
        r#"{{"kty":"EC","crv":"P-256","x":"{RFC7515_X}","y":"{RFC7515_Y}"}}"#
    ));
    verifies(&compact, &jwk, Algorithm::ES256);
}

#[test]
fn rfc7515_a5_unsecured_is_refused() {
    let compact = format!("eyJhbGciOiJub25lIn0.{JOE}.");
    assert_eq!(
        Jws::parse(&compact, &HeaderPolicy::STRICT).unwrap_err(),
        JwsError::Unsecured
    );
}

#[test]
fn rfc7515_a6_json_serialisation_is_refused() {
    let general = format!(
        r#"{{"payload":"{JOE}","signatures":[{{"protected":"eyJhbGciOiJSUzI1NiJ9","signature":"AA"}},{{"protected":"eyJhbGciOiJFUzI1NiJ9","signature":"AA"}}]}}"#
    );
    assert_eq!(
        Jws::parse(&general, &HeaderPolicy::STRICT).unwrap_err(),
        JwsError::NotThreeParts
    );
}

#[test]
fn rfc7520_4_2_ps384_with_the_private_half_removed() {
    let n = "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw";
    let compact = "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw";
    let kid = "bilbo.baggins@hobbiton.example";
    let jwk = keys::jwk(&format!(
        r#"{{"kty":"RSA","kid":"{kid}","use":"sig","n":"{n}","e":"AQAB"}}"#
    ));
    verifies(compact, &jwk, Algorithm::PS384);
    assert_eq!(
        Jws::parse(compact, &HeaderPolicy::STRICT).unwrap().header().kid(),
        Some(kid)
    );
}

#[test]
fn rfc7638_3_1_thumbprint_ignores_optional_members() {
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    let jwk = keys::jwk(&format!(
        r#"{{"kty":"RSA","n":"{n}","e":"AQAB","alg":"RS256","kid":"2011-04-29"}}"#
    ));
    assert_eq!(
        jwk.thumbprint().to_string(),
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    );
}

#[test]
fn rfc8037_a3_to_a5_ed25519() {
    let jwk = keys::jwk(r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#);
    assert_eq!(
        jwk.thumbprint().to_string(),
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    );
    let compact = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert_eq!(verifies(compact, &jwk, Algorithm::EdDSA), b"Example of Ed25519 signing");
    // Ed25519 is deterministic: our key makes the same signature.
    let seed = base64url_decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
    let pkcs8 = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap().to_pkcs8().unwrap();
    let key = SigningKey::from_pkcs8(Algorithm::EdDSA, pkcs8.as_ref()).unwrap();
    assert_eq!(
        keys::signed(&key, r#"{"alg":"EdDSA"}"#, b"Example of Ed25519 signing"),
        compact
    );
}

#[test]
fn rfc7515_a3_private_key_has_the_published_public_point() {
    let scalar = base64url_decode("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI").unwrap();
    let mut point = vec![4];
    point.extend(base64url_decode(RFC7515_X).unwrap());
    point.extend(base64url_decode(RFC7515_Y).unwrap());
    let pair = EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &scalar, &point);
    let pkcs8 = pair.unwrap().to_pkcs8v1().unwrap();
    let key = SigningKey::from_pkcs8(Algorithm::ES256, pkcs8.as_ref()).unwrap();
    let json = key.public_jwk().to_json();
    assert!(json.contains(RFC7515_X) && json.contains(RFC7515_Y), "{json}");
}
