//! What an "allow" makes: a grant that remembers it, and a code that carries it.

mod particulars;

use super::*;
use crate::fixture::authorization::{Screen, request, request_with};
use crate::fixture::{
    API, CLIENT, GRANT, ISSUER, NOW, OTHER_API, REDIRECT, SESSION, USER, after, challenge, client_with, grant,
    grant_with, membership, scopes,
};
use grantd_protocol::ErrorCode;

fn answer() -> ConsentAnswer {
    ConsentAnswer {
        shown: None,
        tenant: None,
        ticked: ScopeSet::empty(),
        duration: Duration::UntilRemoved,
    }
}

fn allowed(screen: &Screen, answer: &ConsentAnswer) -> Approval {
    screen.allow(answer).unwrap()
}

fn inserted_grant(approval: &Approval) -> &GrantRecord {
    approval
        .change
        .writes
        .iter()
        .find_map(|write| match write {
            Write::InsertGrant(grant) => Some(&**grant),
            _ => None,
        })
        .unwrap()
}

fn inserted_code(approval: &Approval) -> &CodeRecord {
    match approval.change.writes.last() {
        Some(Write::InsertCode(code)) => code,
        other => panic!("{other:?}"),
    }
}

fn with_grant(record: GrantRecord) -> Screen {
    let mut screen = Screen::new();
    screen.facts.grants = vec![record];
    screen
}

#[test]
fn a_first_consent_makes_a_grant_and_a_code_in_one_change() {
    let mut screen = Screen::new();
    screen.request = request(&[("scope", "openid invoices:read"), ("nonce", "n")]);
    let approval = allowed(&screen, &answer());
    let grant = inserted_grant(&approval);
    assert_eq!((&*grant.user, &*grant.client_id, &grant.tenant), (USER, CLIENT, &None));
    assert_eq!(grant.scope, scopes("openid invoices:read"));
    assert_eq!((&*grant.redirect_uri, &*grant.resource), (REDIRECT, API));
    let code = inserted_code(&approval);
    assert_eq!(code.delegation.grant, grant.id);
    assert_eq!((&*code.delegation.user, &*code.delegation.client_id), (USER, CLIENT));
    assert_eq!(&*code.delegation.issuer, ISSUER);
    assert_eq!(code.delegation.nonce.as_deref(), Some("n"));
    assert_eq!(code.delegation.authentication, crate::fixture::authentication());
    assert_eq!(code.challenge, challenge());
    assert_eq!(code.redirect_uri, REDIRECT);
    assert_eq!(
        (code.created_at, code.expires_at, code.spent_at),
        (NOW, after(60), None)
    );
    assert!(code.keep_until >= code.expires_at);
    assert!(approval.change.guards.contains(&Guard::SessionLive(SESSION)));
    let no_other = |guard: &Guard| matches!(guard, Guard::NoGrant { tenant: None, .. });
    assert!(approval.change.guards.iter().any(no_other), "two tabs make one grant");
}

#[test]
fn the_code_that_is_sent_names_the_row_that_is_stored() {
    let approval = allowed(&Screen::new(), &answer());
    let bearer = Bearer::parse(Namespace::Code, "ac_", approval.code.expose()).unwrap();
    let code = inserted_code(&approval);
    assert_eq!(bearer.id, *code.id.as_bytes());
    assert_eq!(bearer.hash.as_bytes(), code.hash.as_bytes());
    assert!(!format!("{approval:?}").contains(approval.code.expose()));
}

#[test]
fn a_later_consent_widens_the_grant_and_not_the_token() {
    let mut screen = with_grant(grant_with(|grant| grant.scope = scopes("invoices:write")));
    screen.request = request(&[("scope", "invoices:read"), ("resource", OTHER_API)]);
    let approval = allowed(&screen, &answer());
    let [
        Write::UpdateGrant {
            id, scope, resource, ..
        },
        Write::InsertCode(code),
    ] = approval.change.writes.as_slice()
    else {
        panic!("{:?}", approval.change.writes);
    };
    assert_eq!((*id, scope), (GRANT, &scopes("invoices:write invoices:read")));
    assert_eq!(&**resource, "https://api.example https://other.example/v1");
    assert_eq!(code.delegation.scope, scopes("invoices:read"));
    assert_eq!(&*code.delegation.resource, OTHER_API);
    let version = Guard::GrantAt { id: GRANT, version: 3 };
    assert!(approval.change.guards.contains(&version));
}

#[test]
fn a_grant_that_ended_by_itself_is_replaced_and_never_revived() {
    for over in [
        (|grant| grant.expires_at = Some(NOW)) as fn(&mut GrantRecord),
        |grant| grant.session = Some(SessionId::from_bytes([9; 16])),
    ] {
        let approval = allowed(&with_grant(grant_with(over)), &answer());
        let [
            Write::EndGrant { id, at },
            Write::InsertGrant(new),
            Write::InsertCode(code),
        ] = approval.change.writes.as_slice()
        else {
            panic!("{:?}", approval.change.writes);
        };
        assert_eq!((*id, *at), (GRANT, NOW));
        assert_ne!(new.id, GRANT);
        assert_eq!(new.scope, scopes("openid invoices:read"), "nothing of the old one");
        assert_eq!(code.delegation.grant, new.id);
        assert!(
            approval
                .change
                .guards
                .contains(&Guard::GrantAt { id: GRANT, version: 3 })
        );
        let no_other = |guard: &Guard| matches!(guard, Guard::NoGrant { .. });
        assert!(!approval.change.guards.iter().any(no_other), "it could never hold");
    }
}

#[test]
fn the_user_chooses_for_how_long() {
    let ends = |duration| {
        let approval = allowed(&Screen::new(), &ConsentAnswer { duration, ..answer() });
        let grant = inserted_grant(&approval);
        (grant.expires_at, grant.session)
    };
    assert_eq!(ends(Duration::UntilRemoved), (None, None));
    assert_eq!(ends(Duration::ThirtyDays), (Some(after(30 * 24 * 3600)), None));
    assert_eq!(ends(Duration::Session), (None, Some(SESSION)));
}

#[test]
fn an_optional_permission_is_allowed_only_where_it_was_ticked() {
    let mut screen = Screen::new();
    screen.request = request_with(
        client_with(|client| client.optional_scopes = scopes("invoices:write")),
        &[("scope", "invoices:read invoices:write")],
    );
    let scope = |screen: &Screen, ticked: &str| {
        let answer = ConsentAnswer {
            ticked: scopes(ticked),
            ..answer()
        };
        inserted_code(&allowed(screen, &answer)).delegation.scope.clone()
    };
    assert_eq!(scope(&screen, ""), scopes("invoices:read"));
    assert_eq!(scope(&screen, "invoices:write"), scopes("invoices:read invoices:write"));
    assert_eq!(
        scope(&screen, "customers:read openid"),
        scopes("invoices:read"),
        "a tick adds nothing that was not asked"
    );
    // What was allowed before is no tick of today.
    screen.facts.grants = vec![grant()];
    assert_eq!(scope(&screen, ""), scopes("invoices:read"));
}

#[test]
fn nothing_allowed_is_access_denied() {
    let mut screen = Screen::new();
    screen.request = request_with(
        client_with(|client| client.optional_scopes = scopes("invoices:read")),
        &[("scope", "invoices:read")],
    );
    let problem = screen.allow(&answer()).unwrap_err();
    assert!(matches!(problem, ConsentProblem::Refused(error) if error.code() == ErrorCode::AccessDenied));
}

#[test]
fn a_session_that_is_over_allows_nothing() {
    for spoil in [
        (|screen| screen.facts.session.as_mut().unwrap().session.expires_at = NOW) as fn(&mut Screen),
        |screen| screen.facts.session.as_mut().unwrap().session.ended_at = Some(after(-1)),
        |screen| screen.user().enabled = false,
        |screen| screen.user().password_changed_at = after(-1),
    ] {
        let mut screen = Screen::new();
        spoil(&mut screen);
        let problem = screen.allow(&answer()).unwrap_err();
        assert!(matches!(problem, ConsentProblem::Refused(error) if error.code() == ErrorCode::LoginRequired));
    }
}

mod in_tenants {
    use super::*;

    fn screen() -> Screen {
        let mut screen = Screen::new();
        screen.realm.tenants.enabled = true;
        screen.request = request(&[("scope", "invoices:read invoices:write")]);
        screen.facts.memberships = vec![membership("acme", "viewer"), membership("beta", "owner")];
        screen
    }

    fn choosing(tenant: Option<&str>) -> ConsentAnswer {
        ConsentAnswer {
            tenant: tenant.map(str::to_owned),
            ..answer()
        }
    }

    #[test]
    fn a_choice_among_several_tenants_must_be_made() {
        let problem = screen().allow(&choosing(None)).unwrap_err();
        assert_eq!(problem, ConsentProblem::TenantNotChosen);
    }

    #[test]
    fn a_tenant_that_is_not_the_users_cannot_be_chosen() {
        for tenant in ["gamma", "ACME", ""] {
            let problem = screen().allow(&choosing(Some(tenant))).unwrap_err();
            assert_eq!(problem, ConsentProblem::TenantNotChosen, "{tenant}");
        }
        let mut one = screen();
        one.facts.memberships.truncate(1);
        assert_eq!(
            one.allow(&choosing(Some("beta"))).unwrap_err(),
            ConsentProblem::TenantNotChosen
        );
    }

    #[test]
    fn the_code_carries_the_tenant_and_what_the_role_there_allows() {
        for (tenant, scope) in [("acme", "invoices:read"), ("beta", "invoices:read invoices:write")] {
            let approval = allowed(&screen(), &choosing(Some(tenant)));
            assert_eq!(inserted_grant(&approval).tenant.as_deref(), Some(tenant));
            let code = inserted_code(&approval);
            assert_eq!(code.delegation.tenant.as_deref(), Some(tenant));
            assert_eq!(code.delegation.scope, scopes(scope));
        }
    }

    #[test]
    fn each_tenant_has_its_own_grant() {
        let mut screen = screen();
        screen.facts.grants = vec![grant_with(|grant| grant.tenant = Some("acme".into()))];
        let approval = allowed(&screen, &choosing(Some("beta")));
        assert_ne!(inserted_grant(&approval).id, GRANT);
        let approval = allowed(&screen, &choosing(Some("acme")));
        assert_eq!(inserted_code(&approval).delegation.grant, GRANT);
    }
}

#[test]
fn nothing_beyond_what_the_page_showed_is_allowed_although_the_request_grew_since() {
    let screen = Screen::new();
    let mut answer = answer();
    answer.shown = Some(Shown {
        redirect: REDIRECT.to_owned(),
        ..scopes("invoices:read").into()
    });
    let whole = allowed(&screen, &self::answer());
    let shown = allowed(&screen, &answer);
    let code = |approval: &Approval| {
        let writes = approval.change.writes.iter();
        writes
            .filter_map(|write| {
                if let Write::InsertCode(code) = write {
                    Some(code.delegation.scope.clone())
                } else {
                    None
                }
            })
            .next()
            .unwrap()
    };
    assert!(code(&whole).len() > 1, "the request asks for more");
    assert_eq!(code(&shown).as_str(), "invoices:read");
}

#[test]
fn a_consent_after_a_client_changed_hands_ends_what_was_allowed_to_the_one_before() {
    for (changed_hands_at, ends) in [(None, false), (Some(after(-60)), false), (Some(after(-10)), true)] {
        let mut screen = Screen::new();
        screen.facts.grants = vec![grant()];
        let client = client_with(|client| client.changed_hands_at = changed_hands_at);
        screen.request = request_with(client, &[]);
        let change = screen.allow(&answer()).unwrap().change;
        let ended = change
            .writes
            .iter()
            .any(|write| matches!(write, Write::EndGrant { .. }));
        assert_eq!(ended, ends, "{changed_hands_at:?}");
    }
}

#[test]
fn an_answer_goes_only_where_the_page_said_although_the_client_moved_since() {
    let screen = Screen::new();
    for (said, expected) in [
        (REDIRECT, Ok(())),
        ("https://elsewhere.example/cb", Err(ConsentProblem::Moved)),
        ("", Err(ConsentProblem::Moved)),
    ] {
        let answer = ConsentAnswer {
            shown: Some(Shown {
                redirect: said.to_owned(),
                ..screen.request.scope.clone().into()
            }),
            ..answer()
        };
        assert_eq!(screen.allow(&answer).map(drop), expected, "{said}");
    }
}

#[test]
fn what_the_page_showed_as_optional_is_not_allowed_unticked_although_it_is_required_since() {
    let screen = Screen::new();
    let mut answer = answer();
    answer.shown = Some(Shown {
        scope: screen.request.scope.clone(),
        optional: scopes("openid"),
        redirect: REDIRECT.to_owned(),
    });
    assert_eq!(
        inserted_code(&allowed(&screen, &answer)).delegation.scope,
        scopes("invoices:read")
    );
    answer.ticked = scopes("openid");
    assert_eq!(
        inserted_code(&allowed(&screen, &answer)).delegation.scope,
        scopes("openid invoices:read")
    );
}
