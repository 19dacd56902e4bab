//! Which claims a user can carry, and what the standard ones among them may say (OpenID Connect Core section 5.1): they go
//! to clients as they are kept, and a client that was promised a text is not prepared for a list. Must not know who asks
//! for them.

use crate::admin::fields::Fields;
use crate::token::OWN_CLAIMS;
use grantd_protocol::web::{MAX_URL, origin_parts};
use serde_json::{Map, Value};

/// All claims of a user together, as JSON.
const MAX_CLAIMS: usize = 8 * 1024;
/// Claims that are not a user's to carry beside those that tokens have of their own: the server says them, or a token's reader
/// would take them for its word.
const RESERVED: &[&str] = &["preferred_username", "tenant"];
/// The members of `address` (section 5.1.1).
const ADDRESS: &[&str] = &[
    "formatted",
    "street_address",
    "locality",
    "region",
    "postal_code",
    "country",
];

/// Replaces all claims.
pub(in crate::admin) fn claims(fields: &mut Fields<'_>, target: &mut Map<String, Value>) {
    let Some(claims) = fields.object("claims") else { return };
    for (name, value) in claims {
        let pointer = format!("/claims/{}", name.replace('~', "~0").replace('/', "~1"));
        if OWN_CLAIMS.contains(&name.as_str())
            || RESERVED.contains(&name.as_str())
            || name.is_empty()
            || name.len() > 64
        {
            fields.complain(&pointer, "is not a claim that a user can carry");
        } else if value.is_null() {
            fields.complain(&pointer, "must have a value; leave it out to take it away");
        } else if let Some(detail) = misfit(name, value) {
            fields.complain(&pointer, detail);
        }
    }
    if serde_json::to_vec(claims).is_ok_and(|bytes| bytes.len() > MAX_CLAIMS) {
        fields.complain("/claims", format!("are more than {MAX_CLAIMS} bytes"));
    }
    target.clone_from(claims);
}

/// What is wrong with a standard claim; nothing with any other.
fn misfit(name: &str, value: &Value) -> Option<&'static str> {
    // A claim in a language of its own is the same claim (section 5.2): `family_name#ja-Kana-JP`.
    let (name, _) = name.split_once('#').unwrap_or((name, ""));
    let (fits, detail) = match name {
        "name" | "given_name" | "family_name" | "middle_name" | "nickname" | "email" | "gender" | "birthdate"
        | "zoneinfo" | "locale" | "phone_number" => (value.is_string(), "must be a text"),
        "profile" | "picture" | "website" => (value.as_str().is_some_and(is_page), "must be an http or https URL"),
        "email_verified" | "phone_number_verified" => (value.is_boolean(), "must be true or false"),
        "updated_at" => (
            value.as_f64().is_some_and(|seconds| seconds >= 0.0),
            "must be a number of seconds since 1970",
        ),
        "address" => (
            value.as_object().is_some_and(is_address),
            "must be an object whose standard members are texts",
        ),
        _ => return None,
    };
    (!fits).then_some(detail)
}

/// Whether a client can make a link of it: what is read as another thing than it looks like is none.
fn is_page(text: &str) -> bool {
    let is_plain = |one: char| !one.is_whitespace() && !one.is_control();
    text.len() <= MAX_URL && text.chars().all(is_plain) && origin_parts(text).is_some()
}

fn is_address(members: &Map<String, Value>) -> bool {
    members
        .iter()
        .all(|(name, value)| !ADDRESS.contains(&name.as_str()) || value.is_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The pointers of what is wrong with these claims.
    fn wrong(said: &Value) -> Vec<String> {
        let body = json!({ "claims": said });
        let mut fields = Fields::new(body.as_object().unwrap());
        let mut target = Map::new();
        claims(&mut fields, &mut target);
        fields.finish().into_iter().map(|wrong| wrong.pointer).collect()
    }

    #[test]
    fn a_standard_claim_has_the_type_that_the_standard_gives_it() {
        let texts = [
            "name",
            "given_name",
            "family_name",
            "middle_name",
            "nickname",
            "email",
            "gender",
        ];
        let more = [
            "birthdate",
            "zoneinfo",
            "locale",
            "phone_number",
            "profile",
            "picture",
            "website",
        ];
        for name in texts.iter().chain(&more) {
            for bad in [json!(5), json!(["x"]), json!({}), json!(true)] {
                assert_eq!(wrong(&json!({ *name: bad })), [format!("/claims/{name}")], "{bad}");
            }
        }
        for (name, bad) in [
            ("email_verified", json!("yes")),
            ("email_verified", json!(1)),
            ("phone_number_verified", json!("true")),
            ("updated_at", json!("z")),
            ("updated_at", json!("1800000000")),
            ("updated_at", json!(-1)),
            ("address", json!("1 High Street")),
            ("address", json!({ "country": 44 })),
            ("name#de", json!(7)),
            ("picture", json!("")),
            ("picture", json!("javascript:alert(1)")),
            ("website", json!("data:text/html,x")),
            ("website", json!("ada.example")),
            ("profile", json!("java\nscript://x")),
            ("profile", json!(" https://ada.example/")),
            ("profile", json!("ht\ntps://ada.example/")),
        ] {
            assert_eq!(wrong(&json!({ name: bad })), [format!("/claims/{name}")], "{bad}");
        }
    }

    #[test]
    fn what_tokens_and_replies_say_of_their_own_is_no_users_to_carry() {
        for name in OWN_CLAIMS.iter().chain(RESERVED) {
            assert_eq!(wrong(&json!({ *name: "x" })), [format!("/claims/{name}")]);
        }
        for name in ["permitted", "may_act", "s_hash", "c_hash"] {
            assert!(OWN_CLAIMS.contains(&name), "{name}");
        }
    }

    #[test]
    fn what_the_standard_allows_is_carried() {
        let fine = json!({
            "name": "Ada", "name#ja-Kana-JP": "\u{30a8}\u{30a4}\u{30c0}", "email": "ada@example.com", "email_verified": true,
            "birthdate": "1815-12-10", "phone_number_verified": false, "updated_at": 1_800_000_000,
            "picture": "https://ada.example/me.png?x=1", "website": "http://ada.example",
            "address": { "country": "GB", "formatted": "1 High Street\nLondon", "floor": 3 },
            "https://vendor.example/level": 7, "department": ["a", "b"],
        });
        assert_eq!(wrong(&fine), [""; 0]);
    }
}
