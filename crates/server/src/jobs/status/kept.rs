//! What was found out of the status lists, kept in the store now and then: a process that starts goes on from there by the store's
//! notes, and does not look at every living token first. It must not know how a bit is found out.

use super::Owner;
use crate::app::App;
use grantd_core::change::{Change, Write};
use grantd_core::record::KeptStatus;
use grantd_core::status_list::{KeptList, StatusLists};
use grantd_jose::{base64url_encode, sha256};
use grantd_protocol::{Seconds, Timestamp};
use grantd_store::{CommitError, Read, Store};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// How old what was kept may be: notes stay for an hour, and some of it is left for reading them.
const GOOD_FOR: Seconds = Seconds(3000);
/// More than this is not kept: reading it would take as long as finding it out.
const LARGEST: usize = 64 * 1024 * 1024;
/// Clients and tenants that are over, at most.
const MOST_OVER: usize = 10_000;

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
    pub(super) over: HashSet<Owner>,
}

#[derive(Serialize, Deserialize)]
struct Body {
    /// Of the rules by which it was found out: what another program, or another configuration, found out is not taken over.
    rules: String,
    realms: BTreeMap<Arc<str>, Vec<KeptList>>,
    clients: Vec<Named>,
    tenants: Vec<Named>,
}

/// A realm's name, and the id of somebody in it.
type Named = (Arc<str>, Arc<str>);

/// Keeps what is known as of `point`.
pub(super) async fn keep(app: &Arc<App>, point: Point, over: &HashSet<Owner>) -> Result<(), CommitError> {
    if over.len() > MOST_OVER {
        return Ok(());
    }
    let clients = over.iter().filter_map(client).collect();
    let tenants = over.iter().filter_map(tenant).collect();
    let (known, rules) = (Arc::clone(app), rules(app));
    // Some milliseconds for each list: not where requests are answered.
    let packed = tokio::task::spawn_blocking(move || {
        let realms = known.status.kept();
        serde_json::to_vec(&Body {
            rules,
            realms,
            clients,
            tenants,
        })
    });
    let Ok(Ok(body)) = packed.await else { return Ok(()) };
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

/// What was kept, where it can be gone on from.
pub(super) async fn find(app: &App) -> Read<Option<Found>> {
    let kept = app.store.kept_status().await?;
    let Some(kept) = kept.filter(|kept| app.now() <= kept.at.plus(GOOD_FOR)) else {
        return Ok(None);
    };
    let point = Point {
        position: kept.position,
        at: kept.at,
    };
    Ok(read(&kept.body, &rules(app)).map(|(lists, over)| Found { point, lists, over }))
}

type Known = (HashMap<Arc<str>, StatusLists>, HashSet<Owner>);

fn read(body: &[u8], rules: &str) -> Option<Known> {
    let body: Body = serde_json::from_slice(body).ok()?;
    if body.rules != rules {
        return None;
    }
    let mut lists = HashMap::new();
    for (realm, kept) in body.realms {
        lists.insert(realm, StatusLists::restored(&kept)?);
    }
    let clients = body.clients.into_iter().map(|(realm, id)| Owner::Client(realm, id));
    let tenants = body.tenants.into_iter().map(|(realm, id)| Owner::Tenant(realm, id));
    Some((lists, clients.chain(tenants).collect()))
}

/// A mark of everything but the store that says whether a token is over: this program, and what the realms let clients have
/// that nobody vouches for.
fn rules(app: &App) -> String {
    let mut said = env!("CARGO_PKG_VERSION").to_owned();
    let serving = app.serving();
    let mut realms: Vec<_> = serving.realms.iter().map(|served| &served.config.realm).collect();
    realms.sort_by_key(|realm| Arc::clone(&realm.name));
    for realm in realms {
        said.push('\0');
        said.push_str(&realm.name);
        said.push('\0');
        said.push_str(realm.registration.scopes.as_str());
    }
    base64url_encode(sha256(said.as_bytes()))
}

fn client(owner: &Owner) -> Option<Named> {
    match owner {
        Owner::Client(realm, id) => Some((Arc::clone(realm), Arc::clone(id))),
        _ => None,
    }
}

fn tenant(owner: &Owner) -> Option<Named> {
    match owner {
        Owner::Tenant(realm, id) => Some((Arc::clone(realm), Arc::clone(id))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_out_by_other_rules_or_is_damaged_is_not_taken_over() {
        let body = br#"{"rules":"a","realms":{},"clients":[["main","app"]],"tenants":[["main","home"]]}"#;
        let (lists, over) = read(body, "a").unwrap();
        assert!(lists.is_empty());
        let expected = [
            Owner::Client("main".into(), "app".into()),
            Owner::Tenant("main".into(), "home".into()),
        ];
        assert_eq!(over, expected.into());
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
