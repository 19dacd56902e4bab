//! The main part of every page, with ordinary and with extreme data. A changed snapshot is a changed page: look at it.

use grantd_pages::{Locale, Requested, samples};

use crate::{
    hostile,
    html::{essence, pages, shell},
};

/// One snapshot per sample of a page.
macro_rules! snapshots {
    ($page:literal, $render:ident, $samples:expr) => {
        for (sample, view) in $samples {
            insta::assert_snapshot!(
                concat!($page, "--").to_owned() + sample,
                essence(&pages().$render(&view, &shell()))
            );
        }
    };
}

#[test]
fn login() {
    snapshots!("login", login, samples::logins());
    snapshots!("otp", otp, samples::otps());
    snapshots!("reset", reset, samples::resets());
}

#[test]
fn consent() {
    snapshots!(
        "consent",
        consent,
        samples::consents().into_iter().filter(|(name, _)| *name != "crowded")
    );
    let simple = samples::consents().swap_remove(0).1;
    insta::assert_snapshot!(
        "consent--picture",
        essence(&pages().picture_of_consent(&simple, &shell()))
    );
}

#[test]
fn carrying_on() {
    snapshots!("continue", carry_on, samples::continues());
    snapshots!("form-post", form_post, samples::form_posts());
    snapshots!("interstitial", interstitial, samples::interstitials());
    snapshots!("barred", barred, samples::barred());
}

#[test]
fn notices() {
    snapshots!("error", error, samples::errors());
    snapshots!("signed-out", signed_out, samples::signed_outs());
    snapshots!("logout-confirm", logout_confirm, samples::logout_confirms());
    snapshots!("message", message, samples::messages());
}

#[test]
fn a_users_own_pages() {
    snapshots!("account", account, samples::accounts());
    snapshots!(
        "apps",
        apps,
        samples::apps().into_iter().filter(|(name, _)| *name != "300")
    );
    snapshots!(
        "app",
        app,
        samples::app_pages().into_iter().filter(|(name, _)| *name != "crowded")
    );
    snapshots!("sessions", sessions, samples::sessions());
    snapshots!(
        "two-step",
        two_step,
        samples::two_steps()
            .into_iter()
            .filter(|(name, _)| !["setup", "wrong-code"].contains(name))
    );
    snapshots!("password", password, samples::passwords());
    snapshots!("passkeys", passkeys, samples::passkeys());
    snapshots!("providers", providers, samples::providers());
}

#[test]
fn device_and_home() {
    snapshots!("device", device, samples::devices());
    snapshots!("home", realm_home, samples::homes());
}

#[test]
fn signed_in() {
    snapshots!("signed-in", signed_in, samples::signed_in::all());
    snapshots!("portal", signed_in, samples::signed_in::portal());
}

#[test]
fn consent_with_markup_everywhere() {
    let view = hostile::consent(&|| "\"><b>\u{5e9}\u{5dc}\u{5d5}\u{5dd} & {{ x }}</b>".to_owned());
    insta::assert_snapshot!(essence(&pages().consent(&view, &shell())));
}

#[test]
fn consent_with_names_from_right_to_left() {
    let mut view = hostile::consent(&|| "\u{634}\u{631}\u{643}\u{629} \u{627}\u{644}\u{646}\u{648}\u{631}".to_owned());
    view.already_granted = Requested::default();
    insta::assert_snapshot!(essence(&pages().consent(&view, &shell())));
}

/// The headlines only: what a person sees of 300 permissions before opening a group.
#[test]
fn consent_with_three_hundred_permissions() {
    let html = essence(&pages().consent(&samples::crowded_consent(300), &shell()));
    let headlines = html
        .lines()
        .filter(|line| line.contains("<summary") || line.contains("<h2") || line.contains("\"count\""));
    insta::assert_snapshot!(headlines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_whole_page_in_japanese() {
    let html = pages().consent(&samples::consents()[0].1, &samples::shell(Locale::Ja));
    insta::assert_snapshot!(essence(&html));
}
