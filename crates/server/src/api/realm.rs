//! `/realm`: the realm's settings as its file declares them. They are read here, and changed in the file.

use super::answer::Answer;
use super::call::Call;
use super::problem::Problem;
use super::route::{Conditions, Gives, Route, handler};
use grantd_core::realm::{ExcessScope, PkcePolicy, Rotation};
use serde_json::json;

pub(super) const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: "/realm",
    permission: "grantd:realm:read",
    tenants: false,
    says: "Show the realm's settings. They are changed in its file.",
    takes: None,
    gives: Gives::Object("Realm"),
    conditions: Conditions::Unread,
    query: &[],
    handle: handler!(show),
}];

async fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    let config = &call.request.realm.config;
    let realm = &config.realm;
    let methods: Vec<&str> = realm.auth_methods.iter().map(|method| method.as_str()).collect();
    let grants: Vec<&str> = realm.grant_types.iter().map(|grant_type| grant_type.as_str()).collect();
    let resources = realm.resources.iter();
    let resources: Vec<_> = resources
        .map(|resource| json!({ "identifier": resource.identifier, "name": resource.name }))
        .collect();
    let mut refresh = json!({
        "rotation": match realm.refresh.rotation {
            Rotation::Always => "always",
            Rotation::PublicClients => "public-clients",
            Rotation::Off => "off",
        },
        "grace": realm.refresh.grace.get(),
        "idle": realm.refresh.idle.get(),
    });
    if let (Some(members), Some(absolute)) = (refresh.as_object_mut(), realm.refresh.absolute) {
        members.insert("absolute".to_owned(), absolute.get().into());
    }
    Ok(Answer::object(json!({
        "name": realm.name,
        "display_name": realm.display_name,
        "issuer": realm.issuer,
        "aliases": realm.aliases,
        "pkce": match realm.pkce {
            PkcePolicy::Required => "required",
            PkcePolicy::PublicClients => "public-clients",
        },
        "excess_scope": match realm.excess_scope {
            ExcessScope::Refuse => "refuse",
            ExcessScope::Cut => "cut",
        },
        "openid": realm.catalogue.has_identity_scopes(),
        "token_endpoint_auth_methods": methods,
        "grant_types": grants,
        "access_token": {
            "format": realm.access.format,
            "algorithm": realm.access.algorithm.as_str(),
            "lifetime": realm.access.lifetime.get(),
        },
        "refresh_token": refresh,
        "code": { "lifetime": realm.code.lifetime.get() },
        "session": { "lifetime": realm.session_lifetime.get() },
        "tenants": { "enabled": realm.tenants.enabled, "claim": realm.tenants.claim },
        "resources": resources,
        "default_resource": realm.default_resource,
        "source": config.source.display().to_string(),
        "settings": &*config.settings,
    })))
}
