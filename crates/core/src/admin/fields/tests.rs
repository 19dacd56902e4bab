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
fn no_text_hides_what_programs_read_and_every_script_can_be_written() {
    for bad in [
        "Bank\u{202e}",
        "Bank\u{200b}",
        "Ba\u{2028}nk",
        "\u{feff}Bank",
        "Ba\u{2066}nk",
        "Bank\u{e0041}",
    ] {
        let (mut name, mut names) = (String::new(), Vec::new());
        let found = wrong(&json!({ "name": bad, "names": ["a", bad] }), |fields| {
            fields.text("name", 9, &mut name);
            fields.texts("names", 9, &mut names);
        });
        let pointers: Vec<_> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/name", "/names/1"], "{bad:?}");
    }
    for good in [
        "\u{0645}\u{06cc}\u{200c}\u{062e}",
        "\u{1f469}\u{200d}\u{1f4bb}",
        "<b>",
        "\u{2764}\u{fe0f}",
    ] {
        let mut name = String::new();
        assert!(wrong(&json!({ "name": good }), |fields| fields.text("name", 9, &mut name)).is_empty());
        assert_eq!(name, good);
    }
}

#[test]
fn a_public_name_is_one_that_others_can_look_up() {
    let read = |value: serde_json::Value| {
        let mut host = Some("before.example".to_owned());
        let found = wrong(&json!({ "host": value }), |fields| {
            fields.public_name("host", &mut host)
        });
        (found.len(), host)
    };
    assert_eq!(
        read(json!("ledgerly.example")),
        (0, Some("ledgerly.example".to_owned()))
    );
    assert_eq!(read(json!(null)), (0, None));
    for bad in [
        "localhost",
        "Ledgerly.example",
        "a.example/x",
        "https://a.example",
        "10.0.0.1",
        "b\u{fc}cher.example",
        "",
        "a b.example",
    ] {
        assert_eq!(read(json!(bad)), (1, Some("before.example".to_owned())), "{bad:?}");
    }
    assert_eq!(read(json!(7)).0, 1);
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
