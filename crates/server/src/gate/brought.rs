//! The credential of a guarded request, from the one place where it stands. Must not know what it is worth.

use grantd_core::gate::Way;
use grantd_protocol::params::decode;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// The name of a credential in an address (RFC 6750 section 2.3). Many frameworks read names without regard to case.
const PARAMETER: &str = "access_token";

/// What a request brought.
#[derive(PartialEq, Eq)]
pub(super) enum Brought {
    /// Nothing that could be a credential of ours.
    Nothing,
    /// Several things, or one in a form that others may read in another way.
    Several,
    /// One, and the way it came.
    One(Way, String),
}

/// Looks everywhere where a credential can stand; `query` is the guarded request's.
pub(super) fn read(headers: &HeaderMap, query: Option<&str>) -> Brought {
    let mut places = of_header(headers);
    places.extend(of_keys(headers));
    places.extend(query.into_iter().flat_map(of_query));
    let mut places = places.into_iter();
    match (places.next(), places.next()) {
        (None, _) => Brought::Nothing,
        (Some(Some((way, text))), None) => Brought::One(way, text),
        // Credentials of another kind alone: the caller is told what is wanted.
        (Some(None), None) => Brought::Nothing,
        (Some(_), Some(_)) => Brought::Several,
    }
}

/// `None` inside for a value that is there, and is none of ours.
type Place = Option<(Way, String)>;

fn of_header(headers: &HeaderMap) -> Vec<Place> {
    let values = headers.get_all(AUTHORIZATION).iter();
    let read = |value: &http::HeaderValue| {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        let way = match scheme.to_ascii_lowercase().as_str() {
            "bearer" => Way::Bearer,
            "dpop" => Way::Dpop,
            _ => return None,
        };
        let token = token.trim();
        (!token.is_empty()).then(|| (way, token.to_owned()))
    };
    values.map(read).collect()
}

fn of_keys(headers: &HeaderMap) -> Vec<Place> {
    let values = headers.get_all(API_KEY).iter();
    let read = |value: &http::HeaderValue| {
        let text = value.to_str().ok()?.trim();
        (!text.is_empty()).then(|| (Way::KeyHeader, text.to_owned()))
    };
    values.map(read).collect()
}

/// A piece that cannot be decoded is the API's own affair.
fn of_query(query: &str) -> Vec<Place> {
    let piece = |piece: &str| -> Option<Place> {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        let name = decode(name.as_bytes()).ok()?;
        if !name.eq_ignore_ascii_case(PARAMETER) {
            return None;
        }
        let value = decode(value.as_bytes()).ok().filter(|value| !value.is_empty());
        Some(value.map(|value| (Way::Address, value.into_owned())))
    };
    query.split(['&', ';']).filter_map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn brought(headers: &[(&'static str, &'static str)], query: &str) -> Brought {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        read(&map, Some(query))
    }

    fn is_one(brought: &Brought, way: Way, text: &str) -> bool {
        *brought == Brought::One(way, text.to_owned())
    }

    #[test]
    fn a_credential_is_found_wherever_it_may_stand() {
        assert!(is_one(
            &brought(&[("authorization", "bearer  abc")], ""),
            Way::Bearer,
            "abc"
        ));
        assert!(is_one(&brought(&[("authorization", "DPoP abc")], ""), Way::Dpop, "abc"));
        assert!(is_one(&brought(&[("x-api-key", "abc")], "x=1"), Way::KeyHeader, "abc"));
        for query in ["access_token=abc", "x=%zz&access%5Ftoken=a%62c", "Access_Token=abc"] {
            assert!(is_one(&brought(&[], query), Way::Address, "abc"), "{query}");
        }
    }

    #[test]
    fn two_credentials_are_never_one() {
        for (headers, query) in [
            (&[("authorization", "Bearer a"), ("x-api-key", "b")][..], ""),
            (&[("authorization", "Bearer a"), ("authorization", "Bearer a")], ""),
            (&[("x-api-key", "a"), ("x-api-key", "a")], ""),
            (&[("authorization", "Bearer a")], "access_token=b"),
            (&[("x-api-key", "a")], "access_token=b"),
            (&[], "access_token=a&access_token=a"),
            (&[], "access_token=a;access_token=b"),
            // Whoever reads them knows another kind, and it may be the API.
            (&[("authorization", "Basic YTpi"), ("x-api-key", "b")], ""),
            (&[("authorization", "Bearer "), ("x-api-key", "b")], ""),
            (&[("authorization", "Bearer a")], "access_token="),
        ] {
            assert!(brought(headers, query) == Brought::Several, "{headers:?} {query}");
        }
    }

    #[test]
    fn what_is_no_credential_of_ours_is_none() {
        for (headers, query) in [
            (&[][..], ""),
            (&[("authorization", "Basic YTpi")], ""),
            (&[("authorization", "Bearer")], ""),
            (&[("x-api-key", "")], ""),
            (&[], "token=a&access_tokens=b"),
        ] {
            assert!(brought(headers, query) == Brought::Nothing, "{headers:?} {query}");
        }
    }
}
