//! Rows of API keys, and of tokens that were made by hand.

use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::flow::post_as;
use crate::harness::own::Own;
use crate::harness::{Realm, Reply};
use serde_json::{Value, json};

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "T01" => as_a_bearer,
    "T02" => asked_by_an_ordinary_client,
    "T03" => asked_by_a_public_client,
    "T04" => changed,
    "T05" => dressed_as_another_kind,
    "T06" => in_the_place_of_other_secrets,
    "T07" => of_another_realm,
    "T08" => revoked_by_a_client,
    "T09" => permissions_that_are_not_held,
    "T10" => malformed_scope,
    "T11" => unreasonable,
    "T12" => ended,
    "T13" => beyond_bounds,
    "T14" => deleted,
    "T15" => shown_once,
};

const INACTIVE: &str = "{\"active\":false}";

fn key_of(realm: &Realm) -> String {
    realm.0["api_keys"][0]["key"].as_str().unwrap().to_owned()
}

/// A question of the API itself, which is a client with resources.
async fn asked(realm: &Realm, client: &str, form: &[(&str, &str)]) -> Reply {
    post_as(&realm.client(client), &realm.endpoint("introspection_endpoint"), &form).await
}

async fn described(realm: &Realm, token: &str) -> Value {
    asked(realm, "acme-api", &[("token", token)]).await.expect(200).json()
}

async fn as_a_bearer(s: S) {
    let mut agent = s.agent();
    let url = s.realm.endpoint("userinfo_endpoint");
    let reply = agent.send(agent.http.get(url).bearer_auth(key_of(&s.realm))).await;
    assert_eq!(reply.status, 401);
    assert!(
        reply
            .header("www-authenticate")
            .unwrap()
            .contains("error=\"invalid_token\"")
    );
}

async fn asked_by_an_ordinary_client(s: S) {
    let key = key_of(&s.realm);
    assert_eq!(
        described(&s.realm, &key).await["active"],
        true,
        "to the API it is active"
    );
    for client in ["ledger-web", "nightly-export"] {
        let reply = asked(&s.realm, client, &[("token", &key), ("scope", "invoices:read")]).await;
        assert_eq!(reply.expect(200).body, INACTIVE);
    }
}

async fn asked_by_a_public_client(s: S) {
    let key = key_of(&s.realm);
    let reply = asked(&s.realm, "ledger-desktop", &[("token", &key)]).await;
    reply.refused(401, "invalid_client");
}

async fn changed(s: S) {
    let key = key_of(&s.realm);
    for place in (0..key.len()).step_by(5) {
        let mut other = key.clone().into_bytes();
        other[place] = if other[place] == b'Z' { b'Y' } else { b'Z' };
        let other = String::from_utf8(other).unwrap();
        assert_eq!(described(&s.realm, &other).await, json!({"active": false}), "{place}");
    }
    for other in [&key[1..], &key[..key.len() - 1], &format!("{key}0"), &format!(" {key}")] {
        assert_eq!(described(&s.realm, other).await, json!({"active": false}));
    }
}

async fn dressed_as_another_kind(s: S) {
    // The checksum is of the kind: the same body under the other prefix is not even looked up.
    let key = key_of(&s.brief);
    let body = key.strip_prefix("acme_key_").unwrap();
    let mut flow = crate::harness::Flow::logged_in_as(&s.brief, "ledger-web", 0).await;
    let token = flow.tokens().await.access().to_owned();
    let as_key = token.replacen("gd_at_", "acme_key_", 1);
    assert_ne!(as_key, token, "an opaque token");
    for dressed in [format!("gd_at_{body}"), format!("gd_rt_{body}"), as_key] {
        assert_eq!(described(&s.brief, &dressed).await, json!({"active": false}));
    }
}

async fn in_the_place_of_other_secrets(s: S) {
    let key = key_of(&s.realm);
    let client = s.realm.client("ledger-web");
    for form in [
        [
            ("grant_type", "refresh_token"),
            ("refresh_token", key.as_str()),
            ("x", ""),
        ],
        [
            ("grant_type", "authorization_code"),
            ("code", key.as_str()),
            ("code_verifier", "v"),
        ],
    ] {
        let reply = post_as(&client, &s.realm.token(), &form).await;
        assert_eq!(reply.status, 400, "{}", reply.body);
    }
    let mut agent = s.agent();
    let request = agent
        .http
        .post(s.realm.token())
        .basic_auth("nightly-export", Some(&key));
    let reply = agent.send(request.form(&[("grant_type", "client_credentials")])).await;
    reply.refused(401, "invalid_client");
}

async fn of_another_realm(s: S) {
    let foreign = key_of(&s.other);
    assert_eq!(described(&s.other, &foreign).await["active"], true);
    assert_eq!(described(&s.realm, &foreign).await, json!({"active": false}));
}

async fn revoked_by_a_client(s: S) {
    let key = key_of(&s.realm);
    for client in ["ledger-web", "acme-api"] {
        let url = s.realm.endpoint("revocation_endpoint");
        post_as(&s.realm.client(client), &url, &[("token", key.as_str())])
            .await
            .expect(200);
    }
    assert_eq!(described(&s.realm, &key).await["active"], true);
}

async fn permissions_that_are_not_held(s: S) {
    let key = key_of(&s.realm);
    for (needed, permitted) in [
        ("customers:read", true),
        ("customers:read invoices:void", true),
        ("invoices:*", true),
        ("customers:write", false),
        ("customers:read customers:write", false),
        ("customers:*", false),
        ("*", false),
        ("openid", false),
        ("grantd:clients:read", false),
        ("nonsense", false),
    ] {
        let reply = asked(&s.realm, "acme-api", &[("token", &key), ("scope", needed)]).await;
        assert_eq!(reply.expect(200).json()["permitted"], permitted, "{needed}");
    }
    assert!(described(&s.realm, &key).await.get("permitted").is_none());
}

async fn malformed_scope(s: S) {
    let key = key_of(&s.realm);
    for scope in ["a\"b", "a\tb", "\u{e9}", &"x".repeat(300)] {
        let reply = asked(&s.realm, "acme-api", &[("token", &key), ("scope", scope)]).await;
        reply.refused(400, "invalid_request");
    }
    let twice = [("token", key.as_str()), ("scope", "customers:read"), ("scope", "*")];
    asked(&s.realm, "acme-api", &twice)
        .await
        .refused(400, "invalid_request");
}

async fn unreasonable(s: S) {
    let key = key_of(&s.realm);
    let long = format!("acme_key_{}", "0".repeat(9000));
    for token in ["acme_key_", "acme_key_acme_key_", &long] {
        assert_eq!(described(&s.realm, token).await, json!({"active": false}));
    }
    let huge = format!("acme_key_{}", "0".repeat(1024 * 1024));
    for token in ["\u{0}", &format!("{key}\u{0}"), "acme_key_\u{7}\n", &huge] {
        let reply = asked(&s.realm, "acme-api", &[("token", token)]).await;
        assert!(reply.status < 500 && !reply.body.contains("true"), "{}", reply.body);
    }
}

const TOKEN: [&str; 14] = [
    "token",
    "create",
    "--client",
    "ledger-web",
    "--user",
    "bob@example.com",
    "--tenant",
    "acme-berlin",
    "--name",
    "nightly",
    "--scope",
    "invoices:read",
    "--lifetime-seconds",
    "600",
];

async fn ended(_: S) {
    let own = Own::start(None);
    let realm = own.realm();
    for _ in 0..5 {
        let made = own.key();
        let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
        assert_eq!(described(&realm, key).await["active"], true);
        own.json(&["api-key", "revoke", id]);
        // At once: nothing remembers keys.
        assert_eq!(described(&realm, key).await, json!({"active": false}));
        own.json(&["api-key", "revoke", id]);
    }
    let listed = own.json(&["api-key", "list", "--live"]);
    assert_eq!(
        listed["api_keys"].as_array().unwrap().len(),
        1,
        "that of the demo: {listed}"
    );
}

async fn beyond_bounds(_: S) {
    let own = Own::start(None);
    let changed = |place: usize, value: &'static str| {
        let mut command = TOKEN;
        command[place] = value;
        own.run(&command)
    };
    // Bob is a member in Berlin; the role has no right to everything, and the client's name is what it is.
    for (place, value) in [
        (7, "acme-tokyo"),
        (7, "nowhere"),
        (11, "openid"),
        (11, "grantd:clients:read"),
        (11, "nonsense"),
        (13, "0"),
        (13, "31536001"),
        (9, ""),
    ] {
        let refused = changed(place, value);
        assert_eq!(
            (refused.code, refused.output.as_str()),
            (2, ""),
            "{value}: {}",
            refused.error
        );
    }
    for (place, value) in [(3, "nobody"), (5, "nobody@example.com")] {
        assert_ne!(changed(place, value).code, 0, "{value}");
    }
    let everything = ["api-key", "create", "--name", "T", "--tenant", "acme-berlin", "--scope"];
    for scope in ["openid", "grantd:*", "nonsense"] {
        assert_eq!(own.run(&[&everything[..], &[scope]].concat()).code, 2, "{scope}");
    }
    assert_eq!(
        own.json(&["token", "list", "--made-by-hand"])["tokens"],
        json!([]),
        "nothing was written"
    );
    // A star is spelled out to what the role has: it never grows with the catalogue.
    let mut star = TOKEN;
    star[11] = "*";
    let scopes = own.json(&star)["scopes"].clone();
    assert!(!scopes.as_array().unwrap().contains(&json!("*")), "{scopes}");
}

async fn deleted(_: S) {
    let own = Own::start(None);
    let realm = own.realm();
    let made = own.json(&TOKEN);
    let (id, token) = (made["id"].as_str().unwrap(), made["access_token"].as_str().unwrap());
    let told = described(&realm, token).await;
    assert_eq!(
        (&told["active"], &told["tenant"]),
        (&json!(true), &json!("acme-berlin"))
    );
    assert_eq!((&told["client_id"], &told["sub"]), (&json!("ledger-web"), &made["sub"]));
    own.json(&["token", "delete", id]);
    assert_eq!(described(&realm, token).await, json!({"active": false}));
    own.json(&["token", "delete", id]);
}

async fn shown_once(_: S) {
    let mut own = Own::start(None);
    let realm = own.realm();
    let (key, token) = (own.key(), own.json(&TOKEN));
    let secrets = [key["key"].as_str().unwrap(), token["access_token"].as_str().unwrap()];
    for secret in secrets {
        assert_eq!(described(&realm, secret).await["active"], true);
    }
    let lists = format!("{}{}", own.json(&["api-key", "list"]), own.json(&["token", "list"]));
    own.server.stop();
    let log = own.server.log();
    let mut stored = Vec::new();
    for file in std::fs::read_dir(own.data.path()).unwrap() {
        stored.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    for secret in secrets {
        // Past the prefix and the row's id, which are no secret.
        let secret = &secret[secret.len() - 24..];
        assert!(!lists.contains(secret) && !log.contains(secret));
        let found = stored.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "in the database");
    }
}
