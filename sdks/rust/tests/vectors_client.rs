//! The shared vectors of the client's side.

use crate::support::{list, text, texts, vectors};
use grantd_sdk::client::{
    Purpose, Replied, Retry, Step, TokenAge, UNKNOWN_LIFETIME, cache_key, parse_challenges, retry, windows,
};
use serde_json::{Value, json};

#[test]
fn refresh_json_when_a_token_is_refreshed() {
    let file = vectors("refresh");
    assert_eq!(file["lifetime_when_unknown_ms"], UNKNOWN_LIFETIME);
    for case in list(&file, "cases") {
        let number = |name: &str| case[name].as_i64().unwrap();
        let (lifetime, jitter) = (number("lifetime"), case["jitter"].as_f64().unwrap());
        assert_eq!(windows(lifetime, jitter), (number("ahead"), number("blocks")), "{case}");
        let age = TokenAge {
            lifetime,
            jitter,
            age: number("age"),
            failed_ago: case["failed_ago"].as_i64(),
        };
        let step = match age.step() {
            Step::Fresh => "fresh",
            Step::Background => "background",
            Step::Block => "block",
        };
        assert_eq!(step, text(case, "expect"), "{case}");
    }
}

#[test]
fn cache_keys_json_under_which_key_a_token_is_kept() {
    for case in list(&vectors("cache-keys"), "cases") {
        let some = |name: &str| case[name].as_str().map(str::to_owned);
        let purpose = Purpose {
            issuer: text(case, "issuer").to_owned(),
            client_id: text(case, "client_id").to_owned(),
            subject: some("subject"),
            resource: some("resource"),
            scopes: texts(case, "scopes").into_iter().map(str::to_owned).collect(),
        };
        assert_eq!(purpose.written(), text(case, "written"), "{case}");
        assert_eq!(cache_key(&purpose), text(case, "key"), "{case}");
    }
}

#[test]
fn retries_json_what_a_client_does_after_a_reply() {
    for case in list(&vectors("retries"), "cases") {
        let values = texts(case, "www_authenticate");
        let parsed: Vec<Value> = values
            .iter()
            .flat_map(|value| parse_challenges(value))
            .map(|challenge| {
                let parameters: serde_json::Map<String, Value> = challenge
                    .parameters
                    .into_iter()
                    .map(|(name, value)| (name, value.into()))
                    .collect();
                json!({ "scheme": challenge.scheme, "parameters": parameters })
            })
            .collect();
        assert_eq!(Value::Array(parsed), case["parsed"], "{}", case["name"]);
        let decision = retry(&Replied {
            status: u16::try_from(case["status"].as_u64().unwrap()).unwrap(),
            www_authenticate: &values,
            has_nonce: case["dpop_nonce"].is_string(),
            cached: case["cached"].as_bool().unwrap(),
            replayable: case["replayable"].as_bool().unwrap(),
            attempt: u32::try_from(case["attempt"].as_u64().unwrap()).unwrap(),
        });
        let decision = match decision {
            Retry::NewToken => "new_token",
            Retry::Nonce => "nonce",
            Retry::None => "none",
        };
        assert_eq!(decision, text(case, "expect"), "{}", case["name"]);
    }
}
