//! Who the people of other providers are: one link of each, found in its realm alone, gone with its user.

use super::Backend;
use super::races::race;
use super::sample::{REALM, Sample, at};
use grantd_core::change::{Guard, Write};
use grantd_core::record::{LinkedPerson, UpstreamLink};
use grantd_store::Store;
use std::sync::Arc;

fn link(user: &str, key: u8) -> UpstreamLink {
    UpstreamLink {
        realm: REALM.into(),
        key: [key; 32],
        user: user.into(),
        made_at: at(0),
        person: None,
        used_at: None,
    }
}

fn person(subject: &str) -> Box<LinkedPerson> {
    Box::new(LinkedPerson {
        upstream: "corp".into(),
        issuer: "https://idp.example".into(),
        subject: subject.to_owned(),
        address: Some("ada@\u{5e9}.example".to_owned()),
    })
}

/// The row of somebody who is called so.
fn known(user: &str, key: u8, made_at: i64) -> UpstreamLink {
    UpstreamLink {
        made_at: at(made_at),
        person: Some(person(user)),
        used_at: Some(at(made_at)),
        ..link(user, key)
    }
}

fn insert(row: UpstreamLink) -> Write {
    Write::InsertLink(Box::new(row))
}

fn free(realm: &str, key: u8) -> Guard {
    Guard::LinkFree {
        realm: realm.into(),
        key: [key; 32],
    }
}

async fn linked(store: &impl Store, key: u8) -> Option<Arc<str>> {
    store.linked_user(REALM, [key; 32]).await.unwrap()
}

pub async fn a_link_is_free_until_it_is_made_in_its_realm_alone(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    assert!(sample.holds(&store, free(REALM, 1)).await);
    assert_eq!(linked(&store, 1).await, None);
    sample.put(&store, vec![insert(link("ada", 1))]).await;
    assert_eq!(linked(&store, 1).await.as_deref(), Some("ada"));
    assert!(!sample.holds(&store, free(REALM, 1)).await);
    assert!(sample.holds(&store, free(REALM, 2)).await);
    assert!(sample.holds(&store, free("other", 1)).await);
    assert_eq!(store.linked_user("other", [1; 32]).await.unwrap(), None);
}

pub async fn a_users_links_are_shown_the_oldest_first_as_they_were_last_used(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    // The rows that keep a second person away say nothing of anybody.
    let rows = [
        known("ada", 1, 5),
        known("ada", 2, 3),
        link("ada", 3),
        known("bob", 4, 1),
    ];
    sample.put(&store, rows.clone().map(insert).to_vec()).await;
    let mut elsewhere = known("ada", 9, 0);
    elsewhere.realm = "other".into();
    sample.put(&store, vec![insert(elsewhere)]).await;
    assert_eq!(
        store.links_of(REALM, "ada").await.unwrap(),
        [rows[1].clone(), rows[0].clone()]
    );
    let used = |key| Write::UseLink {
        realm: REALM.into(),
        key: [key; 32],
        person: person("ada-renamed"),
        at: at(9),
    };
    // One that is gone is not made by being used.
    sample.put(&store, vec![used(2), used(7)]).await;
    let after = UpstreamLink {
        person: Some(person("ada-renamed")),
        used_at: Some(at(9)),
        ..rows[1].clone()
    };
    assert_eq!(store.links_of(REALM, "ada").await.unwrap(), [after, rows[0].clone()]);
    assert_eq!(linked(&store, 7).await, None);
    for nobody in ["carol", "a\0b", ""] {
        assert_eq!(store.links_of(REALM, nobody).await.unwrap(), []);
    }
}

pub async fn a_link_is_removed_for_its_own_user_alone_and_is_free_then(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let rows = [known("ada", 1, 0), link("ada", 2), known("ada", 3, 1)];
    sample.put(&store, rows.map(insert).to_vec()).await;
    let gone = |key, user: &str| Write::DeleteLink {
        realm: REALM.into(),
        key: [key; 32],
        user: user.into(),
    };
    sample.put(&store, vec![gone(1, "bob"), gone(7, "ada")]).await;
    assert_eq!(linked(&store, 1).await.as_deref(), Some("ada"));
    sample.put(&store, vec![gone(2, "ada"), gone(1, "ada")]).await;
    for key in [1, 2] {
        assert!(sample.holds(&store, free(REALM, key)).await);
    }
    assert_eq!(linked(&store, 3).await.as_deref(), Some("ada"));
    sample.put(&store, vec![insert(known("bob", 1, 2))]).await;
    assert_eq!(linked(&store, 1).await.as_deref(), Some("bob"));
}

pub async fn of_two_links_that_are_removed_at_once_one_stays(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Sample::new());
    for round in 0..10 {
        let id = format!("user-{round}");
        let mut user = sample.user(&id);
        user.username.clone_from(&id);
        let rows = [known(&id, 2 * round, 0), known(&id, 2 * round + 1, 0)];
        let mut writes = vec![Write::InsertUser(Box::new(user.clone()))];
        writes.extend(rows.clone().map(insert));
        sample.put(&*store, writes).await;
        let guard = Guard::UserAt {
            realm: REALM.into(),
            id: user.id.clone(),
            version: user.version,
        };
        let mut later = user.clone();
        later.version += 1;
        let changes = rows.iter().map(|row| {
            let gone = Write::DeleteLink {
                realm: REALM.into(),
                key: row.key,
                user: Arc::clone(&user.id),
            };
            let writes = vec![Write::UpdateUser(Box::new(later.clone())), gone];
            sample.change_at(at(1), vec![guard.clone()], writes)
        });
        let winner = race(&store, changes.collect()).await;
        let left = store.links_of(REALM, &user.id).await.unwrap();
        assert_eq!(left, [rows[1 - winner].clone()]);
    }
}

pub async fn a_user_takes_their_links_along(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let user = |id: &str| {
        let mut user = sample.user(id);
        user.username = id.to_owned();
        Write::InsertUser(Box::new(user))
    };
    let links = [link("ada", 1), link("ada", 2), link("bob", 3)].map(insert);
    let mut writes = vec![user("ada"), user("bob")];
    writes.extend(links);
    sample.put(&store, writes).await;
    let gone = Write::DeleteUser {
        realm: REALM.into(),
        user: "ada".into(),
        at: at(1),
    };
    sample.put(&store, vec![gone]).await;
    for key in [1, 2] {
        assert_eq!(linked(&store, key).await, None);
        assert!(sample.holds(&store, free(REALM, key)).await);
    }
    assert_eq!(linked(&store, 3).await.as_deref(), Some("bob"));
}

pub async fn one_of_a_hundred_first_logins_makes_the_user_and_the_link(backend: &impl Backend) {
    let (store, sample) = (Arc::new(backend.open().await), Sample::new());
    for round in 0..10 {
        // Each is a person of another name: it is the link that they race for.
        let id = |place: usize| format!("user-{round}-{place}");
        let changes = (0..100).map(|place| {
            let mut user = sample.user(&id(place));
            user.username = id(place);
            let name_free = Guard::UsernameFree {
                realm: REALM.into(),
                key: id(place),
            };
            let writes = vec![Write::InsertUser(Box::new(user)), insert(link(&id(place), round))];
            sample.change_at(at(0), vec![name_free, free(REALM, round)], writes)
        });
        let winner = race(&store, changes.collect()).await;
        assert_eq!(linked(&*store, round).await.as_deref(), Some(id(winner).as_str()));
        for place in 0..100 {
            let user = store.user(REALM, &id(place)).await.unwrap();
            assert_eq!(user.is_some(), place == winner, "{place}");
        }
    }
}
