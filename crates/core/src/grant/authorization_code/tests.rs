//! A code becomes tokens, once, for whoever can prove everything (RFC 6749 section 4.1.3, RFC 7636).

mod family;
mod standing;

use super::*;
use crate::fixture::token_endpoint::{CODE, Exchange, FAMILY, ends_the_family, guards, plain_refusal};
use crate::fixture::{
    ALIAS, API, GRANT, NOW, OTHER_API, SESSION, VERIFIER, after, client_with, make_public, membership, scopes,
};
use crate::realm::Rotation;
use grantd_protocol::{ScopeSet, Seconds};
use std::sync::Arc;

fn refused(change: impl FnOnce(&mut Exchange)) -> ErrorCode {
    plain_refusal(Exchange::with(change).decide())
}

fn approved(change: impl FnOnce(&mut Exchange)) -> Approved {
    Exchange::with(change).decide().unwrap()
}

fn spent_code(exchange: &mut Exchange) {
    exchange.code().spent_at = Some(after(-5));
}

const WRONG_VERIFIER: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

#[test]
fn a_code_with_everything_valid_is_approved_and_spent_in_the_same_change() {
    let approved = approved(|_| {});
    assert!(guards(&approved, &Guard::CodeUnspent(CODE)));
    assert!(guards(&approved, &Guard::GrantLive(GRANT)));
    let [Write::SpendCode { id, at, .. }, Write::InsertFamily(family)] = approved.writes.as_slice() else {
        panic!("{:?}", approved.writes);
    };
    assert_eq!((*id, *at), (CODE, NOW));
    assert_eq!((family.id, family.generation, family.salt), (FAMILY, Some(0), [5; 16]));
    assert_eq!(approved.refresh_generation, Some(0));
    assert_eq!(&*approved.subject, "ada");
    assert_eq!(approved.scope, scopes("openid invoices:read invoices:write"));
    assert_eq!(&*approved.audience, API);
    let id_token = approved.id_token.unwrap();
    assert_eq!(id_token.nonce.as_deref(), Some("n-0S6"));
    assert_eq!(id_token.session, Some(SESSION));
}

#[test]
fn a_wrong_verifier_is_invalid_grant_and_does_not_spend_the_code() {
    assert_eq!(
        refused(|exchange| exchange.around.send("code_verifier", WRONG_VERIFIER)),
        ErrorCode::InvalidGrant
    );
}

#[test]
fn a_missing_verifier_is_invalid_grant_and_does_not_spend_the_code() {
    assert_eq!(
        refused(|exchange| exchange.around.send("code_verifier", "")),
        ErrorCode::InvalidGrant
    );
}

#[test]
fn a_verifier_that_cannot_be_one_is_invalid_request() {
    for bad in ["a".repeat(42), "a".repeat(129), format!("{}+", "a".repeat(43))] {
        assert_eq!(
            refused(|exchange| exchange.around.send("code_verifier", &bad)),
            ErrorCode::InvalidRequest,
            "{bad}"
        );
    }
}

#[test]
fn a_verifier_without_a_challenge_is_refused() {
    assert_eq!(
        refused(|exchange| exchange.code().challenge = None),
        ErrorCode::InvalidRequest
    );
}

#[test]
fn a_challenge_that_somebody_else_chose_fails_the_honest_verifier() {
    use grantd_protocol::pkce::CodeChallenge;
    assert_eq!(
        refused(|exchange| exchange.code().challenge = Some(CodeChallenge::from_bytes([7; 32]))),
        ErrorCode::InvalidGrant
    );
}

#[test]
fn redirect_uri_may_be_omitted_with_pkce_but_must_match_when_sent() {
    approved(|exchange| exchange.around.send("redirect_uri", ""));
    for wrong in [
        "https://rp.example/cb/",
        "https://rp.example/other",
        "https://RP.example/cb",
    ] {
        assert_eq!(
            refused(|exchange| exchange.around.send("redirect_uri", wrong)),
            ErrorCode::InvalidGrant,
            "{wrong}"
        );
    }
}

#[test]
fn redirect_uri_is_required_for_a_code_without_a_challenge() {
    let without_pkce = |exchange: &mut Exchange| {
        exchange.code().challenge = None;
        exchange.around.send("code_verifier", "");
    };
    approved(without_pkce);
    assert_eq!(
        refused(|exchange| {
            without_pkce(exchange);
            exchange.around.send("redirect_uri", "");
        }),
        ErrorCode::InvalidRequest
    );
}

#[test]
fn a_replay_with_everything_valid_ends_the_family() {
    assert!(ends_the_family(Exchange::with(spent_code).decide()));
}

#[test]
fn a_replay_with_a_wrong_verifier_does_not_end_the_family() {
    for verifier in [WRONG_VERIFIER, ""] {
        let replay = Exchange::with(|exchange| {
            spent_code(exchange);
            exchange.around.send("code_verifier", verifier);
        });
        assert!(!ends_the_family(replay.decide()));
    }
}

#[test]
fn a_replay_with_a_wrong_redirect_uri_or_secret_part_does_not_end_the_family() {
    let wrong_redirect = Exchange::with(|exchange| {
        spent_code(exchange);
        exchange.around.send("redirect_uri", "https://rp.example/other");
    });
    assert!(!ends_the_family(wrong_redirect.decide()));
    let guessed_secret = Exchange::with(|exchange| {
        spent_code(exchange);
        exchange.code().hash = grantd_protocol::SecretHash::of(b"another secret");
    });
    assert!(!ends_the_family(guessed_secret.decide()));
}

#[test]
fn a_replay_by_another_client_does_not_end_the_family() {
    let other = Exchange::with(|exchange| {
        spent_code(exchange);
        exchange.around.client = client_with(|client| client.client_id = "other".into());
    });
    assert!(!ends_the_family(other.decide()));
}

#[test]
fn an_expired_code_that_was_spent_still_ends_the_family() {
    let replay = Exchange::with(|exchange| {
        spent_code(exchange);
        exchange.around.now = after(5000);
    });
    assert!(ends_the_family(replay.decide()));
}

#[test]
fn a_replay_ends_the_family_even_after_logout_and_with_the_grant_gone() {
    let replay = Exchange::with(|exchange| {
        spent_code(exchange);
        exchange.around.grant = None;
        exchange.around.session = None;
    });
    assert!(ends_the_family(replay.decide()));
}

#[test]
fn a_code_is_dead_at_the_very_instant_of_its_end() {
    let at_millis = |millis: i64| Exchange::with(|exchange| exchange.around.now = Timestamp::from_millis(millis));
    let end = after(50).millis();
    assert!(at_millis(end - 1).decide().is_ok());
    assert_eq!(plain_refusal(at_millis(end).decide()), ErrorCode::InvalidGrant);
    assert_eq!(plain_refusal(at_millis(end + 1000).decide()), ErrorCode::InvalidGrant);
}

#[test]
fn a_clock_that_steps_far_back_does_not_revive_a_code() {
    assert_eq!(
        refused(|exchange| exchange.around.now = after(-3600)),
        ErrorCode::InvalidGrant
    );
    // Nodes whose clocks differ by seconds still serve each other's codes.
    approved(|exchange| exchange.around.now = after(-12));
}

#[test]
fn a_code_of_another_client_is_invalid_grant() {
    assert_eq!(
        refused(|exchange| exchange.around.client = client_with(|client| client.client_id = "other".into())),
        ErrorCode::InvalidGrant
    );
}

#[test]
fn a_code_of_one_alias_is_refused_at_the_other() {
    assert_eq!(
        refused(|exchange| exchange.around.issuer = ALIAS),
        ErrorCode::InvalidGrant
    );
    approved(|exchange| {
        exchange.around.issuer = ALIAS;
        exchange.code().delegation.issuer = ALIAS.into();
    });
}

#[test]
fn a_code_of_another_realm_is_invalid_grant() {
    assert_eq!(
        refused(|exchange| exchange.code().delegation.realm = "other".into()),
        ErrorCode::InvalidGrant
    );
}

#[test]
fn an_unknown_code_and_garbage_are_invalid_grant() {
    assert_eq!(refused(|exchange| exchange.code = None), ErrorCode::InvalidGrant);
    let text = Exchange::new().text;
    let flipped: String = text
        .chars()
        .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c })
        .collect();
    for garbage in [
        "x".to_owned(),
        text[..text.len() - 1].to_owned(),
        format!("{text}0"),
        flipped,
        "x".repeat(1_000_000),
        text.replacen("ac_", "rt_", 1),
    ] {
        assert_eq!(
            refused(|exchange| exchange.text = garbage.clone()),
            ErrorCode::InvalidGrant,
            "{garbage:.60}"
        );
    }
}

#[test]
fn a_missing_code_is_invalid_request() {
    assert_eq!(
        refused(|exchange| exchange.around.send("code", "")),
        ErrorCode::InvalidRequest
    );
}

#[test]
fn a_client_that_lost_the_grant_type_is_unauthorized_client() {
    assert_eq!(
        refused(|exchange| exchange.around.client.grant_types = vec![GrantType::RefreshToken]),
        ErrorCode::UnauthorizedClient
    );
}

#[test]
fn a_grant_type_that_the_realm_does_not_offer_is_unsupported() {
    assert_eq!(
        refused(|exchange| exchange.around.realm.grant_types = vec![GrantType::ClientCredentials]),
        ErrorCode::UnsupportedGrantType
    );
}

#[test]
fn a_token_carries_its_own_requests_scope_and_not_the_grants_union() {
    let narrow = approved(|exchange| exchange.code().delegation.scope = scopes("invoices:read"));
    assert_eq!(narrow.scope, scopes("invoices:read"));
    assert!(narrow.id_token.is_none(), "no openid, no ID token");
}

#[test]
fn resources_are_narrowed_but_never_widened() {
    let with = |sent: &'static [&'static str], bound: &'static str| {
        Exchange::with(|exchange| {
            exchange.code().delegation.resource = bound.into();
            for resource in sent {
                exchange.around.send("resource", resource);
            }
        })
        .decide()
        .map(|approved| approved.audience)
        .map_err(|refusal| refusal.error.code())
    };
    let both: &str = "https://api.example https://other.example/v1";
    assert_eq!(with(&[], both), Ok(Arc::from(both)));
    assert_eq!(with(&[OTHER_API], both), Ok(Arc::from(OTHER_API)));
    assert_eq!(
        with(&["https://api.example/"], both),
        Ok(Arc::from(API)),
        "the declared spelling"
    );
    assert_eq!(with(&[OTHER_API], API), Err(ErrorCode::InvalidTarget));
    assert_eq!(with(&["https://unknown.example"], both), Err(ErrorCode::InvalidTarget));
    assert_eq!(with(&["https://api.example#f"], both), Err(ErrorCode::InvalidTarget));
}

#[test]
fn duplicate_parameters_are_refused_but_for_resource() {
    let duplicate = |name| {
        Exchange::with(|exchange: &mut Exchange| {
            exchange.around.send(name, VERIFIER);
            exchange.around.send(name, VERIFIER);
        })
    };
    assert_eq!(
        plain_refusal(duplicate("code_verifier").decide()),
        ErrorCode::InvalidRequest
    );
    assert_eq!(plain_refusal(duplicate("anything").decide()), ErrorCode::InvalidRequest);
    approved(|exchange| {
        exchange.around.send("resource", API);
        exchange.around.send("resource", "https://api.example/");
    });
}

#[test]
fn unknown_parameters_are_ignored() {
    assert_ne!(
        approved(|exchange| exchange.around.send("colour", "blue")).scope,
        ScopeSet::empty()
    );
}
