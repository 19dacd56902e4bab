//! What we sign, we verify; and nothing else verifies.

use grantd_jose::{
    Algorithm, Header, HeaderPolicy, Jws, JwsError, KeyError, SigningKey, VerifyingKey, base64url_decode, sign_compact,
};

use crate::keys;

#[test]
fn every_signing_algorithm_makes_tokens_that_its_public_key_verifies() {
    for key in keys::all() {
        let header = Header::new(key, "at+jwt");
        let compact = sign_compact(key, &header, br#"{"sub":"a","exp":1}"#).unwrap();
        let jws = Jws::parse(&compact, &HeaderPolicy::STRICT).unwrap();
        assert_eq!(jws.header().kid(), Some(key.kid()));
        assert_eq!(jws.header().alg(), key.algorithm());
        assert!(jws.header().typ_is("at+jwt"));
        let by = keys::verifier(key);
        let verified = jws.verify(&by).unwrap();
        assert_eq!(verified.payload(), br#"{"sub":"a","exp":1}"#);
        assert_eq!(verified.claims().unwrap().str("sub"), Ok(Some("a")));
        let other = keys::verifier(&SigningKey::generate(key.algorithm()).unwrap());
        assert_eq!(jws.verify(&other).unwrap_err(), JwsError::BadSignature);
    }
}

#[test]
fn the_header_is_alg_kid_typ_and_nothing_else() {
    let compact = sign_compact(&keys::ES256, &Header::new(&keys::ES256, "JWT"), b"{}").unwrap();
    let header = base64url_decode(compact.split('.').next().unwrap()).unwrap();
    let expected = format!(r#"{{"alg":"ES256","kid":"{}","typ":"JWT"}}"#, keys::ES256.kid());
    assert_eq!(String::from_utf8(header).unwrap(), expected);
}

#[test]
fn a_header_of_another_key_or_algorithm_is_refused() {
    let header = Header::new(&keys::ES256, "JWT");
    let other = SigningKey::generate(Algorithm::ES256).unwrap();
    assert_eq!(
        sign_compact(&other, &header, b"{}").unwrap_err(),
        KeyError::ForeignHeader
    );
    // The same RSA numbers, and so the same kid, under the other padding.
    let as_ps256 = SigningKey::from_pkcs8(Algorithm::PS256, &keys::RS256.to_pkcs8().unwrap()).unwrap();
    assert_eq!(as_ps256.kid(), keys::RS256.kid());
    let header = Header::new(&keys::RS256, "JWT");
    assert_eq!(
        sign_compact(&as_ps256, &header, b"{}").unwrap_err(),
        KeyError::ForeignHeader
    );
}

#[test]
fn the_compact_string_is_allocated_once() {
    for key in keys::all() {
        let compact = sign_compact(key, &Header::new(key, "JWT"), &[b'x'; 500]).unwrap();
        assert!(
            compact.capacity() - compact.len() <= 4,
            "{} of {}",
            compact.len(),
            compact.capacity()
        );
    }
}

#[test]
fn a_key_survives_pkcs8_with_its_id_and_signs_for_the_same_public_key() {
    for key in keys::all() {
        let again = SigningKey::from_pkcs8(key.algorithm(), &key.to_pkcs8().unwrap()).unwrap();
        assert_eq!(again.kid(), key.kid());
        assert_eq!(again.public_jwk(), key.public_jwk());
        let signature = again.sign(b"message").unwrap();
        assert!(keys::verifier(key).verify(key.algorithm(), b"message", &signature));
    }
}

#[test]
fn pkcs8_of_another_kind_truncated_or_damaged_is_rejected() {
    let ec = keys::ES256.to_pkcs8().unwrap();
    for alg in [Algorithm::RS256, Algorithm::PS256, Algorithm::EdDSA] {
        assert_eq!(SigningKey::from_pkcs8(alg, &ec).unwrap_err(), KeyError::Rejected);
    }
    for cut in 0..ec.len() {
        assert_eq!(
            SigningKey::from_pkcs8(Algorithm::ES256, &ec[..cut]).unwrap_err(),
            KeyError::Rejected
        );
    }
}

#[test]
fn algorithms_for_verification_only_make_no_signing_keys() {
    for alg in Algorithm::ALL
        .into_iter()
        .filter(|alg| !Algorithm::SIGNING.contains(alg))
    {
        assert_eq!(SigningKey::generate(alg).unwrap_err(), KeyError::VerifyOnly(alg));
        assert_eq!(SigningKey::from_pkcs8(alg, b"").unwrap_err(), KeyError::VerifyOnly(alg));
    }
}

#[test]
fn the_kid_is_the_thumbprint_and_the_public_jwk_says_what_the_key_is_for() {
    for key in keys::all() {
        let jwk = key.public_jwk();
        assert_eq!(key.kid(), jwk.thumbprint().to_string());
        assert_eq!(jwk.kid(), Some(key.kid()));
        assert_eq!(jwk.alg(), Some(key.algorithm()));
        assert!(jwk.to_json().contains(r#""use":"sig""#));
        assert_eq!(&keys::jwk(&jwk.to_json()), jwk);
    }
}

#[test]
fn a_signing_key_prints_its_id_and_no_secret() {
    for key in keys::all() {
        assert_eq!(
            format!("{key:?}"),
            format!("SigningKey({} {}, redacted)", key.algorithm(), key.kid())
        );
    }
}

#[test]
fn a_signing_key_is_shared_between_threads() {
    let by = keys::verifier(&keys::RS256);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let signature = keys::RS256.sign(b"m").unwrap();
                assert!(by.verify(Algorithm::RS256, b"m", &signature));
            });
        }
    });
}

#[test]
fn a_client_can_sign_under_the_name_its_key_was_registered_with() {
    let header = Header::with_kid(&keys::ES256, "JWT", r#"my "key""#);
    let compact = sign_compact(&keys::ES256, &header, b"{}").unwrap();
    let jws = Jws::parse(&compact, &HeaderPolicy::STRICT).unwrap();
    assert_eq!(jws.header().kid(), Some(r#"my "key""#));
    assert!(jws.verify(&keys::verifier(&keys::ES256)).is_ok());
}

#[test]
fn an_embedded_key_is_the_bare_public_key() {
    for key in keys::all() {
        let compact = sign_compact(key, &Header::with_embedded_key(key, "dpop+jwt"), b"{}").unwrap();
        let jws = Jws::parse(&compact, &HeaderPolicy::EMBEDDED_KEY).unwrap();
        let embedded = jws.header().jwk().unwrap();
        assert_eq!(
            (embedded.material(), embedded.kid()),
            (key.public_jwk().material(), None)
        );
        assert_eq!(jws.header().kid(), None);
        assert!(
            jws.verify(&VerifyingKey::from_jwk(embedded, &[key.algorithm()]).unwrap())
                .is_ok()
        );
    }
}

#[test]
fn tokens_and_claims_print_neither_payload_nor_signature() {
    let compact = sign_compact(&keys::ES256, &Header::new(&keys::ES256, "JWT"), br#"{"sub":"hidden"}"#).unwrap();
    let jws = Jws::parse(&compact, &HeaderPolicy::STRICT).unwrap();
    let by = keys::verifier(&keys::ES256);
    let verified = jws.verify(&by).unwrap();
    let printed = format!("{jws:?} {verified:?} {:?}", verified.claims().unwrap());
    assert!(
        printed.contains(keys::ES256.kid()) && printed.contains("sub"),
        "{printed}"
    );
    let secret_parts: Vec<&str> = compact.split('.').skip(1).chain(["hidden"]).collect();
    assert!(!secret_parts.iter().any(|part| printed.contains(part)), "{printed}");
    let as_bytes = format!("{:?}", br#"{"sub":"hidden"}"#);
    assert!(!printed.contains(as_bytes.trim_matches(['[', ']'])), "{printed}");
}
