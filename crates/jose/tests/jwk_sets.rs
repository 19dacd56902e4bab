//! Sets of keys: bounds, what is skipped and what is not, and choosing candidates.

use grantd_jose::strict_json::StrictJsonError;
use grantd_jose::{Algorithm, JwkError, JwkSet, KeyMaterialError, SetRules, UnknownKeys};

use crate::keys::{self, RFC7515_X, RFC7515_Y};

fn ec(kid: &str) -> String {
    format!(r#"{{"kty":"EC","crv":"P-256","kid":"{kid}","x":"{RFC7515_X}","y":"{RFC7515_Y}"}}"#)
}

fn set_of(keys: &[&str]) -> String {
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

const LENIENT: SetRules = SetRules {
    unknown_keys: UnknownKeys::Skip,
    ..SetRules::strict(8)
};

#[test]
fn more_keys_than_allowed_are_refused_before_any_is_read() {
    let broken = "{}";
    assert_eq!(
        JwkSet::parse(set_of(&[broken; 3]).as_bytes(), 2).unwrap_err(),
        JwkError::TooManyKeys
    );
    assert_eq!(
        JwkSet::parse(set_of(&[&ec("a"), &ec("b")]).as_bytes(), 2)
            .unwrap()
            .keys()
            .len(),
        2
    );
    assert_eq!(JwkSet::parse(set_of(&[]).as_bytes(), 2).unwrap().keys(), []);
}

#[test]
fn ten_thousand_keys_and_five_megabytes_are_refused() {
    let many = set_of(&vec!["{}"; 10_000]);
    assert_eq!(JwkSet::parse(many.as_bytes(), 20).unwrap_err(), JwkError::TooManyKeys);
    let large = format!("{}{}", set_of(&[]), " ".repeat(5_000_000));
    assert_eq!(
        JwkSet::parse(large.as_bytes(), 20).unwrap_err(),
        JwkError::Json(StrictJsonError::TooLarge)
    );
}

#[test]
fn a_set_is_an_object_with_an_array_of_objects() {
    for (json, reason) in [
        ("[]", JwkError::Json(StrictJsonError::NotAnObject)),
        ("{}", JwkError::Missing("keys")),
        (r#"{"keys":{}}"#, JwkError::WrongType("keys")),
        (r#"{"keys":null}"#, JwkError::WrongType("keys")),
        (r#"{"keys":["a"]}"#, JwkError::Json(StrictJsonError::NotAnObject)),
        (
            r#"{"keys":[],"keys":[]}"#,
            JwkError::Json(StrictJsonError::DuplicateMember),
        ),
    ] {
        assert_eq!(JwkSet::parse(json.as_bytes(), 5).unwrap_err(), reason, "{json}");
    }
}

#[test]
fn keys_of_unknown_kind_are_refused_or_skipped_by_rule() {
    let exotic = r#"{"kty":"EC","crv":"P-521","x":"AA","y":"AA"}"#;
    let future = r#"{"kty":"AKP","alg":"ML-DSA-44","pub":"AA"}"#;
    let json = set_of(&[exotic, &ec("a"), future]);
    assert_eq!(
        JwkSet::parse(json.as_bytes(), 5).unwrap_err(),
        JwkError::UnsupportedCurve
    );
    let kept = JwkSet::parse_with(json.as_bytes(), LENIENT).unwrap();
    assert_eq!(kept.keys().iter().map(|key| key.kid()).collect::<Vec<_>>(), [Some("a")]);
}

#[test]
fn one_private_symmetric_or_invalid_key_refuses_the_whole_set_even_when_lenient() {
    let off_curve = format!(r#"{{"kty":"EC","crv":"P-256","x":"{RFC7515_X}","y":"{RFC7515_X}"}}"#);
    for (bad, reason) in [
        (ec("a").replacen('{', r#"{"d":"AA","#, 1), JwkError::PrivateMember("d")),
        (r#"{"kty":"oct","k":"AA"}"#.to_owned(), JwkError::Symmetric),
        (off_curve, JwkError::Material(KeyMaterialError::NotOnCurve)),
        // Private members are noticed in keys of an unsupported kind as well.
        (
            r#"{"kty":"EC","crv":"P-521","d":"AA"}"#.to_owned(),
            JwkError::PrivateMember("d"),
        ),
        (
            r#"{"kty":"AKP","priv":"AA"}"#.to_owned(),
            JwkError::PrivateMember("priv"),
        ),
    ] {
        let json = set_of(&[&ec("good"), &bad]);
        assert_eq!(
            JwkSet::parse_with(json.as_bytes(), LENIENT).unwrap_err(),
            reason,
            "{bad}"
        );
    }
}

#[test]
fn candidates_match_kid_kind_and_use() {
    let enc = ec("a").replacen('{', r#"{"use":"enc","#, 1);
    let set = JwkSet::parse(set_of(&[&ec("a"), &ec("b"), &ec("a"), &enc]).as_bytes(), 5).unwrap();
    let count = |kid, alg| set.candidates(kid, alg).count();
    assert_eq!(count(Some("a"), Algorithm::ES256), 2);
    assert_eq!(count(Some("b"), Algorithm::ES256), 1);
    assert_eq!(count(None, Algorithm::ES256), 3);
    assert_eq!(count(Some("c"), Algorithm::ES256), 0);
    assert_eq!(count(Some("A"), Algorithm::ES256), 0);
    assert_eq!(count(None, Algorithm::RS256), 0);
}

#[test]
fn what_we_publish_reads_back_and_has_no_private_member() {
    let set = JwkSet::new(keys::all().iter().map(|key| key.public_jwk().clone()).collect());
    let json = set.to_json();
    assert_eq!(JwkSet::parse(json.as_bytes(), 4).unwrap(), set);
    assert_eq!(serde_json::to_string(&set).unwrap(), json);
    for private in ["\"d\"", "\"p\"", "\"q\"", "\"dp\"", "\"dq\"", "\"qi\"", "\"k\""] {
        assert!(!json.contains(private), "{private}");
    }
}
