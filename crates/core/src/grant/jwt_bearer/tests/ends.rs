//! What the token hangs off, and what it ends with.

use super::*;
use crate::fixture::decided;
use crate::record::{AppPolicy, AppState, ClientOrigin};

#[test]
fn the_token_hangs_off_a_grant_that_the_user_can_end() {
    let approved = Case::new().decide().unwrap();
    let [Write::InsertGrant(grant)] = approved.writes.as_slice() else {
        panic!("{:?}", approved.writes)
    };
    assert_eq!(approved.grant, Some(grant.id));
    // The user was not asked: nothing is remembered as allowed.
    assert!(grant.scope.is_empty() && grant.redirect_uri.is_empty());
    assert!(matches!(
        approved.guards.as_slice(),
        [Guard::UserAt { .. }, Guard::NoGrant { .. }]
    ));

    let standing = Case::with(|case| {
        case.facts.grants = vec![grant_with(|grant| {
            grant.session = None;
            grant.expires_at = Some(after(30));
        })];
    });
    let approved = standing.decide().unwrap();
    assert!(approved.writes.is_empty());
    assert_eq!((approved.grant, approved.lifetime), (Some(GRANT), Seconds(30)));
    assert!(approved.guards.contains(&Guard::GrantLive(GRANT)));
}

#[test]
fn a_grant_that_is_over_by_itself_does_not_come_back_to_life() {
    for change in [
        (|grant: &mut GrantRecord| grant.expires_at = Some(NOW)) as fn(&mut GrantRecord),
        |grant| grant.session = Some(SESSION),
    ] {
        let case = Case::with(|case| case.facts.grants = vec![grant_with(change)]);
        let approved = case.decide().unwrap();
        assert_ne!(approved.grant, Some(GRANT));
        let ends = approved
            .writes
            .iter()
            .any(|write| matches!(write, Write::EndGrant { id, .. } if *id == GRANT));
        assert!(ends, "{:?}", approved.writes);
    }
    // With its session it stands.
    let with_session = Case::with(|case| {
        case.facts.grants = vec![grant_with(|grant| grant.session = Some(SESSION))];
        case.facts.sessions = vec![session()];
    });
    let approved = with_session.decide().unwrap();
    assert_eq!(approved.grant, Some(GRANT));
    assert!(approved.guards.contains(&Guard::SessionLive(SESSION)));
}

#[test]
fn the_token_does_not_outlive_the_session_that_the_grant_is_for() {
    let ending = |grant_ends: Option<Timestamp>| {
        let case = Case::with(|case| {
            case.facts.grants = vec![grant_with(|grant| {
                grant.session = Some(SESSION);
                grant.expires_at = grant_ends;
            })];
            case.facts.sessions = vec![SessionRecord {
                expires_at: after(40),
                ..session()
            }];
        });
        case.decide().unwrap().lifetime
    };
    assert_eq!(ending(None), Seconds(40));
    assert_eq!(ending(Some(after(30))), Seconds(30));
    assert_eq!(ending(Some(after(50))), Seconds(40));
}

#[test]
fn an_assertion_does_not_get_past_a_tenant_that_blocked_the_client() {
    let of = |policy, known: Option<AppState>| {
        Case::with(|case| {
            case.around.realm.tenants.enabled = true;
            case.around.client.origin = ClientOrigin::Portal;
            let mut place = membership("acme", "owner");
            place.tenant.apps = policy;
            case.facts.memberships = vec![place];
            case.facts.apps = known.map(|state| decided("acme", state)).into_iter().collect();
        })
    };
    let open = of(AppPolicy::Open, None).decide().unwrap();
    let is_guarded = |guard: &Guard| matches!(guard, Guard::TenantAt { version: 1, .. });
    assert!(open.guards.iter().any(is_guarded), "a block at the same instant wins");
    assert_eq!(
        of(AppPolicy::Open, Some(AppState::Blocked)).refused(),
        ErrorCode::InvalidGrant
    );
    assert_eq!(of(AppPolicy::Approval, None).refused(), ErrorCode::InvalidGrant);
    assert!(of(AppPolicy::Approval, Some(AppState::Allowed)).decide().is_ok());
}
