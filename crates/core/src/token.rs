//! Tokens once a grant is approved: how they are minted, described to resource servers, and ended.

mod broker;
pub mod by_hand;
pub mod claims;
pub mod credential;
pub mod introspect;
pub mod mint;
pub mod revoke;
pub mod user_claims;
pub mod userinfo;
pub mod why_not;

/// Claims that tokens and what is said about them have of their own (RFC 9068 section 2.2, OpenID Connect Core section 2, RFC
/// 7662): neither a user's to carry nor free for what a realm calls its tenants.
pub const OWN_CLAIMS: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "c_hash",
    "s_hash",
    "sid",
    "events",
    "scope",
    "client_id",
    "cnf",
    "act",
    "may_act",
    "authorization_details",
    "acl",
    "status",
    "active",
    "token_type",
    "username",
    "permitted",
    "token_introspection",
];

/// Whether a claim means something in tokens and replies already, be it about the token or about its user: it is not free for
/// what a realm calls its tenants. In whatever case, with `_` or without: a reply may be spelled in another way than ours.
#[must_use]
pub fn is_taken(claim: &str) -> bool {
    let folded = |name: &str| name.replace('_', "").to_ascii_lowercase();
    let about_users = user_claims::BY_SCOPE.iter().flat_map(|(_, claims)| claims.iter());
    let wanted = folded(claim);
    OWN_CLAIMS.iter().chain(about_users).any(|name| folded(name) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::details;

    /// What writes tokens and replies about them, as it stands in its file.
    const WRITERS: &[&str] = &[
        include_str!("token/mint.rs"),
        include_str!("token/introspect.rs"),
        include_str!("token/broker.rs"),
        include_str!("logout/token.rs"),
    ];

    /// The name in `.set_text("name", ...` and its like, given what follows `.set`; `None` where it is the realm's or the
    /// user's.
    fn written(call: &str) -> Option<&str> {
        let (method, arguments) = call.split_once('(').unwrap();
        let first = arguments.trim_start().split([',', ')']).next().unwrap();
        match (method, first) {
            ("_audience", _) => Some("aud"),
            ("_confirmation", _) => Some("cnf"),
            (_, "PERMITTED") => Some("permitted"),
            (_, "details::NAME") => Some(details::NAME),
            (_, "name") => None,
            (_, realms) if realms.ends_with("tenants.claim") => None,
            (_, literal) => Some(literal.trim_matches('"')),
        }
    }

    #[test]
    fn every_name_that_is_written_is_taken() {
        let code = WRITERS.iter().filter_map(|file| file.split("#[cfg(test)]").next());
        let names: Vec<&str> = code
            .flat_map(|code| code.split(".set").skip(1))
            .filter_map(written)
            .collect();
        assert!(names.len() > 40, "{names:?}");
        for name in names {
            assert!(OWN_CLAIMS.contains(&name), "{name}");
        }
        for (_, claims) in user_claims::BY_SCOPE {
            assert!(claims.iter().all(|claim| is_taken(claim)));
        }
    }

    #[test]
    fn another_spelling_of_a_name_is_taken_with_it() {
        for name in ["clientId", "tokenType", "mayAct", "Sub", "email_Verified", "updatedAt"] {
            assert!(is_taken(name), "{name}");
        }
        for name in ["tenant", "store", "organization", "account", "workspace", "shop_id"] {
            assert!(!is_taken(name), "{name}");
        }
    }
}
