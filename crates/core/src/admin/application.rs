//! Applications of the realm's own users, made in the developers' portal: whose they are, what their developers may make of
//! them, and how they come from a draft to one that everybody can use. What holds for every client is the neighbours'
//! business ([`super::client`]).

mod review;

use super::client::{self, Made, application, finish, insert, replace};
use super::deed::{Deed, Edit};
use super::fields::{Fields, MAX_TEXT, Wrong};
use super::refused::Refused;
use super::turn::{self, Owned};
use crate::change::CounterKey;
use crate::realm::PortalPolicy;
use crate::record::client::GrantType;
use crate::record::{ClientOrigin, ClientRecord, Development, Stage, TokenEndpointAuthMethod, UserRecord, Wish};
use grantd_protocol::{ScopeSet, Timestamp};
use serde_json::{Map, Value};
use std::sync::Arc;

pub use review::{review, submit, withdraw};

/// The most addresses of one kind that an application may have.
pub const MAX_URIS: usize = 20;
/// The most test users of an application.
pub const MAX_TESTERS: usize = 50;
/// Why nobody but its developer sees to a suspended application any more.
const SUSPENDED: &str = "the application is suspended; an operator decides how it goes on";

/// What developers decide about their applications. What tokens look like, which APIs it speaks for and what an operator
/// vouches for is none of it.
const OWN_MEMBERS: &[&str] = &[
    "name",
    "application_type",
    "grant_types",
    "redirect_uris",
    "post_logout_redirect_uris",
    "scopes",
    "default_scopes",
    "optional_scopes",
    "token_endpoint_auth_method",
    "jwks",
    "testers",
];

/// The counter that all creations of one developer pass by.
#[must_use]
pub fn turn_of(realm: &str, owner: &str) -> CounterKey {
    turn::turn_of("portal", realm, owner)
}

/// Decides what a developer's new application is: a draft.
///
/// # Errors
/// [`Refused::Invalid`]; [`Refused::State`] where the developer has as many as the realm lets them; [`Refused::Unknown`] for
/// anybody but a developer.
pub fn create(body: &Map<String, Value>, owned: Owned, deed: &Deed<'_>) -> Result<Edit<Made>, Refused> {
    let owner = developer(deed)?;
    let policy = &deed.realm.portal;
    if owned.count >= policy.max_applications {
        let text = format!(
            "a developer may have {} applications here; delete one first",
            policy.max_applications
        );
        return Err(Refused::State(text));
    }
    own_members(body)?;
    let mut development = Development::begun_by(owner);
    let mut fields = Fields::new(body);
    testers(&mut fields, &mut development);
    let (mut record, secret) = client::drawn(&mut fields, deed);
    record.origin = ClientOrigin::Portal;
    let wrong = beyond(&record, &ScopeSet::empty(), &development, policy);
    wrong
        .into_iter()
        .for_each(|wrong| fields.complain(&wrong.pointer, wrong.detail));
    finish(fields, None, &record, deed)?;
    record.development = Some(Box::new(development));
    let key = turn_of(&deed.realm.name, owner);
    let (guard, write) = turn::pass(key, owned, deed.now);
    insert(record, secret, deed, vec![guard], vec![write])
}

/// Decides what a developer's application becomes. A verified one keeps its name, its kind, its permissions, and the ways in
/// which it authenticates and gets tokens until an operator has said yes to others; what is less than before is so at once.
///
/// # Errors
/// [`Refused::Unknown`] for somebody else's; [`Refused::Invalid`]; [`Refused::State`] while it is suspended, for what an
/// operator is just looking at, and where one that was approved would from now on act without a user.
pub(super) fn update(
    before: &ClientRecord,
    body: &Map<String, Value>,
    deed: &Deed<'_>,
) -> Result<Edit<ClientRecord>, Refused> {
    let own = owned(before, deed)?;
    if own.stage == Stage::Suspended {
        return Err(Refused::State(SUSPENDED.to_owned()));
    }
    own_members(body)?;
    let policy = &deed.realm.portal;
    let (mut after, mut own) = (before.clone(), own.clone());
    let mut fields = Fields::new(body);
    application(&mut fields, &mut after);
    testers(&mut fields, &mut own);
    let wrong = beyond(&after, &before.scopes, &own, policy);
    wrong
        .into_iter()
        .for_each(|wrong| fields.complain(&wrong.pointer, wrong.detail));
    finish(fields, Some(before), &after, deed)?;
    if policy.reviews && own.stage == Stage::Submitted && is_reviewed(before, &after) {
        let text = "an operator is looking at the application; withdraw it, change it, and submit it again";
        return Err(Refused::State(text.to_owned()));
    }
    if policy.reviews && own.stage == Stage::Verified {
        if acts_for_itself(&after) && !acts_for_itself(before) {
            let text = "the application was approved without client_credentials; make another one that acts for itself";
            return Err(Refused::State(text.to_owned()));
        }
        hold_back(before, &mut after, &mut own, deed.now);
        // What was asked together may not fit to what stays.
        Refused::unless_none(client::mistakes(&after, Some(before), deed.realm))?;
    }
    after.development = Some(Box::new(own));
    Ok(replace(before, after, "client.changed", deed))
}

/// Whether something changed that operators look at.
fn is_reviewed(before: &ClientRecord, after: &ClientRecord) -> bool {
    before.name != after.name
        || before.scopes != after.scopes
        || before.redirect_uris != after.redirect_uris
        || before.grant_types != after.grant_types
        || before.application_type != after.application_type
        || before.auth_method != after.auth_method
}

/// Whether it gets tokens without a user.
fn acts_for_itself(client: &ClientRecord) -> bool {
    client.grant_types.contains(&GrantType::ClientCredentials)
}

/// What a verified application wishes for waits; the rest is so at once.
fn hold_back(before: &ClientRecord, after: &mut ClientRecord, own: &mut Development, now: Timestamp) {
    let mut wish = Wish {
        name: held(&before.name, &mut after.name, own.wish.name.as_ref()),
        application_type: held(
            &before.application_type,
            &mut after.application_type,
            own.wish.application_type.as_ref(),
        ),
        auth_method: held(
            &before.auth_method,
            &mut after.auth_method,
            own.wish.auth_method.as_ref(),
        ),
        ..Wish::default()
    };
    after.secrets.clone_from(&before.secrets);
    let had = |one: &GrantType| before.grant_types.contains(one);
    if !after.grant_types.iter().all(had) {
        // All of it waits: what is taken away for something else is missed until somebody has said yes.
        wish.grant_types = Some(std::mem::replace(&mut after.grant_types, before.grant_types.clone()));
    } else if after.grant_types == before.grant_types {
        wish.grant_types.clone_from(&own.wish.grant_types);
    }
    if !own.verified.covers_all(&after.scopes) {
        let left: ScopeSet = after.scopes.iter().filter(|scope| own.verified.covers(scope)).collect();
        for scopes in [&mut after.default_scopes, &mut after.optional_scopes] {
            *scopes = scopes.iter().filter(|scope| left.covers(scope)).collect();
        }
        wish.scopes = Some(std::mem::replace(&mut after.scopes, left));
    } else if after.scopes == before.scopes {
        wish.scopes.clone_from(&own.wish.scopes);
    }
    if wish != own.wish {
        own.submitted_at = (!wish.is_none()).then_some(now);
    }
    own.wish = wish;
}

/// What waits of something that stays as it was: what is asked for now, or what waited already.
fn held<T: Clone + PartialEq>(before: &T, after: &mut T, waits: Option<&T>) -> Option<T> {
    if after == before {
        return waits.cloned();
    }
    Some(std::mem::replace(after, before.clone()))
}

/// The developer who acts.
fn developer<'a>(deed: &Deed<'a>) -> Result<&'a Arc<str>, Refused> {
    deed.actor.developer().ok_or(Refused::Unknown)
}

/// What the application is to its developer, who must be the one who acts.
fn owned<'c>(client: &'c ClientRecord, deed: &Deed<'_>) -> Result<&'c Development, Refused> {
    developer(deed)?;
    let own = client.development.as_deref().filter(|_| deed.actor.owns(client));
    own.ok_or(Refused::Unknown)
}

/// Members that are not a developer's to decide.
fn own_members(body: &Map<String, Value>) -> Result<(), Refused> {
    let other = body.keys().filter(|name| !OWN_MEMBERS.contains(&name.as_str()));
    let wrong = other.map(|name| {
        let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        Wrong::new(&pointer, "is not for developers to set")
    });
    Refused::unless_none(wrong.collect())
}

fn testers(fields: &mut Fields<'_>, own: &mut Development) {
    let mut names = own.testers.clone();
    fields.texts("testers", MAX_TEXT, &mut names);
    let mut keys: Vec<String> = names.iter().map(|name| UserRecord::key_of(name)).collect();
    keys.sort_unstable();
    keys.dedup();
    own.testers = keys;
}

/// What is beyond the realm's bounds for developers. What the application was let have before (`held`) it may keep.
fn beyond(client: &ClientRecord, held: &ScopeSet, own: &Development, policy: &PortalPolicy) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for (index, scope) in client.scopes.iter().enumerate() {
        if !policy.permits(scope) && !held.contains(scope) {
            let detail = format!("'{scope}' is not a permission that developers can ask for");
            wrong.push(Wrong::new(&format!("/scopes/{index}"), detail));
        }
    }
    for (index, grant_type) in client.grant_types.iter().enumerate() {
        let offered = match grant_type {
            GrantType::AuthorizationCode | GrantType::RefreshToken | GrantType::DeviceCode => true,
            GrantType::ClientCredentials => policy.machines,
            GrantType::TokenExchange | GrantType::JwtBearer => false,
        };
        if !offered {
            let detail = format!("{} is not for applications of developers", grant_type.as_str());
            wrong.push(Wrong::new(&format!("/grant_types/{index}"), detail));
        }
    }
    let offered = matches!(
        client.auth_method,
        TokenEndpointAuthMethod::None
            | TokenEndpointAuthMethod::ClientSecretBasic
            | TokenEndpointAuthMethod::ClientSecretPost
            | TokenEndpointAuthMethod::PrivateKeyJwt
    );
    if !offered {
        let detail = format!("{} is not for applications of developers", client.auth_method.as_str());
        wrong.push(Wrong::new("/token_endpoint_auth_method", detail));
    }
    let lists = [
        ("/redirect_uris", client.redirect_uris.len(), MAX_URIS),
        (
            "/post_logout_redirect_uris",
            client.post_logout_redirect_uris.len(),
            MAX_URIS,
        ),
        ("/testers", own.testers.len(), MAX_TESTERS),
    ];
    for (pointer, length, most) in lists {
        if length > most {
            wrong.push(Wrong::new(pointer, format!("has more than {most} entries")));
        }
    }
    wrong
}

#[cfg(test)]
mod tests;
