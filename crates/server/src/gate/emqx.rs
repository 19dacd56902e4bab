//! What EMQX's HTTP authenticator asks: may a client with this password connect, and what may it do? Every answer has the
//! status 200, since EMQX takes any other one for "ask the next authenticator", and a store that is down must not open the
//! broker. Must not know what a permission means: the resource's rights say so.

use crate::oauth::present::{self, Found};
use crate::refused;
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire;
use grantd_core::gate::broker::{Admitted, admit};
use grantd_core::realm::{Broker, BrokerKind, Realm, Resource};
use grantd_core::record::Holder;
use grantd_jose::strict_json::{self, Limits};
use grantd_protocol::RawParams;
use grantd_protocol::resource::is_same;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

/// What nobody may do who was not allowed to: `#` does not reach topics that begin with a dollar sign (MQTT 5.0 section
/// 4.7.2).
const NEVER: [&str; 4] = ["#", "$SYS/#", "$events/#", "$delayed/#"];

/// Why a client may not connect here.
enum No {
    /// It is told so.
    Deny(&'static str),
    /// The password is nothing of grantd's: another authenticator of the broker may know it.
    Ignore,
}

/// Answers EMQX.
pub async fn handle(request: &Request<'_>) -> Reply {
    let answer = match decided(request).await {
        Ok(admitted) => allow(&admitted),
        Err(No::Ignore) => json!({ "result": "ignore" }),
        Err(No::Deny(why)) => {
            refused::count_as(request, "gate-emqx", why);
            json!({ "result": "deny" })
        }
    };
    reply::json(StatusCode::OK, &answer)
}

/// The answer to a request whose body could not be read.
#[must_use]
pub fn unread() -> Reply {
    reply::json(StatusCode::OK, &json!({ "result": "deny" }))
}

async fn decided(request: &Request<'_>) -> Result<Admitted, No> {
    if !request.from_trusted_proxy {
        return Err(No::Deny("access_denied"));
    }
    if request.method() != http::Method::POST {
        return Err(No::Deny("invalid_request"));
    }
    let realm = &request.realm.config.realm;
    let (resource, broker) = asked_for(request, realm).ok_or(No::Deny("invalid_target"))?;
    let password = password(request).ok_or(No::Deny("invalid_request"))?;
    let found = present::credential(request, &password, None).await;
    // The reason is in the log: whatever failed is a fault of this server's.
    let found = found.map_err(|failure| {
        let _ = failure.into_json(request, "gate-emqx", &wire::Voice::STANDARD);
        No::Deny("server_error")
    })?;
    if found.is_none() && !looks_like_ours(&password, realm) {
        return Err(No::Ignore);
    }
    let credential = found.as_ref().map(Found::credential);
    let admitted = admit(credential, resource, broker, realm, request.now);
    let admitted = admitted.ok_or(No::Deny("invalid_token"))?;
    // What a client does once it is connected is not seen here, so no permission is counted.
    if matches!(admitted.holder, Holder::ApiKey(_)) {
        let usage = &request.app.usage;
        usage.seen(request.realm.name(), &admitted.holder, request.now);
    }
    Ok(admitted)
}

/// The EMQX that asks: the realm's only one, or the one that the address names.
fn asked_for<'r>(request: &Request<'_>, realm: &'r Realm) -> Option<(&'r Resource, &'r Broker)> {
    let params = wire::query(request.query()).ok()?;
    params.refuse_duplicates(&[]).ok()?;
    let named = params.get("resource");
    if params.iter().any(|(name, _)| name != "resource") {
        return None;
    }
    let emqx = |resource: &'r Resource| {
        let broker = resource.broker.as_ref()?;
        (broker.kind == BrokerKind::Emqx).then_some((resource, broker))
    };
    let mut all = realm.resources.iter().filter_map(emqx);
    match named {
        Some(named) => all.find(|(resource, _)| is_same(&resource.identifier, named)),
        None => all.next().filter(|_| all.next().is_none()),
    }
}

/// The password of the client that wants to connect: EMQX sends JSON, or a form where it is configured to.
fn password(request: &Request<'_>) -> Option<String> {
    let kind = request.header(CONTENT_TYPE).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let params = RawParams::parse_form(&request.body).ok()?;
        params.refuse_duplicates(&[]).ok()?;
        return Some(params.get("password").unwrap_or_default().to_owned());
    }
    let body = strict_json::from_slice(&request.body, Limits::default()).ok()?;
    match body.as_object()?.get("password") {
        None | Some(Value::Null) => Some(String::new()),
        Some(password) => password.as_str().map(str::to_owned),
    }
}

/// Whether a text is meant as a token or a key of grantd's, good or not. Where tokens have no prefix of their own every text
/// is.
fn looks_like_ours(text: &str, realm: &Realm) -> bool {
    // What a JSON object begins with in base64url: every JWT does.
    let prefixes = [&*realm.access.prefix, &*realm.api_keys.prefix, "eyJ"];
    !text.is_empty() && prefixes.iter().any(|prefix| text.starts_with(prefix))
}

fn allow(admitted: &Admitted) -> Value {
    let rule = |permission: &str, action: &str, topic: &str| json!({ "permission": permission, "action": action, "topic": topic });
    let allowed = admitted.topics.iter().map(|(verb, topic)| rule("allow", verb, topic));
    // EMQX asks its other rules where none of these fits.
    let refused = NEVER.iter().map(|topic| rule("deny", "all", topic));
    let rules: Vec<Value> = allowed.chain(refused).collect();
    let mut attributes = Map::new();
    let known = [
        ("subject", Some(&admitted.subject)),
        ("client", admitted.client_id.as_ref()),
        ("tenant", admitted.tenant.as_ref()),
    ];
    for (name, value) in known {
        attributes.extend(value.map(|value| (name.to_owned(), Value::from(&**value))));
    }
    let mut answer = json!({
        "result": "allow",
        "is_superuser": false,
        "acl": rules,
        "client_attrs": attributes,
    });
    if let (Some(end), Some(members)) = (admitted.expires_at, answer.as_object_mut()) {
        members.insert("expire_at".to_owned(), end.secs().into());
    }
    answer
}
