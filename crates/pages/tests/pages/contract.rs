//! What outside programs and people rely on: field names, ids, what is preselected, and what must never be there.

use grantd_pages::{
    CarryUrl, ContinueView, ErrorView, FormPostView, Locale, LoginError, LoginView, Outcome, RedirectTarget, samples,
};

use crate::html::{attribute, essence, pages, shell, tag_with, tags};

const AWKWARD: [&str; 4] = [
    "https://a.example/cb?code=x&state=%22;url=https://evil.example",
    "https://a.example/cb?state=\"';&lt;<>",
    "com.example.app:/cb?code=1&state=a;b",
    "http://127.0.0.1:3000/callback#code=1&amp;x",
];

#[test]
fn the_login_form_and_its_second_step_have_their_fields() {
    let html = pages().login(&samples::logins()[0].1, &shell());
    let fields = [
        ("username", "autocomplete=\"username webauthn\""),
        ("password", "autocomplete=\"current-password\""),
        ("request", "type=\"hidden\""),
    ];
    let has = |html: &str, name: &str, expected: &str| {
        let found = tag_with(html, &["input", &format!("name=\"{name}\""), expected]);
        assert!(found.is_some(), "{name}");
        assert!(tag_with(html, &["button", "id=\"login-submit\"", "type=\"submit\""]).is_some());
        assert!(tag_with(html, &["form", "method=\"post\"", "action=\"/login\""]).is_some());
    };
    for (name, expected) in fields {
        has(&html, name, expected);
    }
    assert!(
        tag_with(&html, &["name=\"otp\""]).is_none(),
        "it is asked for only when needed"
    );
    for (_, view) in samples::otps() {
        let html = pages().otp(&view, &shell());
        has(&html, "otp", "autocomplete=\"one-time-code\"");
        has(&html, "request", "type=\"hidden\"");
    }
}

#[test]
fn the_password_never_comes_back() {
    for (name, view) in samples::logins() {
        let html = pages().login(&view, &shell());
        let password = tag_with(&html, &["name=\"password\""]).unwrap();
        assert_eq!(attribute(password, "value"), None, "{name}");
    }
}

#[test]
fn an_error_is_summarised_first_and_focused() {
    let view = LoginView {
        error: Some(LoginError::BadCredentials),
        ..samples::logins()[0].1.clone()
    };
    let html = essence(&pages().login(&view, &shell()));
    let summary = html
        .find("id=\"error-summary\" role=\"alert\" tabindex=\"-1\" autofocus")
        .unwrap();
    assert!(summary < html.find("<h1").unwrap());
    assert_eq!(tags(&html).filter(|tag| tag.ends_with(" autofocus")).count(), 1);
    assert!(html.starts_with("<title>Error: "));
}

#[test]
fn among_several_tenants_and_optional_permissions_nothing_is_preselected() {
    for (name, view) in samples::consents() {
        let html = pages().consent(&view, &shell());
        let choices = ["name=\"tenant\"", "name=\"scope\""].map(|field| {
            tags(&html)
                .filter(|tag| tag.contains(field) && tag.ends_with(" checked"))
                .count()
        });
        let expected = [usize::from(name == "tenant-chosen"), usize::from(name == "identity")];
        assert_eq!(choices, expected, "{name}");
    }
}

#[test]
fn one_tenant_is_text_and_a_hidden_field() {
    let html = pages().consent(&samples::consents()[0].1, &shell());
    let tenant = tag_with(&html, &["name=\"tenant\""]).unwrap();
    assert!(tenant.contains("type=\"hidden\"") && tenant.contains("value=\"acct_1NwGmbH\""));
}

#[test]
fn allow_and_deny_weigh_the_same_and_enter_never_allows() {
    for (name, view) in samples::consents() {
        let html = pages().consent(&view, &shell());
        let class = |id: &str| attribute(tag_with(&html, &["button", &format!("id=\"{id}\"")]).unwrap(), "class");
        assert_eq!(class("consent-allow"), class("consent-deny"), "{name}");
        let main_form = &html[html.find("id=\"consent\"").unwrap()..];
        // Enter in a form presses its first submit button.
        let first = tags(main_form).find(|tag| tag.starts_with("button")).unwrap();
        assert!(
            first.contains("value=\"deny\"") && first.contains("formnovalidate"),
            "{name}"
        );
    }
}

#[test]
fn a_picture_of_a_consent_says_the_same_and_has_nothing_to_send() {
    for (name, view) in samples::consents() {
        let (page, picture) = (
            pages().consent(&view, &shell()),
            pages().picture_of_consent(&view, &shell()),
        );
        let words = |html: &str| {
            html.split('<')
                .filter_map(|piece| piece.split_once('>'))
                .fold(String::new(), |text, (_, words)| text + words.trim())
        };
        assert_eq!(words(&page), words(&picture), "{name}");
        for what in [
            "<form",
            "<script",
            "type=\"submit\"",
            "type=\"hidden\"",
            "name=\"request\"",
            " form=\"",
        ] {
            assert!(!picture.contains(what), "{name} has {what}");
        }
        assert!(!picture.contains(&view.request), "{name}");
    }
}

#[test]
fn the_exact_place_an_answer_goes_to_is_always_shown() {
    for (name, target) in samples::targets() {
        let expected = match &target {
            RedirectTarget::Web { host } | RedirectTarget::Loopback { host } => host.clone(),
            RedirectTarget::App { scheme } => format!("{scheme}:"),
            RedirectTarget::Device => "The device that showed you the code".into(),
        };
        let mut view = samples::consents().swap_remove(0).1;
        view.target = target;
        assert!(
            pages().consent(&view, &shell()).contains(&format!("{expected}</")) || name == "device",
            "{name}"
        );
        assert!(pages().consent(&view, &shell()).contains(&expected), "{name}");
    }
}

#[test]
fn a_loopback_only_client_is_warned_about() {
    let warning = "Any program on this computer can pose as this app.";
    for (name, view) in samples::consents() {
        assert_eq!(
            pages().consent(&view, &shell()).contains(warning),
            view.loopback_only,
            "{name}"
        );
    }
}

#[test]
fn a_pattern_is_spelled_out_and_warned_about() {
    let view = samples::consents()
        .into_iter()
        .find(|(name, _)| *name == "loopback")
        .unwrap()
        .1;
    let html = pages().consent(&view, &shell());
    assert_eq!(html.matches("Including permissions added later").count(), 3);
    assert!(html.contains("<code>orders:*</code>") && html.contains("<code>*</code>"));
    assert!(html.contains("43 permissions") && html.contains("Permission number 40"));
}

#[test]
fn three_hundred_permissions_are_folded_and_all_there() {
    let html = pages().consent(&samples::crowded_consent(300), &shell());
    assert_eq!(html.matches("<li class=\"permission").count(), 300);
    assert_eq!(html.matches("<details class=\"group\"").count(), 25);
    assert!(tag_with(&html, &["details", " open"]).is_none());
}

#[test]
fn earlier_permissions_cannot_be_unticked_here() {
    let view = samples::consents()
        .into_iter()
        .find(|(name, _)| *name == "later")
        .unwrap()
        .1;
    let html = pages().consent(&view, &shell());
    let earlier = &html[html.find("class=\"earlier\"").unwrap()..];
    assert!(tag_with(earlier, &["name=\"scope\""]).is_none());
}

#[test]
fn the_way_back_is_exact_in_link_and_refresh() {
    for url in AWKWARD {
        let href = CarryUrl::parse(url).unwrap();
        let view = ContinueView {
            href,
            delay: 3,
            ..samples::continues()[0].1.clone()
        };
        let html = pages().carry_on(&view, &shell());
        let link = tag_with(&html, &["a ", "id=\"continue\""]).unwrap();
        assert_eq!(attribute(link, "href").as_deref(), Some(url));
        let refresh = tag_with(&html, &["http-equiv=\"refresh\""]).unwrap();
        assert_eq!(attribute(refresh, "content"), Some(format!("3;url={url}")));
    }
}

#[test]
fn a_form_post_carries_every_field_in_order() {
    let fields: Vec<(String, String)> = AWKWARD
        .iter()
        .map(|value| ("state\"".into(), (*value).into()))
        .collect();
    let view = FormPostView {
        fields: fields.clone(),
        outcome: Outcome::Approved,
        ..samples::form_posts()[0].1.clone()
    };
    let html = pages().form_post(&view, &shell());
    let posted: Vec<(String, String)> = tags(&html)
        .filter(|tag| tag.starts_with("input"))
        .map(|tag| (attribute(tag, "name").unwrap(), attribute(tag, "value").unwrap()))
        .collect();
    assert_eq!(posted, fields);
}

#[test]
fn the_error_page_names_its_code_and_leads_nowhere_but_back() {
    for (name, view) in samples::errors() {
        let html = pages().error(&view, &shell());
        let error = tag_with(&html, &["id=\"error\""]).unwrap();
        assert_eq!(
            attribute(error, "data-error").as_deref(),
            Some(view.code.as_str()),
            "{name}"
        );
        let links: Vec<_> = tags(&html).filter(|tag| tag.starts_with("a ")).collect();
        assert_eq!(links.len(), usize::from(view.back.is_some()), "{name}");
        assert!(tags(&html).all(|tag| !tag.starts_with("form")), "{name}");
    }
}

#[test]
fn unknown_and_forbidden_clients_look_alike() {
    let page = |code: &str| {
        let view = ErrorView {
            code: code.into(),
            detail: None,
            request_id: "1".into(),
            status: 400,
            back: None,
        };
        pages().error(&view, &shell()).replace(code, "CODE")
    };
    assert_eq!(page("invalid_client"), page("unauthorized_client"));
}

#[test]
fn every_page_says_its_language() {
    for locale in Locale::ALL {
        let html = pages().login(&samples::logins()[0].1, &samples::shell(locale));
        assert!(html.contains(&format!("<html lang=\"{}\">", locale.tag())));
    }
}

#[test]
fn every_asset_a_page_names_is_served() {
    let pages = pages();
    let html = pages.form_post(&samples::form_posts()[0].1, &shell());
    let names: Vec<&str> = html
        .split("\"/assets/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(names.len(), 5);
    for name in names {
        assert!(!pages.asset(name).unwrap().bytes.is_empty(), "{name}");
    }
    assert!(pages.asset("base.css").is_none() && pages.asset("../Cargo.toml").is_none());
}

#[test]
fn pages_are_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(pages());
}
