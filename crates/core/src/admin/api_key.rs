//! API keys as the admin API makes, changes and ends them. What a key may be at all is [`crate::api_key`]'s business;
//! here is what the actor may make of it: within a tenant nothing beyond their own bounds, and a key that is in
//! somebody's hands never permits more than it did.

use super::actor::Actor;
use super::client::{extend, list};
use super::deed::{Deed, Edit};
use super::fields::{Fields, MAX_TEXT};
use super::refused::Refused;
use crate::api_key::{self, CannotMake, MAX_NAME, Maker, NewApiKey};
use crate::change::Change;
use crate::realm::Realm;
use crate::record::{ApiKeyFacts, ApiKeyRecord, TenantRecord, UserRecord};
use grantd_protocol::id::{ApiKeyId, ChangeId};
use grantd_protocol::scope::is_pattern;
use grantd_protocol::{Bearer, Entropy, Namespace, ScopeSet, Seconds, Secret, Timestamp};
use serde_json::{Map, Value, json};

/// A new key, with its text that is shown once.
#[derive(Debug)]
pub struct Made {
    /// What is kept of it.
    pub record: ApiKeyRecord,
    /// The key itself.
    pub secret: Secret,
}

/// What a key is good for now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It opens what it permits.
    Active,
    /// Somebody ended it.
    Revoked,
    /// Its time is over.
    Expired,
    /// Its tenant is disabled or gone.
    Disabled,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Active, Self::Revoked, Self::Expired, Self::Disabled];

    /// Of a key at `now`.
    #[must_use]
    pub fn of(facts: &ApiKeyFacts, now: Timestamp) -> Self {
        if facts.key.ended_at.is_some() {
            Self::Revoked
        } else if facts.key.expires_at.is_some_and(|end| end <= now) {
            Self::Expired
        } else if facts.tenant_disabled {
            Self::Disabled
        } else {
            Self::Active
        }
    }

    /// As the API says it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Disabled => "disabled",
        }
    }
}

/// The tenant that a new key is for: the one that the body names, if the actor reaches it, else the actor's own.
#[must_use]
pub fn tenant_of<'b>(body: &'b Map<String, Value>, actor: &'b Actor) -> Option<&'b str> {
    match body.get("tenant").and_then(Value::as_str) {
        Some(named) => actor.reaches(named).then_some(named),
        None => actor.tenant().map(|own| &**own),
    }
}

/// Decides what a new key is. `place` is the tenant of [`tenant_of`], `user` the account behind the actor.
///
/// # Errors
/// [`Refused::Invalid`]; [`Refused::State`] where the realm has no keys; [`Refused::Beyond`] for permissions that an
/// actor within a tenant does not hold.
pub fn create(
    body: &Map<String, Value>,
    place: Option<&TenantRecord>,
    user: Option<&UserRecord>,
    deed: &Deed<'_>,
) -> Result<Edit<Made>, Refused> {
    let mut fields = Fields::new(body);
    let (mut name, mut named, mut scope, mut end) = (String::new(), None, ScopeSet::empty(), None);
    fields.require("name");
    fields.require("scopes");
    fields.text("name", MAX_NAME, &mut name);
    fields.shared_text("tenant", MAX_TEXT, &mut named);
    fields.scopes("scopes", &mut scope);
    fields.optional_seconds("expires_at", 0..=u32::MAX, &mut end);
    Refused::unless_none(fields.finish())?;
    let new = NewApiKey {
        tenant: named.or_else(|| deed.actor.tenant().cloned()),
        name,
        scope,
        expires_at: end.map(instant),
    };
    let author = author(deed);
    let made = api_key::make(
        new,
        &maker(&author, user, deed),
        place,
        deed.realm,
        deed.now,
        deed.secrets,
    )
    .map_err(refused)?;
    hold(&made.record.scope, deed)?;
    let change = audited(
        made.change,
        "api_key.created",
        &made.record,
        json!({ "after": view(&made.record) }),
        deed,
    );
    Ok(Edit {
        change,
        after: Made {
            record: made.record,
            secret: made.secret,
        },
    })
}

/// The text of a key that was made with these secrets, once more: for a retry under the same idempotency key.
#[must_use]
pub fn text_again(id: ApiKeyId, realm: &Realm, secrets: &dyn Entropy) -> Secret {
    // The id was drawn before the secret was, from the same stream.
    let _ = ApiKeyId::draw(Timestamp::from_millis(0), secrets);
    Bearer::mint(Namespace::ApiKey, &realm.api_keys.prefix, *id.as_bytes(), secrets).0
}

/// Decides what a key becomes.
///
/// # Errors
/// As for [`create`]; [`Refused::Invalid`] for a permission that the key does not have, [`Refused::State`] for a key that
/// is over.
pub fn update(
    before: &ApiKeyFacts,
    body: &Map<String, Value>,
    user: Option<&UserRecord>,
    deed: &Deed<'_>,
) -> Result<Edit<ApiKeyRecord>, Refused> {
    let key = &before.key;
    if matches!(State::of(before, deed.now), State::Revoked | State::Expired) {
        return Err(Refused::State("the key is over".to_owned()));
    }
    let edit = read_edit(key, body)?;
    let beyond_the_name = edit.scope.is_some() || edit.expires_at.is_some();
    let author = author(deed);
    let change = ChangeId::draw(deed.now, deed.entropy);
    let maker = maker(&author, user, deed);
    let (after, change) = api_key::edit(key, edit, &maker, deed.realm, deed.now, change).map_err(refused)?;
    if beyond_the_name {
        // Whoever could lengthen a key's life would hand out what it permits.
        hold(&after.scope, deed)?;
    }
    let detail = json!({ "before": view(key), "after": view(&after) });
    let change = audited(change, "api_key.changed", &after, detail, deed);
    Ok(Edit { change, after })
}

/// Ends a key; `None` where it is ended already.
#[must_use]
pub fn end(key: &ApiKeyRecord, deed: &Deed<'_>) -> Option<Change> {
    let change = api_key::end(key, deed.now, ChangeId::draw(deed.now, deed.entropy))?;
    Some(audited(
        change,
        "api_key.revoked",
        key,
        json!({ "before": view(key) }),
        deed,
    ))
}

/// What may be shown of a key: of its text the last characters. Never a `null`.
#[must_use]
pub fn view(key: &ApiKeyRecord) -> Value {
    let mut value = json!({
        "id": key.id,
        "name": key.name,
        "scopes": list(&key.scope),
        "last_four": key.last_four,
        "created_by": key.created_by,
        "created_at": key.created_at.secs(),
    });
    let optional = [
        ("tenant", key.tenant.as_ref().map(|tenant| json!(tenant))),
        ("expires_at", key.expires_at.map(|end| json!(end.secs()))),
        ("ended_at", key.ended_at.map(|end| json!(end.secs()))),
    ];
    extend(&mut value, optional);
    value
}

/// The same with what it is good for now and when it was last seen.
#[must_use]
pub fn view_at(facts: &ApiKeyFacts, now: Timestamp) -> Value {
    let mut value = view(&facts.key);
    let more = [
        ("state", Some(json!(State::of(facts, now).as_str()))),
        ("last_used_at", facts.last_used_at.map(|at| json!(at.secs()))),
    ];
    extend(&mut value, more);
    value
}

fn read_edit(before: &ApiKeyRecord, body: &Map<String, Value>) -> Result<api_key::Edit, Refused> {
    let mut fields = Fields::new(body);
    let (mut name, mut scope, mut end) = (before.name.to_string(), before.scope.clone(), None);
    fields.text("name", MAX_NAME, &mut name);
    fields.scopes("scopes", &mut scope);
    for (index, wider) in scope.iter().enumerate().filter(|(_, one)| !before.scope.covers(one)) {
        let detail = format!("the key does not have '{wider}'; make another key");
        fields.complain(&format!("/scopes/{index}"), detail);
    }
    fields.optional_seconds("expires_at", 0..=u32::MAX, &mut end);
    if body.get("expires_at").is_some_and(Value::is_null) {
        fields.complain("/expires_at", "cannot be taken away; make another key");
    }
    Refused::unless_none(fields.finish())?;
    Ok(api_key::Edit {
        name: body.contains_key("name").then_some(name),
        scope: body.contains_key("scopes").then_some(scope),
        expires_at: end.map(instant),
    })
}

/// Within a tenant nobody hands out what they do not hold. A pattern grows with the catalogue, so the role must have it
/// as it stands: what the pattern covers today is not enough.
pub(super) fn hold(scope: &ScopeSet, deed: &Deed<'_>) -> Result<(), Refused> {
    if let Some(role) = deed.actor.role() {
        let grows = scope.iter().find(|one| is_pattern(one) && !role.covers(one));
        if let Some(pattern) = grows {
            return Err(Refused::Beyond(pattern.to_owned()));
        }
    }
    deed.must_hold(scope)
}

/// As the record of a key names them.
fn author(deed: &Deed<'_>) -> String {
    match deed.actor.user() {
        Some(user) => format!("user:{user}"),
        None => deed.actor.name().to_owned(),
    }
}

/// What the role permits is judged by [`hold`], which says what is lacking.
const fn maker<'a>(author: &'a str, user: Option<&'a UserRecord>, deed: &'a Deed<'_>) -> Maker<'a> {
    Maker {
        actor: author,
        role: None,
        role_name: deed.actor.role_name(),
        user,
    }
}

fn audited(change: Change, action: &str, key: &ApiKeyRecord, detail: Value, deed: &Deed<'_>) -> Change {
    let audit = deed.audit(action, format!("api_key:{}", key.id), detail);
    deed.change(change.guards, change.writes, audit)
}

fn instant(since_1970: Seconds) -> Timestamp {
    Timestamp::from_secs(i64::from(since_1970.get()))
}

pub(super) fn refused(why: CannotMake) -> Refused {
    let pointer = match &why {
        CannotMake::SwitchedOff | CannotMake::Disabled | CannotMake::NotAdmitted => {
            return Refused::State(why.to_string());
        }
        CannotMake::AnothersClient => "/client_id",
        CannotMake::Name => "/name",
        CannotMake::NoScope | CannotMake::Scope(_) => "/scopes",
        CannotMake::TenantNeeded | CannotMake::Tenant => "/tenant",
        CannotMake::Past | CannotMake::TooLong(_) => "/expires_at",
    };
    Refused::wrong(pointer, why.to_string())
}
