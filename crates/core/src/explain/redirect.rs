//! The registered redirect URI that one which is not registered comes nearest to, and what differs. The comparison that
//! decides is another one, byte for byte; this one only finds words.

use super::Cause;

/// The nearest of `registered`, and what differs; no URI where none is near.
pub(super) fn nearest<'r>(registered: &'r [String], sent: &str) -> (Cause, Option<&'r str>) {
    let named = registered
        .iter()
        .filter_map(|uri| difference(uri, sent).map(|cause| (cause, Some(uri.as_str()))));
    if let Some(found) = named.min_by_key(|(cause, _)| rank(*cause)) {
        return found;
    }
    let nearest = registered.iter().max_by_key(|uri| alike(uri, sent));
    // A third alike is no accident; less helps nobody.
    let near = nearest.filter(|uri| alike(uri, sent) * 3 >= uri.len().max(sent.len()));
    (Cause::RedirectUri, near.map(String::as_str))
}

/// The small differences come first.
const fn rank(cause: Cause) -> u8 {
    match cause {
        Cause::RedirectSlash => 0,
        Cause::RedirectCase => 1,
        Cause::RedirectScheme => 2,
        Cause::RedirectPort => 3,
        Cause::RedirectQuery => 4,
        Cause::RedirectHost => 5,
        _ => 6,
    }
}

/// What two URIs differ in, where it is one thing.
fn difference(uri: &str, sent: &str) -> Option<Cause> {
    if uri.trim_end_matches('/') == sent.trim_end_matches('/') {
        return Some(Cause::RedirectSlash);
    }
    if uri.eq_ignore_ascii_case(sent) {
        return Some(Cause::RedirectCase);
    }
    let (own, other) = (Parts::of(uri)?, Parts::of(sent)?);
    let differs = [
        (own.scheme != other.scheme, Cause::RedirectScheme),
        (own.host != other.host, Cause::RedirectHost),
        (own.port != other.port, Cause::RedirectPort),
        (own.path != other.path, Cause::RedirectPath),
        (own.query != other.query, Cause::RedirectQuery),
    ];
    let mut found = differs.iter().filter(|(differs, _)| *differs).map(|(_, cause)| *cause);
    match (found.next(), found.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// A URI cut where people would cut it.
struct Parts<'u> {
    scheme: &'u str,
    host: &'u str,
    port: &'u str,
    path: &'u str,
    query: &'u str,
}

impl<'u> Parts<'u> {
    fn of(uri: &'u str) -> Option<Self> {
        let (scheme, rest) = uri.split_once("://")?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (authority, ""),
        };
        Some(Self {
            scheme,
            host,
            port,
            path,
            query,
        })
    }
}

/// How many bytes two texts share at their beginning and at their end.
fn alike(one: &str, other: &str) -> usize {
    let begin = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let most = one.len().min(other.len()) - begin;
    let end = one
        .bytes()
        .rev()
        .zip(other.bytes().rev())
        .take_while(|(a, b)| a == b)
        .count();
    begin + end.min(most)
}
