//! What was found out of the status lists, kept in the store now and then: a process that starts goes on from there by the store's
//! notes, and does not look at every living token first. It must not know how a bit is found out.

use super::Owner;
use super::over::Over;
use crate::app::{App, Serving};
use crate::status::KeptLists;
use grantd_core::change::{Change, Write};
use grantd_core::record::KeptStatus;
use grantd_core::status_list::{KeptList, StatusLists};
use grantd_jose::{base64url_encode, sha256};
use grantd_protocol::{Seconds, Timestamp};
use grantd_store::{CommitError, Read, Store};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How old what was kept may be: notes stay for an hour, and some of it is left for reading them.
const GOOD_FOR: Seconds = Seconds(3000);
/// More than this is not kept: reading it would take as long as finding it out.
const LARGEST: usize = 64 * 1024 * 1024;

/// A point of the store's log of notes, and when it was the last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Point {
    pub(super) position: i64,
    pub(super) at: Timestamp,
}

/// What the next process finds.
pub(super) struct Found {
    pub(super) point: Point,
    pub(super) lists: HashMap<Arc<str>, StatusLists>,
    pub(super) over: Over,
}

/// What is written: with [`KeptLists`] when it is, with what they are read as when it is found.
#[derive(Serialize, Deserialize)]
struct Body<L> {
    /// Of the rules by which it was found out: what another program, or another configuration, found out is not taken over.
    rules: String,
    realms: L,
    clients: Vec<Named>,
    tenants: Vec<Named>,
}

/// A realm's name, the id of somebody in it, and until when they are remembered, in milliseconds since 1970.
type Named = (Arc<str>, Arc<str>, i64);

/// Keeps what is known as of `point`, all of which was judged by this configuration. `lists` is what was kept before, and becomes
/// what is kept now.
pub(super) async fn keep(
    app: &Arc<App>,
    judged_by: &Serving,
    point: Point,
    over: &Over,
    lists: &mut KeptLists,
) -> Result<(), CommitError> {
    let (mut clients, mut tenants) = (Vec::new(), Vec::new());
    for (owner, until) in over.iter() {
        match owner {
            Owner::Client(realm, id) => clients.push((Arc::clone(realm), Arc::clone(id), until.millis())),
            Owner::Tenant(realm, id) => tenants.push((Arc::clone(realm), Arc::clone(id), until.millis())),
            _ => {}
        }
    }
    let (known, rules, mut realms) = (Arc::clone(app), rules(judged_by), std::mem::take(lists));
    // Some milliseconds for each list that has changed: not where requests are answered.
    let packed = tokio::task::spawn_blocking(move || {
        known.status.keep(&mut realms);
        let body = Body {
            rules,
            realms,
            clients,
            tenants,
        };
        (serde_json::to_vec(&body), body.realms)
    });
    let Ok((body, realms)) = packed.await else {
        return Ok(());
    };
    *lists = realms;
    let Ok(body) = body else { return Ok(()) };
    if body.len() > LARGEST {
        return Ok(());
    }
    let kept = KeptStatus {
        position: point.position,
        at: point.at,
        body,
    };
    let id = app.change_id(app.now());
    let change = Change::new(id, vec![Write::KeepStatus(Box::new(kept))]);
    app.store.commit(change).await.map(drop)
}

/// What was kept, where it can be gone on from under this configuration.
pub(super) async fn find(app: &App, serving: &Serving) -> Read<Option<Found>> {
    let kept = app.store.kept_status().await?;
    let Some(kept) = kept.filter(|kept| app.now() <= kept.at.plus(GOOD_FOR)) else {
        return Ok(None);
    };
    let point = Point {
        position: kept.position,
        at: kept.at,
    };
    Ok(read(&kept.body, &rules(serving)).map(|(lists, over)| Found { point, lists, over }))
}

type Known = (HashMap<Arc<str>, StatusLists>, Over);

fn read(body: &[u8], rules: &str) -> Option<Known> {
    let body: Body<BTreeMap<Arc<str>, Vec<KeptList>>> = serde_json::from_slice(body).ok()?;
    if body.rules != rules {
        return None;
    }
    let mut lists = HashMap::new();
    for (realm, kept) in body.realms {
        lists.insert(realm, StatusLists::restored(&kept)?);
    }
    let mut over = Over::default();
    for (realm, id, until) in body.clients {
        over.add(Owner::Client(realm, id), Timestamp::from_millis(until));
    }
    for (realm, id, until) in body.tenants {
        over.add(Owner::Tenant(realm, id), Timestamp::from_millis(until));
    }
    Some((lists, over))
}

/// A mark of everything but the store that says whether a token is over: this program, what the realms let clients have that
/// nobody vouches for, and their roles and permissions.
fn rules(serving: &Serving) -> String {
    let mut said = env!("CARGO_PKG_VERSION").to_owned();
    let mut say = |text: &str| {
        said.push('\0');
        said.push_str(text);
    };
    let mut realms: Vec<_> = serving.realms.iter().map(|served| &served.config.realm).collect();
    realms.sort_by_key(|realm| Arc::clone(&realm.name));
    for realm in realms {
        say(&realm.name);
        say(realm.registration.scopes.as_str());
        let roles: BTreeMap<_, _> = realm.roles.iter().collect();
        for (name, held) in roles {
            say(name);
            say(held.as_str());
        }
        say("");
        for permission in realm.catalogue.permissions() {
            say(&permission.name);
            permission.implies.iter().for_each(|implied| say(implied));
            say("");
        }
        say("");
    }
    base64url_encode(sha256(said.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_out_by_other_rules_or_is_damaged_is_not_taken_over() {
        let body = br#"{"rules":"a","realms":{},"clients":[["main","app",7]],"tenants":[["main","home",9]]}"#;
        let (lists, over) = read(body, "a").unwrap();
        assert!(lists.is_empty());
        let mut found: Vec<_> = over.iter().collect();
        found.sort_by_key(|(_, until)| *until);
        let (app, home) = (
            Owner::Client("main".into(), "app".into()),
            Owner::Tenant("main".into(), "home".into()),
        );
        let at = Timestamp::from_millis;
        assert_eq!(found, [(&app, at(7)), (&home, at(9))]);
        assert!(read(body, "b").is_none());
        for damaged in [
            &body[1..],
            b"",
            b"{}",
            br#"{"rules":"a","realms":{"main":[{"list":0,"until":0,"bits":"AA"}]},"clients":[],"tenants":[]}"#,
        ] {
            assert!(read(damaged, "a").is_none());
        }
    }
}
