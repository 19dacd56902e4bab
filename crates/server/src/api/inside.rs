//! The admin API for pages of this server: the same routes, the same permissions, the same lines in the audit log, without
//! a token and without HTTP. Who acts was proved by a session; what they may is asked of them as of any other caller.

use super::problem::{self, Problem};
use super::{audit, performed, route};
use crate::error::Failure;
use crate::request::Request;
use grantd_core::admin::{Actor, Refused};
use http::header::{CONTENT_TYPE, IF_MATCH};
use http::{HeaderName, HeaderValue, Method};
use serde_json::Value;

/// One call of the API.
pub(crate) struct Ask<'a> {
    method: Method,
    /// Below the API's version, as a URL has it.
    path: String,
    query: Vec<(&'a str, String)>,
    body: Option<Value>,
    if_match: Option<&'a str>,
    once: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answered {
    /// The body; `null` where there is none, a string where it is lines.
    pub(crate) body: Value,
    /// The tag of the object's version.
    pub(crate) etag: Option<String>,
}

/// Why it did not work, in the terms of whoever shows a page.
#[derive(Debug)]
pub(crate) enum Denied {
    /// The body has mistakes: place and words of each.
    Invalid(Vec<(String, String)>),
    /// Not in the state in which things are.
    State(String),
    /// The actor lacks this permission.
    Forbidden(String),
    /// There is nothing, or nothing that the actor may know of.
    Unknown,
    /// Somebody else changed the object since it was shown.
    Changed,
    /// What was asked makes no sense: an old cursor, a filter that is none.
    Bad(String),
    /// It failed; the log has the rest.
    Failed(Failure),
}

impl<'a> Ask<'a> {
    /// Reads. `path` is made by [`path`].
    pub(crate) fn get(path: String) -> Self {
        Self::new(Method::GET, path)
    }

    /// Does something by another method.
    pub(crate) fn new(method: Method, path: String) -> Self {
        Self {
            method,
            path,
            query: Vec::new(),
            body: None,
            if_match: None,
            once: None,
        }
    }

    /// With a parameter, where it has a value.
    pub(crate) fn query(mut self, name: &'a str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.query.push((name, value));
        }
        self
    }

    /// With a body.
    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Only where the object is at this version.
    pub(crate) const fn if_match(mut self, etag: Option<&'a str>) -> Self {
        self.if_match = etag;
        self
    }

    /// A creation that happens once for each of these keys.
    pub(crate) fn once(mut self, key: String) -> Self {
        self.once = Some(key);
        self
    }

    /// Asks.
    ///
    /// # Errors
    /// [`Denied`]. A refusal for want of permission is in the audit log by then.
    pub(crate) async fn send(self, request: &Request<'_>, actor: &Actor) -> Result<Answered, Denied> {
        let route::Found::Route(route, segments) = route::find(&self.method, &self.path) else {
            return Err(Denied::Unknown);
        };
        let parts = self.parts(request)?;
        let body = self
            .body
            .as_ref()
            .map(|body| serde_json::to_vec(body).unwrap_or_default());
        let asked = Request {
            parts: &parts,
            body: body.unwrap_or_default().into(),
            drawn_browser: std::sync::OnceLock::new(),
            concerned: std::sync::OnceLock::new(),
            shown_certificate: request.shown_certificate.clone(),
            ..*request
        };
        // Boxed: what a route does is as large as its largest handler, and a page asks several times.
        let answer = Box::pin(performed(&asked, route, segments, actor)).await?;
        let (body, etag) = answer.into_parts();
        Ok(Answered { body, etag })
    }

    /// The call as its handler reads it: nothing of the page's own request is in it.
    fn parts(&self, request: &Request<'_>) -> Result<http::request::Parts, Denied> {
        let query = self
            .query
            .iter()
            .map(|(name, value)| format!("{name}={}", escaped(value)));
        let query: Vec<String> = query.collect();
        let uri = format!(
            "{}{}{}?{}",
            super::base_path(request),
            super::VERSION,
            self.path,
            query.join("&")
        );
        let mut builder = http::Request::builder().method(self.method.clone()).uri(uri);
        if self.body.is_some() {
            builder = builder.header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(etag) = self.if_match {
            builder = builder.header(IF_MATCH, etag);
        }
        if let Some(key) = &self.once {
            builder = builder.header(HeaderName::from_static("idempotency-key"), key);
        }
        let made = builder.body(()).map_err(|_| Denied::Unknown)?;
        Ok(made.into_parts().0)
    }
}

/// Leaves the line of somebody who was kept from pages altogether, because their login lacked this.
///
/// # Errors
/// When the line cannot be written.
pub(crate) async fn kept_from(request: &Request<'_>, actor: &Actor, pages: &str, lacking: &str) -> Result<(), Failure> {
    audit::kept_from(request, actor, format!("pages:{pages}"), Some(lacking)).await
}

/// A path of the API: pieces of a route, and values that are escaped.
pub(crate) fn path(pieces: &[&str]) -> String {
    pieces.iter().map(|piece| format!("/{}", escaped(piece))).collect()
}

/// A value as a piece of a path or a query.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

impl From<Problem> for Denied {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Refused(Refused::Invalid(wrong)) => {
                Self::Invalid(wrong.into_iter().map(|one| (one.pointer, one.detail)).collect())
            }
            Problem::Refused(Refused::State(text)) => Self::State(text),
            Problem::Refused(Refused::Beyond(scope)) | Problem::Forbidden(scope) => Self::Forbidden(scope),
            Problem::Refused(Refused::Unknown)
            | Problem::Unknown
            | Problem::AnotherTenants
            | Problem::OperatorsOnly => Self::Unknown,
            Problem::Precondition => Self::Changed,
            Problem::Bad(text) => Self::Bad(text),
            Problem::Unreadable(error) => Self::Bad(error.description().to_owned()),
            Problem::Limited(wait) => Self::Failed(Failure::Limited(wait)),
            Problem::Fault(fault) => Self::Failed(Failure::Fault(fault)),
            Problem::NoToken | Problem::BadToken(_) | Problem::Unproved(_) | Problem::Method | Problem::Media => {
                Self::Bad(problem::title(&problem))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_never_becomes_another_piece_of_a_path() {
        let odd = path(&["clients", "https://a.example/m?x=1#y%2f"]);
        assert_eq!(odd, "/clients/https%3A%2F%2Fa.example%2Fm%3Fx%3D1%23y%252f");
        match route::find(&Method::GET, &odd) {
            route::Found::Route(route, segments) => {
                assert_eq!(route.path, "/clients/{client_id}");
                assert_eq!(
                    segments.get("client_id").map(String::as_str),
                    Some("https://a.example/m?x=1#y%2f")
                );
            }
            _ => panic!("no route"),
        }
    }
}
