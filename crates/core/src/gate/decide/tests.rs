//! Every rule of the gate's decision, one by one.

use super::*;
use crate::fixture::token_endpoint::access_facts;
use crate::fixture::{API, NOW, OTHER_API, after, client, realm, scopes};
use crate::record::{AccessFacts, ApiKeyFacts, ApiKeyRecord, Binding};
use grantd_jose::Thumbprint;
use grantd_protocol::SecretHash;
use grantd_protocol::id::ApiKeyId;

fn need(scope: &str) -> Need {
    Need {
        scopes: scopes(scope),
        ..Need::default()
    }
}

fn key(scope: &str) -> ApiKeyFacts {
    ApiKeyFacts {
        key: ApiKeyRecord {
            id: ApiKeyId::from_bytes([7; 16]),
            realm: realm().name,
            version: 1,
            hash: SecretHash::of(b"secret"),
            last_four: "cret".to_owned(),
            tenant: None,
            name: "reporting".into(),
            scope: scopes(scope),
            created_by: "cli".to_owned(),
            role: None,
            created_at: NOW,
            expires_at: None,
            ended_at: None,
        },
        tenant_disabled: false,
        last_used_at: None,
    }
}

fn token(change: impl FnOnce(&mut AccessFacts)) -> AccessFacts {
    let mut facts = access_facts();
    facts.token.scope = scopes("invoices:read");
    change(&mut facts);
    facts
}

fn with_token(need: &Need, way: Way, facts: &AccessFacts) -> Decision {
    let client = client();
    let sent = Sent::One {
        way,
        found: Some(Credential::Access(facts, Some(&client))),
        shown: Shown::default(),
    };
    decide(need, &sent, &realm(), NOW)
}

fn with_key(need: &Need, way: Way, facts: &ApiKeyFacts) -> Decision {
    let sent = Sent::One {
        way,
        found: Some(Credential::ApiKey(facts)),
        shown: Shown::default(),
    };
    decide(need, &sent, &realm(), NOW)
}

fn refused(decision: Decision) -> Refused {
    match decision {
        Decision::Refuse(refused) => refused,
        Decision::Pass { identity, .. } => panic!("passed as {identity:?}"),
    }
}

fn code(decision: Decision) -> Option<ErrorCode> {
    refused(decision).error.map(|error| error.code())
}

fn passes(decision: &Decision) -> bool {
    matches!(decision, Decision::Pass { .. })
}

#[test]
fn nothing_sent_is_a_challenge_without_an_error() {
    let refused = refused(decide(&need("invoices:read"), &Sent::Nothing, &realm(), NOW));
    assert!(refused.error.is_none() && refused.asks_for_another());
    assert_eq!(refused.scopes, scopes("invoices:read"));
}

#[test]
fn an_anonymous_route_passes_without_a_credential_and_never_with_a_bad_one() {
    let open = Need {
        anonymous: true,
        ..Need::default()
    };
    let Decision::Pass { identity, used } = decide(&open, &Sent::Nothing, &realm(), NOW) else {
        panic!("it must pass")
    };
    assert!(identity == Identity::nobody() && used.is_none());
    let unknown = Sent::One {
        way: Way::Bearer,
        found: None,
        shown: Shown::default(),
    };
    assert_eq!(
        code(decide(&open, &unknown, &realm(), NOW)),
        Some(ErrorCode::InvalidToken)
    );
    assert_eq!(
        code(decide(&open, &Sent::Several, &realm(), NOW)),
        Some(ErrorCode::InvalidRequest)
    );
}

#[test]
fn a_good_token_passes_and_its_use_is_counted() {
    let facts = token(|_| {});
    let Decision::Pass { used: Some(used), .. } = with_token(&need("invoices:read"), Way::Bearer, &facts) else {
        panic!("it must pass")
    };
    assert_eq!(used.holder, Holder::Client(client().client_id));
    assert_eq!(used.grant, facts.token.grant, "what the user allowed was used");
    let names: Vec<_> = used.permissions.iter().map(|name| &**name).collect();
    assert_eq!(names, ["invoices:read"]);
}

#[test]
fn an_ended_or_expired_token_is_refused() {
    for facts in [
        token(|facts| facts.token.ended_at = Some(NOW)),
        token(|facts| facts.token.expires_at = NOW),
        token(|facts| facts.family_ended = true),
        token(|facts| facts.grant_ended = true),
        token(|facts| facts.tenant_lost = true),
        token(|facts| facts.user_disabled = true),
        token(|facts| facts.token.realm = "other".into()),
    ] {
        assert_eq!(
            code(with_token(&Need::default(), Way::Bearer, &facts)),
            Some(ErrorCode::InvalidToken)
        );
    }
}

#[test]
fn a_missing_permission_names_everything_that_is_needed_and_counts_what_is_held() {
    let facts = token(|_| {});
    let refused = refused(with_token(&need("invoices:read invoices:write"), Way::Bearer, &facts));
    assert!(!refused.asks_for_another());
    assert_eq!(refused.scopes, scopes("invoices:read invoices:write"));
    let names = refused.used.unwrap().permissions;
    assert_eq!(names.iter().map(|name| &**name).collect::<Vec<_>>(), ["invoices:read"]);
}

#[test]
fn a_token_for_another_api_is_refused() {
    let for_other = token(|facts| facts.token.audience = OTHER_API.into());
    assert_eq!(
        code(with_token(&need("invoices:read"), Way::Bearer, &for_other)),
        Some(ErrorCode::InvalidToken)
    );
    let of_other = Need {
        resource: Some(OTHER_API.into()),
        ..need("invoices:read")
    };
    assert!(passes(&with_token(&of_other, Way::Bearer, &for_other)));
    assert_eq!(
        code(with_token(&of_other, Way::Bearer, &token(|_| {}))),
        Some(ErrorCode::InvalidToken)
    );
    let both = token(|facts| facts.token.audience = format!("{API} {OTHER_API}").into());
    assert!(passes(&with_token(&of_other, Way::Bearer, &both)));
    // A token for nothing is for nothing here.
    let nothing = token(|facts| facts.token.audience = "".into());
    assert_eq!(
        code(with_token(&Need::default(), Way::Bearer, &nothing)),
        Some(ErrorCode::InvalidToken)
    );
}

#[test]
fn a_key_comes_in_its_header_or_as_a_bearer_and_in_no_other_way() {
    let key = key("invoices:*");
    let need = Need {
        in_address: InAddress::Tokens,
        ..need("invoices:read")
    };
    assert!(passes(&with_key(&need, Way::KeyHeader, &key)) && passes(&with_key(&need, Way::Bearer, &key)));
    for way in [Way::Address, Way::Dpop] {
        assert_eq!(
            code(with_key(&need, way, &key)),
            Some(ErrorCode::InvalidToken),
            "{way:?}"
        );
    }
}

#[test]
fn a_token_in_the_key_header_is_refused() {
    assert_eq!(
        code(with_token(&need("invoices:read"), Way::KeyHeader, &token(|_| {}))),
        Some(ErrorCode::InvalidToken)
    );
}

#[test]
fn only_listed_paths_take_a_credential_in_the_address() {
    let (facts, key) = (token(|_| {}), key("invoices:*"));
    let at = |in_address| Need {
        in_address,
        ..need("invoices:read")
    };
    for (in_address, token_passes, ticket_passes) in [
        (InAddress::Nothing, false, false),
        (InAddress::Tickets, false, true),
        (InAddress::Tokens, true, true),
    ] {
        assert_eq!(passes(&with_token(&at(in_address), Way::Address, &facts)), token_passes);
        assert_eq!(passes(&with_token(&at(in_address), Way::Ticket, &facts)), ticket_passes);
        assert_eq!(passes(&with_key(&at(in_address), Way::Ticket, &key)), ticket_passes);
    }
}

#[test]
fn a_bound_token_is_worthless_as_a_bearer_token_but_a_ticket_was_proved_for() {
    let bound = token(|facts| facts.token.bound_to = Some(Binding::Key(Thumbprint::from_bytes([3; 32]))));
    let need = Need {
        in_address: InAddress::Tokens,
        ..need("invoices:read")
    };
    for way in [Way::Bearer, Way::Address] {
        assert_eq!(
            code(with_token(&need, way, &bound)),
            Some(ErrorCode::InvalidToken),
            "{way:?}"
        );
    }
    assert!(passes(&with_token(&need, Way::Ticket, &bound)));
    for facts in [bound, token(|_| {})] {
        let without_proof = with_token(&need, Way::Dpop, &facts);
        assert_eq!(code(without_proof), Some(ErrorCode::InvalidDpopProof));
    }
}

#[test]
fn a_ticket_is_good_no_longer_than_its_credential() {
    let ended = token(|facts| facts.token.ended_at = Some(NOW));
    let need = Need {
        in_address: InAddress::Tickets,
        ..Need::default()
    };
    assert_eq!(
        code(with_token(&need, Way::Ticket, &ended)),
        Some(ErrorCode::InvalidToken)
    );
}

#[test]
fn a_key_that_is_over_is_refused() {
    let mut key = key("invoices:*");
    key.key.expires_at = Some(NOW);
    assert_eq!(
        code(with_key(&Need::default(), Way::KeyHeader, &key)),
        Some(ErrorCode::InvalidToken)
    );
    key.key.expires_at = Some(after(1));
    assert!(passes(&with_key(&Need::default(), Way::KeyHeader, &key)));
}

#[test]
fn names_too_long_for_a_proxy_are_refused_and_not_cut() {
    let long = token(|facts| facts.token.tenant = Some("x".repeat(3500).into()));
    assert_eq!(
        code(with_token(&Need::default(), Way::Bearer, &long)),
        Some(ErrorCode::AccessDenied)
    );
}
