use super::*;
use serde_json::json;

fn wrong(body: &Value, read: impl FnOnce(&mut Fields<'_>)) -> Vec<(String, String)> {
    let mut fields = Fields::new(body.as_object().unwrap());
    read(&mut fields);
    fields
        .finish()
        .into_iter()
        .map(|wrong| (wrong.pointer, wrong.detail))
        .collect()
}

#[test]
fn an_unknown_member_is_named_by_its_escaped_pointer() {
    let found = wrong(&json!({ "a/b~c": 1 }), |_| {});
    assert_eq!(found.first().map(|(pointer, _)| pointer.as_str()), Some("/a~1b~0c"));
}

#[test]
fn what_is_absent_stays_and_null_takes_away_what_may_be_absent() {
    let mut name = "before".to_owned();
    let mut domain = Some("before".to_owned());
    assert!(wrong(&json!({}), |fields| fields.text("name", 9, &mut name)).is_empty());
    assert!(
        wrong(&json!({ "domain": null }), |fields| fields.optional_text(
            "domain",
            9,
            &mut domain
        ))
        .is_empty()
    );
    assert_eq!((name.as_str(), domain), ("before", None));
    assert_eq!(
        wrong(&json!({ "name": null }), |fields| fields.text("name", 9, &mut name)).len(),
        1
    );
}

#[test]
fn texts_have_bounds_and_no_control_characters() {
    for bad in ["", "  ", "too long for it", "a\u{0}b", "a\nb"] {
        let mut name = String::new();
        let found = wrong(&json!({ "name": bad }), |fields| fields.text("name", 9, &mut name));
        assert_eq!(found.len(), 1, "{bad:?}");
    }
}

#[test]
fn a_short_text_is_bounded_in_bytes() {
    for (text, mistakes) in [
        ("nine byte", 0),
        ("\u{e4}\u{e4}\u{e4}\u{e4}a", 0),
        ("\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}", 1),
    ] {
        let mut name = String::new();
        let found = wrong(&json!({ "name": text }), |fields| {
            fields.short_text("name", 9, &mut name)
        });
        assert_eq!(found.len(), mistakes, "{text:?}");
    }
}

#[test]
fn entries_of_lists_are_named_one_by_one() {
    let mut texts = Vec::new();
    let found = wrong(&json!({ "list": ["a", 1, "a", ""] }), |fields| {
        fields.texts("list", 9, &mut texts)
    });
    let pointers: Vec<_> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(pointers, ["/list/1", "/list/2", "/list/3"]);
}

#[test]
fn a_list_has_a_bound() {
    let mut texts = Vec::new();
    let many: Vec<String> = (0..=MAX_ENTRIES).map(|n| n.to_string()).collect();
    assert_eq!(
        wrong(&json!({ "list": many }), |fields| fields.texts("list", 9, &mut texts)).len(),
        1
    );
}
