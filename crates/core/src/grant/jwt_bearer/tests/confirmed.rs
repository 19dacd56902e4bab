//! An assertion that names a key or a certificate is worth nothing to whoever cannot prove it.

use super::*;
use crate::record::CertificateThumbprint;
use grantd_jose::Thumbprint;

const KEY: Thumbprint = Thumbprint::from_bytes([7; 32]);

fn bound(claim: Value, proved: Option<Binding>) -> Case {
    Case::with(|case| {
        put(&mut case.claims, "cnf", claim);
        case.proved = proved;
    })
}

#[test]
fn an_assertion_that_names_a_key_needs_its_proof_and_the_token_is_bound_to_it() {
    let jkt = json!({ "jkt": KEY.to_string() });
    let approved = bound(jkt.clone(), Some(Binding::Key(KEY))).decide().unwrap();
    assert_eq!(approved.bound_to, Some(Binding::Key(KEY)));
    for proved in [
        None,
        Some(Binding::Key(Thumbprint::from_bytes([8; 32]))),
        Some(Binding::Certificate(CertificateThumbprint::of(b"certificate"))),
    ] {
        let case = bound(jkt.clone(), proved);
        assert_eq!(case.refused(), ErrorCode::InvalidGrant, "{proved:?}");
        let told = case.decide().unwrap_err().error;
        assert!(told.description().contains("cnf"), "{told}");
    }
}

#[test]
fn one_that_names_a_certificate_needs_that_certificate() {
    let certificate = CertificateThumbprint::of(b"certificate");
    let claim = json!({ "x5t#S256": certificate.to_string() });
    let approved = bound(claim.clone(), Some(Binding::Certificate(certificate))).decide();
    assert_eq!(approved.unwrap().bound_to, Some(Binding::Certificate(certificate)));
    for proved in [
        None,
        Some(Binding::Key(KEY)),
        Some(Binding::Certificate(CertificateThumbprint::of(b"another"))),
    ] {
        assert_eq!(
            bound(claim.clone(), proved).refused(),
            ErrorCode::InvalidGrant,
            "{proved:?}"
        );
    }
}

#[test]
fn a_confirmation_that_is_not_understood_refuses_whatever_is_proved() {
    for claim in [
        json!("key"),
        json!({}),
        json!({ "kid": "one" }),
        json!({ "jkt": 7 }),
        json!({ "jkt": KEY.to_string(), "x5t#S256": KEY.to_string() }),
    ] {
        for proved in [None, Some(Binding::Key(KEY))] {
            assert_eq!(
                bound(claim.clone(), proved).refused(),
                ErrorCode::InvalidGrant,
                "{claim}"
            );
        }
    }
}

#[test]
fn one_that_names_nothing_takes_whatever_is_proved() {
    let case = Case::with(|case| case.proved = Some(Binding::Key(KEY)));
    assert_eq!(case.decide().unwrap().bound_to, Some(Binding::Key(KEY)));
}
