//! What a guarded request needs: the realm's routes say so, or, in a realm without any, the proxy's own configuration by
//! the query of the gate's address. Never both, so that nobody who reaches the query can weaken a route.

use super::Proxy;
use super::forwarded::Forwarded;
use crate::config::MAX_GATE_SCOPES;
use crate::request::Request;
use crate::wire;
use grantd_core::gate::mcp::{self, McpCall};
use grantd_core::gate::route::InAddress;
use grantd_core::gate::{Call, Need};
use grantd_core::grant::refuse_params;
use grantd_protocol::resource::is_same;
use grantd_protocol::{ErrorCode, OAuthError, ScopeSet};
use http::HeaderName;
use std::sync::Arc;

const MCP_METHOD: HeaderName = HeaderName::from_static("mcp-method");
const MCP_NAME: HeaderName = HeaderName::from_static("mcp-name");

/// What the request needs.
pub(super) fn need(request: &Request<'_>, proxy: Proxy, told: Option<&Forwarded<'_>>) -> Result<Need, OAuthError> {
    let routes = &request.realm.config.gate;
    if routes.is_empty() {
        return by_query(request, proxy, told);
    }
    // Envoy's address ends in the guarded request's own query.
    if proxy != Proxy::Envoy && proxy != Proxy::Caddy && !request.query().is_empty() {
        return Err(denied("the realm has routes, so the gate's address takes no query"));
    }
    let told = told.ok_or(denied("the proxy must tell method and address of the request"))?;
    let mcp = mcp_call(request)?;
    let call = Call {
        host: told.host,
        method: told.method,
        path: &told.path,
        mcp: &mcp,
    };
    let found = routes.find(&call);
    found
        .cloned()
        .map_err(|why| OAuthError::with_detail(ErrorCode::AccessDenied, &why.to_string()))
}

/// A header that is there twice, or is no text, says nothing.
fn mcp_call<'a>(request: &'a Request<'_>) -> Result<McpCall<'a>, OAuthError> {
    let name = request.header(MCP_NAME).map(mcp::name);
    if name == Some(None) {
        return Err(denied("Mcp-Name is encoded in a way that cannot be read"));
    }
    Ok(McpCall {
        method: request.header(MCP_METHOD),
        name: name.flatten(),
    })
}

fn by_query(request: &Request<'_>, proxy: Proxy, told: Option<&Forwarded<'_>>) -> Result<Need, OAuthError> {
    let query = request.query();
    // Caddy puts the client's own query behind an address that has none.
    let is_the_clients = match proxy {
        Proxy::Envoy => true,
        Proxy::Caddy => told.is_none_or(|told| told.query == query),
        Proxy::Nginx | Proxy::Traefik | Proxy::Haproxy => false,
    };
    let params = wire::query(query)?;
    params.refuse_duplicates(&[]).map_err(refuse_params)?;
    let is_known = |name: &str| matches!(name, "scope" | "resource" | "in_query");
    if is_the_clients || params.is_empty() || !params.iter().all(|(name, _)| is_known(name)) {
        return Err(denied(
            "the realm has no routes, and the gate's address does not say what is needed: ?scope=..&resource=..",
        ));
    }
    let scopes = ScopeSet::parse(params.get("scope").unwrap_or_default());
    let scopes = scopes.ok().filter(|scopes| scopes.as_str().len() <= MAX_GATE_SCOPES);
    let scopes = scopes.ok_or(denied("the gate's address asks for what is no list of permissions"))?;
    let realm = &request.realm.config.realm;
    if let Some(unknown) = scopes.iter().find(|scope| !realm.catalogue.knows(scope)) {
        let sentence = format!("the gate's address asks for '{unknown}', which is no permission of the realm");
        return Err(OAuthError::with_detail(ErrorCode::AccessDenied, &sentence));
    }
    Ok(Need {
        scopes,
        resource: params
            .get("resource")
            .map(|asked| resource(request, asked))
            .transpose()?,
        in_address: match params.get("in_query") {
            None | Some("nothing") => InAddress::Nothing,
            Some("tickets") => InAddress::Tickets,
            Some("tokens") => InAddress::Tokens,
            Some(_) => return Err(denied("in_query is \"nothing\", \"tickets\" or \"tokens\"")),
        },
        anonymous: false,
    })
}

/// The declared spelling of a resource. What guards grantd's own API is grantd.
fn resource(request: &Request<'_>, asked: &str) -> Result<Arc<str>, OAuthError> {
    let realm = &request.realm.config.realm;
    let declared = realm.resources.iter().map(|resource| &*resource.identifier);
    let mut known = declared.chain(realm.default_resource.split(' '));
    let found = known.find(|known| is_same(known, asked));
    found.map(Arc::from).ok_or(denied(
        "the gate's address names a resource that the realm does not declare",
    ))
}

const fn denied(sentence: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::AccessDenied, sentence)
}
