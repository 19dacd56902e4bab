//! Who the people of other providers are: one link of each, found in its realm alone, gone with its user.

use super::Backend;
use super::races::race;
use super::sample::{REALM, Sample, at};
use grantd_core::change::{Guard, Write};
use grantd_core::record::UpstreamLink;
use grantd_store::Store;
use std::sync::Arc;

fn link(user: &str, key: u8) -> UpstreamLink {
    UpstreamLink {
        realm: REALM.into(),
        key: [key; 32],
        user: user.into(),
        made_at: at(0),
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
