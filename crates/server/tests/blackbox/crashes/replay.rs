//! The journal against the server that came back. Checks that end families come last, and their end is journaled too:
//! it must survive the next crash like everything else.

use super::journal::{Exchange, FAMILY, Family, Journal, SINGLE, Single, Standing};
use crate::stage::{Node, Prepared, Realm, Reply};
use std::ops::Range;

/// The part of the journal that is looked at: everything, or what one round added.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) singles: Range<usize>,
    pub(super) families: Range<usize>,
}

impl Part {
    /// What was added after `before`.
    pub(super) fn since(before: &Self, journal: &Journal) -> Self {
        let entries = journal.entries();
        Self {
            singles: before.singles.end..entries.singles.len(),
            families: before.families.end..entries.families.len(),
        }
    }

    /// Nothing yet.
    pub(super) const fn none() -> Self {
        Self {
            singles: 0..0,
            families: 0..0,
        }
    }

    /// Everything.
    pub(super) fn all(journal: &Journal) -> Self {
        Self::since(&Self::none(), journal)
    }
}

/// Compares, and changes nothing.
pub(super) async fn compare(node: &Node, journal: &Journal, part: &Part) {
    let singles: Vec<Single> = journal.entries().singles[part.singles.clone()].to_vec();
    for single in singles {
        expect(node, single.realm, SINGLE, &single.token, single.standing).await;
    }
    let families: Vec<Family> = journal.entries().families[part.families.clone()].to_vec();
    for family in families {
        for token in &family.access {
            expect(node, family.realm, FAMILY, token, family.standing).await;
        }
    }
}

/// Settles what nobody answered, by asking again: what was asked was done once or not at all.
pub(super) async fn settle(node: &Node, journal: &Journal, strict: Realm) {
    let exchanges = std::mem::take(&mut journal.entries().exchanges);
    for Exchange { realm, code } in exchanges {
        let first = send(&realm.exchange(node, &code)).await;
        refused(&send(&realm.exchange(node, &code)).await);
        // Done before the crash, or done now; what was done now was ended by the replay.
        if first.status == 200 {
            assert!(!realm.is_active(node, FAMILY, &first.text("access_token")).await);
        } else {
            refused(&first);
        }
    }
    let count = journal.entries().families.len();
    for index in 0..count {
        let family = journal.entries().families[index].clone();
        if !family.in_doubt {
            continue;
        }
        let settled = if family.realm == strict {
            used_at_most_once(node, family).await
        } else {
            one_branch(node, family).await
        };
        journal.entries().families[index] = settled;
    }
}

/// Without grace one of two more uses can succeed at most, and the other ends the family.
async fn used_at_most_once(node: &Node, mut family: Family) -> Family {
    let token = family.refresh.last().expect("a refresh token");
    let first = send(&family.realm.refresh(node, token)).await;
    refused(&send(&family.realm.refresh(node, token)).await);
    if first.status == 200 {
        family.access.push(first.text("access_token"));
    } else {
        refused(&first);
    }
    Family {
        standing: Standing::Ended,
        in_doubt: false,
        ..family
    }
}

/// Within grace every further use gets the one successor, whether it was made before the crash or now.
async fn one_branch(node: &Node, mut family: Family) -> Family {
    let token = family.refresh.last().expect("a refresh token").clone();
    let (first, second) = (
        send(&family.realm.refresh(node, &token)).await,
        send(&family.realm.refresh(node, &token)).await,
    );
    let successor = first.text("refresh_token");
    assert_eq!(second.text("refresh_token"), successor);
    let next = send(&family.realm.refresh(node, &successor)).await;
    family
        .access
        .extend([first, second, next.clone()].map(|reply| reply.text("access_token")));
    family.refresh.extend([successor, next.text("refresh_token")]);
    Family {
        in_doubt: false,
        ..family
    }
}

/// Sends consumed codes and used refresh tokens of some families again: refused, and the family is ended by it.
pub(super) async fn replay_consumed(node: &Node, journal: &Journal, part: &Part) {
    for index in part.families.clone() {
        let family = journal.entries().families[index].clone();
        let used = family.refresh.len() > 1 && index % 2 == 0;
        let request = if used {
            // Older than the predecessor of the current one, or without grace: a replay in either realm.
            family.realm.refresh(node, &family.refresh[0])
        } else {
            family.realm.exchange(node, &family.code)
        };
        let is_within_grace = used && family.refresh.len() == 2;
        if family.in_doubt || is_within_grace {
            continue;
        }
        refused(&send(&request).await);
        journal.entries().families[index].standing = Standing::Ended;
        for token in &family.access {
            assert!(
                !family.realm.is_active(node, FAMILY, token).await,
                "a token outlived the replay"
            );
        }
    }
}

async fn expect(node: &Node, realm: Realm, client: (&str, &str), token: &str, standing: Standing) {
    let active = realm.is_active(node, client, token).await;
    match standing {
        Standing::Alive => assert!(active, "an acknowledged token is lost"),
        Standing::Ended => assert!(!active, "an ended token is accepted"),
        Standing::Unknown => {}
    }
}

async fn send(request: &Prepared) -> Reply {
    request.send().await.expect("a reply")
}

fn refused(reply: &Reply) {
    assert_eq!(
        (reply.status, reply.error().as_deref()),
        (400, Some("invalid_grant")),
        "{}",
        reply.body
    );
}
