//! Whatever a client of a dialect says arrives as what it meant.

use super::*;
use proptest::prelude::*;

/// A request in the standard form: known and unknown names, each once.
fn requests() -> impl Strategy<Value = Vec<(String, String)>> {
    let known: Vec<String> = names::all().map(|(standard, _)| standard.to_owned()).collect();
    let neutral = ["code", "state", "nonce", "resource", "token", "prompt"].map(str::to_owned);
    let value = "[^\0]{0,12}";
    let one = prop_oneof![
        (prop::sample::select(known), value),
        (prop::sample::select(neutral.to_vec()), value),
        ("x_[a-z]{1,8}", value),
        (Just("scope".to_owned()), "[a-z:*]{1,5}( [a-z:*]{1,5}){0,4}"),
    ];
    prop::collection::vec(one, 0..12).prop_map(|mut all| {
        let mut seen = std::collections::BTreeSet::new();
        all.retain(|(name, _)| seen.insert(name.clone()));
        all
    })
}

fn dialects() -> impl Strategy<Value = Dialect> {
    (any::<[bool; 4]>()).prop_map(|[camel, json_bodies, comma, infers]| Dialect {
        parameters: if camel { Case::Camel } else { Case::Snake },
        json_bodies,
        scope_separator: if comma { Separator::Comma } else { Separator::Space },
        infer_grant_type: infers,
        ..dialect("d")
    })
}

/// The request as a client of the dialect would spell it; without its grant type where that can be inferred.
fn encode(request: &[(String, String)], dialect: &Dialect) -> (Vec<u8>, bool) {
    let has = |wanted: &str| {
        let found = request.iter().find(|(name, value)| name == wanted && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    };
    let inferable = match has("grant_type") {
        Some("authorization_code") => has("code").is_some() && has("refresh_token").is_none(),
        Some("refresh_token") => has("refresh_token").is_some() && has("code").is_none(),
        _ => false,
    };
    let leave_out = dialect.infer_grant_type && inferable;
    let is_marked = dialect.json_bodies
        || leave_out
        || dialect.parameters == Case::Camel && request.iter().any(|(name, _)| names::camel_of(name) != name);
    let spelled = request.iter().filter(|(name, _)| !(leave_out && name == "grant_type"));
    let spelled: Vec<(String, String)> = spelled
        .map(|(name, value)| {
            let name = match dialect.parameters {
                Case::Camel => names::camel_of(name),
                Case::Snake => name,
            };
            let value = if name == "scope" && is_marked && dialect.scope_separator == Separator::Comma {
                value.replace(' ', ",")
            } else {
                value.clone()
            };
            (name.to_owned(), value)
        })
        .collect();
    if dialect.json_bodies {
        let object: serde_json::Map<String, Value> = spelled
            .into_iter()
            .map(|(name, value)| (name, Value::from(value)))
            .collect();
        (serde_json::to_vec(&object).unwrap(), true)
    } else {
        (RawParams::from_pairs(spelled).unwrap().to_form().into_bytes(), false)
    }
}

proptest! {
    #[test]
    fn a_request_in_any_dialect_is_the_request_in_the_standard_form(
        request in requests(),
        dialect in dialects(),
        grant in prop::option::of(prop::sample::select(vec!["authorization_code", "refresh_token", "client_credentials"])),
    ) {
        let mut request = request;
        if let Some(grant) = grant {
            request.retain(|(name, _)| name != "grant_type");
            request.push(("grant_type".to_owned(), grant.to_owned()));
        }
        // A request that leaves its grant open on purpose is another matter.
        let standard = RawParams::from_pairs(request.clone()).unwrap();
        prop_assume!(!(dialect.infer_grant_type && leaves_grant_open(&standard)));
        let (body, is_json) = encode(&request, &dialect);
        let settled = read(&only(dialect), None, &body, is_json);
        prop_assert!(settled.flaw.is_none() && settled.not_its_form.is_none(), "{:?}", settled.flaw);
        // A list of names and values, each once, says the same in any order.
        let (mut decoded, mut expected) = (pairs(&settled), request);
        decoded.sort();
        expected.sort();
        prop_assert_eq!(decoded, expected);
    }

    #[test]
    fn reading_json_never_panics(text in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = json::members(&text);
    }

    #[test]
    fn json_of_texts_reads_back(members in prop::collection::btree_map("[^\0]{0,8}", "[^\0]{0,20}", 0..10)) {
        let body = serde_json::to_vec(&members).unwrap();
        let mut read = json::members(&body).unwrap();
        read.sort();
        prop_assert_eq!(read, members.into_iter().collect::<Vec<_>>());
    }
}
