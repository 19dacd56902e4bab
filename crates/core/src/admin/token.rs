//! Access tokens made by hand, as the admin API makes them: within a tenant they act for whoever makes them; an operator
//! names the user. What such a token may be at all is [`by_hand`]'s business.

use super::api_key::{hold, refused};
use super::deed::{Deed, Edit};
use super::fields::{Fields, MAX_TEXT};
use super::refused::Refused;
use crate::api_key::MAX_NAME;
use crate::grant::context::Context;
use crate::record::{AccessRecord, ClientRecord, MembershipRecord, TenantAppRecord, UserRecord};
use crate::status_list::Listed;
use crate::token::by_hand::{self, MadeToken, NewToken, Through};
use grantd_protocol::{ScopeSet, Seconds};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// How long a token lives where the body does not say: a day.
const LIFETIME: Seconds = Seconds(86_400);

/// What a body asks for.
#[derive(Debug)]
pub struct Wanted {
    /// The client that it belongs to.
    pub client_id: String,
    /// Whom it acts for.
    pub user: Arc<str>,
    new: NewToken,
}

/// What the decision looks at.
#[derive(Debug)]
pub struct Facts {
    /// The client.
    pub client: Option<ClientRecord>,
    /// The user.
    pub user: Option<UserRecord>,
    /// The user's place in the tenant.
    pub place: Option<MembershipRecord>,
    /// What the tenant decided about the client.
    pub apps: Vec<TenantAppRecord>,
    /// What the actor's own token hangs off, and the session that it was given for.
    pub through: Option<Through>,
    /// Where the token's status would be published.
    pub status: Option<Listed>,
}

impl Wanted {
    /// The tenant that it acts in.
    #[must_use]
    pub const fn tenant(&self) -> Option<&Arc<str>> {
        self.new.tenant.as_ref()
    }
}

/// Reads what a new token is.
///
/// # Errors
/// [`Refused::Invalid`], also for somebody else's name in the mouth of anybody but an operator.
pub fn read(body: &Map<String, Value>, deed: &Deed<'_>) -> Result<Wanted, Refused> {
    let mut fields = Fields::new(body);
    let (mut client_id, mut name, mut scope) = (String::new(), String::new(), ScopeSet::empty());
    let (mut user, mut tenant, mut lifetime) = (None, None, None);
    fields.require("client_id");
    fields.text("client_id", MAX_TEXT, &mut client_id);
    fields.require("name");
    fields.text("name", MAX_NAME, &mut name);
    fields.require("scopes");
    fields.scopes("scopes", &mut scope);
    fields.shared_text("user_id", MAX_TEXT, &mut user);
    fields.shared_text("tenant", MAX_TEXT, &mut tenant);
    fields.optional_seconds("lifetime", 1..=u32::MAX, &mut lifetime);
    let actor = deed.actor;
    let user = match (actor.user(), user) {
        (Some(own), None) => Some(Arc::clone(own)),
        (Some(own), Some(named)) if *own == named => Some(named),
        // An operator, whether a machine's token or a session says so.
        (_, Some(named)) if actor.governs() => Some(named),
        (None, None) => {
            fields.complain("/user_id", "is missing: a token acts for somebody");
            None
        }
        (_, Some(_)) => {
            fields.complain("/user_id", "is somebody else: a token acts for its maker");
            None
        }
    };
    Refused::unless_none(fields.finish())?;
    let user = user.ok_or_else(|| Refused::wrong("/user_id", "is missing"))?;
    // What is beyond the actor's reach is found by nobody.
    let tenant = tenant.or_else(|| actor.tenant().cloned());
    if tenant.as_deref().is_some_and(|named| !actor.reaches(named)) {
        return Err(Refused::wrong("/tenant", "the tenant is not one to act in"));
    }
    Ok(Wanted {
        client_id,
        user,
        new: NewToken {
            name,
            tenant,
            scope,
            lifetime: lifetime.unwrap_or(LIFETIME),
            through: None,
            status: None,
        },
    })
}

/// Decides what a new token is.
///
/// # Errors
/// [`Refused::Invalid`]; [`Refused::Beyond`] for permissions that the actor does not hold; [`Refused::State`] where client or
/// user are disabled.
pub fn create(wanted: &Wanted, facts: &Facts, deed: &Deed<'_>) -> Result<Edit<MadeToken>, Refused> {
    // A client of another tenant is found by nobody here: a token for it would be a credential of theirs.
    let is_theirs = |client: &&ClientRecord| client.tenant.is_none() || client.tenant == wanted.new.tenant;
    let client = facts
        .client
        .as_ref()
        .filter(is_theirs)
        .filter(|client| deed.actor.owns(client));
    let client = client.ok_or_else(|| Refused::wrong("/client_id", "there is no such client"))?;
    let user = facts.user.as_ref();
    let user = user.ok_or_else(|| Refused::wrong("/user_id", "there is no such user"))?;
    let context = Context {
        realm: deed.realm,
        issuer: &deed.realm.issuer,
        now: deed.now,
    };
    let new = NewToken {
        through: facts.through,
        status: facts.status.clone(),
        ..wanted.new.clone()
    };
    let made = by_hand::make(
        new,
        client,
        user,
        facts.place.as_ref(),
        &facts.apps,
        &context,
        deed.secrets,
    );
    let MadeToken { access, record, change } = made.map_err(refused)?;
    hold(&record.scope, deed)?;
    let audit = deed.audit(
        "token.created",
        format!("token:{}", record.id),
        json!({ "after": view(&record) }),
    );
    let change = deed.change(change.guards, change.writes, audit);
    Ok(Edit {
        change: change.clone(),
        after: MadeToken { access, record, change },
    })
}

/// What is shown of a token, never its value.
#[must_use]
pub fn view(token: &AccessRecord) -> Value {
    let audience: Vec<&str> = token.audience.split(' ').filter(|one| !one.is_empty()).collect();
    let mut value = json!({
        "id": token.id,
        "client_id": token.client_id,
        "subject": token.subject,
        "scopes": super::client::list(&token.scope),
        "audience": audience,
        "format": if token.hash.is_some() { "opaque" } else { "jwt" },
        "issued_at": token.issued_at.secs(),
        "expires_at": token.expires_at.secs(),
    });
    let optional = [
        ("name", token.name.as_ref().map(|name| json!(name))),
        ("tenant", token.tenant.as_ref().map(|tenant| json!(tenant))),
        ("grant_id", token.grant.map(|grant| json!(grant))),
        ("ended_at", token.ended_at.map(|at| json!(at.secs()))),
    ];
    super::client::extend(&mut value, optional);
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::Actor;
    use crate::fixture;
    use grantd_protocol::entropy::counted::Counted;

    fn read_by(actor: &Actor, body: &Value) -> Result<Wanted, Refused> {
        let (realm, entropy) = (fixture::realm(), Counted::default());
        let deed = fixture::deed(&realm, actor, &entropy);
        read(body.as_object().unwrap(), &deed)
    }

    #[test]
    fn a_client_of_another_tenant_is_found_by_nobody() {
        let (realm, entropy) = (
            fixture::realm_with(|realm| realm.tenants.enabled = true),
            Counted::default(),
        );
        let actor = Actor::command_line();
        let deed = fixture::deed(&realm, &actor, &entropy);
        let body = json!({
            "client_id": "webapp", "user_id": "ada", "tenant": "acme", "name": "CI", "scopes": ["invoices:read"],
        });
        let wanted = read(body.as_object().unwrap(), &deed).unwrap();
        let told = |client: Option<ClientRecord>| {
            let facts = Facts {
                client,
                user: None,
                place: None,
                apps: Vec::new(),
                through: None,
                status: None,
            };
            let Refused::Invalid(wrong) = create(&wanted, &facts, &deed).unwrap_err() else {
                panic!("it is the body")
            };
            wrong[0].pointer.clone()
        };
        let of = |tenant: Option<&str>, enabled: bool| {
            Some(fixture::client_with(|client| {
                client.tenant = tenant.map(Into::into);
                client.enabled = enabled;
            }))
        };
        assert_eq!(told(None), "/client_id");
        for enabled in [true, false] {
            assert_eq!(told(of(Some("globex"), enabled)), "/client_id");
        }
        assert_eq!(told(of(Some("acme"), true)), "/user_id", "the next mistake");
        assert_eq!(told(of(None, true)), "/user_id");
    }

    #[test]
    fn an_operator_names_whom_a_token_acts_for_and_every_mistake_is_told() {
        let actor = Actor::command_line();
        let body = json!({ "client_id": "webapp", "user_id": "ada", "name": "CI", "scopes": ["invoices:read"] });
        let wanted = read_by(&actor, &body).unwrap();
        assert_eq!((&*wanted.user, wanted.new.lifetime), ("ada", LIFETIME));
        let Refused::Invalid(wrong) = read_by(&actor, &json!({ "lifetime": 0 })).unwrap_err() else {
            panic!("it is the body")
        };
        let pointers: Vec<_> = wrong.iter().map(|wrong| wrong.pointer.as_str()).collect();
        assert_eq!(pointers, ["/client_id", "/name", "/scopes", "/lifetime", "/user_id"]);
    }
}
