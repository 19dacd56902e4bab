//! A page from memory is the page that would be rendered, and nobody's own.

use std::{cell::Cell, collections::BTreeMap};

use super::*;
use crate::{Locale, assets::Assets, samples, templates::Templates, texts::Texts};

fn templates() -> Templates {
    let none = BTreeMap::default();
    let (texts, assets) = (Texts::new(&none).unwrap(), Assets::new(BTreeMap::default()));
    Templates::new(&none, Arc::new(texts), Arc::new(assets)).unwrap()
}

/// What people may be called, and what a form may carry.
const NASTY: [&str; 7] = [
    "",
    "<script>alert(1)</script>",
    "\"'&\0",
    "\u{fdd0}0\u{fdd0}",
    "\u{fdd0}2\u{fdd0}\u{fdd1}2\u{fdd1}",
    "\u{fdd1}1",
    "عربي 日本語",
];

/// Shows the consent page to many, and compares each with the page rendered for that reader alone.
fn consent_is_as_rendered(templates: &Templates, pages: &AlikePages<ConsentView>, view: &ConsentView, shell: &Shell) {
    let asked = templates.asked(view, shell).unwrap();
    for (request, username) in NASTY.iter().flat_map(|one| NASTY.map(|other| (*one, other))) {
        let view = ConsentView {
            request: request.to_owned(),
            username: username.to_owned(),
            ..view.clone()
        };
        let render = |view: &ConsentView, asked: &str| templates.consent_of_one(view, asked, shell);
        let page = pages.page(&view, &asked, shell, render).unwrap();
        assert!(
            page == render(&view, &asked).unwrap(),
            "{request:?} {username:?}: {page}"
        );
    }
}

fn login_is_as_rendered(templates: &Templates, pages: &AlikePages<LoginView>, view: &LoginView, shell: &Shell) {
    for (request, challenge) in NASTY.iter().flat_map(|one| NASTY.map(|other| (*one, other))) {
        let view = view.with([request.to_owned(), challenge.to_owned()]);
        let render = |view: &LoginView, _: &str| templates.render("login.html", view, shell);
        let page = pages.page(&view, "", shell, render).unwrap();
        assert!(page == render(&view, "").unwrap(), "{request:?} {challenge:?}: {page}");
    }
}

#[test]
fn a_page_from_memory_is_the_page_that_would_be_rendered() {
    let templates = templates();
    // One memory for all of them: what one is shown must not be another's.
    let (consents, logins) = (AlikePages::default(), AlikePages::default());
    for locale in Locale::ALL {
        let shell = samples::shell(locale);
        for (_, view) in samples::consents().into_iter().chain(samples::consents_in_detail()) {
            consent_is_as_rendered(&templates, &consents, &view, &shell);
        }
        for (_, view) in samples::logins() {
            login_is_as_rendered(&templates, &logins, &view, &shell);
        }
    }
}

#[test]
fn a_name_that_looks_like_a_hole_is_none() {
    let templates = templates();
    let shell = samples::shell(Locale::En);
    for name in NASTY {
        let mut view = samples::consents().swap_remove(0).1;
        name.clone_into(&mut view.client_name);
        consent_is_as_rendered(&templates, &AlikePages::default(), &view, &shell);
    }
}

#[test]
fn a_page_is_rendered_for_the_first_reader_and_marked_for_the_second() {
    let (pages, times) = (AlikePages::default(), Cell::new(0));
    let shell = samples::shell(Locale::En);
    let view = samples::consents().swap_remove(0).1;
    let render = |view: &ConsentView, asked: &str| {
        times.set(times.get() + 1);
        Ok(format!("{} {asked} {}", view.request, view.client_name))
    };
    for (reader, rendered) in [(0, 1), (1, 3), (2, 3), (3, 3)] {
        let view = view.with([format!("ticket {reader}"), String::new()]);
        let page = pages.page(&view, &format!("<i>{reader}</i>"), &shell, render).unwrap();
        assert_eq!(page, format!("ticket {reader} <i>{reader}</i> {}", view.client_name));
        assert_eq!(times.get(), rendered);
    }
    let mut another = view.clone();
    another.client_name.push('2');
    assert!(pages.page(&another, "", &shell, render).unwrap().ends_with('2'));
    let elsewhere = samples::shell(Locale::De);
    pages.page(&view, "", &elsewhere, render).unwrap();
    assert_eq!(times.get(), 5);
}

#[test]
fn the_pages_of_a_thousand_applications_are_remembered() {
    let templates = templates();
    let shell = samples::shell(Locale::En);
    let simple = samples::consents().swap_remove(0).1;
    let asked = templates.asked(&simple, &shell).unwrap();
    let (pages, times) = (AlikePages::default(), Cell::new(0));
    let render = |view: &ConsentView, asked: &str| {
        times.set(times.get() + 1);
        templates.consent_of_one(view, asked, &shell)
    };
    let all = || {
        for number in 0..1000 {
            let client_name = format!("Application {number}");
            let view = ConsentView {
                client_name,
                ..simple.clone()
            };
            pages.page(&view, &asked, &shell, render).unwrap();
        }
        times.take()
    };
    // Once for its first reader and twice, with marks, for its second.
    assert_eq!((all(), all()), (1000, 2000));
    // The memory is divided, and where a page goes is drawn, so that a part may be too small for those that it gets.
    let again = all();
    assert!(again < 20, "{again}");
}

#[test]
fn what_is_kept_has_nothing_of_its_first_reader() {
    let pages = AlikePages::default();
    let shell = samples::shell(Locale::En);
    let view = samples::consents().swap_remove(0).1;
    for _ in 0..3 {
        let render = |view: &ConsentView, asked: &str| Ok(format!("{}{}{asked}", view.request, view.username));
        pages.page(&view, "what was asked", &shell, render).unwrap();
    }
    for (key, kept) in pages.kept.iter() {
        assert_eq!(key.view.own(), ["", ""]);
        assert!(key.view.requested == Requested::default());
        assert!(matches!(kept, Kept::Page(page) if page.html.is_empty() && page.holes == [(0, 0), (0, 1), (0, 2)]));
    }
    assert_eq!(pages.kept.len(), 1);
}

#[test]
fn a_page_that_others_will_not_be_shown_is_not_remembered() {
    let shell = samples::shell(Locale::En);
    let (consents, logins) = (AlikePages::default(), AlikePages::default());
    for (_, view) in samples::consents_in_detail() {
        consents.page(&view, "", &shell, |_, _| Ok(String::new())).unwrap();
    }
    for (_, view) in samples::logins() {
        let typed = LoginView {
            username: "ada@example.org".to_owned(),
            ..view
        };
        logins.page(&typed, "", &shell, |_, _| Ok(String::new())).unwrap();
    }
    assert_eq!((consents.kept.len(), logins.kept.len()), (0, 0));
}
