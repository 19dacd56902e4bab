//! `GET /status/{list}` (Token Status List): which of a million JWTs are over, signed, to be kept for a minute. Verifiers ask
//! for it without credentials, and learn of a token what its bit says and nothing else.

use crate::error::Failure;
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire;
use grantd_protocol::Seconds;
use http::HeaderValue;
use http::StatusCode;
use http::header::CONTENT_TYPE;

/// How long copies of a list are good whose realm gives no places to new tokens any more.
const DEFAULT_TTL: Seconds = Seconds(60);

/// Answers a request.
pub async fn handle(request: &Request<'_>) -> Reply {
    match published(request).await {
        Ok(Some(reply)) => reply,
        Ok(None) => reply::empty(StatusCode::NOT_FOUND),
        Err(failure) => failure.into_json(request, "status-list", &wire::unread(request.realm)),
    }
}

async fn published(request: &Request<'_>) -> Result<Option<Reply>, Failure> {
    let Some(list) = number(request.parts.uri.path()) else {
        return Ok(None);
    };
    let ttl = request.realm.config.realm.access.status_list.unwrap_or(DEFAULT_TTL);
    let Some(signed) = request.app.status.signed(request, list, ttl).await? else {
        return Ok(None);
    };
    if request.has(&signed.etag) {
        return Ok(Some(reply::not_modified(&signed.etag, ttl.get())));
    }
    let mut reply = reply::document(signed.body.clone(), &signed.etag, ttl.get());
    let kind = HeaderValue::from_static("application/statuslist+jwt");
    reply.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(Some(reply))
}

/// The list's number, written as tokens write it: one list has one address.
fn number(path: &str) -> Option<u64> {
    let (_, text) = path.rsplit_once('/')?;
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn a_list_has_one_address() {
        assert_eq!(number("/status/12"), Some(12));
        assert_eq!(number("/status/0"), Some(0));
        for wrong in [
            "/status/",
            "/status/012",
            "/status/+1",
            "/status/-1",
            "/status/1 ",
            "/status/18446744073709551616",
            "",
        ] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }
}
