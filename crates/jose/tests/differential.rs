//! Against jsonwebtoken, both directions, all algorithms: what one signs the other verifies, and both agree on keys.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use grantd_jose::{
    Algorithm, Curve, Header, HeaderPolicy, Jwk, Jws, KeyMaterial, SigningKey, VerifyingKey, base64url_decode,
    sign_compact,
};
use jsonwebtoken::{DecodingKey, EncodingKey, Validation};
use serde_json::{Value, json};

use crate::keys;

fn theirs(alg: Algorithm) -> jsonwebtoken::Algorithm {
    alg.as_str().parse().unwrap()
}

/// jsonwebtoken reads PKCS#8 for RSA only from PEM.
fn encoding_key(alg: Algorithm, pkcs8: &[u8]) -> EncodingKey {
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(pkcs8)
    );
    match alg {
        Algorithm::ES256 | Algorithm::ES384 => EncodingKey::from_ec_pem(pem.as_bytes()).unwrap(),
        Algorithm::EdDSA => EncodingKey::from_ed_der(pkcs8),
        _ => EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap(),
    }
}

fn they_sign(alg: Algorithm, pkcs8: &[u8], claims: &Value) -> String {
    jsonwebtoken::encode(
        &jsonwebtoken::Header::new(theirs(alg)),
        claims,
        &encoding_key(alg, pkcs8),
    )
    .unwrap()
}

fn we_verify(compact: &str, jwk: &Jwk, alg: Algorithm) -> Vec<u8> {
    let key = VerifyingKey::from_jwk(jwk, &[alg]).unwrap();
    Jws::parse(compact, &HeaderPolicy::STRICT)
        .unwrap()
        .verify(&key)
        .unwrap()
        .payload()
        .to_vec()
}

#[test]
fn jsonwebtoken_verifies_what_we_sign_with_the_jwk_that_we_publish() {
    for key in keys::all() {
        let claims = json!({"sub": "s", "exp": 4_000_000_000_u64, "n": [1, {"a": "\u{e9}"}]});
        let compact = sign_compact(key, &Header::new(key, "JWT"), claims.to_string().as_bytes()).unwrap();
        let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_str(&key.public_jwk().to_json()).unwrap();
        let decoding = DecodingKey::from_jwk(&jwk).unwrap();
        let validation = Validation::new(theirs(key.algorithm()));
        let token = jsonwebtoken::decode::<Value>(&compact, &decoding, &validation).unwrap();
        assert_eq!(token.claims, claims);
        assert_eq!(token.header.kid.as_deref(), Some(key.kid()));
    }
}

#[test]
fn we_verify_what_jsonwebtoken_signs_with_our_keys() {
    for key in keys::all() {
        let claims = json!({"iss": "i", "exp": 4_000_000_000_u64});
        let compact = they_sign(key.algorithm(), &key.to_pkcs8().unwrap(), &claims);
        let payload = we_verify(&compact, key.public_jwk(), key.algorithm());
        assert_eq!(serde_json::from_slice::<Value>(&payload).unwrap(), claims);
    }
}

#[test]
fn we_verify_every_rsa_algorithm_of_a_client_from_one_key_and_no_other_accepts_it() {
    let pair = RsaKeyPair::generate(KeySize::Rsa3072).unwrap();
    let pkcs8 = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
    let jwk = SigningKey::from_pkcs8(Algorithm::RS256, pkcs8.as_ref())
        .unwrap()
        .public_jwk()
        .clone();
    let jwk = Jwk::new(jwk.material().clone());
    for alg in Algorithm::ALL
        .into_iter()
        .filter(|alg| alg.key_type() == jwk.key_type())
    {
        let compact = they_sign(alg, pkcs8.as_ref(), &json!({"a": 1}));
        assert_eq!(we_verify(&compact, &jwk, alg), br#"{"a":1}"#);
        let (input, signature) = compact.rsplit_once('.').unwrap();
        let any = VerifyingKey::from_jwk(&jwk, &Algorithm::ALL).unwrap();
        let signature = base64url_decode(signature).unwrap();
        let accepting: Vec<_> = Algorithm::ALL
            .into_iter()
            .filter(|alg| any.verify(*alg, input.as_bytes(), &signature))
            .collect();
        assert_eq!(accepting, [alg]);
    }
}

#[test]
fn we_verify_es384_of_a_client() {
    let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
    let (x, y) = pair.public_key().as_ref()[1..].split_at(48);
    let jwk = Jwk::new(KeyMaterial::ec(Curve::P384, x.to_vec(), y.to_vec()).unwrap());
    let compact = they_sign(Algorithm::ES384, pair.to_pkcs8v1().unwrap().as_ref(), &json!({"a": 1}));
    assert_eq!(we_verify(&compact, &jwk, Algorithm::ES384), br#"{"a":1}"#);
    assert_eq!(keys::jwk(&jwk.to_json()), jwk);
}

#[test]
fn thumbprints_agree_with_jsonwebtoken() {
    for key in keys::all() {
        let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_str(&key.public_jwk().to_json()).unwrap();
        let theirs = jwk.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap();
        assert_eq!(key.kid(), theirs);
    }
}
