//! What a refresh may ask for, and what is left of what was allowed.

use super::*;

#[test]
fn narrowing_on_refresh_does_not_narrow_the_grant() {
    let narrow = approved(|refresh| refresh.around.send("scope", "invoices:read"));
    assert_eq!(narrow.scope, scopes("invoices:read"));
    assert!(narrow.id_token.is_none());
    let family = narrow.family.unwrap();
    assert_eq!(family.delegation.scope, scopes("openid invoices:read invoices:write"));
    let written = |write: &Write| matches!(write, Write::UpdateGrant { .. } | Write::InsertFamily(_));
    assert!(!narrow.writes.iter().any(written));
    // And the original again with the next token.
    let wide = approved(|refresh| {
        refresh.family = Some(*family.clone());
        refresh.around.send("scope", "openid invoices:read invoices:write");
    });
    assert_eq!(wide.scope, scopes("openid invoices:read invoices:write"));
}

#[test]
fn a_narrowed_grant_narrows_what_comes_from_it() {
    let narrowed = |left: &'static str| {
        Refresh::with(move |refresh| refresh.around.grant.as_mut().unwrap().scope = scopes(left)).decide()
    };
    assert_eq!(
        narrowed("openid invoices:read").unwrap().scope,
        scopes("openid invoices:read")
    );
    assert_eq!(plain_refusal(narrowed("customers:read")), ErrorCode::InvalidScope);
}

#[test]
fn a_superset_at_refresh_is_always_refused() {
    use crate::permission::ExcessScope;
    for excess in [ExcessScope::Refuse, ExcessScope::Cut] {
        assert_eq!(
            refused(|refresh| {
                refresh.around.realm.excess_scope = excess;
                // The client may have it, but the user did not allow it here.
                refresh.around.send("scope", "invoices:read customers:read");
            }),
            ErrorCode::InvalidScope
        );
    }
}

#[test]
fn an_unknown_scope_at_refresh_is_invalid_scope_even_under_a_pattern() {
    for allowed in ["openid invoices:read", "invoices:*", "*"] {
        assert_eq!(
            refused(|refresh| {
                refresh.family().delegation.scope = scopes(allowed);
                refresh.around.client.scopes = scopes("*");
                refresh.around.send("scope", "invoices:nonsense");
            }),
            ErrorCode::InvalidScope,
            "{allowed}"
        );
    }
}

#[test]
fn a_pattern_at_refresh_becomes_what_client_and_role_still_hold() {
    let with_client = |held: &'static str| {
        approved(move |refresh| {
            refresh.family().delegation.scope = scopes("invoices:*");
            refresh.around.grant.as_mut().unwrap().scope = scopes("invoices:*");
            refresh.around.client.scopes = scopes(held);
        })
        .scope
    };
    assert_eq!(with_client("*"), scopes("invoices:*"));
    assert_eq!(with_client("invoices:read customers:read"), scopes("invoices:read"));
}

#[test]
fn what_was_taken_away_is_cut_and_nothing_left_is_refused() {
    let cut = approved(|refresh| refresh.around.client.scopes = scopes("openid invoices:read"));
    assert_eq!(cut.scope, scopes("openid invoices:read"));
    assert_eq!(
        refused(|refresh| refresh.around.client.scopes = scopes("customers:read")),
        ErrorCode::InvalidScope
    );
    let role = approved(|refresh| {
        refresh.family().delegation.tenant = Some("acme".into());
        refresh.around.membership = Some(membership("acme", "viewer"));
    });
    assert_eq!(role.scope, scopes("openid invoices:read"));
}

#[test]
fn resources_are_narrowed_but_never_widened_at_refresh() {
    let both = "https://api.example https://other.example/v1";
    let narrow = approved(|refresh| {
        refresh.family().delegation.resource = both.into();
        refresh.around.send("resource", OTHER_API);
    });
    assert_eq!(&*narrow.audience, OTHER_API);
    assert_eq!(&*narrow.family.unwrap().delegation.resource, both);
    assert_eq!(
        refused(|refresh| refresh.around.send("resource", OTHER_API)),
        ErrorCode::InvalidTarget
    );
    assert_eq!(&*approved(|_| {}).audience, API);
}

#[test]
fn a_refreshed_id_token_keeps_auth_time_and_has_no_nonce() {
    let approved = approved(|_| {});
    let plan = approved.id_token.unwrap();
    assert_eq!(plan.nonce, None);
    assert_eq!(plan.session, Some(SESSION));
    assert_eq!(approved.authentication.unwrap().at, after(-100));
}
