//! Who a provider's user is here. They are known by issuer and subject together, which a link says; a mail address finds
//! somebody only where the realm says that this provider's word about addresses counts, and only once.

use super::id_token::Identity;
use crate::admin::deed::Deed;
use crate::admin::user::{self, Wanted};
use crate::change::{Change, Guard, Write};
use crate::realm::{LinkBy, Realm, Unknown, Upstream};
use crate::record::{LinkedPerson, UpstreamLink, UserRecord};
use grantd_jose::sha256;
use grantd_protocol::entropy::draw_alphanumeric;
use serde_json::{Value, json};
use std::sync::Arc;

/// What a link of somebody at a provider is found by.
#[must_use]
pub fn link_key(upstream: &Upstream, subject: &str) -> [u8; 32] {
    // An issuer has no line break, so no two pairs share one text.
    sha256(format!("upstream\n{}\n{subject}", upstream.issuer).as_bytes())
}

/// What it is found by that a user here has somebody at the provider with this issuer.
#[must_use]
pub fn holder_key(issuer: &str, user: &str) -> [u8; 32] {
    sha256(format!("upstream user\n{issuer}\n{user}").as_bytes())
}

/// Who somebody is, for those who look at the account: as the provider calls them now.
#[must_use]
pub fn person(identity: &Identity, upstream: &Upstream) -> Box<LinkedPerson> {
    Box::new(LinkedPerson {
        upstream: Arc::clone(&upstream.name),
        issuer: Arc::clone(&upstream.issuer),
        subject: identity.subject.clone(),
        address: identity.email.clone(),
    })
}

/// The name of somebody here that only this provider gives.
#[must_use]
pub fn own_name(upstream: &Upstream, identity: &Identity) -> String {
    format!("{}:{}", upstream.name, identity.subject)
}

/// What is known here of somebody who logged in at a provider.
#[derive(Clone, Copy, Default, Debug)]
pub struct Found<'a> {
    /// The user whom they are linked to.
    pub linked: Option<&'a UserRecord>,
    /// The user whose name is the mail address that the provider says they have.
    pub named: Option<&'a UserRecord>,
    /// Whether that user has somebody at this provider already. A provider gives an address to somebody else one day, who is
    /// not who had it before.
    pub is_held: bool,
    /// Whether somebody has the name that only this provider gives ([`own_name`]).
    pub is_taken: bool,
}

/// What becomes of somebody who logged in at a provider.
#[derive(Debug)]
pub enum Admitted {
    /// They are this user.
    Known,
    /// They become one by this change, or are linked to one, and are known then.
    New(Box<Change>),
}

/// Why somebody is not let in. For the log: the user learns that there is no account for their login.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Turned {
    /// Not from a mail domain whose people are let in.
    #[error("people of this mail domain are not let in")]
    Domain,
    /// Their account is disabled.
    #[error("the account is disabled")]
    Disabled,
    /// Nobody here, and nobody new is let in.
    #[error("there is no account for this login")]
    Unknown,
    /// Who runs the realm proves that here: otherwise whoever runs the provider would run the realm.
    #[error("operators log in here, and nowhere else")]
    Operator,
}

/// Decides it.
///
/// # Errors
/// Why not.
pub fn admit(identity: &Identity, upstream: &Upstream, found: Found<'_>, deed: &Deed<'_>) -> Result<Admitted, Turned> {
    if !is_from_here(identity, upstream) {
        return Err(Turned::Domain);
    }
    if let Some(user) = found.linked {
        return may_come_in(user, deed.realm).map(|()| Admitted::Known);
    }
    if let Some(user) = found
        .named
        .filter(|user| !found.is_held && is_theirs(identity, upstream, user))
    {
        may_come_in(user, deed.realm)?;
        return Ok(Admitted::New(Box::new(linked(identity, upstream, user, deed))));
    }
    if upstream.unknown == Unknown::Refuse {
        return Err(Turned::Unknown);
    }
    created(identity, upstream, found, deed).map(|change| Admitted::New(Box::new(change)))
}

fn may_come_in(user: &UserRecord, realm: &Realm) -> Result<(), Turned> {
    if !user.enabled {
        Err(Turned::Disabled)
    } else if realm.operator(&user.username).is_some() {
        Err(Turned::Operator)
    } else {
        Ok(())
    }
}

/// Whether an account that has the provider's mail address as its name belongs to whoever has that address. Both sides
/// must have verified it: an account that somebody else made in this name in advance would be handed to them otherwise.
fn is_theirs(identity: &Identity, upstream: &Upstream, user: &UserRecord) -> bool {
    let said = user.claims.get("email").and_then(Value::as_str);
    let is_same = |email: &str| said.is_some_and(|own| UserRecord::key_of(own) == UserRecord::key_of(email));
    user.claims.get("email_verified") == Some(&Value::Bool(true))
        && believed_email(identity, upstream).is_some_and(is_same)
}

/// The mail address, where the provider verified it and its word about addresses counts.
fn believed_email<'i>(identity: &'i Identity, upstream: &Upstream) -> Option<&'i str> {
    let counts = upstream.link_by == LinkBy::VerifiedEmail;
    identity.verified_email().filter(|_| counts)
}

fn linked(identity: &Identity, upstream: &Upstream, user: &UserRecord, deed: &Deed<'_>) -> Change {
    let audit = deed.audit("user.linked", user::target(user), said(upstream));
    let mut change = deed.change(vec![user::at(user)], Vec::new(), audit);
    link(&mut change, identity, upstream, &user.id, deed);
    change
}

/// A new user. Their name is the mail address, where the provider is believed about it, nobody has it and no operator is
/// called so; a name that only this provider gives otherwise. Whoever has an address recovers the account of that name by a
/// letter, and must not find somebody else linked to it.
fn created(identity: &Identity, upstream: &Upstream, found: Found<'_>, deed: &Deed<'_>) -> Result<Change, Turned> {
    let mut own = own_name(upstream, identity);
    if found.is_taken {
        own = format!("{own}:{}", draw_alphanumeric(deed.entropy, 8));
    }
    let email = believed_email(identity, upstream);
    let by_mail = email.filter(|email| found.named.is_none() && deed.realm.operator(email).is_none());
    let wanted = Wanted::new(by_mail.unwrap_or(&own).to_owned(), claims(identity, upstream));
    let edit = user::create(wanted, None, deed).map_err(|_| Turned::Unknown)?;
    let mut change = edit.change;
    link(&mut change, identity, upstream, &edit.after.id, deed);
    change
        .writes
        .push(deed.audit("user.linked", user::target(&edit.after), said(upstream)));
    Ok(change)
}

/// What the account starts with. A provider that is not believed about addresses verifies none here either: by a
/// verified address an account is recovered, and found by other providers.
fn claims(identity: &Identity, upstream: &Upstream) -> serde_json::Map<String, Value> {
    let mut claims = identity.profile.clone();
    if let Some(email) = &identity.email {
        let is_verified = believed_email(identity, upstream).is_some();
        claims.insert("email".to_owned(), Value::from(email.as_str()));
        claims.insert("email_verified".to_owned(), Value::Bool(is_verified));
    }
    claims
}

/// Ties a user to somebody at a provider, each of whom has nobody else there.
fn link(change: &mut Change, identity: &Identity, upstream: &Upstream, user: &Arc<str>, deed: &Deed<'_>) {
    let of_user = (holder_key(&upstream.issuer, user), None);
    let of_person = (link_key(upstream, &identity.subject), Some(person(identity, upstream)));
    for (key, person) in [of_user, of_person] {
        change.guards.push(Guard::LinkFree {
            realm: deed.realm_name(),
            key,
        });
        change.writes.push(Write::InsertLink(Box::new(UpstreamLink {
            realm: deed.realm_name(),
            key,
            user: Arc::clone(user),
            made_at: deed.now,
            used_at: person.is_some().then_some(deed.now),
            person,
        })));
    }
}

fn said(upstream: &Upstream) -> Value {
    json!({ "upstream": upstream.name, "issuer": upstream.issuer })
}

fn is_from_here(identity: &Identity, upstream: &Upstream) -> bool {
    let domain = identity.verified_email().and_then(|email| email.rsplit_once('@'));
    let domain = domain.map(|(_, domain)| domain.to_ascii_lowercase());
    upstream.domains.is_empty() || domain.is_some_and(|domain| upstream.domains.contains(&domain))
}
