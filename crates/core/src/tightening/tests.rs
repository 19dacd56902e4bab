//! What passes is counted, and what is counted is what the tighter rule refuses.

use super::*;
use crate::authorize::checks::check;
use crate::authorize::identify::identify;
use crate::fixture::{API, CHALLENGE, REDIRECT, at_the_issuer, client_with, params, realm_with, scopes};
use crate::realm::PkcePolicy;
use crate::record::ClientOrigin;
use std::sync::Arc;

fn reporting(rules: &[Tightening]) -> Realm {
    realm_with(|realm| {
        realm.pkce = PkcePolicy::PublicClients;
        realm.excess_scope = ExcessScope::Cut;
        realm.tightenings.reported = rules.to_vec();
    })
}

/// Of a request that passes.
fn found(more: &[(&str, &str)], realm: &Realm) -> Vec<Tightening> {
    let client = Arc::new(client_with(|client| client.scopes = scopes("invoices:read")));
    let all = [
        ("client_id", "webapp"),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
    ];
    let params = params(&[&all, more].concat());
    at_the_issuer(realm, |context| {
        let identified = identify(&params, Some(Arc::clone(&client))).unwrap();
        let request = check(identified, &params, context).unwrap_or_else(|refused| panic!("{:?}", refused.error));
        broken_by_request(&request, &params, realm)
    })
}

#[test]
fn what_a_tighter_rule_would_refuse_passes_and_is_found() {
    let realm = reporting(Tightening::ALL);
    let challenge = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let all = [
        ("scope", "invoices:read"),
        ("resource", API),
        challenge[0],
        challenge[1],
    ];
    assert_eq!(found(&all, &realm), []);
    assert_eq!(found(&all[..2], &realm), [Tightening::Pkce]);
    assert_eq!(found(&[all[0], all[2], all[3]], &realm), [Tightening::Audience]);
    let too_much = [("scope", "invoices:read invoices:write"), all[1], all[2], all[3]];
    assert_eq!(found(&too_much, &realm), [Tightening::ExactScopes]);
}

#[test]
fn what_is_not_tried_out_is_not_found() {
    let scope = [("scope", "invoices:read")];
    assert_eq!(found(&scope, &reporting(&[])), []);
    assert_eq!(
        found(&scope, &reporting(&[Tightening::Audience])),
        [Tightening::Audience]
    );
}

#[test]
fn clients_that_cannot_know_what_they_may_have_break_nothing_by_asking() {
    let realm = reporting(&[Tightening::ExactScopes]);
    let asked = params(&[("scope", "invoices:write")]);
    let named = |origin| {
        client_with(|client| {
            client.scopes = scopes("invoices:read");
            client.origin = origin;
        })
    };
    assert!(asks_too_much(&asked, &named(ClientOrigin::Console), &realm));
    assert!(!asks_too_much(&asked, &named(ClientOrigin::Dynamic), &realm));
    assert!(!asks_too_much(&params(&[]), &named(ClientOrigin::Console), &realm));
}

#[test]
fn a_realm_that_asks_for_a_resource_refuses_a_request_without_one() {
    use crate::grant::resource::named_resources;
    let realm = realm_with(|realm| realm.tightenings.audience_required = true);
    assert!(named_resources(&realm, std::iter::empty()).is_err());
    assert!(named_resources(&realm, std::iter::once(API)).is_ok());
    assert!(named_resources(&realm_with(|_| {}), std::iter::empty()).is_ok());
}
