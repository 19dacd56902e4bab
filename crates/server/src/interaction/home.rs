//! What a browser sees at the issuer, and the assets of all pages.

use super::login::local;
use super::outcome::{self, shell};
use crate::config::Endpoint;
use crate::error::Failure;
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::router::{has_console, has_portal};
use axum::body::Body;
use grantd_pages::{Accent, CarryUrl, HomeEndpoint, Pages, RealmHomeView};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Response, StatusCode};

/// The issuer's page.
#[must_use]
pub fn handle(request: &Request<'_>) -> Reply {
    match home(request) {
        Ok(reply) => reply,
        Err(failure) => outcome::error_page(request, &failure),
    }
}

fn home(request: &Request<'_>) -> Result<Reply, Failure> {
    let shell = shell(request, None)?;
    let Some(documents) = request.realm.documents(request.issuer) else {
        return Ok(reply::empty(StatusCode::NOT_FOUND));
    };
    let members = &documents.authorization_server.members;
    let endpoints = members
        .iter()
        .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri")
        .filter_map(|(name, value)| {
            Some(HomeEndpoint {
                name: name.clone(),
                url: CarryUrl::parse(value.as_str()?).ok()?,
                browsable: name == "jwks_uri",
            })
        })
        .collect();
    let metadata = metadata_url(request.issuer);
    let Ok(metadata_url) = CarryUrl::parse(&metadata) else {
        return Ok(reply::empty(StatusCode::NOT_FOUND));
    };
    let view = RealmHomeView {
        issuer: request.issuer.to_string(),
        metadata_url,
        endpoints,
        account_url: local(request, "account").ok(),
        developers_url: has_portal(&request.realm.config, request.issuer)
            .then(|| local(request, "developers"))
            .transpose()?,
        console_url: has_console(&request.realm.config, request.issuer)
            .then(|| local(request, "console"))
            .transpose()?,
        development: request.realm.development,
    };
    Ok(outcome::page(
        StatusCode::OK,
        request.app.pages.realm_home(&view, &shell),
    ))
}

/// Where RFC 8414 section 3.1 puts an issuer's metadata.
pub(crate) fn metadata_url(issuer: &str) -> String {
    let (scheme, rest) = issuer.split_once("://").unwrap_or(("https", issuer));
    let (host, path) = rest
        .split_once('/')
        .map_or((rest, String::new()), |(host, path)| (host, format!("/{path}")));
    format!("{scheme}://{host}/.well-known/oauth-authorization-server{path}")
}

/// A style, script or picture. Its name changes with its content, so it may be kept for ever.
#[must_use]
pub fn asset(request: &Request<'_>) -> Reply {
    let name = request.parts.uri.path().rsplit('/').next().unwrap_or_default();
    let accent: Accent = request.realm.accent();
    let (bytes, content_type, etag) = if name == Pages::theme_name(accent) {
        (
            Pages::theme_css(accent).into(),
            "text/css; charset=utf-8",
            format!("\"{name}\""),
        )
    } else {
        match request.app.pages.asset(name) {
            Some(asset) => (asset.bytes, asset.content_type, asset.etag),
            None => return reply::empty(StatusCode::NOT_FOUND),
        }
    };
    let mut reply = Response::new(Body::from(bytes));
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.extend(HeaderValue::try_from(etag).ok().map(|etag| (ETAG, etag)));
    reply
}

/// The path of an endpoint of an issuer, for sending the browser to it.
#[must_use]
pub fn endpoint_path(config: &crate::config::RealmConfig, issuer: &str, endpoint: Endpoint) -> String {
    let url = config.endpoints.url_for(issuer, endpoint).unwrap_or("/");
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/')
        .and_then(|start| rest.get(start..))
        .unwrap_or("/")
        .to_owned()
}

/// On to the page that an address of before leads to.
#[must_use]
pub fn shortcut(request: &Request<'_>, index: usize) -> Reply {
    let shortcut = request.realm.config.shortcuts.get(index);
    match shortcut.and_then(|shortcut| local(request, &shortcut.page).ok()) {
        Some(page) => reply::see_other(page.as_str()),
        None => reply::empty(StatusCode::NOT_FOUND),
    }
}
