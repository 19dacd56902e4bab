//! What `grantd doctor gate` sends. Must not know how an answer is judged.

/// One try: what it is called, what is added to the path, and the headers that are sent.
pub(super) struct Try {
    pub(super) name: &'static str,
    pub(super) method: &'static str,
    pub(super) suffix: &'static str,
    pub(super) headers: &'static [(&'static str, &'static str)],
}

const fn get(name: &'static str, suffix: &'static str, headers: &'static [(&'static str, &'static str)]) -> Try {
    Try {
        name,
        method: "GET",
        suffix,
        headers,
    }
}

/// The call as it is.
pub(super) const PLAIN: Try = get("no credential", "", &[]);

/// None of them has a credential that is good, so none may pass.
pub(super) const TRIES: &[Try] = &[
    PLAIN,
    get(
        "spoofed identity",
        "",
        &[
            ("X-Grantd-Subject", "admin"),
            ("X-Grantd-Client", "admin"),
            ("X-Grantd-Tenant", "admin"),
            ("X-Grantd-Scopes", "*"),
            ("X-Grantd-Grant", "admin"),
            ("X-Grantd-Token-Id", "admin"),
        ],
    ),
    get("identity with underscores", "", &[("X_Grantd_Subject", "admin")]),
    get("identity with dots", "", &[("X.Grantd.Subject", "admin")]),
    get("a bearer token that is none", "", &[("Authorization", "Bearer doctor")]),
    get("an API key that is none", "", &[("X-Api-Key", "doctor")]),
    get("a token in the query that is none", "?access_token=doctor", &[]),
    get("what is needed, said by the caller", "?scope=", &[]),
    // Each alone: one that is refused would hide another that is believed.
    get("a spoofed X-Original-URL", "", &[("X-Original-URL", "/")]),
    get("a spoofed X-Original-URI", "", &[("X-Original-URI", "/")]),
    get("a spoofed X-Rewrite-URL", "", &[("X-Rewrite-URL", "/")]),
    get("a spoofed X-Forwarded-Uri", "", &[("X-Forwarded-Uri", "/")]),
    get("a spoofed X-Envoy-Original-Path", "", &[("X-Envoy-Original-Path", "/")]),
    get("a spoofed X-Original-Method", "", &[("X-Original-Method", "OPTIONS")]),
    get("a spoofed X-Forwarded-Method", "", &[("X-Forwarded-Method", "OPTIONS")]),
    get("a spoofed X-Original-Host", "", &[("X-Original-Host", "localhost")]),
    get("a spoofed X-Forwarded-Host", "", &[("X-Forwarded-Host", "localhost")]),
    get(
        "a spoofed Forwarded",
        "",
        &[("Forwarded", "host=localhost;proto=https")],
    ),
    get("a spoofed X-Forwarded-Proto", "", &[("X-Forwarded-Proto", "https")]),
    get(
        "a spoofed X-HTTP-Method-Override",
        "",
        &[("X-HTTP-Method-Override", "OPTIONS")],
    ),
    get("a spoofed X-HTTP-Method", "", &[("X-HTTP-Method", "OPTIONS")]),
    get("a spoofed X-Method-Override", "", &[("X-Method-Override", "OPTIONS")]),
    get(
        "a hop-by-hop identity",
        "",
        &[("Connection", "close, X-Grantd-Subject"), ("X-Grantd-Subject", "admin")],
    ),
    get("an identity that nobody gives", "", &[("X-Grantd-Admin", "1")]),
    get("a variable of the server's", "", &[("SCRIPT_NAME", "/v1")]),
    get("a path with dot segments", "/%2e%2e/", &[]),
    get("a path with an encoded dot", "/%2e", &[]),
    get("a path with an empty segment", "//", &[]),
    get("a path that ends in a dot", ".", &[]),
    get("a path with parameters", ";doctor", &[]),
    Try {
        name: "another method",
        method: "POST",
        suffix: "",
        headers: &[("Content-Length", "0")],
    },
];

/// What could come through beside a call, whether or not that call passes.
pub(super) const BESIDE: &[Try] = &[
    get(
        "an upgrade to HTTP/2",
        "",
        &[
            ("Connection", "Upgrade, HTTP2-Settings"),
            ("Upgrade", "h2c"),
            ("HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA"),
        ],
    ),
    get(
        "two upgrades",
        "",
        &[("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Upgrade", "h2c")],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_proxies_tell_is_tried_header_by_header() {
        for told in crate::gate::targets::told_by_proxies() {
            let is_alone = |one: &&Try| matches!(one.headers, [(name, _)] if name.eq_ignore_ascii_case(told));
            assert_eq!(TRIES.iter().filter(is_alone).count(), 1, "{told}");
        }
    }
}
