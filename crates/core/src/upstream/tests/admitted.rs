//! Who a provider's user is here, and who is nobody.

use super::{identity, upstream};
use crate::admin::Actor;
use crate::change::{Change, Guard, Write};
use crate::fixture::{self, realm_with, scopes, user};
use crate::realm::{LinkBy, Realm, Unknown, Upstream};
use crate::record::UserRecord;
use crate::upstream::{Admitted, Found, Identity, Turned, admit, holder_key, link_key};
use grantd_protocol::entropy::counted::Counted;
use serde_json::{Value, json};

fn decide(realm: &Realm, said: &Identity, upstream: &Upstream, found: Found<'_>) -> Result<Admitted, Turned> {
    let (actor, entropy) = (Actor::oneself(&"corp".into()), Counted::default());
    admit(said, upstream, found, &fixture::deed(realm, &actor, &entropy))
}

fn plain(upstream: &Upstream, found: Found<'_>) -> Result<Admitted, Turned> {
    decide(&fixture::realm(), &identity(), upstream, found)
}

fn with(change: impl FnOnce(&mut Upstream)) -> Upstream {
    let mut upstream = upstream();
    change(&mut upstream);
    upstream
}

fn creating() -> Upstream {
    with(|upstream| upstream.unknown = Unknown::Create)
}

fn by_mail() -> Upstream {
    with(|upstream| upstream.link_by = LinkBy::VerifiedEmail)
}

fn creating_by_mail() -> Upstream {
    with(|upstream| {
        upstream.unknown = Unknown::Create;
        upstream.link_by = LinkBy::VerifiedEmail;
    })
}

fn linked(user: &UserRecord) -> Found<'_> {
    Found {
        linked: Some(user),
        ..Found::default()
    }
}

fn named(user: &UserRecord) -> Found<'_> {
    Found {
        named: Some(user),
        ..Found::default()
    }
}

#[track_caller]
fn change(admitted: Result<Admitted, Turned>) -> Change {
    match admitted.unwrap() {
        Admitted::New(change) => *change,
        Admitted::Known => panic!("known"),
    }
}

#[track_caller]
fn made(change: &Change) -> &UserRecord {
    let mut users = change.writes.iter().filter_map(|write| match write {
        Write::InsertUser(user) => Some(&**user),
        _ => None,
    });
    users.next_back().expect("a new user")
}

/// Whom a change links, under the guard that nobody is.
#[track_caller]
fn link(change: &Change, upstream: &Upstream) -> String {
    let key = link_key(upstream, &identity().subject);
    let guard = Guard::LinkFree {
        realm: "main".into(),
        key,
    };
    assert!(change.guards.contains(&guard), "{:?}", change.guards);
    let mut links = change.writes.iter().filter_map(|write| match write {
        Write::InsertLink(link) => Some(link),
        _ => None,
    });
    let link = links.next_back().expect("a link");
    assert_eq!(link.key, key);
    link.user.to_string()
}

#[test]
fn who_is_linked_is_known_while_they_may_log_in() {
    let user = user();
    assert!(matches!(plain(&upstream(), linked(&user)), Ok(Admitted::Known)));
    let disabled = UserRecord {
        enabled: false,
        ..user.clone()
    };
    assert_eq!(plain(&creating(), linked(&disabled)).unwrap_err(), Turned::Disabled);
    let ruled = realm_with(|realm| {
        let name = UserRecord::key_of(&user.username);
        realm.operators.insert(name, scopes("grantd:*").into());
    });
    let turned = decide(&ruled, &identity(), &by_mail(), linked(&user)).unwrap_err();
    assert_eq!(turned, Turned::Operator);
    let turned = decide(&ruled, &identity(), &by_mail(), named(&user)).unwrap_err();
    assert_eq!(turned, Turned::Operator);
}

#[test]
fn a_mail_address_alone_finds_nobody() {
    let user = user();
    assert_eq!(plain(&upstream(), named(&user)).unwrap_err(), Turned::Unknown);
    assert_eq!(plain(&upstream(), Found::default()).unwrap_err(), Turned::Unknown);
    // Where it counts, both sides must have verified it.
    let unverified = Identity {
        email_verified: false,
        ..identity()
    };
    let turned = decide(&fixture::realm(), &unverified, &by_mail(), named(&user)).unwrap_err();
    assert_eq!(turned, Turned::Unknown);
    for (claim, value) in [
        ("email_verified", json!(false)),
        ("email_verified", json!("true")),
        ("email", json!("somebody@else.example")),
        ("email", Value::Null),
    ] {
        let mut other = user.clone();
        other.claims.insert(claim.to_owned(), value.clone());
        assert_eq!(
            plain(&by_mail(), named(&other)).unwrap_err(),
            Turned::Unknown,
            "{claim}: {value}"
        );
    }
    let disabled = UserRecord { enabled: false, ..user };
    assert_eq!(plain(&by_mail(), named(&disabled)).unwrap_err(), Turned::Disabled);
}

#[test]
fn a_verified_address_links_where_the_realm_says_so_and_the_user_stays_as_they_are() {
    let user = user();
    let change = change(plain(&by_mail(), named(&user)));
    assert_eq!(link(&change, &by_mail()), &*user.id);
    let guard = Guard::UserRowAt {
        realm: "main".into(),
        id: user.id.clone(),
        version: user.version,
    };
    assert!(change.guards.contains(&guard));
    let touches = |write: &Write| matches!(write, Write::InsertUser(_) | Write::UpdateUser(_));
    assert!(!change.writes.iter().any(touches));
    assert!(change.writes.iter().any(|write| matches!(write, Write::Audit(_))));
}

#[test]
fn an_address_that_a_provider_gives_to_somebody_else_takes_nobodys_account_over() {
    let user = user();
    let held = Found {
        is_held: true,
        ..named(&user)
    };
    assert_eq!(plain(&by_mail(), held).unwrap_err(), Turned::Unknown);
    let change = change(plain(&creating_by_mail(), held));
    assert_eq!(made(&change).username, OWN_NAME);
    // What says so is written with each link, and nobody else's was there.
    for change in [change, self::change(plain(&by_mail(), named(&user)))] {
        let links = change.writes.iter().filter_map(|write| match write {
            Write::InsertLink(link) => Some((link.key, link.user.clone())),
            _ => None,
        });
        let (key, owner) = links.clone().next().unwrap();
        assert_eq!(key, holder_key(&by_mail().issuer, &owner));
        assert_eq!(links.count(), 2);
        let free = Guard::LinkFree {
            realm: "main".into(),
            key,
        };
        assert!(change.guards.contains(&free), "{:?}", change.guards);
    }
}

#[test]
fn a_name_that_somebody_has_already_keeps_nobody_out() {
    let found = Found {
        is_taken: true,
        ..Found::default()
    };
    let name = made(&change(plain(&creating(), found))).username.clone();
    assert!(name.starts_with(OWN_NAME) && name.len() > OWN_NAME.len(), "{name}");
}

const OWN_NAME: &str = "corp:248289761001";

#[test]
fn who_is_unknown_becomes_a_user_where_the_realm_says_so() {
    let change = change(plain(&creating(), Found::default()));
    let made = made(&change);
    assert_eq!(link(&change, &creating()), &*made.id);
    assert_eq!(made.password_hash, None);
    // This provider's word about addresses does not count, so by this one nothing is recovered and nobody found.
    assert_eq!(made.username, OWN_NAME);
    assert_eq!(made.claims["email"], "ada@example.com");
    assert_eq!(made.claims["email_verified"], false);
    let change = self::change(plain(&creating_by_mail(), Found::default()));
    let made = self::made(&change);
    assert_eq!(made.username, "ada@example.com");
    assert_eq!(made.claims["email_verified"], true);
}

#[test]
fn a_new_user_takes_nobodys_name() {
    let realm = fixture::realm();
    let mut user = user();
    user.claims.insert("email_verified".to_owned(), json!(false));
    let name = |realm: &Realm, said: &Identity, found: Found<'_>| {
        let change = change(decide(realm, said, &creating_by_mail(), found));
        made(&change).username.clone()
    };
    assert_eq!(name(&realm, &identity(), named(&user)), OWN_NAME);
    for said in [
        Identity {
            email: None,
            ..identity()
        },
        Identity {
            email_verified: false,
            ..identity()
        },
    ] {
        assert_eq!(name(&realm, &said, Found::default()), OWN_NAME);
    }
    let ruled_by = |name: &str| {
        realm_with(|realm| {
            realm.operators.insert(name.to_owned(), scopes("grantd:*").into());
        })
    };
    assert_eq!(
        name(&ruled_by("ada@example.com"), &identity(), Found::default()),
        OWN_NAME
    );
    let turned = decide(&ruled_by(OWN_NAME), &identity(), &creating(), Found::default()).unwrap_err();
    assert_eq!(turned, Turned::Unknown);
}

#[test]
fn only_people_of_the_named_domains_are_let_in_by_addresses_that_were_verified() {
    let user = user();
    let from = |domain: &str| with(|upstream| upstream.domains = vec![domain.to_owned()]);
    assert!(plain(&from("example.com"), linked(&user)).is_ok());
    assert_eq!(plain(&from("ample.com"), linked(&user)).unwrap_err(), Turned::Domain);
    for said in [
        Identity {
            email_verified: false,
            ..identity()
        },
        Identity {
            email: None,
            ..identity()
        },
        Identity {
            email: Some("ada@example.com@evil.example".to_owned()),
            ..identity()
        },
    ] {
        let turned = decide(&fixture::realm(), &said, &from("example.com"), linked(&user)).unwrap_err();
        assert_eq!(turned, Turned::Domain, "{said:?}");
    }
}

#[test]
fn the_same_subject_elsewhere_is_somebody_else() {
    let other = with(|upstream| upstream.issuer = "https://other.example".into());
    let key = |upstream: &Upstream, subject: &str| link_key(upstream, subject);
    assert_ne!(key(&upstream(), "1"), key(&other, "1"));
    assert_ne!(key(&upstream(), "1"), key(&upstream(), "2"));
    // A second registration at the same provider means the same people.
    let renamed = with(|upstream| upstream.client_id = "another".to_owned());
    assert_eq!(key(&upstream(), "1"), key(&renamed, "1"));
}
