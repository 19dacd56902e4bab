//! From what is asked to what the consent page shows: permissions by resource, patterns spelled out, identity scopes
//! in words of their own. No decision is made here.

use grantd_core::authorize::AuthorizationRequest;
use grantd_core::authorize::decide::ConsentPrompt;
use grantd_core::details::{DetailWords, WordValue};
use grantd_core::permission::{Catalogue, Risk as CoreRisk};
use grantd_core::realm::Realm;
use grantd_core::record::{ClientOrigin, ClientRecord};
use grantd_pages::{
    ConsentError, ConsentView, DetailItem, DetailRow, DetailValue, GrantDuration, IdentityItem, IdentityScope,
    LocalUrl, Permission, PermissionGroup, Reach, RedirectTarget, Requested, Risk, TenantChoice, Trust,
};
use grantd_protocol::scope::{covers, is_pattern};
use grantd_protocol::{RawParams, ScopeSet, redirect_uri};

/// What the page is made of.
pub struct Question<'a> {
    /// Where the form posts to.
    pub action: LocalUrl,
    /// The sealed ticket.
    pub request: String,
    /// Where it can be taken back.
    pub manage_url: Option<LocalUrl>,
    /// What is asked.
    pub asked: &'a AuthorizationRequest,
    /// What the decision wants to know.
    pub prompt: &'a ConsentPrompt,
    /// Its permissions and types of details.
    pub realm: &'a Realm,
    /// Who is logged in.
    pub username: String,
    /// The code that a device shows, where one asks.
    pub device: Option<String>,
    /// The last answer, where it could not be taken.
    pub before: Option<&'a RawParams>,
    /// Why it could not.
    pub error: Option<ConsentError>,
}

/// The page.
#[must_use]
pub fn consent(question: Question<'_>) -> ConsentView {
    let (asked, prompt) = (question.asked, question.prompt);
    let client = &asked.client;
    let ticked: ScopeSet = question
        .before
        .map(|answer| answer.all("scope").collect())
        .unwrap_or_default();
    let is_new = |scope: &&str| !prompt.already_granted.contains(scope);
    let show = |scopes: Vec<&str>| requested(&scopes, &question.realm.catalogue, &prompt.optional, &ticked);
    ConsentView {
        action: question.action,
        request: question.request,
        client_name: client.name.clone(),
        trust: trust(client),
        target: match question.device {
            Some(_) => RedirectTarget::Device,
            None => super::outcome::target(asked.redirect.as_str()),
        },
        loopback_only: question.device.is_none()
            && client.redirect_uris.iter().all(|uri| redirect_uri::is_loopback(uri)),
        username: question.username,
        tenants: tenants(prompt, asked, question.before),
        details: details(asked, question.realm),
        requested: show(prompt.scope.iter().filter(is_new).collect()),
        already_granted: show(prompt.scope.iter().filter(|scope| !is_new(scope)).collect()),
        durations: GrantDuration::ALL
            .into_iter()
            // A device does not end with the browser that allowed it.
            .filter(|duration| question.device.is_none() || *duration != GrantDuration::Session)
            .collect(),
        duration: match question.before.and_then(|answer| answer.get("duration")) {
            Some("30_days") => GrantDuration::ThirtyDays,
            Some("session") => GrantDuration::Session,
            _ => GrantDuration::UntilRemoved,
        },
        device: question.device,
        manage_url: question.manage_url,
        error: question.error,
    }
}

/// What is asked in detail: the realm's words, and the request's own in their places.
fn details(asked: &AuthorizationRequest, realm: &Realm) -> Vec<DetailItem> {
    let value = |value: WordValue| match value {
        WordValue::Texts(texts) => DetailValue::Texts { texts },
        WordValue::Flag(yes) => DetailValue::Flag { yes },
    };
    let row = |(label, said): (String, WordValue)| DetailRow {
        label,
        value: value(said),
    };
    let words = asked.details.as_ref().map(|details| details.in_words(realm));
    let item = |words: DetailWords| DetailItem {
        title: words.title,
        rows: words.rows.into_iter().map(row).collect(),
    };
    words.unwrap_or_default().into_iter().map(item).collect()
}

/// How far what a client says of itself can be trusted.
#[must_use]
pub fn trust(client: &ClientRecord) -> Trust {
    match (&client.verified_domain, client.origin) {
        (Some(domain), _) => Trust::VerifiedPublisher { domain: domain.clone() },
        (None, ClientOrigin::Console | ClientOrigin::Portal) => Trust::RegisteredByDeveloper,
        (None, ClientOrigin::Dynamic) => Trust::Unverified {
            identified_as: client.name.clone(),
            from_host: None,
        },
        (None, ClientOrigin::MetadataDocument) => Trust::Unverified {
            identified_as: client.name.clone(),
            from_host: Some(redirect_uri::shown_host(&client.client_id).to_owned()),
        },
    }
}

/// With several, none is preselected, unless the user chose one in an answer that had another fault.
fn tenants(prompt: &ConsentPrompt, asked: &AuthorizationRequest, before: Option<&RawParams>) -> Vec<TenantChoice> {
    let chosen = before
        .and_then(|answer| answer.get("tenant"))
        .or(asked.tenant.as_deref());
    let choice = |tenant: &grantd_core::authorize::decide::TenantChoice| TenantChoice {
        value: tenant.id.clone(),
        name: tenant.name.clone(),
        role: None,
        selected: chosen == Some(&tenant.id),
    };
    prompt.tenants.iter().map(choice).collect()
}

/// Everything that a grant permits, each line with a box; those of `ticked` are ticked.
#[must_use]
pub fn granted(scope: &ScopeSet, ticked: &ScopeSet, catalogue: &Catalogue) -> Requested {
    requested(&scope.iter().collect::<Vec<_>>(), catalogue, scope, ticked)
}

fn requested(scopes: &[&str], catalogue: &Catalogue, optional: &ScopeSet, ticked: &ScopeSet) -> Requested {
    let mut shown = Requested::default();
    for scope in scopes {
        let (optional, ticked) = (optional.contains(scope), ticked.contains(scope));
        if let Some(identity) = identity(scope).filter(|_| catalogue.is_identity_scope(scope)) {
            shown.identity.push(IdentityItem {
                scope: identity,
                optional,
                ticked,
            });
            continue;
        }
        let (resource, mut permission) = permission(scope, catalogue);
        permission.optional = optional;
        permission.ticked = ticked;
        match shown.groups.iter_mut().find(|group| group.resource == resource) {
            Some(group) => group.permissions.push(permission),
            None => shown.groups.push(PermissionGroup {
                resource,
                permissions: vec![permission],
            }),
        }
    }
    shown
}

fn identity(scope: &str) -> Option<IdentityScope> {
    Some(match scope {
        "openid" => IdentityScope::Openid,
        "profile" => IdentityScope::Profile,
        "email" => IdentityScope::Email,
        "address" => IdentityScope::Address,
        "phone" => IdentityScope::Phone,
        "offline_access" => IdentityScope::OfflineAccess,
        _ => return None,
    })
}

fn permission(scope: &str, catalogue: &Catalogue) -> (String, Permission) {
    let listed = catalogue.get(scope);
    let covered = || {
        catalogue
            .permissions()
            .iter()
            .filter(|permission| is_pattern(scope) && covers(scope, &permission.name))
    };
    let reach = match listed {
        None if scope == "*" => Reach::Everything {
            covers: covered().map(|permission| permission.description.clone()).collect(),
        },
        None if is_pattern(scope) => Reach::Group {
            covers: covered().map(|permission| permission.description.clone()).collect(),
        },
        _ => Reach::One,
    };
    let gravest = listed
        .map(|permission| permission.risk)
        .or_else(|| covered().map(|permission| permission.risk).max());
    let group = listed
        .map(|permission| permission.group.clone())
        .or_else(|| covered().next().map(|permission| permission.group.clone()));
    let resource = if scope == "*" {
        "*".to_owned()
    } else {
        group.unwrap_or_else(|| scope.to_owned())
    };
    let permission = Permission {
        scope: scope.to_owned(),
        title: listed.map_or_else(|| scope.to_owned(), |permission| permission.description.clone()),
        description: None,
        risk: risk(gravest.unwrap_or_default()),
        reach,
        optional: false,
        ticked: false,
    };
    (resource, permission)
}

const fn risk(risk: CoreRisk) -> Risk {
    match risk {
        CoreRisk::Read => Risk::Read,
        CoreRisk::Change => Risk::Change,
        CoreRisk::Delete => Risk::Delete,
        CoreRisk::Money => Risk::Money,
        CoreRisk::Admin => Risk::Admin,
    }
}
