//! Theme directories: what they can change, and that a broken one is refused at start with the place of the mistake.

use std::{
    fs,
    path::{Path, PathBuf},
};

use grantd_pages::{LoginView, PageError, Pages, samples};

use crate::html::shell;

/// A theme directory with these files.
fn theme(test: &str, files: &[(&str, &str)]) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("themes").join(test);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    for (name, content) in files {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    directory
}

fn refusal(test: &str, files: &[(&str, &str)]) -> String {
    match Pages::new(Some(&theme(test, files))) {
        Ok(_) => panic!("{test}: the theme was accepted"),
        Err(error) => error.to_string(),
    }
}

const LOGIN: &str = r#"{% extends "_layout.html" %}
{% block title %}Hi{% endblock %}
{% block main %}<h1>{{ t("login-title") }}</h1>
<form method="post" action="{{ view.action }}"><input type="hidden" name="request" value="{{ view.request }}">
<input name="username" value="{{ view.username }}"><input name="password" type="password">
EXTRA
<button id="login-submit">{{ t("login-submit") }}</button></form>{% endblock %}
"#;

#[test]
fn a_theme_replaces_pages_texts_and_files() {
    let directory = theme(
        "whole",
        &[
            (
                "templates/login.html",
                &LOGIN.replace(
                    "EXTRA",
                    "{% include \"_own.html\" %}<img src=\"{{ asset(\"own.png\") }}\" alt=\"\">",
                ),
            ),
            ("templates/_own.html", "<p>ours</p>"),
            ("locales/en.ftl", "login-title = Welcome aboard\n"),
            ("assets/own.png", "png"),
            ("assets/base.css", "body{color:red}"),
        ],
    );
    let pages = Pages::new(Some(&directory)).unwrap();
    let html = pages.login(&samples::logins()[0].1, &shell());
    assert!(html.contains("<h1>Welcome aboard</h1>") && html.contains("<p>ours</p>"));
    let picture = html
        .split("/assets/own-")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap();
    assert_eq!(
        pages.asset(&format!("own-{picture}")).unwrap().content_type,
        "image/png"
    );
    assert_ne!(
        css_name(&html),
        css_name(&Pages::new(None).unwrap().login(&samples::logins()[0].1, &shell()))
    );
    assert!(
        pages
            .consent(&samples::consents()[0].1, &shell())
            .contains("consent-allow"),
        "the rest is built in"
    );
}

fn css_name(html: &str) -> &str {
    html.split("/assets/base-")
        .nth(1)
        .and_then(|rest| rest.split('.').next())
        .unwrap()
}

#[test]
fn a_template_that_does_not_parse_is_refused_with_file_and_line() {
    let message = refusal(
        "syntax",
        &[("templates/error.html", "{% extends \"_layout.html\" %}\n\n{% if %}\n")],
    );
    assert!(message.starts_with("theme/templates/error.html:3: "), "{message}");
}

#[test]
fn a_misspelt_variable_is_refused_with_file_and_line() {
    let message = refusal(
        "variable",
        &[("templates/login.html", &LOGIN.replace("EXTRA", "{{ view.usrname }}"))],
    );
    assert!(
        message.starts_with("theme/templates/login.html:6: undefined value"),
        "{message}"
    );
}

#[test]
fn a_misspelt_text_is_refused_with_file_and_line() {
    let message = refusal(
        "text",
        &[(
            "templates/login.html",
            &LOGIN.replace("EXTRA", "{{ t(\"login-titel\") }}"),
        )],
    );
    assert!(
        message.starts_with("theme/templates/login.html:6: ") && message.contains("login-titel"),
        "{message}"
    );
}

#[test]
fn a_missing_asset_is_refused() {
    let message = refusal(
        "asset",
        &[(
            "templates/login.html",
            &LOGIN.replace("EXTRA", "{{ asset(\"nope.png\") }}"),
        )],
    );
    assert!(message.contains("nope.png"), "{message}");
}

#[test]
fn a_form_without_its_fields_is_refused() {
    let message = refusal(
        "field",
        &[(
            "templates/login.html",
            &LOGIN.replace("name=\"request\"", "name=\"rq\""),
        )],
    );
    assert_eq!(
        message,
        "theme/templates/login.html: the rendered page has no name=\"request\", without which login (plain) cannot work"
    );
}

#[test]
fn inline_code_is_refused() {
    for (test, extra) in [
        ("style", "<p style=\"color:red\">x</p>"),
        ("script", "<script>x()</script>"),
        ("on", "<p onclick=\"x\">"),
    ] {
        let message = refusal(test, &[("templates/login.html", &LOGIN.replace("EXTRA", extra))]);
        assert!(message.contains("the content security policy blocks"), "{message}");
    }
}

#[test]
fn a_file_that_replaces_nothing_is_refused() {
    assert!(
        refusal("name", &[("templates/logn.html", "x")]).starts_with("theme: templates/logn.html replaces nothing")
    );
    assert!(refusal("language", &[("locales/fr.ftl", "a = b")]).starts_with("theme: locales/fr.ftl replaces nothing"));
    assert!(refusal("kind", &[("template/login.html", "x")]).starts_with("theme: template replaces nothing"));
}

#[test]
fn texts_are_checked_with_file_and_line() {
    let message = refusal(
        "ftl",
        &[("locales/de.ftl", "login-title = Hallo\nlogin-lead = { $realm\n")],
    );
    assert!(
        message.starts_with("theme/locales/de.ftl:2: ") || message.starts_with("theme/locales/de.ftl:3: "),
        "{message}"
    );
    let message = refusal(
        "key",
        &[("locales/de.ftl", "login-title = Hallo\nlogin-titel = Hallo\n")],
    );
    assert_eq!(message, "theme/locales/de.ftl:2: no page has a text \"login-titel\"");
    let message = refusal("value", &[("locales/de.ftl", "login-lead = bei { $realn }\n")]);
    assert!(message.contains("login-lead") && message.contains("realn"), "{message}");
}

#[test]
fn a_missing_directory_is_named() {
    let missing = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-such-theme");
    let error = Pages::new(Some(&missing)).err().unwrap();
    assert!(
        matches!(&error, PageError::Unreadable { path, .. } if *path == missing),
        "{error}"
    );
}

#[test]
fn a_page_that_fails_later_is_replaced_by_the_built_in_one() {
    let extra = "{% if view.username == \"rare\" %}{{ view.nothing }}{% endif %}";
    let directory = theme("rare", &[("templates/login.html", &LOGIN.replace("EXTRA", extra))]);
    let pages = Pages::new(Some(&directory)).unwrap();
    let view = LoginView {
        username: "rare".into(),
        ..samples::logins()[0].1.clone()
    };
    assert!(pages.login(&samples::logins()[0].1, &shell()).contains("<title>Hi"));
    assert_eq!(pages.theme_failure(), None);
    assert!(pages.login(&view, &shell()).contains("<title>Sign in"));
    assert!(
        pages
            .theme_failure()
            .unwrap()
            .starts_with("theme/templates/login.html:6: ")
    );
}
