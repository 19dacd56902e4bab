//! What another server issued, taken over object by object: clients with their ids and hashed secrets, people, tenants,
//! API keys and refresh tokens. Each object is read, its facts are looked up, and it is made, or left as it is where it
//! is there already: a second run of the same objects changes nothing. Must not know lines, files or a store.

mod api_key;
mod client;
pub mod exports;
mod people;
mod refresh_token;

use super::deed::Deed;
use super::fields::{Fields, Wrong};
use super::refused::Refused;
use crate::change::Change;
use crate::record::{ApiKeyRecord, ClientRecord, GrantRecord, MembershipRecord, TenantRecord, UserRecord};
use crate::single_use::SingleUse;
use grantd_protocol::Timestamp;
use grantd_protocol::id::FamilyId;
pub use people::Member;
pub use refresh_token::Outstanding;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The kinds of objects, in the order in which they refer to each other: one refers to earlier ones.
pub const KINDS: &[&str] = &["tenant", "client", "user", "member", "api_key", "refresh_token"];

/// How long it is remembered that something without an end was imported.
const FOR_GOOD: grantd_protocol::Seconds = grantd_protocol::Seconds(50 * 365 * 24 * 3600);

/// An object that was read. Whether it fits to what is there is not decided yet.
#[derive(Debug)]
pub enum Wanted {
    /// A tenant.
    Tenant(Box<TenantRecord>),
    /// A client.
    Client(Box<ClientRecord>),
    /// A user.
    User(Box<UserRecord>),
    /// A user's place in a tenant.
    Member(Box<Member>),
    /// An API key, by its hash.
    ApiKey(Box<ApiKeyRecord>, SingleUse),
    /// A refresh token that somebody holds, by its hash.
    RefreshToken(Box<Outstanding>),
}

/// What the decision about one object looks at. What its kind does not name is `None`.
#[derive(Debug, Default)]
pub struct Facts {
    /// The client that is named, or that has a user's id.
    pub client: Option<ClientRecord>,
    /// The user that is named, or that has a client's id.
    pub user: Option<UserRecord>,
    /// Who logs in with the user's name.
    pub namesake: Option<UserRecord>,
    /// The tenant that is named.
    pub tenant: Option<TenantRecord>,
    /// The user's place in it.
    pub place: Option<MembershipRecord>,
    /// What the user allowed the client there.
    pub grant: Option<GrantRecord>,
    /// Whether the key or the token was imported before.
    pub imported: bool,
}

/// What becomes of an object.
#[derive(Debug)]
pub enum Outcome {
    /// It is made.
    New(Box<Change>),
    /// It is there already, and stays as it is.
    Present,
}

/// What must be looked up to decide about an object.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lookups {
    /// A client's id.
    pub client: Option<Arc<str>>,
    /// A user's id.
    pub user: Option<Arc<str>>,
    /// A key of a user name ([`UserRecord::key_of`]).
    pub username: Option<String>,
    /// A tenant's id.
    pub tenant: Option<Arc<str>>,
    /// A key's row.
    pub api_key: Option<grantd_protocol::id::ApiKeyId>,
    /// A family's row.
    pub family: Option<FamilyId>,
}

/// Reads an object.
///
/// # Errors
/// [`Refused::Invalid`] with everything that is wrong with it in itself.
pub fn read(kind: &str, members: &Map<String, Value>, deed: &Deed<'_>) -> Result<Wanted, Refused> {
    match kind {
        "tenant" => people::tenant(members, deed).map(Wanted::Tenant),
        "client" => client::read(members, deed).map(Wanted::Client),
        "user" => people::user(members, deed).map(Wanted::User),
        "member" => people::member(members, deed).map(Wanted::Member),
        "api_key" => api_key::read(members, deed).map(|(record, once)| Wanted::ApiKey(record, once)),
        "refresh_token" => refresh_token::read(members, deed).map(Wanted::RefreshToken),
        _ => Err(Refused::wrong("/kind", format!("must be one of {}", KINDS.join(", ")))),
    }
}

/// What a client registered elsewhere to sign with, or to have signed for it. None of it is what keeps others out: without it the
/// keys of the client, and those of the realm, say with what is signed.
const LEFT_OUT: &[&str] = &[
    "/token_endpoint_auth_signing_alg",
    "/request_object_signing_alg",
    "/userinfo_signed_response_alg",
];

/// Reads an object that another server wrote, and not the operator: what nobody could keep of the algorithms that a client
/// registered there is left out, and told beside it, where nothing else is wrong.
///
/// # Errors
/// As [`read`].
pub fn read_exported(
    kind: &str,
    members: &Map<String, Value>,
    deed: &Deed<'_>,
) -> Result<(Wanted, Vec<Wrong>), Refused> {
    let wrong = match read(kind, members, deed) {
        Ok(wanted) => return Ok((wanted, Vec::new())),
        Err(Refused::Invalid(wrong)) => wrong,
        Err(refused) => return Err(refused),
    };
    if !wrong.iter().all(|wrong| LEFT_OUT.contains(&&*wrong.pointer)) {
        return Err(Refused::Invalid(wrong));
    }
    let mut rest = members.clone();
    rest.retain(|name, _| !wrong.iter().any(|wrong| wrong.pointer.trim_start_matches('/') == name));
    read(kind, &rest, deed).map(|wanted| (wanted, wrong))
}

/// Decides about an object.
///
/// # Errors
/// [`Refused::Invalid`] where it does not fit to what is there.
pub fn decide(wanted: &Wanted, facts: &Facts, deed: &Deed<'_>) -> Result<Outcome, Refused> {
    match wanted {
        Wanted::Tenant(tenant) => Ok(people::decide_tenant(tenant, facts, deed)),
        Wanted::Client(client) => client::decide(client, facts, deed),
        Wanted::User(user) => people::decide_user(user, facts, deed),
        Wanted::Member(member) => people::decide_member(member, facts, deed),
        Wanted::ApiKey(key, once) => api_key::decide(key, once, facts, deed),
        Wanted::RefreshToken(token) => refresh_token::decide(token, facts, deed),
    }
}

impl Wanted {
    /// Its kind, one of [`KINDS`].
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Tenant(_) => "tenant",
            Self::Client(_) => "client",
            Self::User(_) => "user",
            Self::Member(_) => "member",
            Self::ApiKey(..) => "api_key",
            Self::RefreshToken(_) => "refresh_token",
        }
    }

    /// What to look up for [`Facts`].
    #[must_use]
    pub fn lookups(&self) -> Lookups {
        let mut lookups = Lookups::default();
        match self {
            Self::Tenant(tenant) => lookups.tenant = Some(Arc::clone(&tenant.id)),
            Self::Client(client) => {
                lookups.client = Some(Arc::clone(&client.client_id));
                lookups.user = Some(Arc::clone(&client.client_id));
                lookups.tenant.clone_from(&client.tenant);
            }
            Self::User(user) => {
                lookups.client = Some(Arc::clone(&user.id));
                lookups.user = Some(Arc::clone(&user.id));
                lookups.username = Some(UserRecord::key_of(&user.username));
            }
            Self::Member(member) => {
                lookups.user = Some(Arc::clone(&member.user));
                lookups.tenant = Some(Arc::clone(&member.tenant));
            }
            Self::ApiKey(key, _) => {
                lookups.api_key = Some(key.id);
                lookups.tenant.clone_from(&key.tenant);
            }
            Self::RefreshToken(token) => {
                lookups.client = Some(Arc::clone(&token.client_id));
                lookups.user = Some(Arc::clone(&token.user));
                lookups.tenant.clone_from(&token.tenant);
                lookups.family = Some(token.imported.family);
            }
        }
        lookups
    }

    /// What objects share that would stand in each other's way if they were committed at the same time.
    #[must_use]
    pub fn contended(&self) -> Option<String> {
        match self {
            Self::Client(client) => client.tenant.as_ref().map(|tenant| format!("tenant {tenant}")),
            Self::User(user) => Some(format!("user {}", user.id)),
            Self::Member(member) => Some(format!("tenant {}", member.tenant)),
            Self::RefreshToken(token) => {
                let tenant = token.tenant.as_deref().unwrap_or_default();
                Some(format!("grant {} {} {tenant}", token.user, token.client_id))
            }
            _ => None,
        }
    }

    /// That it was imported, for what must not come back after it was ended here.
    #[must_use]
    pub const fn once(&self) -> Option<&SingleUse> {
        match self {
            Self::ApiKey(_, once) => Some(once),
            Self::RefreshToken(token) => Some(&token.once),
            _ => None,
        }
    }
}

/// An instant as an object says it: seconds since 1970, not later than `latest`.
fn instant(fields: &mut Fields<'_>, name: &'static str, latest: Option<Timestamp>) -> Option<Timestamp> {
    let mut secs = None;
    fields.optional_seconds(name, 0..=u32::MAX, &mut secs);
    let at = secs.map(|secs| Timestamp::from_secs(i64::from(secs.get())));
    if let (Some(at), Some(latest)) = (at, latest)
        && at > latest
    {
        fields.complain(&format!("/{name}"), "is still to come");
    }
    at
}

/// SHA-256 of what somebody holds, as an object says it.
fn digest(fields: &mut Fields<'_>) -> [u8; 32] {
    let mut text = String::new();
    fields.require("sha256");
    fields.text("sha256", 64, &mut text);
    let digest = crate::stored_hash::sha256(&text);
    if digest.is_none() && !text.is_empty() {
        fields.complain("/sha256", "is not SHA-256 in hexadecimal digits or base64");
    }
    digest.unwrap_or_default()
}

/// An id that another server gave: what addresses, logs and headers carry unchanged.
fn foreign_id(fields: &mut Fields<'_>, name: &'static str) -> Arc<str> {
    let mut id = String::new();
    fields.require(name);
    fields.text(name, MAX_FOREIGN_ID, &mut id);
    let plain = id
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"\"\\/?#%".contains(&byte));
    if !plain || id == "." || id == ".." {
        fields.complain(
            &format!("/{name}"),
            "must be printable ASCII without spaces, quotes and the characters \\ / ? # %",
        );
    }
    id.into()
}

/// The longest id of another server, in bytes.
const MAX_FOREIGN_ID: usize = 128;

/// One mistake that only the facts show.
fn misfit(pointer: &str, detail: impl Into<String>) -> Refused {
    Refused::Invalid(vec![Wrong::new(pointer, detail)])
}

#[cfg(test)]
mod tests;
