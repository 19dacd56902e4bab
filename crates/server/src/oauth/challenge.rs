//! `WWW-Authenticate` of whatever is protected by tokens: RFC 6750 section 3 for bearer tokens, RFC 9449 section 7.1 for
//! bound ones. Must not know what is protected.

use crate::reply::Reply;
use crate::request::Request;
use crate::wire;
use grantd_core::dpop::ALGORITHMS;
use grantd_protocol::OAuthError;
use http::HeaderValue;
use http::header::WWW_AUTHENTICATE;

/// Adds the challenges of both schemes: that of bound tokens with the error, and first, where one was tried, that of
/// bearer tokens otherwise. `needs` is what else is told: members that begin with a comma, or nothing.
pub fn add(reply: &mut Reply, request: &Request<'_>, error: Option<&OAuthError>, needs: &str) {
    let realm = request.realm.name();
    let told = error.map(|error| {
        let (code, description) = (error.code(), error.description());
        format!(", error=\"{code}\", error_description=\"{description}\"")
    });
    let told = told.unwrap_or_default();
    let algorithms: Vec<&str> = ALGORITHMS.iter().map(|algorithm| algorithm.as_str()).collect();
    let algorithms = algorithms.join(" ");
    let (for_bearer, for_dpop) = if tried_dpop(request) {
        ("", &*told)
    } else {
        (&*told, "")
    };
    let mut challenges = [
        format!("Bearer realm=\"{realm}\"{for_bearer}{needs}"),
        format!("DPoP realm=\"{realm}\", algs=\"{algorithms}\"{for_dpop}{needs}"),
    ];
    // Some proxies hand on the first one alone.
    if tried_dpop(request) {
        challenges.reverse();
    }
    for text in challenges {
        if let Ok(value) = HeaderValue::try_from(text) {
            reply.headers_mut().append(WWW_AUTHENTICATE, value);
        }
    }
}

fn tried_dpop(request: &Request<'_>) -> bool {
    let header = wire::authorization(request.headers()).ok().flatten();
    let scheme = header.and_then(|header| header.get(..5));
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("dpop "))
}
