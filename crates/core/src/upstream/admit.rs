//! Who a provider's user is here. Their id is computed from issuer and subject, so that a link needs no row, cannot be moved
//! to somebody else, and nobody is found by a mail address that a provider made up.

use super::id_token::Identity;
use crate::admin::deed::Deed;
use crate::admin::user::{self, Wanted};
use crate::change::Change;
use crate::realm::Upstream;
use crate::record::UserRecord;
use crate::single_use::SingleUse;
use grantd_jose::{base64url_encode, sha256};
use grantd_protocol::{OAuthError, Seconds};
use serde_json::Value;
use std::sync::Arc;

/// Two first logins at the same instant make one user: the second waits for this long at most.
const MAKING: Seconds = Seconds(60);

/// The id here of a provider's user.
#[must_use]
pub fn user_id(upstream: &Upstream, subject: &str) -> Arc<str> {
    // An issuer has no line break.
    let name = format!("upstream\n{}\n{subject}", upstream.issuer);
    base64url_encode(sha256(name.as_bytes())).into()
}

/// What becomes of somebody who logged in at a provider.
#[derive(Debug)]
pub enum Admitted {
    /// They are a user already.
    Known,
    /// They become one by this change, and then log in.
    New(Box<Change>),
}

/// Decides it. `found` is the user of [`user_id`]; `name_taken` whether somebody has their mail address as a username.
///
/// # Errors
/// `access_denied`: the user is disabled, from a domain that is not let in, or unknown where nobody new is.
pub fn admit(
    identity: &Identity,
    upstream: &Upstream,
    found: Option<&UserRecord>,
    name_taken: bool,
    deed: &Deed<'_>,
) -> Result<Admitted, OAuthError> {
    if !is_from_here(identity, upstream) {
        return Err(OAuthError::access_denied(
            "people of this mail domain may not log in here",
        ));
    }
    match found {
        Some(found) if found.enabled => return Ok(Admitted::Known),
        Some(_) => return Err(OAuthError::access_denied("the account is disabled")),
        None if !upstream.create_users => return Err(OAuthError::access_denied("there is no account for this login")),
        None => {}
    }
    let id = user_id(upstream, &identity.subject);
    let own = format!("{}:{}", upstream.name, identity.subject);
    let by_mail = identity.email.as_ref().filter(|_| !name_taken);
    // A name that is an operator's is nobody's to take by logging in.
    let edit = by_mail
        .map(|email| user::create_as(Arc::clone(&id), wanted(email, identity), None, deed))
        .and_then(Result::ok);
    let edit = match edit {
        Some(edit) => edit,
        None => user::create_as(Arc::clone(&id), wanted(&own, identity), None, deed)
            .map_err(|_| OAuthError::access_denied("there can be no account for this login"))?,
    };
    let mut change = edit.change;
    change.spend(&[SingleUse::making(&deed.realm.name, &id, deed.now.plus(MAKING))]);
    Ok(Admitted::New(Box::new(change)))
}

fn is_from_here(identity: &Identity, upstream: &Upstream) -> bool {
    let domain = identity.email.as_deref().and_then(|email| email.rsplit_once('@'));
    let domain = domain.map(|(_, domain)| domain.to_ascii_lowercase());
    upstream.domains.is_empty() || domain.is_some_and(|domain| upstream.domains.contains(&domain))
}

fn wanted(username: &str, identity: &Identity) -> Wanted {
    let mut claims = identity.profile.clone();
    if let Some(email) = &identity.email {
        claims.insert("email".to_owned(), Value::from(email.as_str()));
        claims.insert("email_verified".to_owned(), Value::Bool(true));
    }
    Wanted::new(username.to_owned(), claims)
}
