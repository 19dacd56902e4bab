//! A request on its way through a handler: what arrived, where it landed, and who serves it.

use crate::app::App;
use crate::certificate::{self, ShownCertificate};
use crate::config::Endpoint;
use crate::net::RequestId;
use crate::realm::ServedRealm;
use bytes::Bytes;
use grantd_core::admin::{Actor, Deed};
use grantd_core::client_auth::certificate::Certificate;
use grantd_core::grant::Context;
use grantd_core::record::ClientRecord;
use grantd_protocol::Timestamp;
use http::header::IF_NONE_MATCH;
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method};
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

/// One request, its body read.
pub struct Request<'a> {
    /// The server.
    pub app: &'a Arc<App>,
    /// The realm it landed in.
    pub realm: &'a Arc<ServedRealm>,
    /// The issuer identifier that was addressed.
    pub issuer: &'a Arc<str>,
    /// Method, target and headers.
    pub parts: &'a Parts,
    /// The body.
    pub body: Bytes,
    /// Who asks, after trusted proxies were looked through.
    pub address: IpAddr,
    /// Whether a trusted proxy sent it, whose headers about another request may be believed.
    pub from_trusted_proxy: bool,
    /// The certificate that the client showed.
    pub shown_certificate: Option<Arc<ShownCertificate>>,
    /// The host that the client asked for.
    pub host: &'a str,
    /// The name under which the log has this request.
    pub id: RequestId,
    /// The instant of the request.
    pub now: Timestamp,
    /// The value that is drawn for a browser that had none: the same one wherever the request needs it.
    pub drawn_browser: OnceLock<String>,
    /// The client that it says it comes from, proved or not, once that was looked up: whose developer reads of a refusal.
    pub concerned: OnceLock<Arc<ClientRecord>>,
}

impl<'a> Request<'a> {
    /// What decisions are told about where they are made.
    #[must_use]
    pub fn context(&self) -> Context<'a> {
        Context {
            realm: &self.realm.config.realm,
            issuer: self.issuer,
            now: self.now,
        }
    }

    /// Notes the client that the request says it comes from. The first one stands.
    pub fn concerns(&self, client: &Arc<ClientRecord>) {
        self.concerned.get_or_init(|| Arc::clone(client));
    }

    /// What somebody does in this request, as it is decided and recorded; `address` is this request's, as text.
    #[must_use]
    pub fn deed<'d>(&'d self, actor: &'d Actor, address: &'d str) -> Deed<'d> {
        let entropy = &*self.app.entropy;
        Deed {
            realm: &self.realm.config.realm,
            actor,
            address: Some(address),
            now: self.app.now(),
            entropy,
            secrets: entropy,
        }
    }

    /// The certificate that the client showed, where the realm looks at certificates.
    #[must_use]
    pub fn certificate(&self) -> Option<Certificate> {
        let config = &self.realm.config;
        let shown = self
            .shown_certificate
            .as_deref()
            .filter(|_| config.realm.mtls.enabled)?;
        certificate::read(shown, config.authorities.as_ref(), self.now)
    }

    /// The address of an endpoint as the client knows it: the one for clients with certificates where it came there.
    #[must_use]
    pub fn url_of(&self, endpoint: Endpoint) -> Option<Cow<'a, str>> {
        let endpoints = &self.realm.config.endpoints;
        let other = endpoints.mtls_url_for(self.issuer, endpoint);
        match other.filter(|url| is_at(url, self.host)) {
            Some(url) => Some(Cow::Owned(url)),
            None => endpoints.url_for(self.issuer, endpoint).map(Cow::Borrowed),
        }
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.parts.method
    }

    /// The headers.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// The query string, without the question mark.
    #[must_use]
    pub fn query(&self) -> &str {
        self.parts.uri.query().unwrap_or_default()
    }

    /// A header as text, where it is there once and is text.
    #[must_use]
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        let mut values = self.parts.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(only), None) => only.to_str().ok(),
            _ => None,
        }
    }

    /// Whether the caller has what this tag names already.
    #[must_use]
    pub fn has(&self, etag: &str) -> bool {
        has(&self.parts.headers, etag)
    }
}

/// Whether a caller has what this tag names already (RFC 9110 section 13.1.2): compared weakly, since whoever compresses on
/// the way makes tags weak.
pub(crate) fn has(headers: &HeaderMap, etag: &str) -> bool {
    listed(headers, &IF_NONE_MATCH).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// The entries of a header that is a list, over all its lines.
pub(crate) fn listed<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    let values = headers.get_all(name).iter();
    // What is no text matches nothing, but it was said.
    values
        .flat_map(|value| value.to_str().unwrap_or("?").split(','))
        .map(str::trim)
}

/// Whether an address is on this host.
fn is_at(url: &str, host: &str) -> bool {
    let authority = url.split("//").nth(1).and_then(|rest| rest.split('/').next());
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}
