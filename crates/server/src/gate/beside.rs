//! Headers that come along with a question, and mean more to somebody behind the proxy than to the proxy: names that are
//! another one to servers which make variables of them, identities that nobody gave, upgrades. Must not know what a call
//! needs, nor who calls.

use super::{Proxy, targets};
use grantd_core::gate::identity::{BEGIN, HEADERS};
use grantd_protocol::{ErrorCode, OAuthError};
use http::header::UPGRADE;
use http::{HeaderMap, HeaderName};

const SETTINGS: HeaderName = HeaderName::from_static("http2-settings");

/// What clients have no business to send, and no call is compared with: settings of a protocol that nobody speaks through a
/// proxy, and what only the proxy could know.
const NEVER_A_CALLERS: [&str; 11] = [
    "http2-settings",
    "x-forwarded-prefix",
    "x-forwarded-port",
    "x-forwarded-ssl",
    "x-forwarded-scheme",
    "x-forwarded-user",
    "x-forwarded-email",
    "x-forwarded-groups",
    "x-forwarded-preferred-username",
    "x-forwarded-client-cert",
    "x-real-ip",
];

/// What else says who calls, and what a call is about: to the gate, to a proxy, or to what stands behind them.
const TELLING: &str = "x-api-key";
/// What their names begin with.
const TELLING_ALL: [&str; 4] = [BEGIN, "x-forwarded-", "x-original-", "mcp-"];
/// What servers hand to applications beside the headers (RFC 3875 section 4.1, and what became of it), and the two headers that
/// say where a body ends.
const VARIABLES: [&str; 23] = [
    "auth_type",
    "content_length",
    "content_type",
    "document_root",
    "document_uri",
    "gateway_interface",
    "path_info",
    "path_translated",
    "query_string",
    "remote_addr",
    "remote_host",
    "remote_ident",
    "remote_port",
    "remote_user",
    "request_method",
    "request_scheme",
    "request_uri",
    "script_filename",
    "script_name",
    "script_uri",
    "script_url",
    "transfer_encoding",
    "url_scheme",
];
/// What the names of other such variables begin with: `HTTP_HOST`, `SERVER_NAME`.
const VARIABLES_BEGIN: [&str; 3] = ["http_", "server_", "wsgi_"];

/// Every byte of a header's name (RFC 9110 section 5.6.2) that is neither letter nor digit nor dash.
pub(crate) const MARKS: &str = "_.!#$%&'*+^`|~";

/// What configurations take off beside what names a call.
pub(crate) fn never_a_callers() -> impl Iterator<Item = &'static str> {
    NEVER_A_CALLERS.into_iter()
}

/// Refuses a question with a header that somebody behind the proxy could take for more than it is.
pub(super) fn refuse(headers: &HeaderMap, proxy: Proxy) -> Result<(), OAuthError> {
    for name in headers.keys().map(HeaderName::as_str) {
        if !name.bytes().all(is_plain) && is_look_alike(name, proxy) {
            return Err(denied(
                "a header of the request looks like one that says who calls, or what the call is",
            ));
        }
        if name.starts_with(BEGIN) && !HEADERS.contains(&name) {
            return Err(denied("headers that begin with X-Grantd- are the gate's to give"));
        }
    }
    let is_websocket = |value: &http::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"websocket");
    if headers.contains_key(SETTINGS) || !headers.get_all(UPGRADE).iter().all(is_websocket) {
        return Err(denied("a connection becomes a WebSocket or nothing"));
    }
    Ok(())
}

/// `X_Grantd_Subject` is another header to a proxy, which does not replace it, and to the gate, which does not look at it;
/// to many applications it is the same one (RFC 3875 section 4.1.18 makes one name of both). So is `X.Grantd.Subject`: PHP
/// makes an underscore of a dot, and lighttpd's CGI of whatever is neither letter nor digit. The other proxies take all such
/// names off, Envoy those with underscores; Traefik cannot, so none passes there.
fn is_look_alike(name: &str, proxy: Proxy) -> bool {
    let spelled = |mark: &str| -> String {
        name.split(|c: char| !c.is_ascii_alphanumeric())
            .collect::<Vec<_>>()
            .join(mark)
    };
    let variable = spelled("_");
    proxy == Proxy::Traefik
        || VARIABLES.contains(&&*variable)
        || VARIABLES_BEGIN.iter().any(|begin| variable.starts_with(begin))
        || tells(&spelled("-"))
}

/// Names come in lower case.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

/// Whether a header's name, in dashes, is one that something is decided by.
fn tells(name: &str) -> bool {
    let mut exact = targets::all().chain(NEVER_A_CALLERS).chain([TELLING]);
    exact.any(|known| known == name) || TELLING_ALL.iter().any(|begin| name.starts_with(begin))
}

const fn denied(sentence: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::AccessDenied, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn is_refused(proxy: Proxy, sent: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(*name, HeaderValue::from_static(value));
        }
        refuse(&headers, proxy).is_err()
    }

    #[test]
    fn a_header_with_an_underscore_is_refused_where_its_other_spelling_counts() {
        for name in [
            "x_grantd_subject",
            "x-grantd_token-id",
            "x_grantd_sub",
            "x_http_method_override",
            "x-http_method-override",
            "x_method_override",
            "x_http_method",
            "x_original_url",
            "x_original_method",
            "x_rewrite_url",
            "x_envoy_original-path",
            "x_api_key",
            "x-api_key",
            "mcp_method",
            "mcp_name",
            "x_forwarded_uri",
            "x-forwarded_for",
            "x_real_ip",
            "http2_settings",
            "script_name",
            "path_info",
            "remote_user",
            "request_uri",
            "content_length",
            "transfer_encoding",
            "http_host",
            "http_x_grantd_subject",
            "server_name",
            // PHP and the CGI of some servers make an underscore of more than a dash.
            "x.grantd.subject",
            "x-grantd.token-id",
            "x.http.method.override",
            "x~api~key",
            "x!forwarded!for",
            "x-real+ip",
            "mcp|name",
            "script.name",
            "content^length",
            "http.x-grantd*subject",
        ] {
            for proxy in Proxy::ALL {
                assert!(is_refused(*proxy, &[(name, "x")]), "{name}");
            }
        }
        for name in [
            "x-grantd-subject",
            "mcp-method",
            "x-api-key",
            "x-request-id",
            "content-length",
        ] {
            for proxy in Proxy::ALL {
                assert!(!is_refused(*proxy, &[(name, "x")]), "{name}");
            }
        }
    }

    #[test]
    fn other_such_names_pass_but_where_the_proxy_cannot_take_them_off() {
        for name in ["x_request_id", "cf_ray", "request_id", "x.request.id", "a'b", "trace#"] {
            for proxy in Proxy::ALL {
                assert_eq!(is_refused(*proxy, &[(name, "x")]), *proxy == Proxy::Traefik, "{name}");
            }
        }
    }

    #[test]
    fn every_mark_that_a_name_may_have_is_known() {
        for byte in 0..=u8::MAX {
            let can_be_sent = HeaderName::from_bytes(&[byte]).is_ok() && !is_plain(byte.to_ascii_lowercase());
            assert_eq!(MARKS.as_bytes().contains(&byte), can_be_sent, "{byte}");
        }
    }

    #[test]
    fn every_byte_of_a_name_that_is_no_letter_digit_or_dash_may_become_a_dash() {
        for byte in (0..=u8::MAX).filter(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-') {
            let Ok(name) = HeaderName::from_bytes(&[b"x", &[byte][..], b"grantd-subject"].concat()) else {
                continue;
            };
            let headers = HeaderMap::from_iter([(name, HeaderValue::from_static("admin"))]);
            assert!(refuse(&headers, Proxy::Envoy).is_err(), "{}", char::from(byte));
        }
    }

    #[test]
    fn no_identity_is_told_that_the_gate_does_not_give() {
        for name in ["x-grantd-admin", "x-grantd-", "x-grantd-subject-id"] {
            assert!(is_refused(Proxy::Nginx, &[(name, "x")]), "{name}");
        }
        for name in HEADERS {
            assert!(!is_refused(Proxy::Nginx, &[(name, "x")]), "{name}");
        }
    }

    #[test]
    fn an_upgrade_is_to_a_websocket_or_refused() {
        for sent in [
            &[("upgrade", "h2c")][..],
            &[("upgrade", "H2C")],
            &[("upgrade", "h2c, websocket")],
            &[("upgrade", "websocket, h2c")],
            &[("upgrade", "websocket"), ("upgrade", "h2c")],
            &[("upgrade", "")],
            &[("upgrade", "websocket"), ("http2-settings", "AAMAAABk")],
            &[("http2-settings", "")],
        ] {
            assert!(is_refused(Proxy::Caddy, sent), "{sent:?}");
        }
        assert!(!is_refused(Proxy::Caddy, &[("upgrade", "WebSocket")]));
    }
}
