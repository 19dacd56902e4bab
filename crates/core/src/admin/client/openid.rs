//! What an operator sets of an application beyond the basics: what it is held to, and what it has of OpenID Connect.

use crate::admin::fields::{Fields, Wrong};
use crate::realm::Realm;
use crate::record::certificate_subject::{MAX_SUBJECT, MEMBERS};
use crate::record::client_openid::SubjectType;
use crate::record::{CertificateSubject, ClientRecord};
use grantd_jose::Algorithm;
use grantd_protocol::web::MAX_URL;
use serde_json::{Map, Value, json};

/// Reads the members that are there.
pub(super) fn read(fields: &mut Fields<'_>, client: &mut ClientRecord) {
    let duties = &mut client.duties;
    fields.flag("require_pushed_authorization_requests", &mut duties.pushes);
    fields.flag("require_signed_request_object", &mut duties.signs);
    fields.flag("dpop_bound_access_tokens", &mut duties.binds);
    let bound = "tls_client_certificate_bound_access_tokens";
    fields.flag(bound, &mut duties.binds_to_certificate);
    certificate_subject(fields, client);
    let openid = &mut client.openid;
    fields.optional_text("jwks_uri", MAX_URL, &mut openid.jwks_uri);
    fields.texts("request_uris", MAX_URL, &mut openid.request_uris);
    fields.choice::<SubjectType>("subject_type", &mut openid.subject_type, "public, pairwise");
    fields.optional_text("sector_identifier_uri", MAX_URL, &mut openid.sector_identifier_uri);
    let signed = "userinfo_signed_response_alg";
    fields.optional_choice::<Algorithm>(signed, &mut openid.userinfo_signed_response_alg, "a JWS algorithm");
    let signed = "authorization_signed_response_alg";
    fields.optional_choice::<Algorithm>(signed, &mut openid.authorization_signed_response_alg, "a JWS algorithm");
    let signed = "introspection_signed_response_alg";
    fields.optional_choice::<Algorithm>(signed, &mut openid.introspection_signed_response_alg, "a JWS algorithm");
    let signs = "token_endpoint_auth_signing_alg";
    fields.optional_choice::<Algorithm>(signs, &mut openid.token_endpoint_auth_signing_alg, "a JWS algorithm");
    let signs = "request_object_signing_alg";
    fields.optional_choice::<Algorithm>(signs, &mut openid.request_object_signing_alg, "a JWS algorithm");
    let types = "authorization_details_types";
    fields.texts(types, MAX_URL, &mut openid.authorization_details_types);
    fields.optional_text("backchannel_logout_uri", MAX_URL, &mut openid.backchannel_logout_uri);
    let required = "backchannel_logout_session_required";
    fields.flag(required, &mut openid.backchannel_logout_session_required);
    fields.optional_text("frontchannel_logout_uri", MAX_URL, &mut openid.frontchannel_logout_uri);
    let required = "frontchannel_logout_session_required";
    fields.flag(required, &mut openid.frontchannel_logout_session_required);
}

/// The one name that its certificate has: a patch takes one away with `null` to set another.
fn certificate_subject(fields: &mut Fields<'_>, client: &mut ClientRecord) {
    let before = client.certificate_subject.as_ref().map(CertificateSubject::member);
    let values = MEMBERS.map(|member| {
        let held = before.filter(|(name, _)| *name == member);
        let mut value = held.map(|(_, value)| value.to_owned());
        fields.optional_text(member, MAX_SUBJECT, &mut value);
        value
    });
    match CertificateSubject::of(values) {
        Ok(subject) => client.certificate_subject = subject,
        Err((member, says)) => fields.complain(&format!("/{member}"), says),
    }
}

/// What of it is not the default.
pub(super) fn view(client: &ClientRecord) -> Map<String, Value> {
    let mut members = match serde_json::to_value(&client.openid) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    if let Some((name, value)) = client.certificate_subject.as_ref().map(CertificateSubject::member) {
        members.insert(name.to_owned(), json!(value));
    }
    for (name, held) in client.duties.named() {
        if held {
            members.insert(name.to_owned(), json!(true));
        }
    }
    members
}

/// Everything that is wrong with it. Whether keys can sign as registered is judged when the one or the other comes: a rule that
/// came later must not keep a client from being disabled.
pub(super) fn mistakes(client: &ClientRecord, before: Option<&ClientRecord>, realm: &Realm) -> Vec<Wrong> {
    let openid = &client.openid;
    let signs = |client: &ClientRecord| {
        (
            client.openid.signs_with(),
            client.openid.jwks_uri.clone(),
            client.jwks.clone(),
        )
    };
    let is_news = before.is_none_or(|before| signs(before) != signs(client));
    let unusable = if is_news {
        openid.unusable(client.jwks.as_ref())
    } else {
        Vec::new()
    };
    let found = openid.mistakes(&client.redirect_uris).into_iter().chain(unusable);
    let mut wrong: Vec<Wrong> = found
        .map(|(name, says)| Wrong::new(&format!("/{name}"), says))
        .collect();
    if openid.jwks_uri.is_some() && client.jwks.is_some() {
        wrong.push(Wrong::new("/jwks_uri", "excludes jwks"));
    }
    for (name, signed) in [
        ("userinfo_signed_response_alg", openid.userinfo_signed_response_alg),
        (
            "authorization_signed_response_alg",
            openid.authorization_signed_response_alg,
        ),
        (
            "introspection_signed_response_alg",
            openid.introspection_signed_response_alg,
        ),
    ] {
        if signed.is_some_and(|algorithm| algorithm != realm.id_token.algorithm) {
            let says = format!("the realm signs with {}", realm.id_token.algorithm.as_str());
            wrong.push(Wrong::new(&format!("/{name}"), says));
        }
    }
    for (name, signs) in openid.signs_with() {
        if signs.is_some_and(|algorithm| !realm.profile.admits(algorithm)) {
            let says = "is not an algorithm that the realm accepts".to_owned();
            wrong.push(Wrong::new(&format!("/{name}"), says));
        }
    }
    for (index, name) in openid.authorization_details_types.iter().enumerate() {
        if !realm.details.iter().any(|kind| *kind.name == **name) {
            let says = "is not a type of this realm's [[authorization_details]]".to_owned();
            wrong.push(Wrong::new(&format!("/authorization_details_types/{index}"), says));
        }
    }
    wrong
}
