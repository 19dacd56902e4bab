//! Every reason to refuse a public key, by name.

use grantd_jose::strict_json::StrictJsonError;
use grantd_jose::{
    Algorithm, Jwk, JwkError, KeyMaterial, KeyMaterialError, VerifyingKey, VerifyingKeyError, base64url_decode,
    base64url_encode,
};

use crate::keys::{self, RFC7515_N, RFC7515_X, RFC7515_Y};

fn refusal(json: &str) -> JwkError {
    Jwk::parse(json.as_bytes()).unwrap_err()
}

fn ec(x: &str, y: &str, more: &str) -> String {
    format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"{more}}}"#)
}

fn good_ec(more: &str) -> String {
    ec(RFC7515_X, RFC7515_Y, more)
}

fn rsa(n: &[u8], e: &[u8]) -> String {
    format!(
        r#"{{"kty":"RSA","n":"{}","e":"{}"}}"#,
        base64url_encode(n),
        base64url_encode(e)
    )
}

fn ed25519(x: &[u8]) -> String {
    format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, base64url_encode(x))
}

fn modulus() -> Vec<u8> {
    base64url_decode(RFC7515_N).unwrap()
}

#[test]
fn a_private_member_refuses_the_key_whatever_its_value_and_type() {
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"] {
        for value in ["\"AQAB\"", "null", "[]"] {
            let json = good_ec(&format!(r#","{member}":{value}"#));
            assert_eq!(refusal(&json), JwkError::PrivateMember(member), "{json}");
        }
    }
    let rsa_private = format!(r#"{{"kty":"RSA","n":"{RFC7515_N}","e":"AQAB","d":"AQAB"}}"#);
    assert_eq!(refusal(&rsa_private), JwkError::PrivateMember("d"));
}

#[test]
fn symmetric_and_unknown_key_types_are_refused() {
    assert_eq!(refusal(r#"{"kty":"oct","k":"AAAA"}"#), JwkError::Symmetric);
    assert_eq!(refusal(r#"{"kty":"oct"}"#), JwkError::Symmetric);
    for kty in ["", "rsa", "ec", "AKP", "Oct"] {
        assert_eq!(
            refusal(&format!(r#"{{"kty":"{kty}"}}"#)),
            JwkError::UnknownKeyType,
            "{kty}"
        );
    }
    assert_eq!(refusal("{}"), JwkError::Missing("kty"));
}

#[test]
fn unsupported_curves_are_refused() {
    for (kty, crv) in [
        ("EC", "P-521"),
        ("EC", "secp256k1"),
        ("EC", "Ed25519"),
        ("OKP", "X25519"),
        ("OKP", "Ed448"),
    ] {
        let json = format!(r#"{{"kty":"{kty}","crv":"{crv}","x":"{RFC7515_X}","y":"{RFC7515_Y}"}}"#);
        assert_eq!(refusal(&json), JwkError::UnsupportedCurve, "{crv}");
    }
}

#[test]
fn missing_and_wrongly_typed_members_are_named() {
    assert_eq!(refusal(r#"{"kty":"EC","x":"AA","y":"AA"}"#), JwkError::Missing("crv"));
    assert_eq!(
        refusal(r#"{"kty":"EC","crv":"P-256","y":"AA"}"#),
        JwkError::Missing("x")
    );
    assert_eq!(
        refusal(&format!(r#"{{"kty":"EC","crv":"P-256","x":"{RFC7515_X}"}}"#)),
        JwkError::Missing("y")
    );
    assert_eq!(refusal(r#"{"kty":"RSA","e":"AQAB"}"#), JwkError::Missing("n"));
    assert_eq!(
        refusal(&format!(r#"{{"kty":"RSA","n":"{RFC7515_N}"}}"#)),
        JwkError::Missing("e")
    );
    assert_eq!(refusal(r#"{"kty":"OKP","crv":"Ed25519"}"#), JwkError::Missing("x"));
    assert_eq!(refusal(r#"{"kty":1}"#), JwkError::WrongType("kty"));
    assert_eq!(refusal(r#"{"kty":"EC","crv":null}"#), JwkError::WrongType("crv"));
    assert_eq!(
        refusal(r#"{"kty":"RSA","n":65537,"e":"AQAB"}"#),
        JwkError::WrongType("n")
    );
    for member in ["kid", "alg", "use", "key_ops"] {
        assert_eq!(
            refusal(&good_ec(&format!(r#","{member}":1"#))),
            JwkError::WrongType(member)
        );
        assert_eq!(
            refusal(&good_ec(&format!(r#","{member}":null"#))),
            JwkError::WrongType(member)
        );
    }
    assert_eq!(refusal(&good_ec(r#","key_ops":[1]"#)), JwkError::WrongType("key_ops"));
}

#[test]
fn json_must_be_one_strict_object() {
    assert_eq!(refusal("[]"), JwkError::Json(StrictJsonError::NotAnObject));
    assert_eq!(refusal("{"), JwkError::Json(StrictJsonError::Malformed));
    assert_eq!(
        refusal(&good_ec(r#","x":"AA""#)),
        JwkError::Json(StrictJsonError::DuplicateMember)
    );
    assert_eq!(
        refusal(&good_ec(r#","k\u0074y":"EC""#)),
        JwkError::Json(StrictJsonError::DuplicateMember)
    );
    assert_eq!(
        refusal(&" ".repeat(16 * 1024 + 1)),
        JwkError::Json(StrictJsonError::TooLarge)
    );
}

#[test]
fn numbers_are_canonical_base64url() {
    assert_eq!(
        refusal(&ec(&format!("{RFC7515_X}="), RFC7515_Y, "")),
        JwkError::BadBase64("x")
    );
    assert_eq!(
        refusal(&ec(&RFC7515_X.replace('8', "+"), RFC7515_Y, "")),
        JwkError::BadBase64("x")
    );
    let other_trailing_bits = format!("{}1", &RFC7515_Y[..42]);
    assert_eq!(
        refusal(&ec(RFC7515_X, &other_trailing_bits, "")),
        JwkError::BadBase64("y")
    );
}

#[test]
fn points_off_the_curve_and_at_infinity_are_refused() {
    let zero = base64url_encode([0; 32]);
    let max = base64url_encode([0xff; 32]);
    let not_on_curve = JwkError::Material(KeyMaterialError::NotOnCurve);
    assert_eq!(refusal(&ec(RFC7515_Y, RFC7515_X, "")), not_on_curve);
    assert_eq!(refusal(&ec(&zero, &zero, "")), not_on_curve);
    assert_eq!(refusal(&ec(&max, &max, "")), not_on_curve);
    assert_eq!(refusal(&ec(RFC7515_X, &zero, "")), not_on_curve);
}

#[test]
fn a_coordinate_that_is_not_reduced_is_refused() {
    // The field's prime: the same point as x = 0 if it were reduced.
    let p = "_____wAAAAEAAAAAAAAAAAAAAAD_______________8";
    assert_eq!(
        refusal(&ec(p, RFC7515_Y, "")),
        JwkError::Material(KeyMaterialError::NotOnCurve)
    );
}

#[test]
fn coordinates_have_the_length_of_the_field() {
    let wrong = JwkError::Material(KeyMaterialError::CoordinateLength);
    let x = base64url_decode(RFC7515_X).unwrap();
    let padded = base64url_encode([&[0], &x[..]].concat());
    let compressed = base64url_encode([&[3], &x[..]].concat());
    for bad in ["", &base64url_encode(&x[1..]), &padded, &compressed] {
        assert_eq!(refusal(&ec(bad, RFC7515_Y, "")), wrong, "{bad}");
        assert_eq!(refusal(&ec(RFC7515_X, bad, "")), wrong, "{bad}");
    }
    let p384 = format!(r#"{{"kty":"EC","crv":"P-384","x":"{RFC7515_X}","y":"{RFC7515_Y}"}}"#);
    assert_eq!(refusal(&p384), wrong);
    for len in [0, 31, 33, 44] {
        assert_eq!(refusal(&ed25519(&vec![9; len])), wrong, "{len}");
    }
}

#[test]
fn rsa_under_2048_bits_is_refused_exactly() {
    let small = JwkError::Material(KeyMaterialError::RsaTooSmall);
    let e = [1, 0, 1];
    assert_eq!(refusal(&rsa(&modulus()[..128], &e)), small);
    assert_eq!(refusal(&rsa(&[], &e)), small);
    let mut bits_2047 = modulus();
    bits_2047[0] &= 0x7f;
    bits_2047[0] |= 0x40;
    assert_eq!(refusal(&rsa(&bits_2047, &e)), small);
    assert!(Jwk::parse(rsa(&modulus(), &e).as_bytes()).is_ok());
}

#[test]
fn rsa_over_8192_bits_is_refused_exactly() {
    let e = [1, 0, 1];
    let mut n = vec![0xff; 1024];
    assert!(Jwk::parse(rsa(&n, &e).as_bytes()).is_ok());
    n.insert(0, 1);
    assert_eq!(refusal(&rsa(&n, &e)), JwkError::Material(KeyMaterialError::RsaTooLarge));
    assert_eq!(
        refusal(&rsa(&vec![0xff; 2048], &e)),
        JwkError::Material(KeyMaterialError::RsaTooLarge)
    );
}

#[test]
fn rsa_numbers_have_one_spelling() {
    let leading = JwkError::Material(KeyMaterialError::RsaLeadingZero);
    let n = [&[0], &modulus()[..]].concat();
    assert_eq!(refusal(&rsa(&n, &[1, 0, 1])), leading);
    assert_eq!(refusal(&rsa(&modulus(), &[0, 1, 0, 1])), leading);
    assert_eq!(refusal(&rsa(&modulus(), &[0])), leading);
}

#[test]
fn even_moduli_and_unusable_exponents_are_refused() {
    let mut even = modulus();
    *even.last_mut().unwrap() &= 0xfe;
    assert_eq!(
        refusal(&rsa(&even, &[1, 0, 1])),
        JwkError::Material(KeyMaterialError::RsaEvenModulus)
    );
    for e in [&[][..], &[1], &[2], &[1, 0, 0], &[1, 0, 0, 0, 1]] {
        assert_eq!(
            refusal(&rsa(&modulus(), e)),
            JwkError::Material(KeyMaterialError::RsaExponent),
            "{e:?}"
        );
    }
    for e in [&[3][..], &[1, 0, 1], &[0xff, 0xff, 0xff, 0xff]] {
        assert!(Jwk::parse(rsa(&modulus(), e).as_bytes()).is_ok(), "{e:?}");
    }
}

#[test]
fn ed25519_points_of_small_order_are_refused_and_would_verify_a_forgery() {
    let mut identity = [0; 32];
    identity[0] = 1;
    // R = identity, s = 0: under the identity as key, aws-lc accepts this for any message.
    let forged = [&identity[..], &[0; 32]].concat();
    let raw = aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::ED25519, identity);
    assert!(raw.verify(b"any message", &forged).is_ok());

    let order_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";
    let order_8: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&order_8[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    let order_8_negated = order_8
        .iter()
        .enumerate()
        .map(|(at, b)| if at == 31 { b | 0x80 } else { *b })
        .collect();
    let mut minus_one = vec![0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    for point in [identity.to_vec(), vec![0; 32], minus_one, order_8, order_8_negated] {
        assert_eq!(
            refusal(&ed25519(&point)),
            JwkError::Material(KeyMaterialError::SmallOrder),
            "{point:02x?}"
        );
    }
}

#[test]
fn ed25519_coordinates_are_reduced() {
    let mut p = [0xff; 32];
    p[31] = 0x7f;
    for low in 0xed..=0xff {
        p[0] = low;
        assert_eq!(
            refusal(&ed25519(&p)),
            JwkError::Material(KeyMaterialError::NotCanonical),
            "{low:x}"
        );
        assert_eq!(
            KeyMaterial::ed25519(&p.map(|b| b)).unwrap_err(),
            KeyMaterialError::NotCanonical
        );
    }
    p[0] = 0xeb;
    assert!(Jwk::parse(ed25519(&p).as_bytes()).is_ok());
}

#[test]
fn kid_is_printable_and_at_most_255_bytes() {
    let with_kid = |kid: &str| Jwk::parse(good_ec(&format!(r#","kid":"{kid}""#)).as_bytes());
    for bad in ["a\\u0000", "a\\nb", "\u{e9}", "\\u007f", &"k".repeat(256)] {
        assert_eq!(with_kid(bad).unwrap_err(), JwkError::BadText("kid"), "{bad}");
    }
    for odd in ["../../dev/null", "' OR 1=1 --", "", &"k".repeat(255)] {
        assert_eq!(with_kid(odd).unwrap().kid(), Some(odd));
    }
    let quoted = with_kid(r#"a\"b\\c"#).unwrap();
    assert_eq!(quoted.kid(), Some(r#"a"b\c"#));
    assert_eq!(keys::jwk(&quoted.to_json()), quoted);
}

#[test]
fn alg_must_fit_the_key_and_is_never_none_or_hmac() {
    for alg in ["RS256", "ES384", "EdDSA", "none", "None", "HS256", "HS512"] {
        assert_eq!(
            refusal(&good_ec(&format!(r#","alg":"{alg}""#))),
            JwkError::AlgorithmDoesNotFit,
            "{alg}"
        );
    }
    assert_eq!(keys::jwk(&good_ec(r#","alg":"ES256""#)).alg(), Some(Algorithm::ES256));
}

#[test]
fn a_key_for_something_else_is_readable_but_verifies_nothing() {
    for more in [
        r#","use":"enc""#,
        r#","use":"other""#,
        r#","alg":"ECDH-ES""#,
        r#","key_ops":["deriveKey"]"#,
        r#","key_ops":[]"#,
        r#","use":"sig","key_ops":["deriveBits"]"#,
        r#","use":"enc","key_ops":["verify"]"#,
    ] {
        let jwk = keys::jwk(&good_ec(more));
        assert!(!jwk.is_for_signatures(), "{more}");
        let refused = VerifyingKey::from_jwk(&jwk, &Algorithm::ALL).unwrap_err();
        assert_eq!(refused, VerifyingKeyError::NotForSignatures, "{more}");
        assert_eq!(
            keys::jwk(&jwk.to_json()),
            jwk,
            "writing {more} back must not widen its use"
        );
    }
    for more in [
        "",
        r#","use":"sig""#,
        r#","key_ops":["verify"]"#,
        r#","use":"sig","key_ops":["verify"],"alg":"ES256""#,
    ] {
        assert!(
            VerifyingKey::from_jwk(&keys::jwk(&good_ec(more)), &Algorithm::ALL).is_ok(),
            "{more}"
        );
    }
}

#[test]
fn key_ops_are_few_short_and_distinct() {
    assert_eq!(
        refusal(&good_ec(r#","key_ops":["verify","verify"]"#)),
        JwkError::DuplicateKeyOperation
    );
    let many: Vec<String> = (0..17).map(|n| format!("\"op{n}\"")).collect();
    assert_eq!(
        refusal(&good_ec(&format!(r#","key_ops":[{}]"#, many.join(",")))),
        JwkError::BadText("key_ops")
    );
    assert_eq!(
        refusal(&good_ec(&format!(r#","key_ops":["{}"]"#, "x".repeat(65)))),
        JwkError::BadText("key_ops")
    );
}

#[test]
fn unknown_members_are_ignored_and_not_written_back() {
    let jwk = keys::jwk(&good_ec(
        r#","x5u":"https://attacker.example/","x5c":["AA"],"ext":true,"iat":1"#,
    ));
    assert_eq!(jwk, keys::jwk(&good_ec("")));
    assert_eq!(
        jwk.to_json(),
        format!(r#"{{"crv":"P-256","kty":"EC","x":"{RFC7515_X}","y":"{RFC7515_Y}"}}"#)
    );
}

#[test]
fn members_are_written_in_lexicographic_order() {
    let jwk = keys::jwk(&good_ec(r#","use":"sig","alg":"ES256","kid":"k","key_ops":["verify"]"#));
    let expected = format!(
        r#"{{"alg":"ES256","crv":"P-256","key_ops":["verify"],"kid":"k","kty":"EC","use":"sig","x":"{RFC7515_X}","y":"{RFC7515_Y}"}}"#
    );
    assert_eq!(jwk.to_json(), expected);
    assert_eq!(serde_json::to_string(&jwk).unwrap(), expected);
}
