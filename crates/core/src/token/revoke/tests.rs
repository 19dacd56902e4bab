//! A token ends for the client it belongs to, and for nobody else (RFC 7009).

use super::*;
use crate::fixture::token_endpoint::{FAMILY, Refresh, access_facts};
use crate::fixture::{NOW, after, authenticated, client, client_with, refresh_key};
use crate::record::ClientRecord;
use crate::refresh_value::RefreshKey;
use grantd_protocol::bearer::RefreshValue;

const CHANGE: ChangeId = ChangeId::from_bytes([8; 16]);

fn revoke_access_as(caller: &ClientRecord, change: impl FnOnce(&mut AccessRecord)) -> Option<Change> {
    let mut token = access_facts().token;
    change(&mut token);
    revoke_access(&token, &authenticated(caller), NOW, CHANGE)
}

/// Revokes with the token of `generation` that `key` wrote.
fn revoke_refresh_as(
    caller: &ClientRecord,
    generation: u32,
    key: &RefreshKey,
    change: impl FnOnce(&mut FamilyRecord),
) -> Option<Change> {
    let mut family = Refresh::new().family.unwrap();
    let text = key.write(&family, generation, "rt_");
    let value = RefreshText::Own(RefreshValue::parse("rt_", text.expose()).unwrap());
    change(&mut family);
    revoke_refresh(&family, &value, &authenticated(caller), &refresh_key(), NOW, CHANGE)
}

fn another_client() -> ClientRecord {
    client_with(|client| client.client_id = "other".into())
}

#[test]
fn an_access_token_ends_alone() {
    let change = revoke_access_as(&client(), |_| {}).unwrap();
    assert_eq!(change.id, CHANGE);
    let [Write::EndAccess { id, at }] = change.writes.as_slice() else {
        panic!("{:?}", change.writes);
    };
    assert_eq!((*id, *at), (access_facts().token.id, NOW));
}

#[test]
fn a_refresh_token_takes_its_family_with_it() {
    for generation in [5, 4, 0] {
        let change = revoke_refresh_as(&client(), generation, &refresh_key(), |_| {}).unwrap();
        let [Write::EndFamily { id, at }] = change.writes.as_slice() else {
            panic!("{:?}", change.writes);
        };
        assert_eq!((*id, *at), (FAMILY, NOW), "generation {generation}");
    }
}

#[test]
fn a_token_of_another_client_or_realm_is_left_as_it_is() {
    assert!(revoke_access_as(&another_client(), |_| {}).is_none());
    assert!(revoke_access_as(&client(), |token| token.realm = "other".into()).is_none());
    assert!(revoke_refresh_as(&another_client(), 5, &refresh_key(), |_| {}).is_none());
    let elsewhere = |family: &mut FamilyRecord| family.delegation.realm = "other".into();
    assert!(revoke_refresh_as(&client(), 5, &refresh_key(), elsewhere).is_none());
}

#[test]
fn a_token_that_was_not_made_here_ends_nothing() {
    let forged = RefreshKey::new(&[1; 32]);
    assert!(revoke_refresh_as(&client(), 5, &forged, |_| {}).is_none());
    assert!(revoke_refresh_as(&client(), 5, &refresh_key(), |family| family.salt = [0; 16]).is_none());
}

#[test]
fn what_ended_before_is_not_ended_again() {
    assert!(revoke_access_as(&client(), |token| token.ended_at = Some(after(-1))).is_none());
    let ended = |family: &mut FamilyRecord| family.ended_at = Some(after(-1));
    assert!(revoke_refresh_as(&client(), 5, &refresh_key(), ended).is_none());
}
