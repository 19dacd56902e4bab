//! What can be asked in detail, who may ask it, and that it is only ever narrowed.

use super::*;
use crate::fixture::{API, OTHER_API, client_with, payment, realm_with};
use crate::record::ClientOrigin;
use serde_json::json;

fn realm() -> Realm {
    realm_with(|realm| realm.details = vec![payment()])
}

fn client() -> ClientRecord {
    client_with(|client| client.openid.authorization_details_types = vec!["payment".to_owned(), "gone".to_owned()])
}

fn read(text: &str) -> Result<AuthorizationDetails, OAuthError> {
    AuthorizationDetails::read(Some(text), &client(), &realm()).map(Option::unwrap)
}

/// A payment of ten euros with these members put in place, or taken away where they are null.
fn changed(change: &Value) -> Value {
    let mut detail = json!({
        "type": "payment",
        "amount": { "currency": "EUR", "value": "10.00" },
        "creditor": "Grocer",
        "actions": ["initiate", "cancel"],
    });
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => detail.as_object_mut().unwrap().remove(name),
            other => detail.as_object_mut().unwrap().insert(name.clone(), other.clone()),
        };
    }
    detail
}

fn details(change: &Value) -> AuthorizationDetails {
    read(&json!([changed(change)]).to_string()).unwrap()
}

#[test]
fn what_fits_its_type_is_taken_as_it_is() {
    for change in [
        json!({}),
        json!({ "actions": null }),
        json!({ "locations": [API] }),
        json!({ "amount": { "value": "0.000001", "currency": "GBP" } }),
        json!({ "urgent": true, "copies": 0 }),
        json!({ "creditor": "Caf\u{e9} \u{4e16}\u{754c} <script>alert(1)</script>" }),
    ] {
        let read = details(&change);
        assert_eq!(Value::Object(read.iter().next().unwrap().clone()), changed(&change));
    }
}

#[test]
fn what_does_not_fit_its_type_is_refused() {
    for change in [
        json!({ "amount": null }),
        json!({ "amount": {} }),
        json!({ "amount": "10.00" }),
        json!({ "amount": { "currency": "EUR" } }),
        json!({ "amount": { "currency": "CHF", "value": "1" } }),
        json!({ "amount": { "currency": "EUR", "value": "1", "more": 1 } }),
        json!({ "amount": { "currency": "EUR", "value": { "x": "1" } } }),
        json!({ "creditor": "" }),
        json!({ "creditor": " " }),
        json!({ "creditor": 7 }),
        json!({ "creditor": ["Grocer"] }),
        json!({ "creditor": "x".repeat(71) }),
        json!({ "actions": [] }),
        json!({ "actions": "initiate" }),
        json!({ "actions": ["steal"] }),
        json!({ "actions": ["cancel", "cancel"] }),
        json!({ "actions": [["cancel"]] }),
        json!({ "urgent": "true" }),
        json!({ "copies": 4 }),
        json!({ "copies": -1 }),
        json!({ "copies": 1.5 }),
        json!({ "unknown": 1 }),
        json!({ "unknown": {} }),
        json!({ "locations": ["https://evil.example"] }),
        json!({ "locations": API }),
        json!({ "type": "gone" }),
        json!({ "type": "never" }),
        json!({ "type": ["payment"] }),
        json!({ "type": null }),
    ] {
        let error = read(&json!([changed(&change)]).to_string()).expect_err(&change.to_string());
        assert_eq!(error.code(), ErrorCode::InvalidAuthorizationDetails, "{change}");
    }
}

#[test]
fn amounts_have_one_spelling() {
    for value in [
        "-1",
        "+1",
        "1e3",
        "01",
        ".5",
        "5.",
        "1,5",
        "1 000",
        "\u{0661}",
        "0x1",
        "",
        "1.1234567",
        "1000000.01",
        "1000001",
        "99999999999999999999",
    ] {
        let change = json!({ "amount": { "currency": "EUR", "value": value } });
        assert!(read(&json!([changed(&change)]).to_string()).is_err(), "{value}");
    }
    for value in ["0", "0.5", "1000000", "1000000.00"] {
        details(&json!({ "amount": { "currency": "EUR", "value": value } }));
    }
}

#[test]
fn a_member_with_a_dot_in_its_name_does_not_pass_for_one_within_an_object() {
    let flat = json!({ "amount": null, "amount.currency": "EUR", "amount.value": "1" });
    assert!(read(&json!([changed(&flat)]).to_string()).is_err());
    let both = json!({ "amount.value": "1000" });
    assert!(read(&json!([changed(&both)]).to_string()).is_err());
}

#[test]
fn a_text_that_people_cannot_read_as_programs_do_is_refused() {
    for hidden in [
        "Gro\u{202e}recorG",
        "Gro\u{200b}cer",
        "Gro\ncer",
        "Gro\u{0}cer",
        "\u{2066}Grocer",
        "Gro\u{feff}cer",
        "a\u{e0041}",
    ] {
        let change = json!({ "creditor": hidden });
        assert!(read(&json!([changed(&change)]).to_string()).is_err(), "{hidden:?}");
    }
}

#[test]
fn what_can_be_read_in_two_ways_or_is_too_much_is_refused() {
    let one = changed(&json!({})).to_string();
    let other = |index: usize| changed(&json!({ "creditor": format!("Grocer {index}") }));
    let many: Vec<Value> = (0..11).map(other).collect();
    let wide: Vec<Value> = (0..10)
        .map(|_| json!({ "type": "payment", "creditor": "x".repeat(500) }))
        .collect();
    for text in [
        String::new(),
        "[]".to_owned(),
        "{}".to_owned(),
        one.clone(),
        "null".to_owned(),
        "[null]".to_owned(),
        "[\"payment\"]".to_owned(),
        format!("[{one},{one}]"),
        format!("[{one}] "),
        format!("[{one}"),
        format!("[{}]", one.replacen("{\"", "{\"creditor\":\"Thief\",\"", 1)),
        json!(many).to_string(),
        json!(wide).to_string(),
        "[".repeat(10_000),
        format!("{}{}", "[".repeat(6), "]".repeat(6)),
    ] {
        if text.ends_with("] ") {
            assert!(read(&text).is_ok(), "white space is no mistake");
            continue;
        }
        let short: String = text.chars().take(60).collect();
        let error = read(&text).expect_err(&short);
        assert_eq!(error.code(), ErrorCode::InvalidAuthorizationDetails, "{short}");
    }
}

#[test]
fn a_client_asks_only_for_types_that_it_registered() {
    let text = json!([changed(&json!({}))]).to_string();
    let read = |client: &ClientRecord, realm: &Realm| AuthorizationDetails::read(Some(&text), client, realm);
    let unregistered = client_with(|_| {});
    assert!(read(&unregistered, &realm()).is_err());
    assert!(
        read(&client(), &realm_with(|_| {})).is_err(),
        "the realm has no such type"
    );
    let unvouched = |realm: &Realm| {
        let mut client = client();
        client.origin = ClientOrigin::Dynamic;
        read(&client, realm).is_ok()
    };
    assert!(!unvouched(&realm()), "nobody vouches for it");
    let mut open = realm();
    open.registration.details = vec!["payment".to_owned()];
    assert!(unvouched(&open));
}

#[test]
fn a_part_of_what_was_allowed_is_within_it_and_nothing_else_is() {
    let allowed = details(&json!({}));
    let narrowed = |change: &Value| AuthorizationDetails::narrowed(Some(&allowed), Some(&details(change)));
    for part in [json!({}), json!({ "actions": ["cancel"] })] {
        assert_eq!(narrowed(&part), Ok(Some(details(&part))));
    }
    for more in [
        json!({ "amount": { "currency": "EUR", "value": "10.01" } }),
        json!({ "amount": { "currency": "GBP", "value": "10.00" } }),
        json!({ "amount": { "currency": "EUR", "value": "9.00" } }),
        json!({ "creditor": "Thief" }),
        json!({ "actions": null }),
        json!({ "locations": [API] }),
        json!({ "urgent": true }),
    ] {
        let error = narrowed(&more).expect_err(&more.to_string());
        assert_eq!(error.code(), ErrorCode::InvalidAuthorizationDetails);
    }
    let asked = details(&json!({}));
    assert!(AuthorizationDetails::narrowed(None, Some(&asked)).is_err());
    assert_eq!(AuthorizationDetails::narrowed(None, None), Ok(None));
    assert_eq!(AuthorizationDetails::narrowed(Some(&allowed), None), Ok(Some(allowed)));
}

#[test]
fn an_api_hears_nothing_of_details_for_another() {
    let here = changed(&json!({ "locations": [format!("{API}/")], "creditor": "Here" }));
    let there = changed(&json!({ "locations": [OTHER_API], "creditor": "There" }));
    let anywhere = changed(&json!({ "creditor": "Anywhere" }));
    let all = read(&json!([here, there, anywhere]).to_string()).unwrap();
    let creditors = |audience: &str| -> Vec<String> {
        let kept = all.concerning(audience).unwrap();
        let names = kept
            .iter()
            .map(|detail| detail["creditor"].as_str().unwrap().to_owned());
        names.collect()
    };
    assert_eq!(creditors(API), ["Here", "Anywhere"]);
    assert_eq!(creditors(&format!("{OTHER_API} {API}")), ["Here", "There", "Anywhere"]);
    let only = details(&json!({ "locations": [OTHER_API] }));
    assert_eq!(only.concerning(API), None);
}

#[test]
fn what_was_taken_back_since_counts_no_more() {
    let allowed = details(&json!({}));
    assert_eq!(allowed.still_permitted(&client(), &realm()), Some(allowed.clone()));
    assert_eq!(allowed.still_permitted(&client_with(|_| {}), &realm()), None);
    assert_eq!(allowed.still_permitted(&client(), &realm_with(|_| {})), None);
}

#[test]
fn what_a_user_must_allow_is_not_had_without_one() {
    let asked = details(&json!({}));
    assert!(asked.require_without_user(&realm()).is_err());
    let mut free = realm();
    free.details[0].without_user = true;
    assert!(asked.require_without_user(&free).is_ok());
}

#[test]
fn people_read_words_in_the_order_of_the_type_and_all_that_is_asked() {
    let asked = details(&json!({ "urgent": false, "locations": [API], "copies": 2 }));
    let [words] = asked.in_words(&realm()).try_into().unwrap();
    assert_eq!(words.title, "Make a payment");
    let texts = |texts: &[&str]| WordValue::Texts(texts.iter().map(|text| (*text).to_owned()).collect());
    let row = |label: &str, value: WordValue| (label.to_owned(), value);
    assert_eq!(
        words.rows,
        [
            row("Amount", texts(&["10.00"])),
            row("Currency", texts(&["EUR"])),
            row("To", texts(&["Grocer"])),
            row("May", texts(&["initiate", "cancel"])),
            row("At once", WordValue::Flag(false)),
            row("Copies", texts(&["2"])),
            row("At", texts(&[API])),
        ]
    );
}
