//! What a code hangs off must still stand when it is redeemed.

use super::*;

#[test]
fn a_code_whose_grant_ended_or_is_gone_is_invalid_grant() {
    for spoil in [
        (|exchange| exchange.around.grant = None) as fn(&mut Exchange),
        |exchange| exchange.around.grant.as_mut().unwrap().ended_at = Some(after(-1)),
        |exchange| exchange.around.grant.as_mut().unwrap().expires_at = Some(NOW),
    ] {
        assert_eq!(refused(spoil), ErrorCode::InvalidGrant);
    }
}

#[test]
fn a_code_whose_user_is_disabled_gone_or_has_a_new_password_is_invalid_grant() {
    for spoil in [
        (|exchange| exchange.around.user = None) as fn(&mut Exchange),
        |exchange| exchange.around.user.as_mut().unwrap().enabled = false,
        |exchange| exchange.around.user.as_mut().unwrap().password_changed_at = after(-9),
    ] {
        assert_eq!(refused(spoil), ErrorCode::InvalidGrant);
    }
}

#[test]
fn logout_ends_a_code_unless_it_is_offline() {
    let logged_out = |exchange: &mut Exchange| exchange.around.session.as_mut().unwrap().ended_at = Some(after(-1));
    assert_eq!(refused(logged_out), ErrorCode::InvalidGrant);
    approved(|exchange| {
        logged_out(exchange);
        exchange.code().delegation.scope = scopes("openid offline_access");
    });
    // A grant that the user gave for this session alone ends with it, offline or not.
    assert_eq!(
        refused(|exchange| {
            logged_out(exchange);
            exchange.code().delegation.scope = scopes("openid offline_access");
            exchange.around.grant.as_mut().unwrap().session = Some(SESSION);
        }),
        ErrorCode::InvalidGrant
    );
}

#[test]
fn a_grant_for_this_session_alone_ends_when_the_session_expires() {
    for session in [None, Some(after(-1))] {
        assert_eq!(
            refused(|exchange| {
                exchange.around.grant.as_mut().unwrap().session = Some(SESSION);
                match session {
                    None => exchange.around.session = None,
                    Some(end) => exchange.around.session.as_mut().unwrap().expires_at = end,
                }
            }),
            ErrorCode::InvalidGrant
        );
    }
    // Any other grant outlives it: an expired session is no logout.
    approved(|exchange| exchange.around.session.as_mut().unwrap().expires_at = after(-1));
}

#[test]
fn what_the_decision_relied_on_is_guarded() {
    let user = Guard::UserAt {
        realm: "main".into(),
        id: "ada".into(),
        version: 7,
    };
    let bound = approved(|_| {});
    assert!(guards(&bound, &Guard::SessionLive(SESSION)) && guards(&bound, &user));
    let offline = approved(|exchange| exchange.code().delegation.scope = scopes("openid offline_access"));
    assert!(!guards(&offline, &Guard::SessionLive(SESSION)) && guards(&offline, &user));
    // A session that is gone cannot be guarded; it was no logout, or the row would still be there.
    let gone = approved(|exchange| exchange.around.session = None);
    assert!(!guards(&gone, &Guard::SessionLive(SESSION)));
}

#[test]
fn a_code_of_a_tenant_needs_the_users_place_there() {
    let in_tenant = |exchange: &mut Exchange| exchange.code().delegation.tenant = Some("acme".into());
    assert_eq!(refused(in_tenant), ErrorCode::InvalidGrant);
    assert_eq!(
        refused(|exchange| {
            in_tenant(exchange);
            let mut place = membership("acme", "owner");
            place.tenant.enabled = false;
            exchange.around.membership = Some(place);
        }),
        ErrorCode::InvalidGrant
    );
    let good = approved(|exchange| {
        in_tenant(exchange);
        exchange.around.membership = Some(membership("acme", "owner"));
    });
    assert_eq!(good.tenant.as_deref(), Some("acme"));
}

#[test]
fn the_token_is_cut_to_what_client_and_role_hold_now() {
    let cut = approved(|exchange| {
        exchange.code().delegation.tenant = Some("acme".into());
        exchange.around.membership = Some(membership("acme", "viewer"));
    });
    assert_eq!(cut.scope, scopes("openid invoices:read"));
    let cut = approved(|exchange| exchange.around.client.scopes = scopes("openid invoices:write"));
    assert_eq!(cut.scope, scopes("openid invoices:write"));
}

#[test]
fn a_token_that_could_do_nothing_is_not_issued() {
    assert_eq!(
        refused(|exchange| exchange.around.client.scopes = scopes("customers:read")),
        ErrorCode::InvalidScope
    );
}

#[test]
fn a_scope_that_left_the_catalogue_is_dropped_and_not_an_error() {
    let approved = approved(|exchange| exchange.code().delegation.scope = scopes("invoices:read reports:read"));
    assert_eq!(approved.scope, scopes("invoices:read"));
}
