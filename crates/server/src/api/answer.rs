//! What a handler gives, and its bytes: one object with its tag, a page of a list, nothing, or lines.

use super::call::Window;
use super::cursor;
use super::problem::Problem;
use crate::reply::{self, Reply};
use crate::request::{Request, has, listed};
use grantd_protocol::Timestamp;
use grantd_store::Page;
use http::header::{CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, LOCATION};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};

/// A success.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    body: Option<Value>,
    lines: Option<String>,
    etag: Option<String>,
    /// Whether it shows more than its tag stands for: then nobody has it already.
    changes_by_itself: bool,
    location: Option<String>,
}

impl Answer {
    /// An object.
    pub(super) const fn object(body: Value) -> Self {
        Self {
            status: StatusCode::OK,
            body: Some(body),
            lines: None,
            etag: None,
            changes_by_itself: false,
            location: None,
        }
    }

    /// An object that was made just now, and its address.
    pub(super) fn created(body: Value, location: String) -> Self {
        Self {
            status: StatusCode::CREATED,
            location: Some(location),
            ..Self::object(body)
        }
    }

    /// Nothing more to say.
    pub(super) const fn done() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            body: None,
            lines: None,
            etag: None,
            changes_by_itself: false,
            location: None,
        }
    }

    /// A page; `next` is where the next one begins.
    pub(super) fn page(items: Vec<Value>, next: Option<String>) -> Self {
        let mut body = json!({ "items": items });
        if let (Some(next), Some(members)) = (next, body.as_object_mut()) {
            members.insert("next".to_owned(), next.into());
        }
        Self::object(body)
    }

    /// JSON lines.
    pub(super) fn lines(lines: String) -> Self {
        Self {
            lines: Some(lines),
            ..Self::done()
        }
    }

    /// An object, as `body` shows it, with the tag of its version.
    pub(super) fn version(body: Value, of: &impl Versioned) -> Self {
        Self::object(body).tagged(of.tag())
    }

    /// With the tag of a version.
    pub(super) fn tagged(mut self, etag: String) -> Self {
        self.etag = Some(etag);
        self
    }

    /// It shows more than what its tag stands for (a last use, a state that comes with the time): the tag is for changes alone,
    /// and whoever reads gets the object whatever they have.
    pub(super) const fn changing_by_itself(mut self) -> Self {
        self.changes_by_itself = true;
        self
    }

    /// Whether whoever has it already is told so, and no more.
    pub(super) const fn is_conditional(&self) -> bool {
        self.etag.is_some() && !self.changes_by_itself
    }

    /// What was asked for, for a caller inside this process: the body, and the tag of its version.
    pub(super) fn into_parts(self) -> (Value, Option<String>) {
        let lines = || self.lines.map_or(Value::Null, Value::String);
        (self.body.unwrap_or_else(lines), self.etag)
    }

    /// The reply.
    pub(super) fn into_reply(self, request: &Request<'_>) -> Reply {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD) && self.is_conditional();
        let mut reply = match (self.body, self.lines) {
            (Some(_), _) if reads && self.etag.as_deref().is_some_and(|tag| request.has(tag)) => {
                reply::empty(StatusCode::NOT_MODIFIED)
            }
            (Some(body), _) => reply::json(self.status, &body),
            (None, Some(lines)) => {
                let mut reply = reply::json_bytes(StatusCode::OK, lines.into_bytes());
                let kind = HeaderValue::from_static("application/jsonl");
                reply.headers_mut().insert(CONTENT_TYPE, kind);
                reply
            }
            (None, None) => reply::empty(self.status),
        };
        let header = |text: String| HeaderValue::try_from(text).ok();
        let headers = reply.headers_mut();
        headers.extend(self.etag.and_then(header).map(|tag| (ETAG, tag)));
        headers.extend(self.location.and_then(header).map(|location| (LOCATION, location)));
        reply
    }
}

/// What has versions that a caller can name.
pub(super) trait Versioned {
    /// How many changes it saw, and when it was made.
    fn version(&self) -> (u64, Timestamp);

    /// The tag of the version (RFC 9110 section 8.8.3). The instant of creation is in it, so that an object which was
    /// removed and made again under the same id is another one.
    fn tag(&self) -> String {
        let (version, created_at) = self.version();
        format!("\"{version}.{:x}\"", created_at.millis())
    }
}

/// An object with further facts that are loaded for a decision about it.
impl<T: Versioned, X> Versioned for (T, X) {
    fn version(&self) -> (u64, Timestamp) {
        self.0.version()
    }
}

/// Refuses where the caller means another version (RFC 9110 section 13.1.1: compared strongly), or any but this one
/// (section 13.1.2).
pub(super) fn if_match(headers: &HeaderMap, etag: &str) -> Result<(), Problem> {
    let mut tags = listed(headers, &IF_MATCH).peekable();
    let is_meant = tags.peek().is_none() || tags.any(|tag| tag == "*" || tag == etag);
    if is_meant && !has(headers, etag) {
        Ok(())
    } else {
        Err(Problem::Precondition)
    }
}

/// The same of what has no tag: every tag is one of something else, and `*` asks whether it is there.
pub(super) fn if_there(headers: &HeaderMap, is_there: bool) -> Result<(), Problem> {
    let mut tags = listed(headers, &IF_MATCH).peekable();
    let is_meant = tags.peek().is_none() || (is_there && tags.any(|tag| tag == "*"));
    let is_unwanted = is_there && listed(headers, &IF_NONE_MATCH).any(|tag| tag == "*");
    if is_meant && !is_unwanted {
        Ok(())
    } else {
        Err(Problem::Precondition)
    }
}

/// Whether the caller means one version and no other.
pub(super) fn names_version(headers: &HeaderMap) -> bool {
    let mut tags = listed(headers, &IF_MATCH).peekable();
    tags.peek().is_some() && tags.all(|tag| tag != "*")
}

/// Items of a page and the cursor behind the last of them, where there are more.
pub(super) fn page<T>(
    found: &Page<T>,
    window: &Window,
    key: impl Fn(&T) -> String,
    view: impl Fn(&T) -> Value,
) -> Answer {
    let last = found.rows.last().filter(|_| found.more);
    let next = last.map(|last| cursor::encode(&window.filter, &key(last)));
    Answer::page(found.rows.iter().map(view).collect(), next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(http::HeaderName, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().cloned();
        pairs
            .map(|(name, value)| (name, HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn of_what_has_no_tag_nobody_means_a_version() {
        for (name, value, there, absent) in [
            (IF_MATCH, "\"1.a\"", false, false),
            (IF_MATCH, "", false, false),
            (IF_MATCH, "*", true, false),
            (IF_MATCH, "\"1.a\", *", true, false),
            (IF_NONE_MATCH, "*", false, true),
            (IF_NONE_MATCH, "\"1.a\"", true, true),
        ] {
            let headers = headers(&[(name.clone(), value)]);
            assert_eq!(if_there(&headers, true).is_ok(), there, "{name}: {value}");
            assert_eq!(if_there(&headers, false).is_ok(), absent, "{name}: {value}");
        }
        assert!(if_there(&HeaderMap::new(), true).is_ok() && if_there(&HeaderMap::new(), false).is_ok());
    }

    #[test]
    fn whoever_wants_another_version_than_this_one_does_not_change_it() {
        for (name, value, changes) in [
            (IF_MATCH, "\"1.a\"", true),
            (IF_MATCH, "\"2.a\"", false),
            (IF_NONE_MATCH, "*", false),
            (IF_NONE_MATCH, "\"1.a\"", false),
            (IF_NONE_MATCH, "\"2.a\"", true),
        ] {
            let headers = headers(&[(name.clone(), value)]);
            assert_eq!(if_match(&headers, "\"1.a\"").is_ok(), changes, "{name}: {value}");
        }
    }

    #[test]
    fn a_star_names_no_version() {
        assert!(!names_version(&HeaderMap::new()));
        assert!(!names_version(&headers(&[(IF_MATCH, "*")])));
        assert!(names_version(&headers(&[(IF_MATCH, "\"1.a\"")])));
    }
}
