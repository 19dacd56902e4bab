//! Every reason to refuse a header, by name. Each token here is honestly signed, so that the named rule is the only one
//! that can refuse it.

use aws_lc_rs::signature::KeyPair;
use grantd_jose::strict_json::StrictJsonError;
use grantd_jose::{
    Algorithm, HeaderMember, HeaderPolicy, JwkError, Jws, JwsError, VerifyingKey, base64url_encode, hmac_sha256,
};

use crate::keys::{self, ES256};

fn refusal(compact: &str) -> JwsError {
    Jws::parse(compact, &HeaderPolicy::STRICT).unwrap_err()
}

/// The refusal of an honestly signed ES256 token with this header.
fn header_refusal(header: &str) -> JwsError {
    refusal(&keys::signed(&ES256, header, b"{}"))
}

#[test]
fn a_plain_header_is_accepted_and_unknown_members_are_ignored() {
    let compact = keys::signed(
        &ES256,
        r#"{"alg":"ES256","cty":"x","x5t":"AA","nonce":1,"deep":{"a":[1]}}"#,
        b"{}",
    );
    let jws = Jws::parse(&compact, &HeaderPolicy::STRICT).unwrap();
    assert!(jws.verify(&keys::verifier(&ES256)).is_ok());
    assert_eq!((jws.header().typ(), jws.header().kid()), (None, None));
}

#[test]
fn alg_none_is_refused_in_every_spelling() {
    for name in ["none", "None", "nOnE", "NONE"] {
        assert_eq!(header_refusal(&format!(r#"{{"alg":"{name}"}}"#)), JwsError::Unsecured);
        let unsigned = format!("{}.e30.", base64url_encode(format!(r#"{{"alg":"{name}"}}"#)));
        assert_eq!(refusal(&unsigned), JwsError::Unsecured);
    }
}

#[test]
fn hs256_over_the_bytes_of_the_public_key_is_refused() {
    let jwk = keys::RS256.public_jwk();
    let input = format!("{}.{}", base64url_encode(r#"{"alg":"HS256"}"#), base64url_encode("{}"));
    let pair = aws_lc_rs::rsa::KeyPair::from_pkcs8(&keys::RS256.to_pkcs8().unwrap()).unwrap();
    let der = pair.public_key();
    for secret in [jwk.to_json().as_bytes(), der.as_ref()] {
        let tag = hmac_sha256(secret, &[input.as_bytes()]);
        assert_eq!(
            refusal(&format!("{input}.{}", base64url_encode(tag))),
            JwsError::Symmetric
        );
    }
    for name in ["HS384", "HS512", "hs256"] {
        assert_eq!(header_refusal(&format!(r#"{{"alg":"{name}"}}"#)), JwsError::Symmetric);
    }
}

#[test]
fn unknown_and_misspelt_algorithms_are_refused() {
    for name in [
        "",
        "es256",
        "ES256 ",
        "ES512",
        "ES256K",
        "RSA-OAEP",
        "RS1",
        "Ed448",
        "ES256\\u0000",
        "\u{e9}\u{e9}",
    ] {
        assert_eq!(
            header_refusal(&format!(r#"{{"alg":"{name}"}}"#)),
            JwsError::UnknownAlgorithm,
            "{name}"
        );
    }
}

#[test]
fn ed25519_by_its_newer_name_verifies() {
    let compact = keys::signed(&keys::EDDSA, r#"{"alg":"Ed25519"}"#, b"{}");
    let jws = Jws::parse(&compact, &HeaderPolicy::STRICT).unwrap();
    assert!(jws.verify(&keys::verifier(&keys::EDDSA)).is_ok());
}

#[test]
fn alg_must_be_present_and_a_string() {
    assert_eq!(header_refusal("{}"), JwsError::AlgorithmMissing);
    for value in ["null", "1", "true", r#"["ES256"]"#, r#"{"ES256":1}"#] {
        assert_eq!(
            header_refusal(&format!(r#"{{"alg":{value}}}"#)),
            JwsError::WrongType("alg"),
            "{value}"
        );
    }
}

#[test]
fn members_that_change_the_rules_or_bring_a_key_are_refused_whatever_their_value() {
    for name in ["crit", "b64", "jku", "x5u", "jwk", "x5c"] {
        for value in [
            "null",
            "false",
            "true",
            "[]",
            r#"["exp"]"#,
            r#""https://attacker.example/""#,
            "{}",
        ] {
            let header = format!(r#"{{"alg":"ES256","{name}":{value}}}"#);
            assert_eq!(header_refusal(&header), JwsError::ForbiddenMember(name), "{header}");
        }
    }
}

#[test]
fn a_policy_can_ignore_key_members_but_never_crit_or_b64() {
    let ignored = &[
        HeaderMember::Jku,
        HeaderMember::Jwk,
        HeaderMember::X5u,
        HeaderMember::X5c,
    ];
    let policy = HeaderPolicy {
        ignored,
        ..HeaderPolicy::STRICT
    };
    let header = r#"{"alg":"ES256","jku":"u","jwk":{"kty":"oct"},"x5u":1,"x5c":[]}"#;
    let compact = keys::signed(&ES256, header, b"{}");
    let jws = Jws::parse(&compact, &policy).unwrap();
    assert!(jws.header().jwk().is_none());
    assert!(jws.verify(&keys::verifier(&ES256)).is_ok());
    for name in ["crit", "b64"] {
        let compact = keys::signed(&ES256, &format!(r#"{{"alg":"ES256","{name}":[]}}"#), b"{}");
        assert_eq!(
            Jws::parse(&compact, &policy).unwrap_err(),
            JwsError::ForbiddenMember(name)
        );
    }
}

#[test]
fn duplicate_header_members_are_refused() {
    for header in [
        r#"{"alg":"ES256","alg":"ES256"}"#,
        r#"{"alg":"none","\u0061lg":"ES256"}"#,
        r#"{"alg":"ES256","x":{"a":1,"a":1}}"#,
    ] {
        assert_eq!(
            header_refusal(header),
            JwsError::HeaderJson(StrictJsonError::DuplicateMember)
        );
    }
}

#[test]
fn the_header_is_one_strict_object() {
    assert_eq!(header_refusal("[]"), JwsError::HeaderJson(StrictJsonError::NotAnObject));
    assert_eq!(
        header_refusal(r#"{"alg":"ES256"} x"#),
        JwsError::HeaderJson(StrictJsonError::Malformed)
    );
    let deep = format!(r#"{{"alg":"ES256","x":{}{}}}"#, "[".repeat(32), "]".repeat(32));
    assert_eq!(header_refusal(&deep), JwsError::HeaderJson(StrictJsonError::TooDeep));
}

#[test]
fn kid_and_typ_are_short_printable_strings() {
    for name in ["kid", "typ"] {
        for value in ["null", "1", "[]", "{}"] {
            let header = format!(r#"{{"alg":"ES256","{name}":{value}}}"#);
            assert_eq!(header_refusal(&header), JwsError::WrongType(name));
        }
        for bad in ["a\\u0000b", "a\\nb", "\u{e9}", "\\u007f", &"k".repeat(256)] {
            let header = format!(r#"{{"alg":"ES256","{name}":"{bad}"}}"#);
            assert_eq!(header_refusal(&header), JwsError::BadText(name), "{bad}");
        }
    }
    // Paths and SQL are just text that matches no key.
    for odd in ["../../etc/passwd", "' OR 1=1 --", "|id", &"k".repeat(255)] {
        let compact = keys::signed(&ES256, &format!(r#"{{"alg":"ES256","kid":"{odd}"}}"#), b"{}");
        assert_eq!(
            Jws::parse(&compact, &HeaderPolicy::STRICT).unwrap().header().kid(),
            Some(odd)
        );
    }
}

#[test]
fn typ_matches_without_regard_to_case_and_with_or_without_application() {
    let typ = |typ: &str| {
        let compact = keys::signed(&ES256, &format!(r#"{{"alg":"ES256","typ":"{typ}"}}"#), b"{}");
        Jws::parse(&compact, &HeaderPolicy::STRICT)
            .unwrap()
            .header()
            .typ_is("at+jwt")
    };
    assert!(typ("at+jwt") && typ("AT+JWT") && typ("application/at+jwt") && typ("Application/at+JWT"));
    assert!(
        !typ("JWT") && !typ("application/application/at+jwt") && !typ("") && !typ("at+jwt ") && !typ("application/")
    );
}

#[test]
fn an_embedded_key_is_read_only_when_asked_for_and_then_required() {
    let jwk = ES256.public_jwk().to_json();
    let compact = keys::signed(
        &ES256,
        &format!(r#"{{"typ":"dpop+jwt","alg":"ES256","jwk":{jwk}}}"#),
        b"{}",
    );
    let jws = Jws::parse(&compact, &HeaderPolicy::EMBEDDED_KEY).unwrap();
    let embedded = jws.header().jwk().unwrap();
    assert_eq!(embedded.thumbprint(), ES256.public_jwk().thumbprint());
    assert!(
        jws.verify(&VerifyingKey::from_jwk(embedded, &[Algorithm::ES256]).unwrap())
            .is_ok()
    );
    assert_eq!(refusal(&compact), JwsError::ForbiddenMember("jwk"));
    let without = keys::signed(&ES256, r#"{"alg":"ES256"}"#, b"{}");
    assert_eq!(
        Jws::parse(&without, &HeaderPolicy::EMBEDDED_KEY).unwrap_err(),
        JwsError::EmbeddedKeyMissing
    );
}

#[test]
fn an_embedded_private_or_symmetric_key_is_refused() {
    let public = ES256.public_jwk().to_json();
    let private = public.replacen('{', r#"{"d":"AA","#, 1);
    for (jwk, reason) in [
        (private.as_str(), JwkError::PrivateMember("d")),
        (r#"{"kty":"oct","k":"AA"}"#, JwkError::Symmetric),
        ("{}", JwkError::Missing("kty")),
        ("null", JwkError::Json(StrictJsonError::NotAnObject)),
        (
            r#""https://attacker.example""#,
            JwkError::Json(StrictJsonError::NotAnObject),
        ),
    ] {
        let compact = keys::signed(&ES256, &format!(r#"{{"alg":"ES256","jwk":{jwk}}}"#), b"{}");
        let refused = Jws::parse(&compact, &HeaderPolicy::EMBEDDED_KEY).unwrap_err();
        assert_eq!(refused, JwsError::EmbeddedKey(reason), "{jwk}");
    }
}
