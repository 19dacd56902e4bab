//! The links of a user to people at other providers, as they are kept: used, looked at, taken away. Taking one away raises the
//! version of the user, so that of two last ways in that are taken away at once one stays. It must not know how a provider is
//! asked.

use super::admit::{holder_key, link_key, person};
use super::id_token::Identity;
use crate::account::{Onward, ends_elsewhere};
use crate::admin::deed::{Deed, Edit};
use crate::admin::refused::Refused;
use crate::admin::user;
use crate::change::{Change, Write};
use crate::realm::{Realm, Upstream};
use crate::record::{LinkedPerson, MembershipRecord, UpstreamLink, UserRecord};
use grantd_jose::base64url_encode;
use grantd_protocol::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;

/// Why a link cannot be taken away.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Problem {
    /// There is none of this id.
    #[error("the user has no such link")]
    Unknown,
    /// There is no password, no passkey, and no other provider to come from.
    #[error("nobody could log in without it")]
    LastWayIn,
}

/// What a link is called in addresses and forms.
#[must_use]
pub fn id(link: &UpstreamLink) -> String {
    base64url_encode(link.key)
}

/// The link of this id.
#[must_use]
pub fn find<'l>(links: &'l [UpstreamLink], wanted: &str) -> Option<&'l UpstreamLink> {
    links.iter().find(|link| id(link) == wanted)
}

/// That somebody came from a provider.
#[must_use]
pub fn used(identity: &Identity, upstream: &Upstream, realm: &Realm, now: Timestamp) -> Write {
    Write::UseLink {
        realm: Arc::clone(&realm.name),
        key: link_key(upstream, &identity.subject),
        person: person(identity, upstream),
        at: now,
    }
}

/// Whether somebody can log in by a link: its provider is one of the realm's still, and the user is nobody who must log in
/// here. Whether the provider still knows them, nobody here can tell.
#[must_use]
pub fn leads_in(link: &UpstreamLink, user: &UserRecord, realm: &Realm) -> bool {
    let is_there = |of: &LinkedPerson| realm.upstreams.iter().any(|upstream| *upstream.issuer == *of.issuer);
    realm.operator(&user.username).is_none() && link.person.as_deref().is_some_and(is_there)
}

/// Takes a link away, for its user. They may do it because somebody else has their account at the provider, and no session says
/// which way it began: everything ends but the browser in which it is done, as with a new password.
///
/// # Errors
/// [`Problem`].
pub fn remove(
    before: &UserRecord,
    links: &[UpstreamLink],
    wanted: &str,
    onward: Onward<'_>,
    deed: &Deed<'_>,
) -> Result<Change, Problem> {
    let link = find(links, wanted).ok_or(Problem::Unknown)?;
    let leads = |link: &UpstreamLink| leads_in(link, before, deed.realm);
    let has_another = links.iter().any(|other| other.key != link.key && leads(other));
    let has_own = before.password_hash.is_some() || !before.passkeys().is_empty();
    if leads(link) && !has_own && !has_another {
        return Err(Problem::LastWayIn);
    }
    let audit = deed.audit("user.unlinked", user::target(before), said(link));
    let mut change = ends_elsewhere(before, later(before), onward, audit, deed);
    change.writes.push(user::end_made_by_hand(before, deed));
    change.writes.extend(gone(before, link));
    Ok(change)
}

/// Takes a user's link away, for somebody who runs the realm. Everything that was begun as the user ends, and nobody is asked
/// whether they can still log in.
///
/// # Errors
/// [`Refused::Beyond`] for a user who may do more than the actor; [`Refused::Unknown`].
pub fn take_away(
    before: &UserRecord,
    places: &[MembershipRecord],
    links: &[UpstreamLink],
    wanted: &str,
    deed: &Deed<'_>,
) -> Result<Edit<()>, Refused> {
    user::hold(before, places, deed)?;
    let link = find(links, wanted).ok_or(Refused::Unknown)?;
    let audit = deed.audit("user.unlinked", user::target(before), said(link));
    let mut writes = vec![
        Write::UpdateUser(Box::new(later(before))),
        user::end(before, deed),
        user::end_made_by_hand(before, deed),
    ];
    writes.extend(gone(before, link));
    let change = deed.change(vec![user::at(before)], writes, audit);
    Ok(Edit { change, after: () })
}

/// A link as the admin API shows it.
#[must_use]
pub fn view(link: &UpstreamLink) -> Value {
    let mut value = json!({ "id": id(link), "linked_at": link.made_at.secs() });
    if let (Some(members), Some(person)) = (value.as_object_mut(), &link.person) {
        members.insert("upstream".to_owned(), json!(person.upstream));
        members.insert("issuer".to_owned(), json!(person.issuer));
        members.insert("subject".to_owned(), json!(person.subject));
        let address = person.address.as_ref().map(|address| json!(address));
        let used_at = link.used_at.map(|at| json!(at.secs()));
        let there = [("address", address), ("last_login_at", used_at)];
        members.extend(
            there
                .into_iter()
                .filter_map(|(name, said)| Some((name.to_owned(), said?))),
        );
    }
    value
}

/// The user in the version after this one: whoever decided about their ways in before decides again.
fn later(user: &UserRecord) -> UserRecord {
    UserRecord {
        version: user.version + 1,
        ..user.clone()
    }
}

/// Both rows of a link leave.
fn gone(user: &UserRecord, link: &UpstreamLink) -> Vec<Write> {
    let issuer = link.person.as_ref().map(|person| holder_key(&person.issuer, &user.id));
    let keys = issuer.into_iter().chain([link.key]);
    let write = |key| Write::DeleteLink {
        realm: Arc::clone(&user.realm),
        key,
        user: Arc::clone(&user.id),
    };
    keys.map(write).collect()
}

fn said(link: &UpstreamLink) -> Value {
    let person = link.person.as_deref();
    json!({ "upstream": person.map(|person| &person.upstream), "issuer": person.map(|person| &person.issuer) })
}
