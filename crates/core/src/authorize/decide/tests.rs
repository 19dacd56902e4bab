//! What the browser sees next: login, consent, or the way back (OpenID Connect Core section 3.1.2).

mod levels;

use super::*;
use crate::authorize::request::Prompt;
use crate::change::{Change, Guard, Write};
use crate::fixture::authorization::{Screen, request, request_with};
use crate::fixture::{
    API, GRANT, NOW, OTHER_API, REDIRECT, SESSION, after, client_with, grant, grant_with, make_public, membership,
    scopes,
};
use crate::record::{ClientOrigin, SessionRecord};
use grantd_protocol::Seconds;
use grantd_protocol::id::SessionId;
use std::sync::Arc;

type Spoil = fn(&mut Screen);

/// A screen on which the user has allowed everything before.
fn remembered() -> Screen {
    let mut screen = Screen::new();
    screen.facts.grants = vec![grant()];
    screen
}

fn remembered_with(change: impl FnOnce(&mut Screen)) -> Screen {
    let mut screen = remembered();
    change(&mut screen);
    screen
}

fn asks_for_login(next: &Next) -> bool {
    matches!(next, Next::Login { .. })
}

fn refusal(next: Next) -> ErrorCode {
    match next {
        Next::Refuse(error) => error.code(),
        other => panic!("{other:?}"),
    }
}

fn consent(next: Next) -> ConsentPrompt {
    match next {
        Next::Consent(prompt) => prompt,
        other => panic!("{other:?}"),
    }
}

fn approved(next: Next) -> Change {
    match next {
        Next::Approve(approval) => approval.change,
        other => panic!("{other:?}"),
    }
}

fn session_of(screen: &mut Screen) -> &mut SessionRecord {
    &mut screen.facts.session.as_mut().unwrap().session
}

#[test]
fn without_a_session_the_user_logs_in() {
    let mut screen = Screen::new();
    screen.facts.session = None;
    assert!(matches!(screen.next(), Next::Login { reauthenticate: false }));
}

#[test]
fn a_session_that_is_over_or_whose_user_is_not_welcome_is_none() {
    for spoil in [
        (|screen| session_of(screen).expires_at = NOW) as fn(&mut Screen),
        |screen| session_of(screen).ended_at = Some(after(-1)),
        |screen| screen.facts.session.as_mut().unwrap().user = None,
        |screen| screen.user().enabled = false,
        |screen| screen.user().password_changed_at = after(-99),
    ] {
        let next = remembered_with(spoil).next();
        assert!(matches!(next, Next::Login { reauthenticate: false }), "{next:?}");
    }
}

#[test]
fn without_a_grant_the_user_is_asked() {
    let prompt = consent(Screen::new().next());
    assert_eq!(prompt.scope, scopes("openid invoices:read"));
    assert!(prompt.already_granted.is_empty() && prompt.tenants.is_empty());
}

#[test]
fn a_remembered_consent_needs_no_page() {
    let change = approved(remembered().next());
    assert_eq!(
        change.guards,
        [Guard::SessionLive(SESSION), Guard::GrantAt { id: GRANT, version: 3 }]
    );
    let [Write::InsertCode(code)] = change.writes.as_slice() else {
        panic!("{:?}", change.writes);
    };
    assert_eq!(code.delegation.scope, scopes("openid invoices:read"));
    assert_eq!((code.delegation.grant, code.delegation.session), (GRANT, Some(SESSION)));
}

#[test]
fn consent_is_remembered_for_exactly_this_redirect_uri_scope_and_resource() {
    for spoil in [
        (|screen| screen.facts.grants[0].redirect_uri = "https://rp.example/other".into()) as fn(&mut Screen),
        |screen| screen.facts.grants[0].scope = scopes("openid"),
        |screen| screen.request.resource = OTHER_API.into(),
        |screen| screen.request.resource = format!("{API} {OTHER_API}").into(),
        |screen| screen.facts.grants[0].tenant = Some("acme".into()),
        |screen| screen.facts.grants[0].expires_at = Some(NOW),
        |screen| screen.facts.grants[0].ended_at = Some(after(-1)),
        |screen| screen.facts.grants[0].session = Some(SessionId::from_bytes([9; 16])),
        |screen| screen.facts.grants.clear(),
    ] {
        consent(remembered_with(spoil).next());
    }
    for keep in [
        (|screen| screen.facts.grants[0].scope = scopes("openid invoices:*")) as fn(&mut Screen),
        |screen| screen.facts.grants[0].resource = format!("{OTHER_API} {API}").into(),
        |screen| screen.facts.grants[0].session = Some(SESSION),
        |screen| screen.facts.grants[0].expires_at = Some(after(1)),
    ] {
        approved(remembered_with(keep).next());
    }
}

#[test]
fn a_client_that_nobody_vouches_for_is_never_remembered() {
    for origin in [ClientOrigin::Dynamic, ClientOrigin::MetadataDocument] {
        let client = Arc::new(client_with(|client| client.origin = origin));
        consent(remembered_with(|screen| screen.request.client = Arc::clone(&client)).next());
        let silent = remembered_with(|screen| {
            screen.request.client = client;
            screen.request.prompt.none = true;
        });
        assert_eq!(refusal(silent.next()), ErrorCode::ConsentRequired);
    }
}

#[test]
fn a_public_client_is_remembered_only_where_its_redirect_uri_proves_it() {
    for (redirect, is_remembered) in [
        (REDIRECT, true),
        ("http://127.0.0.1:3000/cb", false),
        ("http://localhost/cb", false),
        ("com.example.app:/cb", false),
    ] {
        let screen = remembered_with(|screen| {
            screen.request = request_with(
                client_with(|client| {
                    make_public(client);
                    client.redirect_uris = vec![redirect.into()];
                }),
                &[],
            );
            screen.facts.grants = vec![grant_with(|grant| grant.redirect_uri = redirect.into())];
        });
        let next = screen.next();
        assert_eq!(matches!(next, Next::Approve(_)), is_remembered, "{redirect} {next:?}");
    }
}

#[test]
fn prompt_none_never_shows_a_page() {
    let silent = |change: fn(&mut Screen)| {
        let screen = remembered_with(|screen| {
            screen.request.prompt = Prompt {
                none: true,
                ..Prompt::default()
            };
            change(screen);
        });
        screen.next()
    };
    approved(silent(|_| {}));
    let cases: [(Spoil, ErrorCode); 10] = [
        (|screen| screen.facts.session = None, ErrorCode::LoginRequired),
        (|screen| session_of(screen).expires_at = NOW, ErrorCode::LoginRequired),
        (|screen| screen.user().enabled = false, ErrorCode::LoginRequired),
        (
            |screen| screen.facts.hinted_subject = Some("grace".into()),
            ErrorCode::LoginRequired,
        ),
        (
            |screen| screen.request.max_age = Some(Seconds(99)),
            ErrorCode::LoginRequired,
        ),
        (|screen| screen.facts.grants.clear(), ErrorCode::ConsentRequired),
        (
            |screen| screen.facts.grants[0].redirect_uri = "https://rp.example/other".into(),
            ErrorCode::ConsentRequired,
        ),
        (
            |screen| {
                screen.realm.tenants.enabled = true;
                screen.facts.memberships = vec![membership("acme", "owner"), membership("beta", "owner")];
                screen.facts.grants[0].tenant = Some("beta".into());
            },
            ErrorCode::InteractionRequired,
        ),
        // Who allowed nothing anywhere has more to do than to choose.
        (
            |screen| {
                screen.realm.tenants.enabled = true;
                screen.facts.memberships = vec![membership("acme", "owner"), membership("beta", "owner")];
                screen.facts.grants.clear();
            },
            ErrorCode::ConsentRequired,
        ),
        (
            |screen| {
                screen.realm.tenants.enabled = true;
                screen.facts.memberships = vec![membership("acme", "owner"), membership("beta", "owner")];
                screen.facts.grants[0].tenant = Some("gamma".into());
            },
            ErrorCode::ConsentRequired,
        ),
    ];
    for (number, (change, code)) in cases.into_iter().enumerate() {
        assert_eq!(refusal(silent(change)), code, "case {number}");
    }
}

#[test]
fn prompt_login_and_select_account_demand_a_login_after_the_question() {
    for prompt in ["login", "select_account"] {
        let at = |asked_at: Option<Timestamp>| {
            remembered_with(|screen| {
                screen.request = request(&[("prompt", prompt)]);
                screen.facts.login_asked_at = asked_at;
            })
            .next()
        };
        assert!(matches!(at(None), Next::Login { reauthenticate: true }), "{prompt}");
        // The session's login was 100 seconds ago: it answers a question of then, and none since.
        assert!(asks_for_login(&at(Some(after(-99)))), "{prompt}");
        approved(at(Some(after(-100))));
    }
}

#[test]
fn prompt_consent_asks_again() {
    let screen = remembered_with(|screen| screen.request = request(&[("prompt", "consent")]));
    let prompt = consent(screen.next());
    assert_eq!(prompt.already_granted, scopes("openid invoices:read"));
}

#[test]
fn max_age_demands_a_login_that_is_not_older() {
    let with = |max_age: u32, asked_at: Option<Timestamp>| {
        remembered_with(|screen| {
            screen.request.max_age = Some(Seconds(max_age));
            screen.facts.login_asked_at = asked_at;
        })
        .next()
    };
    approved(with(100, None));
    assert!(asks_for_login(&with(99, None)));
    assert!(asks_for_login(&with(0, None)));
    // Whoever logged in because of this request may take their time over the consent page.
    approved(with(0, Some(after(-100))));
}

#[test]
fn an_id_token_hint_of_another_user_asks_for_a_login() {
    let hinted = |subject: &str| {
        let screen = remembered_with(|screen| screen.facts.hinted_subject = Some(subject.into()));
        screen.next()
    };
    assert!(asks_for_login(&hinted("grace")));
    approved(hinted("ada"));
}

#[test]
fn an_expired_grant_is_not_shown_as_already_granted() {
    let screen = remembered_with(|screen| screen.facts.grants[0].expires_at = Some(NOW));
    assert!(consent(screen.next()).already_granted.is_empty());
}

#[test]
fn optional_permissions_are_offered_and_not_required_for_a_silent_approval() {
    let screen = |granted: &str| {
        remembered_with(|screen| {
            screen.request = request_with(
                client_with(|client| client.optional_scopes = scopes("invoices:write")),
                &[("scope", "openid invoices:read invoices:write")],
            );
            screen.facts.grants[0].scope = scopes(granted);
        })
    };
    let code_scope = |change: Change| match change.writes.as_slice() {
        [Write::InsertCode(code)] => code.delegation.scope.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        code_scope(approved(screen("openid invoices:read").next())),
        scopes("openid invoices:read")
    );
    assert_eq!(
        code_scope(approved(screen("openid invoices:read invoices:write").next())),
        scopes("openid invoices:read invoices:write")
    );
    assert_eq!(consent(screen("openid").next()).optional, scopes("invoices:write"));
}

mod in_tenants {
    use super::*;

    fn screen(places: &[(&str, &str)]) -> Screen {
        let mut screen = remembered();
        screen.realm.tenants.enabled = true;
        screen.facts.memberships = places.iter().map(|(tenant, role)| membership(tenant, role)).collect();
        screen.facts.grants = vec![grant_with(|grant| grant.tenant = Some("acme".into()))];
        screen.request = request(&[("scope", "openid invoices:read invoices:write")]);
        screen
    }

    #[test]
    fn one_tenant_is_no_choice_and_its_consent_is_remembered() {
        approved(screen(&[("acme", "owner")]).next());
    }

    #[test]
    fn several_tenants_are_always_a_choice() {
        let prompt = consent(screen(&[("acme", "owner"), ("beta", "owner")]).next());
        let ids: Vec<_> = prompt.tenants.iter().map(|tenant| tenant.id.as_str()).collect();
        assert_eq!(ids, ["acme", "beta"]);
        assert_eq!(prompt.tenants[0].name, "ACME");
    }

    #[test]
    fn the_request_may_name_its_tenant() {
        let mut named = screen(&[("acme", "owner"), ("beta", "owner")]);
        named.request.tenant = Some("acme".into());
        approved(named.next());
        let mut foreign = screen(&[("acme", "owner")]);
        foreign.request.tenant = Some("gamma".into());
        assert_eq!(refusal(foreign.next()), ErrorCode::AccessDenied);
    }

    #[test]
    fn the_role_bounds_what_is_asked() {
        let mut viewer = screen(&[("acme", "viewer")]);
        viewer.facts.grants.clear();
        assert_eq!(consent(viewer.next()).scope, scopes("openid invoices:read"));
    }

    #[test]
    fn a_disabled_tenant_and_an_unknown_role_are_no_candidates() {
        let mut disabled = screen(&[("acme", "owner")]);
        disabled.facts.memberships[0].tenant.enabled = false;
        assert_eq!(refusal(disabled.next()), ErrorCode::AccessDenied);
        let mut roleless = screen(&[("acme", "nobody")]);
        roleless.request = request(&[("scope", "invoices:read")]);
        assert_eq!(refusal(roleless.next()), ErrorCode::AccessDenied);
        assert_eq!(refusal(screen(&[]).next()), ErrorCode::AccessDenied);
    }
}

#[test]
fn what_was_allowed_before_a_client_changed_hands_is_asked_for_anew() {
    for (changed_hands_at, shown) in [
        (None, "openid invoices:read"),
        (Some(after(-60)), "openid invoices:read"),
        (Some(after(-10)), ""),
    ] {
        let client = client_with(|client| {
            client.origin = ClientOrigin::MetadataDocument;
            client.changed_hands_at = changed_hands_at;
        });
        let screen = remembered_with(|screen| screen.request = request_with(client, &[]));
        assert_eq!(consent(screen.next()).already_granted.as_str(), shown);
    }
}
