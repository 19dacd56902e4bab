//! What a proof must say and be (RFC 9449 section 4.3), rule by rule.

use super::*;
use crate::fixture::{NOW, after, realm};
use grantd_jose::{SigningKey, base64url_encode};
use serde_json::{Value, json};

const URL: &str = "https://id.example/token";

struct Case {
    key: SigningKey,
    realm: Realm,
    header: Value,
    claims: Value,
    token: Option<&'static str>,
}

fn nonces() -> NonceKey {
    NonceKey::new(&[3; 32])
}

impl Case {
    fn new() -> Self {
        Self::of(SigningKey::generate(Algorithm::ES256).unwrap())
    }

    fn of(key: SigningKey) -> Self {
        let jwk: Value = serde_json::from_str(&Jwk::new(key.public_jwk().material().clone()).to_json()).unwrap();
        Self {
            header: json!({"typ": "dpop+jwt", "alg": key.algorithm().as_str(), "jwk": jwk}),
            claims: json!({"jti": "one", "htm": "POST", "htu": URL, "iat": NOW.secs()}),
            key,
            realm: realm(),
            token: None,
        }
    }

    fn with(change: impl FnOnce(&mut Self)) -> Self {
        let mut case = Self::new();
        change(&mut case);
        case
    }

    fn claim(name: &str, value: Value) -> Self {
        Self::with(|case| set(&mut case.claims, name, value))
    }

    fn header(name: &str, value: Value) -> Self {
        Self::with(|case| set(&mut case.header, name, value))
    }

    fn text(&self) -> String {
        let part = |value: &Value| base64url_encode(value.to_string());
        let input = format!("{}.{}", part(&self.header), part(&self.claims));
        format!("{input}.{}", base64url_encode(self.key.sign(input.as_bytes()).unwrap()))
    }

    fn verify_text(&self, text: &str) -> Result<Proof, ErrorCode> {
        let asked = Asked {
            realm: &self.realm,
            method: "POST",
            url: URL,
            access_token: self.token,
            nonces: &nonces(),
            now: NOW,
        };
        verify(text, &asked).map_err(|error| error.code())
    }

    fn verify(&self) -> Result<Proof, ErrorCode> {
        self.verify_text(&self.text())
    }

    #[track_caller]
    fn refused(&self) {
        assert_eq!(self.verify().unwrap_err(), ErrorCode::InvalidDpopProof);
    }
}

/// Puts a member in place; `null` takes it away.
fn set(object: &mut Value, name: &str, value: Value) {
    let members = object.as_object_mut().unwrap();
    members.remove(name);
    if !value.is_null() {
        members.insert(name.to_owned(), value);
    }
}

#[test]
fn a_good_proof_of_every_signing_algorithm_proves_its_key() {
    for algorithm in Algorithm::SIGNING {
        let case = Case::of(SigningKey::generate(algorithm).unwrap());
        let proof = case.verify().unwrap();
        assert_eq!(proof.key(), case.key.public_jwk().thumbprint(), "{algorithm}");
    }
}

#[test]
fn the_type_must_be_that_of_a_proof() {
    for typ in [Value::Null, json!("JWT"), json!("at+jwt"), json!(""), json!(1)] {
        Case::header("typ", typ).refused();
    }
}

#[test]
fn the_algorithm_must_be_asymmetric_and_fit_the_key() {
    for alg in [
        json!("none"),
        json!("HS256"),
        json!("RS256"),
        json!("ES384"),
        Value::Null,
    ] {
        Case::header("alg", alg).refused();
    }
}

#[test]
fn the_key_must_be_there_public_and_asymmetric() {
    Case::header("jwk", Value::Null).refused();
    Case::header("jwk", json!({"kty": "oct", "k": "AAAA"})).refused();
    let private = Case::with(|case| case.header["jwk"]["d"] = json!("AAAA"));
    private.refused();
}

#[test]
fn a_giant_key_is_refused_before_it_is_used() {
    let modulus = base64url_encode([0xFF; 1024]);
    Case::header("jwk", json!({"kty": "RSA", "n": modulus, "e": "AQAB"})).refused();
    let padded = Case::with(|case| set(&mut case.header, "x", json!("y".repeat(8192))));
    padded.refused();
}

#[test]
fn members_that_bring_a_key_from_elsewhere_or_change_the_rules_are_refused() {
    for (name, value) in [
        ("jku", json!("https://evil.example")),
        ("x5u", json!("https://evil.example")),
        ("x5c", json!(["AAAA"])),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
    ] {
        Case::header(name, value).refused();
    }
}

#[test]
fn a_signature_of_another_key_is_refused() {
    let case = Case::with(|case| case.key = SigningKey::generate(Algorithm::ES256).unwrap());
    case.refused();
}

#[test]
fn method_and_address_must_be_the_requests() {
    for htm in [Value::Null, json!("GET"), json!("post"), json!(1)] {
        Case::claim("htm", htm).refused();
    }
    for htu in [
        Value::Null,
        json!("https://id.example/par"),
        json!("https://other.example/token"),
        json!("http://id.example/token"),
        json!("/token"),
        json!([URL]),
    ] {
        Case::claim("htu", htu).refused();
    }
    for htu in [
        "https://ID.example:443/token?a=b#c",
        // Unreserved characters that are encoded are the characters (RFC 3986 section 6.2.2.2).
        "https://id.example/%74oke%6E",
    ] {
        assert!(Case::claim("htu", json!(htu)).verify().is_ok(), "{htu}");
    }
}

#[test]
fn a_proof_is_good_from_ten_seconds_ahead_to_sixty_behind() {
    let at = |seconds: i64| Case::claim("iat", json!(after(seconds).secs())).verify().is_ok();
    assert!(at(10) && at(0) && at(-59));
    assert!(!at(11) && !at(-60) && !at(3600) && !at(-3600));
    for iat in [Value::Null, json!("1800000000"), json!(-1)] {
        Case::claim("iat", iat).refused();
    }
}

#[test]
fn what_a_proof_says_of_its_own_end_and_beginning_counts() {
    let at = |name: &str, seconds: i64| Case::claim(name, json!(after(seconds).secs())).verify().is_ok();
    assert!(at("exp", 60) && at("exp", 0) && !at("exp", -10));
    assert!(at("nbf", -60) && at("nbf", 10) && !at("nbf", 11));
    for name in ["exp", "nbf"] {
        Case::claim(name, json!("1800000000")).refused();
    }
}

#[test]
fn an_instant_may_have_a_fraction() {
    let iat = json!(after(-1).secs() as f64 + 0.37);
    assert!(Case::claim("iat", iat).verify().is_ok());
}

#[test]
fn a_jti_is_there_and_of_a_length_that_can_be_remembered() {
    for jti in [Value::Null, json!(""), json!(7), json!("x".repeat(257))] {
        Case::claim("jti", jti).refused();
    }
}

#[test]
fn a_proof_spends_its_jti_for_its_key_alone() {
    let one = Case::new();
    assert_eq!(one.verify().unwrap().used(), one.verify().unwrap().used());
    assert_ne!(one.verify().unwrap().used(), Case::new().verify().unwrap().used());
}

#[test]
fn with_an_access_token_its_hash_must_be_there() {
    let with_token = |ath: Value| {
        let mut case = Case::claim("ath", ath);
        case.token = Some("token");
        case.verify()
    };
    assert!(with_token(json!(base64url_encode(sha256(b"token")))).is_ok());
    for wrong in [
        Value::Null,
        json!(base64url_encode(sha256(b"other"))),
        json!(1),
        json!(""),
    ] {
        assert_eq!(with_token(wrong).unwrap_err(), ErrorCode::InvalidDpopProof);
    }
}

#[test]
fn where_nonces_are_required_a_missing_stale_or_forged_one_is_told_apart() {
    let with_nonce = |nonce: Value| {
        let mut case = Case::claim("nonce", nonce);
        case.realm.dpop.nonces = true;
        case.verify().map(drop)
    };
    assert_eq!(with_nonce(json!(nonces().current("main", NOW))), Ok(()));
    for wrong in [
        Value::Null,
        json!("made-up"),
        json!(nonces().current("main", after(-3600))),
        json!(nonces().current("other", NOW)),
    ] {
        assert_eq!(with_nonce(wrong), Err(ErrorCode::UseDpopNonce));
    }
    assert_eq!(with_nonce(json!(1)), Err(ErrorCode::InvalidDpopProof));
}

#[test]
fn a_bound_token_needs_its_key_and_an_unbound_one_needs_none() {
    let proof = Case::new().verify().unwrap();
    let other = Case::new().verify().unwrap();
    assert!(fits(bound_to(&proof), with(&proof)).is_ok());
    assert!(fits(None, Shown::default()).is_ok());
    assert!(fits(bound_to(&proof), with(&other)).is_err());
    assert!(fits(bound_to(&proof), Shown::default()).is_err());
    assert!(fits(None, with(&proof)).is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_verification_panic(text in "\\PC{0,200}", header in "\\PC{0,80}", claims in "\\PC{0,80}") {
        let encoded = format!("{}.{}.AA", base64url_encode(&header), base64url_encode(&claims));
        let case = Case::new();
        proptest::prop_assert!(case.verify_text(&text).is_err());
        proptest::prop_assert!(case.verify_text(&encoded).is_err());
    }
}

fn bound_to(proof: &Proof) -> Option<Binding> {
    Some(Binding::Key(proof.key()))
}

fn with(proof: &Proof) -> Shown<'_> {
    Shown {
        proof: Some(proof),
        certificate: None,
    }
}

#[test]
fn a_token_that_is_bound_to_a_certificate_needs_that_one_and_comes_as_a_bearer_token() {
    let mine = CertificateThumbprint::of(b"mine");
    let bound = Some(Binding::Certificate(mine));
    let showing = |certificate| Shown {
        proof: None,
        certificate,
    };
    assert!(fits(bound, showing(Some(mine))).is_ok());
    assert!(fits(bound, showing(Some(CertificateThumbprint::of(b"other")))).is_err());
    assert!(fits(bound, showing(None)).is_err());
    // A certificate that nothing is bound to changes nothing.
    assert!(fits(None, showing(Some(mine))).is_ok());
}
