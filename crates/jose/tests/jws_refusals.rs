//! Every reason to refuse a token for its form, its signature or its key, by name.

use grantd_jose::{
    Algorithm, HeaderPolicy, Jwk, Jws, JwsError, VerifyingKey, VerifyingKeyError, base64url_decode, base64url_encode,
};

use crate::keys::{self, ES256};

fn refusal(compact: &str) -> JwsError {
    Jws::parse(compact, &HeaderPolicy::STRICT).unwrap_err()
}

#[test]
fn exactly_three_parts() {
    let good = keys::signed(&ES256, r#"{"alg":"ES256"}"#, b"{}");
    for bad in [
        "",
        ".",
        "a",
        "a.b",
        &format!("{good}.x"),
        &format!("{good}."),
        &good.replace('.', ""),
    ] {
        assert_eq!(refusal(bad), JwsError::NotThreeParts, "{bad}");
    }
}

#[test]
fn every_part_is_canonical_base64url() {
    let good = keys::signed(&ES256, r#"{"alg":"ES256"}"#, b"{} ");
    let parts: Vec<&str> = good.split('.').collect();
    for (at, name) in ["header", "payload", "signature"].into_iter().enumerate() {
        for spoilt in [
            format!("{}=", parts[at]),
            format!("{}\n", parts[at]),
            format!(" {}", parts[at]),
            format!("{}+", parts[at]),
        ] {
            let mut changed = parts.clone();
            changed[at] = &spoilt;
            assert_eq!(refusal(&changed.join(".")), JwsError::BadBase64(name), "{spoilt:?}");
        }
    }
}

#[test]
fn a_second_spelling_of_the_same_signature_is_refused() {
    let good = keys::signed(&ES256, r#"{"alg":"ES256"}"#, b"{}");
    let (head, last) = good.split_at(good.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // 64 bytes leave four unused bits in the last character: of 64 characters only the 4 that leave them zero decode.
    let accepted = alphabet
        .chars()
        .filter(|c| Jws::parse(&format!("{head}{c}"), &HeaderPolicy::STRICT).is_ok())
        .count();
    assert!(alphabet.contains(last));
    assert_eq!(accepted, 4);
}

#[test]
fn length_is_limited_before_anything_is_decoded() {
    let policy = HeaderPolicy {
        max_bytes: 100,
        ..HeaderPolicy::STRICT
    };
    assert_eq!(Jws::parse(&"a".repeat(101), &policy).unwrap_err(), JwsError::TooLarge);
    assert_eq!(
        Jws::parse(&"a".repeat(100), &policy).unwrap_err(),
        JwsError::NotThreeParts
    );
    assert_eq!(refusal(&"a".repeat(16 * 1024 + 1)), JwsError::TooLarge);
    assert_eq!(
        Jws::parse(&[0xff; 40][..], &policy).unwrap_err(),
        JwsError::NotThreeParts
    );
}

#[test]
fn the_header_cannot_choose_the_algorithm() {
    for (key, other) in [
        (&keys::RS256, "PS256"),
        (&keys::PS256, "RS256"),
        (&keys::RS256, "RS512"),
        (&ES256, "EdDSA"),
    ] {
        let compact = keys::signed(key, &format!(r#"{{"alg":"{other}"}}"#), b"{}");
        let jws = Jws::parse(&compact, &HeaderPolicy::STRICT).unwrap();
        assert_eq!(
            jws.verify(&keys::verifier(key)).unwrap_err(),
            JwsError::AlgorithmMismatch,
            "{other}"
        );
    }
}

#[test]
fn an_rsa_key_without_alg_verifies_the_allowed_algorithms_only() {
    let bare = Jwk::new(keys::RS256.public_jwk().material().clone());
    let only_pss = VerifyingKey::from_jwk(&bare, &[Algorithm::PS256, Algorithm::ES256]).unwrap();
    assert_eq!(only_pss.algorithm(), Some(Algorithm::PS256));
    let compact = keys::signed(&keys::RS256, r#"{"alg":"RS256"}"#, b"{}");
    let jws = Jws::parse(&compact, &HeaderPolicy::STRICT).unwrap();
    assert_eq!(jws.verify(&only_pss).unwrap_err(), JwsError::AlgorithmMismatch);
    let both = VerifyingKey::from_jwk(&bare, &[Algorithm::PS256, Algorithm::RS256]).unwrap();
    assert_eq!(both.algorithm(), None);
    assert!(jws.verify(&both).is_ok());
    assert_eq!(
        VerifyingKey::from_jwk(&bare, &[]).unwrap_err(),
        VerifyingKeyError::AlgorithmNotAllowed
    );
    assert_eq!(
        VerifyingKey::from_jwk(&bare, &[Algorithm::ES256]).unwrap_err(),
        VerifyingKeyError::AlgorithmNotAllowed
    );
    let declared = keys::PS256.public_jwk();
    assert_eq!(
        VerifyingKey::from_jwk(declared, &[Algorithm::RS256]).unwrap_err(),
        VerifyingKeyError::AlgorithmNotAllowed
    );
}

#[test]
fn es256_signatures_of_zeros_or_of_another_length_or_in_der_are_refused() {
    let by = keys::verifier(&ES256);
    let input = format!("{}.e30", base64url_encode(r#"{"alg":"ES256"}"#));
    let good = ES256.sign(input.as_bytes()).unwrap();
    assert!(by.verify(Algorithm::ES256, input.as_bytes(), &good));
    let mut zero_r = good.clone();
    zero_r[..32].fill(0);
    let mut zero_s = good.clone();
    zero_s[32..].fill(0);
    let der = [&[0x30, 0x44, 2, 0x20], &good[..32], &[2, 0x20], &good[32..]].concat();
    let long = [&good[..], &[0]].concat();
    for forged in [
        vec![0; 64],
        zero_r,
        zero_s,
        der,
        long,
        good[..63].to_vec(),
        good[..32].to_vec(),
        vec![],
    ] {
        let compact = format!("{input}.{}", base64url_encode(&forged));
        let jws = Jws::parse(&compact, &HeaderPolicy::STRICT).unwrap();
        assert_eq!(
            jws.verify(&by).unwrap_err(),
            JwsError::BadSignature,
            "{} bytes",
            forged.len()
        );
    }
}

#[test]
fn an_empty_signature_never_verifies() {
    for key in keys::all() {
        let compact = format!(
            "{}.e30.",
            base64url_encode(format!(r#"{{"alg":"{}"}}"#, key.algorithm()))
        );
        let jws = Jws::parse(&compact, &HeaderPolicy::STRICT).unwrap();
        assert_eq!(jws.verify(&keys::verifier(key)).unwrap_err(), JwsError::BadSignature);
    }
}

#[test]
fn header_payload_and_signature_are_bound_together() {
    for key in keys::all() {
        let alg = key.algorithm();
        let good = keys::signed(key, &format!(r#"{{"alg":"{alg}"}}"#), br#"{"sub":"a"}"#);
        let parts: Vec<&str> = good.split('.').collect();
        let other_payload = format!("{}.{}.{}", parts[0], base64url_encode(r#"{"sub":"b"}"#), parts[2]);
        let other_header = base64url_encode(format!(r#"{{"alg":"{alg}","kid":"x"}}"#));
        let other_header = format!("{other_header}.{}.{}", parts[1], parts[2]);
        for forged in [other_payload, other_header] {
            let jws = Jws::parse(&forged, &HeaderPolicy::STRICT).unwrap();
            assert_eq!(jws.verify(&keys::verifier(key)).unwrap_err(), JwsError::BadSignature);
        }
    }
}

#[test]
fn unverified_claims_are_readable_for_finding_the_key() {
    let compact = keys::signed(&ES256, r#"{"alg":"ES256"}"#, br#"{"iss":"client"}"#);
    let jws = Jws::parse(&compact, &HeaderPolicy::STRICT).unwrap();
    assert_eq!(jws.unverified_claims().unwrap().str("iss"), Ok(Some("client")));
    assert_eq!(
        base64url_decode(compact.split('.').nth(1).unwrap()).unwrap(),
        br#"{"iss":"client"}"#
    );
}
