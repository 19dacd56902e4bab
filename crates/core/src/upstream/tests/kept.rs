//! What becomes of the links of a user: looked at, taken away by themselves, by an operator.

use super::{identity, upstream};
use crate::account::Onward;
use crate::admin::Actor;
use crate::admin::deed::Deed;
use crate::admin::refused::Refused;
use crate::change::{Change, Guard, Write};
use crate::fixture::{self, NOW, SESSION, realm_with, scopes, session, user};
use crate::passkey::kept as passkeys;
use crate::realm::{Realm, Upstream};
use crate::record::{AuditRecord, Factors, Passkey, SessionRecord, UpstreamLink, UserRecord};
use crate::upstream::kept::{self, Problem};
use crate::upstream::{holder_key, link_key, person};
use grantd_protocol::entropy::counted::Counted;
use grantd_protocol::id::SessionId;
use serde_json::json;

/// A realm with these providers, each called after its issuer.
fn with_providers(names: &[&str]) -> Realm {
    realm_with(|realm| {
        realm.upstreams = names
            .iter()
            .map(|name| Upstream {
                issuer: issuer(name).into(),
                name: (*name).into(),
                ..upstream()
            })
            .collect();
    })
}

fn issuer(name: &str) -> String {
    format!("https://{name}.example")
}

fn link(name: &str) -> UpstreamLink {
    let at = Upstream {
        issuer: issuer(name).into(),
        name: name.into(),
        ..upstream()
    };
    UpstreamLink {
        realm: "main".into(),
        key: link_key(&at, &identity().subject),
        user: user().id,
        made_at: NOW,
        person: Some(person(&identity(), &at)),
        used_at: None,
    }
}

/// Somebody who has nothing here to log in with.
fn bare() -> UserRecord {
    UserRecord {
        password_hash: None,
        factors: None,
        ..user()
    }
}

fn with_password() -> UserRecord {
    UserRecord {
        password_hash: Some("hash".into()),
        ..bare()
    }
}

fn with_passkey() -> UserRecord {
    let passkey = Passkey {
        id: "a".into(),
        key: "{}".into(),
        counter: 0,
        synced: false,
        name: "Phone".into(),
        since: NOW,
        used_at: None,
    };
    bare().with_factors(Factors {
        passkeys: vec![passkey],
        ..Factors::default()
    })
}

fn with_deed<T>(realm: &Realm, work: impl FnOnce(&Deed<'_>) -> T) -> T {
    let (entropy, actor) = (Counted::default(), Actor::oneself(&user().id));
    work(&fixture::deed(realm, &actor, &entropy))
}

fn fresh() -> SessionRecord {
    SessionRecord {
        id: SessionId::from_bytes([9; 16]),
        created_at: NOW,
        ..session()
    }
}

fn remove(realm: &Realm, user: &UserRecord, links: &[UpstreamLink], which: &str) -> Result<Change, Problem> {
    let from = session();
    let onward = Onward {
        from: &from,
        session: fresh(),
    };
    with_deed(realm, |deed| kept::remove(user, links, which, onward, deed))
}

fn line(change: &Change) -> &AuditRecord {
    let mut lines = change.writes.iter().filter_map(|write| match write {
        Write::Audit(line) => Some(&**line),
        _ => None,
    });
    lines.next_back().unwrap()
}

fn keys_that_leave(change: &Change) -> Vec<[u8; 32]> {
    let keys = change.writes.iter().filter_map(|write| match write {
        Write::DeleteLink { key, user: of, .. } if *of == user().id => Some(*key),
        _ => None,
    });
    keys.collect()
}

#[test]
fn the_last_way_in_cannot_be_removed_by_its_owner() {
    let realm = with_providers(&["corp", "other"]);
    let (corp, other) = (link("corp"), link("other"));
    let both = [corp.clone(), other.clone()];
    let id = kept::id(&corp);
    assert_eq!(remove(&realm, &bare(), &both[..1], &id).err(), Some(Problem::LastWayIn));
    assert!(remove(&realm, &with_password(), &both[..1], &id).is_ok());
    assert!(remove(&realm, &with_passkey(), &both[..1], &id).is_ok());
    assert!(remove(&realm, &bare(), &both, &id).is_ok());
    assert_eq!(
        remove(&realm, &with_password(), &both[1..], &id).err(),
        Some(Problem::Unknown)
    );
}

#[test]
fn a_provider_that_is_gone_is_no_way_in_and_its_link_can_always_leave() {
    let realm = with_providers(&["corp"]);
    let both = [link("corp"), link("gone")];
    let [corp, gone] = both.each_ref().map(kept::id);
    assert_eq!(remove(&realm, &bare(), &both, &corp).err(), Some(Problem::LastWayIn));
    assert!(remove(&realm, &bare(), &both, &gone).is_ok());
}

#[test]
fn operators_are_let_in_by_no_link() {
    let mut realm = with_providers(&["corp"]);
    let name = UserRecord::key_of(&user().username);
    realm.operators.insert(name, scopes("grantd:*").into());
    assert!(!kept::leads_in(&link("corp"), &user(), &realm));
    assert!(kept::leads_in(&link("corp"), &user(), &with_providers(&["corp"])));
}

#[test]
fn a_removed_link_ends_everything_but_the_browser_it_was_removed_in() {
    let realm = with_providers(&["corp"]);
    let corp = link("corp");
    let change = remove(&realm, &with_password(), std::slice::from_ref(&corp), &kept::id(&corp)).unwrap();
    assert!(matches!(
        change.guards.as_slice(),
        [Guard::UserAt { version, .. }, Guard::SessionLive(SESSION)] if *version == user().version
    ));
    let [
        Write::UpdateUser(after),
        Write::EndUser { .. },
        Write::InsertSession(_),
        ..,
    ] = &*change.writes
    else {
        panic!("{:?}", change.writes);
    };
    // Another way in that is taken away at the same time finds another user than it was decided about.
    assert_eq!(after.version, user().version + 1);
    let holder = holder_key(&issuer("corp"), &user().id);
    assert_eq!(keys_that_leave(&change), [holder, corp.key]);
    let line = line(&change);
    assert_eq!(line.action, "user.unlinked");
    assert_eq!(line.detail, json!({ "upstream": "corp", "issuer": issuer("corp") }));
}

#[test]
fn an_operator_takes_the_last_way_in_too_and_what_was_begun_with_it() {
    let realm = with_providers(&["corp"]);
    let corp = link("corp");
    let links = std::slice::from_ref(&corp);
    let take = |which: &str| with_deed(&realm, |deed| kept::take_away(&bare(), &[], links, which, deed));
    let change = take(&kept::id(&corp)).unwrap().change;
    assert!(matches!(change.guards.as_slice(), [Guard::UserRowAt { .. }]));
    assert!(matches!(
        &*change.writes,
        [Write::UpdateUser(after), Write::EndUser { .. }, ..] if after.version == bare().version + 1
    ));
    assert_eq!(keys_that_leave(&change).len(), 2);
    assert_eq!(line(&change).action, "user.unlinked");
    assert_eq!(take("none").unwrap_err(), Refused::Unknown);
}

#[test]
fn who_can_come_from_a_provider_may_remove_their_last_passkey() {
    let realm = with_providers(&["corp"]);
    let left = |links: &[UpstreamLink]| {
        with_deed(&realm, |deed| passkeys::remove(&with_passkey(), "a", links, deed)).map(|_| ())
    };
    assert_eq!(left(&[]), Err(passkeys::Problem::LastWayIn));
    assert_eq!(left(&[link("gone")]), Err(passkeys::Problem::LastWayIn));
    assert_eq!(left(&[link("corp")]), Ok(()));
}

#[test]
fn a_link_says_who_it_is_and_when_they_last_came() {
    let corp = UpstreamLink {
        used_at: Some(NOW),
        ..link("corp")
    };
    let shown = kept::view(&corp);
    assert_eq!(shown["subject"], identity().subject);
    assert_eq!(shown["address"], "ada@example.com");
    assert_eq!(shown["upstream"], "corp");
    assert_eq!(shown["last_login_at"], NOW.secs());
    assert!(kept::view(&link("corp")).get("last_login_at").is_none());
    let realm = with_providers(&["corp"]);
    let write = kept::used(&identity(), &realm.upstreams[0], &realm, NOW);
    assert!(matches!(write, Write::UseLink { key, at: NOW, .. } if key == corp.key));
}
