//! Refresh tokens that applications of another server hold: known by their SHA-256. Each becomes a family of ours at its
//! first generation, hanging off a grant; its first use rotates it into a token of ours.

use super::{FOR_GOOD, Facts, Outcome, digest, foreign_id, instant, misfit};
use crate::admin::deed::Deed;
use crate::admin::fields::{Fields, MAX_ENTRIES};
use crate::admin::refused::Refused;
use crate::change::{Guard, Write};
use crate::grant::resource::{audience, declared_resources};
use crate::record::client::GrantType;
use crate::record::code::{Authentication, Delegation};
use crate::record::{ClientRecord, FamilyRecord, GrantRecord, UserRecord};
use crate::refresh_value::ImportedRefresh;
use crate::single_use::SingleUse;
use grantd_protocol::id::GrantId;
use grantd_protocol::redirect_uri::MAX_REDIRECT_URI;
use grantd_protocol::{ScopeSet, Timestamp};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A token that somebody holds.
#[derive(Debug)]
pub struct Outstanding {
    /// The family that it begins.
    pub imported: ImportedRefresh,
    /// Who holds it.
    pub client_id: Arc<str>,
    /// Whom it acts for.
    pub user: Arc<str>,
    /// Where.
    pub tenant: Option<Arc<str>>,
    /// That it was imported.
    pub once: SingleUse,
    scope: ScopeSet,
    resource: Arc<str>,
    issuer: Arc<str>,
    issued_at: Timestamp,
    authenticated_at: Timestamp,
    expires_at: Timestamp,
}

pub(super) fn read(members: &Map<String, Value>, deed: &Deed<'_>) -> Result<Box<Outstanding>, Refused> {
    let (realm, now) = (deed.realm, deed.now);
    let mut fields = Fields::new(members);
    let digest = digest(&mut fields);
    let client_id = foreign_id(&mut fields, "client_id");
    let user = foreign_id(&mut fields, "user");
    let mut tenant = None;
    fields.shared_text("tenant", crate::admin::tenant::MAX_ID, &mut tenant);
    if tenant.is_some() != realm.tenants.enabled {
        fields.complain(
            "/tenant",
            "a token names the tenant it acts in exactly where the realm has tenants",
        );
    }
    let mut scope = ScopeSet::empty();
    fields.require("scopes");
    fields.scopes("scopes", &mut scope);
    if let Some(unknown) = scope.iter().find(|scope| !realm.catalogue.knows(scope)) {
        fields.complain("/scopes", format!("'{unknown}' is not a permission of this realm"));
    } else if scope.is_empty() || scope.len() > MAX_ENTRIES * 10 {
        fields.complain("/scopes", "is empty or too long");
    }
    let mut resources = Vec::new();
    fields.texts("resources", MAX_REDIRECT_URI, &mut resources);
    let declared = declared_resources(realm, resources.iter().map(String::as_str));
    if let Err(error) = &declared {
        fields.complain("/resources", error.description().to_string());
    }
    let mut issuer = realm.issuer.to_string();
    fields.text("issuer", MAX_REDIRECT_URI, &mut issuer);
    if !realm.answers_to(&issuer) {
        fields.complain("/issuer", "is neither the realm's issuer nor an alias of it");
    }
    fields.require("issued_at");
    let issued_at = instant(&mut fields, "issued_at", Some(now)).unwrap_or(now);
    let authenticated_at = instant(&mut fields, "authenticated_at", Some(now)).unwrap_or(issued_at);
    let ends = instant(&mut fields, "expires_at", None);
    let latest = realm.refresh.absolute.map(|absolute| issued_at.plus(absolute));
    let expires_at = ends.unwrap_or_else(|| now.plus(realm.refresh.idle));
    if latest.map_or(expires_at, |latest| latest.min(expires_at)) <= now {
        fields.complain("/expires_at", "it is over already");
    }
    Refused::unless_none(fields.finish())?;
    Ok(Box::new(Outstanding {
        imported: ImportedRefresh::of(&realm.name, &digest),
        client_id,
        user,
        tenant,
        once: SingleUse::imported(
            &realm.name,
            "refresh_token",
            &digest,
            ends.unwrap_or_else(|| now.plus(FOR_GOOD)),
        ),
        scope,
        resource: audience(realm, &declared.unwrap_or_default()),
        issuer: issuer.into(),
        issued_at,
        authenticated_at,
        expires_at,
    }))
}

pub(super) fn decide(token: &Outstanding, facts: &Facts, deed: &Deed<'_>) -> Result<Outcome, Refused> {
    if facts.imported {
        return Ok(Outcome::Present);
    }
    check_client(token, facts.client.as_ref())?;
    let user = check_user(token, facts)?;
    let (grant, guard, mut writes) = grant(token, facts, deed);
    let family = family(token, grant, deed);
    let detail = json!({
        "client_id": token.client_id, "user_id": token.user, "tenant": token.tenant, "scopes": token.scope,
    });
    let audit = deed.audit("refresh_token.imported", format!("family:{}", family.id), detail);
    writes.push(Write::InsertFamily(Box::new(family)));
    let at_user = Guard::UserAt {
        realm: Arc::clone(&user.realm),
        id: Arc::clone(&user.id),
        version: user.version,
    };
    let mut change = deed.change(vec![guard, at_user], writes, audit);
    change.spend(std::slice::from_ref(&token.once));
    Ok(Outcome::New(Box::new(change)))
}

fn check_client(token: &Outstanding, client: Option<&ClientRecord>) -> Result<(), Refused> {
    let client = client.ok_or_else(|| misfit("/client_id", format!("there is no client '{}'", token.client_id)))?;
    if !client.may_use(GrantType::RefreshToken) {
        return Err(misfit("/client_id", "the client may not use refresh tokens"));
    }
    match token.scope.iter().find(|scope| !client.scopes.covers(scope)) {
        Some(beyond) => Err(misfit(
            "/scopes",
            format!("'{beyond}' is not among the client's scopes"),
        )),
        None => Ok(()),
    }
}

fn check_user<'a>(token: &Outstanding, facts: &'a Facts) -> Result<&'a UserRecord, Refused> {
    let user = facts.user.as_ref();
    let user = user.ok_or_else(|| misfit("/user", format!("there is no user '{}'", token.user)))?;
    if !user.enabled {
        return Err(misfit("/user", "is disabled"));
    }
    if user.password_changed_at > token.issued_at {
        return Err(misfit(
            "/issued_at",
            "the user's password changed since, which ended it",
        ));
    }
    match &token.tenant {
        Some(tenant) if facts.place.is_none() => {
            Err(misfit("/tenant", format!("the user does not belong to '{tenant}'")))
        }
        _ => Ok(user),
    }
}

/// The grant that it hangs off: the one that stands, or a new one. One that came from another token is widened by what
/// this one may do; one that the user gave here is not, and cuts it.
fn grant(token: &Outstanding, facts: &Facts, deed: &Deed<'_>) -> (GrantId, Guard, Vec<Write>) {
    let before = facts.grant.as_ref();
    if let Some(grant) = before.filter(|grant| grant.is_live(deed.now)) {
        if grant.scope.covers_all(&token.scope) || !grant.redirect_uri.is_empty() {
            return (grant.id, at(grant), Vec::new());
        }
        let widened = Write::UpdateGrant {
            id: grant.id,
            scope: grant.scope.union(&token.scope),
            resource: Arc::clone(&grant.resource),
            redirect_uri: grant.redirect_uri.clone(),
            at: deed.now,
            expires_at: grant.expires_at,
            session: grant.session,
        };
        return (grant.id, at(grant), vec![widened]);
    }
    let record = GrantRecord {
        id: GrantId::draw(deed.now, deed.entropy),
        version: 1,
        realm: deed.realm_name(),
        user: Arc::clone(&token.user),
        client_id: Arc::clone(&token.client_id),
        tenant: token.tenant.clone(),
        scope: token.scope.clone(),
        resource: Arc::clone(&token.resource),
        // Nobody gave consent for an address here, so the next authorization asks.
        redirect_uri: String::new(),
        created_at: token.issued_at,
        updated_at: deed.now,
        expires_at: None,
        session: None,
        ended_at: None,
    };
    let id = record.id;
    let begin = Write::InsertGrant(Box::new(record));
    match before {
        // Over by itself: nothing that hung off it comes back to life.
        Some(over) => {
            let end = Write::EndGrant {
                id: over.id,
                at: deed.now,
            };
            (id, at(over), vec![end, begin])
        }
        None => {
            let none = Guard::NoGrant {
                realm: deed.realm_name(),
                user: Arc::clone(&token.user),
                client_id: Arc::clone(&token.client_id),
                tenant: token.tenant.clone(),
            };
            (id, none, vec![begin])
        }
    }
}

fn at(grant: &GrantRecord) -> Guard {
    Guard::GrantAt {
        id: grant.id,
        version: grant.version,
    }
}

fn family(token: &Outstanding, grant: GrantId, deed: &Deed<'_>) -> FamilyRecord {
    FamilyRecord {
        id: token.imported.family,
        delegation: Delegation {
            realm: deed.realm_name(),
            issuer: Arc::clone(&token.issuer),
            client_id: Arc::clone(&token.client_id),
            grant,
            session: None,
            user: Arc::clone(&token.user),
            tenant: token.tenant.clone(),
            scope: token.scope.clone(),
            resource: Arc::clone(&token.resource),
            authentication: Authentication {
                at: token.authenticated_at,
                acr: None,
                amr: Vec::new(),
            },
            nonce: None,
            bound_to: None,
            more: None,
        },
        generation: Some(0),
        rotated_at: token.issued_at,
        rotated_for: None,
        salt: token.imported.salt,
        // There is no session here that it could end with.
        offline: true,
        created_at: token.issued_at,
        idle_expires_at: token.expires_at,
        absolute_expires_at: deed
            .realm
            .refresh
            .absolute
            .map(|absolute| token.issued_at.plus(absolute)),
        ended_at: None,
    }
}
