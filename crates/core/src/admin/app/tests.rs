//! What administrators decide is one change, and blocking leaves nothing alive in it.

use super::*;
use crate::admin::Actor;
use crate::change::Guard;
use crate::fixture::{self, CLIENT, NOW, client, client_with, membership, realm};
use crate::record::ClientOrigin;
use grantd_protocol::entropy::counted::Counted;

fn foreign() -> ClientRecord {
    client_with(|client| client.origin = ClientOrigin::Dynamic)
}

fn decided(state: AppState, client: Option<&ClientRecord>) -> Result<Edit<TenantAppRecord>, Refused> {
    let (realm, actor, entropy) = (realm(), Actor::command_line(), Counted::default());
    let tenant = membership("acme", "viewer").tenant;
    let facts = Facts {
        tenant: &tenant,
        client,
        before: None,
    };
    decide(state, facts, &fixture::deed(&realm, &actor, &entropy))
}

#[test]
fn blocking_ends_what_the_application_has_there_in_the_same_change() {
    let edit = decided(AppState::Blocked, Some(&foreign())).unwrap();
    assert_eq!(
        (edit.after.state, edit.after.decided_at),
        (AppState::Blocked, Some(NOW))
    );
    let ends = |write: &Write| {
        matches!(write, Write::EndTenantApp { tenant, client_id, at, .. }
            if (&**tenant, &**client_id, *at) == ("acme", CLIENT, NOW))
    };
    assert!(edit.change.writes.iter().any(ends));
    let raises = |write: &Write| matches!(write, Write::PutTenant(tenant) if tenant.version == 2);
    assert!(
        edit.change.writes.iter().any(raises),
        "what was decided meanwhile must lose"
    );
    assert!(
        edit.change
            .guards
            .iter()
            .any(|guard| matches!(guard, Guard::TenantAt { version: 1, .. }))
    );
    let allowed = decided(AppState::Allowed, Some(&foreign())).unwrap();
    assert!(!allowed.change.writes.iter().any(ends));
    assert!(allowed.change.writes.iter().any(raises));
}

#[test]
fn the_platforms_own_applications_and_those_that_are_gone_are_not_decided_about() {
    assert!(matches!(
        decided(AppState::Blocked, Some(&client())),
        Err(Refused::State(_))
    ));
    assert_eq!(decided(AppState::Blocked, None).unwrap_err(), Refused::Unknown);
}

#[test]
fn a_body_allows_or_blocks_and_says_nothing_else() {
    let read_of = |body: Value| read(body.as_object().unwrap());
    assert_eq!(read_of(json!({ "state": "allowed" })), Ok(AppState::Allowed));
    assert_eq!(read_of(json!({ "state": "blocked" })), Ok(AppState::Blocked));
    for bad in [
        json!({}),
        json!({ "state": "waiting" }),
        json!({ "state": "open" }),
        json!({ "state": null }),
        json!({ "state": "allowed", "asked_by": "ada" }),
    ] {
        assert!(matches!(read_of(bad.clone()), Err(Refused::Invalid(_))), "{bad}");
    }
}

#[test]
fn a_policy_is_one_of_two_and_raises_the_tenants_version() {
    let (realm, actor, entropy) = (realm(), Actor::command_line(), Counted::default());
    let deed = fixture::deed(&realm, &actor, &entropy);
    let before = membership("acme", "viewer").tenant;
    let set = |body: Value| set_policy(&before, body.as_object().unwrap(), &deed);
    let after = set(json!({ "app_policy": "approval" })).unwrap().after;
    assert_eq!((after.apps, after.version), (AppPolicy::Approval, 2));
    for bad in [
        json!({}),
        json!({ "app_policy": "closed" }),
        json!({ "app_policy": null }),
    ] {
        assert!(matches!(set(bad.clone()), Err(Refused::Invalid(_))), "{bad}");
    }
}
