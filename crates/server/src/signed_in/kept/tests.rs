//! What comes back into a form, what never does, and what is carried through a login.

use super::*;
use crate::signed_in::fields::{checks, hidden, line, password, radios};
use grantd_pages::{LocalUrl, Weight};
use std::path::Path;

const HERE: &str = "/console/users/new";

fn kept(form: &str) -> Kept {
    let sent = RawParams::parse_long_form(form.as_bytes()).unwrap();
    Kept::late(&sent, ScopeSet::empty())
}

fn form(fields: Vec<Field>) -> Vec<Block> {
    vec![Block::Form(Box::new(Form {
        title: None,
        lead: None,
        consequences: Vec::new(),
        ticket: "fresh".to_owned(),
        action: LocalUrl::parse(HERE).unwrap(),
        fields,
        errors: Vec::new(),
        submit: Words::say("console-save"),
        weight: Weight::Primary,
        cancel: None,
        picture: None,
    }))]
}

/// The form after what was filled in was put back.
fn again(kept: &Kept, fields: Vec<Field>) -> Form {
    match kept.on(HERE, form(fields)).pop() {
        Some(Block::Form(form)) => *form,
        _ => panic!("no form"),
    }
}

fn value(form: &Form, number: usize) -> &str {
    match &form.fields[number].kind {
        FieldKind::Line { value, .. } | FieldKind::Lines { value } | FieldKind::Hidden { value } => value,
        _ => panic!("no line"),
    }
}

#[test]
fn what_was_filled_in_is_there_again_and_the_form_says_that_nothing_was_done() {
    let fields = vec![
        line("name", "console-name", None, "before"),
        line("note", "console-name", None, "before"),
        checks("events", "console-name", None, &["a", "b"], &["a".to_owned()]),
        radios(
            "state",
            "console-state",
            &[("on", "console-enabled", None), ("off", "console-disabled", None)],
            "on",
        ),
        hidden("etag", "now"),
        hidden("listed", "now"),
    ];
    let form = again(
        &kept("name=typed&note=&events=b&state=off&etag=then&listed=then"),
        fields,
    );
    assert_eq!(
        (value(&form, 0), value(&form, 1)),
        ("typed", ""),
        "what was emptied is empty"
    );
    assert_eq!((value(&form, 4), value(&form, 5)), ("then", "now"));
    let chosen = |number: usize| match &form.fields[number].kind {
        FieldKind::Checks { offers } | FieldKind::Radios { offers } => {
            let chosen = offers.iter().filter(|offer| offer.chosen);
            chosen.map(|offer| offer.value.clone()).collect::<Vec<_>>()
        }
        _ => panic!("no choice"),
    };
    assert_eq!((chosen(2), chosen(3)), (vec!["b".to_owned()], vec!["off".to_owned()]));
    assert_eq!(form.errors.len(), 2);
    assert_eq!(form.ticket, "fresh");
}

#[test]
fn no_password_and_no_secret_is_given_back_whatever_its_field_is_called() {
    let sent = kept("password=p&secret=s&code=c&otp=1&new_password=n&again=n&pin=1234&request=t");
    for name in NEVER {
        assert_eq!(sent.value(name), None, "{name}");
    }
    let form = again(&sent, vec![password("pin", "console-user-password", None)]);
    assert_eq!((value(&form, 0), form.errors.len()), ("", 1));
}

#[test]
fn a_few_hundred_ticked_permissions_can_be_carried() {
    let areas = [
        "customers",
        "invoices",
        "payment-methods",
        "stock.items",
        "team",
        "webhooks",
    ];
    let scopes = (0..50).flat_map(|number| areas.map(|area| format!("{area}.part{number}:read")));
    let scopes: Vec<String> = scopes.collect();
    let form = scopes.iter().map(|scope| format!("scope={scope}&")).collect();
    let shown = scopes.iter().map(String::as_str).collect();
    let carried = Carried {
        path: HERE.to_owned(),
        user: "u".repeat(40),
        at: Timestamp::from_secs(1_700_000_000),
        form,
        shown,
    };
    let sealed = packed(&carried).unwrap().len() + 28;
    assert!(sealed.div_ceil(3) * 4 <= LONGEST, "{sealed}");
}

#[test]
fn what_would_not_be_unpacked_again_is_not_packed_however_small_that_is() {
    let carried = |length: usize| Carried {
        path: HERE.to_owned(),
        user: "u".to_owned(),
        at: Timestamp::from_secs(1_700_000_000),
        form: "a".repeat(length),
        shown: ScopeSet::empty(),
    };
    assert!(packed(&carried(MOST)).is_none());
    let around = serde_json::to_vec(&carried(0)).unwrap().len();
    let packed = packed(&carried(MOST - around - 1)).unwrap();
    assert!(packed.len() < LONGEST);
    assert!(decompress_to_vec_with_limit(&packed, MOST).is_ok());
}

#[test]
fn a_form_of_another_page_is_left_as_it_is() {
    let blocks = kept("name=typed").on("/console/roles/new", form(vec![line("name", "console-name", None, "")]));
    let Some(Block::Form(form)) = blocks.first() else {
        panic!("no form")
    };
    assert!(form.errors.is_empty() && value(form, 0).is_empty());
}

#[test]
fn fields_that_people_type_secrets_into_are_known_by_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = 0;
    let mut check = |name: &str, place: &Path| {
        assert!(
            NEVER.contains(&name) || name.contains('{'),
            "{name} in {}",
            place.display()
        );
        found += 1;
    };
    let mut folders = vec![
        root.join("src/console"),
        root.join("src/portal"),
        root.join("../pages/templates"),
    ];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for call in text.split("password(\"").skip(1) {
                check(call.split('"').next().unwrap(), &path);
            }
            let inputs = text.split("<input").skip(1).filter(|input| {
                let tag = input.split('>').next().unwrap();
                tag.contains("type=\"password\"") || tag.contains("one-time-code")
            });
            for input in inputs {
                let (_, name) = input.split_once(" name=\"").unwrap();
                check(name.split('"').next().unwrap(), &path);
            }
        }
    }
    assert!(found >= 8, "{found}");
}
