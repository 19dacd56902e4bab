//! The vocabulary of OAuth: parameters, scopes, redirect URIs, resources, PKCE, bearer values, client credentials.

use crate::two_lines;
use grantd_core::client_auth::Presented;
use grantd_protocol::bearer::RefreshValue;
use grantd_protocol::dpop::TargetUri;
use grantd_protocol::params::MAX_PARAMS;
use grantd_protocol::pkce::{CodeChallenge, CodeVerifier};
use grantd_protocol::redirect_uri::{self as uri, ApplicationType};
use grantd_protocol::scope::{MAX_SCOPE_TEXT, is_token};
use grantd_protocol::{Bearer, ErrorCode, Namespace, RawParams, ScopeSet, base62};
use std::collections::HashSet;

/// A query or form body: what was read writes itself as text that reads the same, and duplicates are named.
pub fn params(data: &[u8]) {
    let Ok(params) = RawParams::parse_form(data) else {
        return;
    };
    let pairs: Vec<(&str, &str)> = params.iter().collect();
    assert!(pairs.len() <= MAX_PARAMS, "the number is limited");
    assert!(
        pairs
            .iter()
            .all(|(name, value)| !name.contains('\0') && !value.contains('\0')),
        "no NUL passes"
    );
    let written = params.to_form();
    assert!(written.is_ascii(), "the written form is ASCII");
    assert_eq!(
        RawParams::parse_form(written.as_bytes()).as_ref(),
        Ok(&params),
        "written and read again"
    );

    let names: HashSet<&str> = pairs.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        params.refuse_duplicates(&[]).is_ok(),
        names.len() == pairs.len(),
        "a repeated name is refused, and only that"
    );
    for name in names {
        let first = pairs.iter().find(|(other, value)| *other == name && !value.is_empty());
        assert_eq!(
            params.get(name),
            first.map(|(_, value)| *value),
            "an empty value is absent"
        );
        assert_eq!(
            params.is_repeated(name),
            pairs.iter().filter(|(other, _)| *other == name).count() > 1,
            "repetition is seen"
        );
    }
}

/// A scope list: reading it again changes nothing, no scope is there twice, and sets cover themselves.
pub fn scope(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(scopes) = ScopeSet::parse(text) else { return };
    assert!(
        scopes.as_str().len() <= text.len() && text.len() <= MAX_SCOPE_TEXT,
        "the length is limited"
    );
    assert!(scopes.iter().all(is_token), "only scope tokens");
    assert_eq!(scopes.iter().collect::<HashSet<_>>().len(), scopes.len(), "each once");
    assert_eq!(
        ScopeSet::parse(scopes.as_str()).as_ref(),
        Ok(&scopes),
        "the text form is canonical"
    );
    assert!(scopes.covers_all(&scopes), "a set covers itself");
    assert_eq!(scopes.union(&scopes), scopes, "a union with itself adds nothing");
    for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
        assert!(scopes.contains(scope) && scopes.covers(scope), "nothing is lost");
    }
    let everything = ScopeSet::parse("*").unwrap_or_default();
    for special in ["openid", "offline_access"] {
        assert!(!everything.covers(special), "a wildcard gives no identity away");
    }
}

/// Two lines, a URI to register and a URI that is presented: what is registered is what browsers take it for, and
/// nothing but the loopback port may differ.
pub fn redirect_uri(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (registered, presented) = two_lines(text);
    for application in [ApplicationType::Web, ApplicationType::Native] {
        let matches = uri::matches(registered, presented, application);
        assert_eq!(
            matches,
            uri::matches(presented, registered, application),
            "matching is symmetric"
        );
        if matches && registered != presented {
            assert_eq!(application, ApplicationType::Native, "for native programs only");
            assert!(
                uri::is_loopback(registered) && uri::is_loopback(presented),
                "on loopback only"
            );
            assert_eq!(without_port(registered), without_port(presented), "but for the port");
        }
        if uri::check_registrable(registered, application).is_ok() {
            assert_registrable(registered, application);
        }
    }
}

fn assert_registrable(text: &str, application: ApplicationType) {
    assert!(uri::matches(text, text, application), "it matches itself");
    assert!(
        text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.contains(['#', '*', '\\', '"', '<', '>']),
        "nothing that a header or a page could break on"
    );
    let shown = uri::shown_host(text);
    assert!(
        text.contains(shown) && !shown.contains('@'),
        "what people are shown is part of it"
    );
    if uri::check_registrable(text, ApplicationType::Web).is_ok() {
        assert!(
            uri::check_registrable(text, ApplicationType::Native).is_ok(),
            "native programs may register what web applications may"
        );
    }
    // Browsers may refuse it (an impossible address); what they accept they must understand as we do.
    let Ok(parsed) = url::Url::parse(text) else { return };
    assert!(
        parsed.username().is_empty() && parsed.password().is_none(),
        "no user information"
    );
    assert!(parsed.fragment().is_none(), "no fragment");
    let is_web = matches!(parsed.scheme(), "https" | "http");
    assert!(is_web || parsed.scheme().contains('.'), "a scheme that runs nothing");
    assert!(
        !is_web || parsed.host_str().is_some_and(|host| !host.is_empty()),
        "a host"
    );
    if parsed.scheme() == "http" {
        let host = parsed.host_str().unwrap_or_default();
        assert!(
            matches!(host, "localhost" | "127.0.0.1" | "[::1]"),
            "http stays on this computer"
        );
    }
}

fn without_port(uri: &str) -> String {
    let Some(rest) = uri.strip_prefix("http://") else {
        return uri.to_owned();
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    format!("{host}{tail}")
}

/// Two lines, two resource indicators: being the same is an equivalence, and a well-formed one is absolute.
pub fn resource(data: &[u8]) {
    use grantd_protocol::resource::{is_same, is_well_formed};
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (one, other) = two_lines(text);
    assert!(is_same(one, one), "reflexive");
    assert_eq!(is_same(one, other), is_same(other, one), "symmetric");
    if is_same(one, other) {
        assert_eq!(
            one.trim_end_matches('/'),
            other.trim_end_matches('/'),
            "only a slash may differ"
        );
    }
    if is_well_formed(one) {
        assert!(
            one.bytes().all(|byte| byte.is_ascii_graphic()) && !one.contains('#'),
            "plain, no fragment"
        );
        assert!(
            url::Url::parse(one).is_ok_and(|url| url.fragment().is_none()),
            "absolute"
        );
    }
}

/// A line each for `code_challenge` and `code_verifier`.
pub fn pkce(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (challenge, verifier) = two_lines(text);
    let read = CodeChallenge::from_params(Some(challenge), Some("S256"));
    if let Ok(Some(read)) = read {
        let again = grantd_jose::base64url_encode(read.as_bytes());
        assert_eq!(again, challenge, "a challenge has one spelling");
    }
    assert!(
        CodeChallenge::from_params(Some(challenge), None).is_err(),
        "plain is refused"
    );
    assert!(
        CodeChallenge::from_params(Some(challenge), Some("plain")).is_err(),
        "plain is refused"
    );
    let Ok(read_verifier) = CodeVerifier::parse(verifier) else {
        return;
    };
    assert!(
        (43..=128).contains(&verifier.len()) && verifier.is_ascii(),
        "RFC 7636 section 4.1"
    );
    let made = grantd_jose::base64url_encode(grantd_jose::sha256(verifier.as_bytes()));
    if let Ok(Some(read)) = read {
        assert_eq!(
            read.is_met_by(&read_verifier),
            made == challenge,
            "met by its own verifier only"
        );
    }
}

const NAMESPACES: [Namespace; 8] = [
    Namespace::Access,
    Namespace::Code,
    Namespace::Refresh,
    Namespace::Session,
    Namespace::ApiKey,
    Namespace::PushedRequest,
    Namespace::DeviceCode,
    Namespace::Registration,
];

/// A bearer value with the prefix `x_`: of one kind at most, and with one spelling.
pub fn bearer(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let kinds = NAMESPACES
        .into_iter()
        .filter(|kind| Bearer::parse(*kind, "x_", text).is_some());
    let kinds = kinds.count();
    assert!(kinds <= 1, "one value, one kind");
    let refresh = RefreshValue::parse("x_", text);
    assert!(kinds == 0 || refresh.is_none(), "a refresh token is nothing else");
    if let Some(value) = refresh {
        assert_eq!(value.write("x_").expose(), text, "a refresh token has one spelling");
    }
    if kinds == 1 {
        let body = text.as_bytes().get(2..text.len().saturating_sub(6)).unwrap_or_default();
        let mut again = String::new();
        if let Some(bytes) = base62::decode::<36>(body) {
            base62::encode_into(&bytes, &mut again);
        }
        assert_eq!(again.as_bytes(), body, "a value has one spelling");
    }
    for length in [text.len().saturating_sub(1), text.len().saturating_sub(7)] {
        let cut = text.get(..length).unwrap_or_default();
        assert!(
            kinds == 0
                || NAMESPACES
                    .into_iter()
                    .all(|kind| Bearer::parse(kind, "x_", cut).is_none()),
            "no part of a value is a value"
        );
    }
}

/// Two addresses, a line each: what is equal differs in nothing but case, ports, queries, fragments, and encodings of what needs
/// none.
pub fn dpop_uri(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (one, other) = two_lines(text);
    let (Some(first), Some(second)) = (TargetUri::parse(one), TargetUri::parse(other)) else {
        return;
    };
    let with_query = TargetUri::parse(&format!("{}?x#y", one.split(['?', '#']).next().unwrap_or_default()));
    assert_eq!(with_query.as_ref(), Some(&first), "query and fragment do not count");
    if first == second {
        let path = |uri: &str| {
            let uri = uri.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
            let rest = uri
                .split_once("://")
                .map(|(_, rest)| rest.to_owned())
                .unwrap_or_default();
            unreserved_decoded(rest.split_once('/').map(|(_, path)| path).unwrap_or_default())
        };
        assert_eq!(path(one), path(other), "another path is another address");
    }
}

/// A path in lower case with the characters that need no percent-encoding (RFC 3986 section 2.3) in place of theirs.
fn unreserved_decoded(path: &str) -> String {
    let encoded = |character: char| format!("%{:02x}", u32::from(character));
    let mut marked = path.to_owned();
    for character in ('a'..='z').chain('0'..='9').chain("-._~".chars()) {
        // Marked first, so that what comes out is not read once more; an address has no such character.
        let (lower, upper) = (encoded(character), encoded(character.to_ascii_uppercase()));
        let mark = format!("\u{0}{character}");
        marked = marked.replace(&lower, &mark).replace(&upper, &mark);
    }
    marked.replace('\u{0}', "")
}

/// The `Authorization` header on the first line, the form body on the second.
pub fn client_auth(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (header, body) = two_lines(text);
    let Ok(params) = RawParams::parse_form(body.as_bytes()) else {
        return;
    };
    let header = (!header.is_empty()).then_some(header);
    match Presented::read(&params, header) {
        Ok(presented) => {
            assert!(
                (1..=2).contains(&presented.client_ids.len()),
                "one client, in two readings at most"
            );
            assert_eq!(
                presented.is_basic(),
                header.is_some(),
                "the header counts where there is one"
            );
            assert!(
                !(presented.is_basic() && params.get("client_secret").is_some()),
                "one method at a time"
            );
            if let Some(named) = params.get("client_id") {
                assert!(
                    presented.client_ids.iter().any(|id| id == named),
                    "both name the same client"
                );
            }
        }
        Err(failure) => assert!(
            matches!(
                failure.error.code(),
                ErrorCode::InvalidClient | ErrorCode::InvalidRequest
            ),
            "a refusal is the client's fault"
        ),
    }
}
