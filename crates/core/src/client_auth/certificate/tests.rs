//! A certificate proves the client that registered it, in the way it registered, and nobody else; and binds what it asks.

use super::*;
use crate::client_auth::{Presented, Setting, authenticate};
use crate::fixture::{NOW, after, authenticated, client, client_with, make_public, realm, realm_with, setting};
use crate::record::ClientDuties;
use grantd_jose::Jwk;
use grantd_protocol::RawParams;
use std::sync::Arc;

const KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"K5bXp7lfxTPVM9hEwUWESR32Hg01z9SJYR-2hNxSEEE","y":"IsEt5yulX2XeiesDWgGHlhYlwra-qoK8-eOyJjJCuB8"}"#;

fn key() -> Jwk {
    Jwk::parse(KEY.as_bytes()).unwrap()
}

fn certificate() -> Certificate {
    Certificate {
        thumbprint: CertificateThumbprint::of(b"certificate"),
        subject: DistinguishedName::parse("CN=billing,O=Acme"),
        dns: vec!["billing.acme.example".to_owned()],
        uris: vec!["spiffe://acme/billing".to_owned()],
        emails: vec!["ops@acme.example".to_owned()],
        addresses: vec!["192.0.2.7".parse().unwrap()],
        key: Some(key().thumbprint()),
        not_before: after(-60),
        not_after: after(60),
        is_trusted: true,
    }
}

fn by_name(subject: CertificateSubject) -> ClientRecord {
    client_with(|client| {
        client.auth_method = TokenEndpointAuthMethod::TlsClientAuth;
        client.secrets.clear();
        client.certificate_subject = Some(subject);
    })
}

fn by_key() -> ClientRecord {
    client_with(|client| {
        client.auth_method = TokenEndpointAuthMethod::SelfSignedTlsClientAuth;
        client.secrets.clear();
        client.jwks = Some(JwkSet::new(vec![key()]));
    })
}

/// Whether a request with this client's id alone is taken for this client's.
fn proved_in(realm: &Realm, client: &ClientRecord, certificate: Option<&Certificate>) -> bool {
    let id = client.client_id.to_string();
    let params = RawParams::from_pairs(vec![("client_id".to_owned(), id)]).unwrap();
    let presented = Presented::read(&params, None).unwrap();
    let setting = Setting {
        certificate,
        ..setting(realm)
    };
    authenticate(&presented, Some(&Arc::new(client.clone())), &setting).is_ok()
}

fn proved(client: &ClientRecord, change: impl FnOnce(&mut Certificate)) -> bool {
    let mut shown = certificate();
    change(&mut shown);
    proved_in(&realm(), client, Some(&shown))
}

fn subjects() -> Vec<CertificateSubject> {
    vec![
        CertificateSubject::Name("CN=billing, O=Acme".to_owned()),
        CertificateSubject::Dns("Billing.acme.example".to_owned()),
        CertificateSubject::Uri("spiffe://acme/billing".to_owned()),
        CertificateSubject::Email("ops@acme.example".to_owned()),
        CertificateSubject::Ip("192.0.2.7".to_owned()),
    ]
}

#[test]
fn a_certificate_of_an_authority_proves_the_client_that_registered_its_name() {
    for subject in subjects() {
        assert!(proved(&by_name(subject.clone()), |_| {}), "{subject:?}");
    }
    for other in [
        CertificateSubject::Name("CN=billing,O=Other".to_owned()),
        CertificateSubject::Name("CN=billing".to_owned()),
        CertificateSubject::Dns("acme.example".to_owned()),
        CertificateSubject::Uri("spiffe://acme/billing/".to_owned()),
        CertificateSubject::Email("OPS@acme.example".to_owned()),
        CertificateSubject::Ip("192.0.2.8".to_owned()),
    ] {
        assert!(!proved(&by_name(other.clone()), |_| {}), "{other:?}");
    }
}

#[test]
fn a_name_that_no_authority_vouches_for_proves_nothing() {
    for subject in subjects() {
        assert!(!proved(&by_name(subject), |shown| shown.is_trusted = false));
    }
}

#[test]
fn a_wildcard_in_a_certificate_stands_for_nobody() {
    let client = by_name(CertificateSubject::Dns("billing.acme.example".to_owned()));
    assert!(!proved(&client, |shown| shown.dns = vec!["*.acme.example".to_owned()]));
}

#[test]
fn an_alternative_name_counts_as_its_own_kind_only() {
    let client = by_name(CertificateSubject::Dns("billing.acme.example".to_owned()));
    assert!(!proved(&client, |shown| {
        shown.uris.append(&mut shown.dns);
        shown.subject = DistinguishedName::parse("CN=billing.acme.example");
    }));
}

#[test]
fn a_self_signed_certificate_proves_the_client_that_registered_its_key() {
    assert!(proved(&by_key(), |shown| shown.is_trusted = false));
    assert!(!proved(&by_key(), |shown| shown.key = Some(Thumbprint::from_bytes([1; 32]))));
    assert!(!proved(&by_key(), |shown| shown.key = None));
}

#[test]
fn a_certificate_out_of_its_time_proves_nothing() {
    for client in subjects().into_iter().map(by_name).chain([by_key()]) {
        assert!(!proved(&client, |shown| shown.not_after = after(-1)));
        assert!(!proved(&client, |shown| shown.not_before = after(1)));
        assert!(proved(&client, |shown| shown.not_after = NOW));
    }
}

#[test]
fn without_a_certificate_such_a_client_is_not_proved() {
    for client in subjects().into_iter().map(by_name).chain([by_key()]) {
        assert!(!proved_in(&realm(), &client, None));
    }
}

#[test]
fn a_certificate_replaces_no_other_method() {
    assert!(!proved(&client(), |_| {}));
    let keyed = client_with(|client| {
        client.auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
        client.jwks = Some(JwkSet::new(vec![key()]));
    });
    assert!(!proved(&keyed, |_| {}));
    // A public client is itself with or without one.
    assert!(proved(&client_with(make_public), |_| {}));
}

#[test]
fn a_realm_that_does_not_have_the_method_or_certificates_at_all_takes_none() {
    let mine = certificate();
    for client in [
        by_key(),
        by_name(CertificateSubject::Dns("billing.acme.example".to_owned())),
    ] {
        let without = realm_with(|realm| realm.auth_methods.retain(|method| !method.has_certificate()));
        assert!(!proved_in(&without, &client, Some(&mine)));
        let off = realm_with(|realm| realm.mtls.enabled = false);
        assert!(!proved_in(&off, &client, Some(&mine)));
    }
}

fn held(duties: ClientDuties) -> AuthenticatedClient {
    authenticated(&client_with(|client| client.duties = duties))
}

fn bound_in(
    realm: &Realm,
    client: AuthenticatedClient,
    shown: Option<&Certificate>,
) -> Result<Option<Binding>, String> {
    let bound = bind(client, shown, realm);
    bound
        .map(|client| client.bound_to())
        .map_err(|error| error.code().as_str().to_owned())
}

#[test]
fn tokens_are_bound_to_the_certificate_where_the_client_registered_that() {
    let duties = ClientDuties {
        binds_to_certificate: true,
        ..ClientDuties::default()
    };
    let mine = certificate();
    let expected = Some(Binding::Certificate(mine.thumbprint));
    assert_eq!(bound_in(&realm(), held(duties), Some(&mine)), Ok(expected));
    assert_eq!(
        bound_in(&realm(), held(duties), None),
        Err("invalid_request".to_owned())
    );
    assert_eq!(bound_in(&realm(), held(ClientDuties::default()), Some(&mine)), Ok(None));
}

#[test]
fn where_everybody_binds_a_certificate_does_as_well_as_a_proof() {
    let strict = realm_with(|realm| realm.dpop.required = true);
    let mine = certificate();
    let expected = Some(Binding::Certificate(mine.thumbprint));
    assert_eq!(
        bound_in(&strict, held(ClientDuties::default()), Some(&mine)),
        Ok(expected)
    );
    assert_eq!(
        bound_in(&strict, held(ClientDuties::default()), None),
        Err("invalid_dpop_proof".to_owned())
    );
    // Who registered proofs is held to proofs.
    let proofs = ClientDuties {
        binds: true,
        ..ClientDuties::default()
    };
    assert_eq!(
        bound_in(&strict, held(proofs), Some(&mine)),
        Err("invalid_dpop_proof".to_owned())
    );
    // Nobody can bind to what the realm does not look at.
    let off = realm_with(|realm| {
        realm.dpop.required = true;
        realm.mtls.enabled = false;
    });
    assert_eq!(
        bound_in(&off, held(ClientDuties::default()), Some(&mine)),
        Err("invalid_dpop_proof".to_owned())
    );
}

#[test]
fn the_refresh_token_of_a_public_client_alone_is_bound_to_the_certificate() {
    let duties = ClientDuties {
        binds_to_certificate: true,
        ..ClientDuties::default()
    };
    let mine = certificate();
    let confidential = bind(held(duties), Some(&mine), &realm()).unwrap();
    assert_eq!(confidential.refresh_bound_to(), None);
    let public = authenticated(&client_with(|client| {
        make_public(client);
        client.duties = duties;
    }));
    let public = bind(public, Some(&mine), &realm()).unwrap();
    assert_eq!(public.refresh_bound_to(), Some(Binding::Certificate(mine.thumbprint)));
}
