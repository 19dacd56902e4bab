//! Samples of pages on which somebody leaves: to a client, with an error, or signed out.

use super::{Samples, targets, web};
use crate::{
    link::{CarryUrl, LocalUrl},
    view::{
        BarredState, BarredView, ContinueView, ErrorView, FormPostView, InterstitialView, LogoutConfirmView, Outcome,
        RedirectTarget, SignedOutView,
    },
};

/// Pages that carry on to the client.
#[must_use]
pub fn continues() -> Samples<ContinueView> {
    let href = CarryUrl::of_sample(
        "https://app.ledgerly.example/callback?code=3Fq&state=a%22b;c&iss=https%3A%2F%2Fid.example",
    );
    let view = |outcome, target| ContinueView {
        href: href.clone(),
        client_name: "Ledgerly".into(),
        target,
        outcome,
        delay: 0,
    };
    let app = RedirectTarget::App {
        scheme: "com.ledgerly.app".into(),
    };
    let loopback = RedirectTarget::Loopback {
        host: "127.0.0.1:49152".into(),
    };
    vec![
        ("approved", view(Outcome::Approved, web())),
        ("denied", view(Outcome::Denied, app)),
        ("error", view(Outcome::Error, loopback)),
        ("onward", view(Outcome::Onward, web())),
    ]
}

/// Pages that post to the client.
#[must_use]
pub fn form_posts() -> Samples<FormPostView> {
    let fields = [("code", "3Fq"), ("state", "a\"b<c"), ("iss", "https://id.example")];
    let view = FormPostView {
        action: CarryUrl::of_sample("https://app.ledgerly.example/callback"),
        fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        client_name: "Ledgerly".into(),
        target: web(),
        outcome: Outcome::Approved,
    };
    vec![
        ("approved", view.clone()),
        (
            "denied",
            FormPostView {
                outcome: Outcome::Denied,
                ..view.clone()
            },
        ),
        (
            "error",
            FormPostView {
                outcome: Outcome::Error,
                fields: Vec::new(),
                ..view
            },
        ),
    ]
}

/// One error page for each explanation there is, and one for a code nobody knows.
#[must_use]
pub fn errors() -> Samples<ErrorView> {
    let codes = [
        ("request", "invalid_request", 400),
        ("client", "invalid_client", 400),
        ("redirect", "invalid_redirect_uri", 400),
        ("denied", "access_denied", 403),
        ("sign-in", "login_required", 401),
        ("expired", "form_expired", 400),
        ("moved", "client_moved", 400),
        ("forged", "cross_site", 403),
        ("busy", "temporarily_unavailable", 503),
        ("missing", "not_found", 404),
        ("elsewhere", "upstream_failed", 400),
        ("elsewhere-refused", "upstream_refused", 400),
        ("elsewhere-unknown", "upstream_unknown", 400),
        ("elsewhere-stale", "upstream_stale", 400),
        ("fault", "server_error", 500),
        ("unknown-code", "something_else", 400),
    ];
    codes
        .into_iter()
        .map(|(name, code, status)| {
            let is_elsewhere = code.starts_with("upstream");
            let detail = (status == 400 && !is_elsewhere && code != "client_moved")
                .then(|| "redirect_uri is not registered: only the trailing slash differs".to_owned());
            (
                name,
                ErrorView {
                    code: code.into(),
                    detail,
                    request_id: "01k3z9t6m2x8".into(),
                    status,
                    back: is_elsewhere.then(|| LocalUrl::of_sample("/authorize?client_id=ledgerly")),
                },
            )
        })
        .collect()
}

/// Interstitials to every kind of target.
#[must_use]
pub fn interstitials() -> Samples<InterstitialView> {
    let href = CarryUrl::of_sample("https://app.ledgerly.example/callback?error=invalid_scope");
    let view = |target| InterstitialView {
        client_name: "Ledgerly".into(),
        target,
        href: href.clone(),
        code: "invalid_scope".into(),
    };
    targets()
        .into_iter()
        .map(|(name, target)| (name, view(target)))
        .collect()
}

/// What a tenant says of an application, with and without a way back.
#[must_use]
pub fn barred() -> Samples<BarredView> {
    let back = || {
        let href = CarryUrl::of_sample("https://app.ledgerly.example/callback?error=access_denied");
        (href, web())
    };
    let view = |client: &str, tenant: &str, state, back| BarredView {
        client_name: client.into(),
        tenant_name: tenant.into(),
        state,
        back,
    };
    let long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mbH";
    vec![
        ("asked", view("Ledgerly", "Acme", BarredState::Asked, Some(back()))),
        ("waiting", view("Ledgerly", long, BarredState::Waiting, Some(back()))),
        (
            "full",
            view("مكتب المحاسبة", "شركة النور", BarredState::Full, Some(back())),
        ),
        ("blocked", view("Ledgerly", "Acme", BarredState::Blocked, Some(back()))),
        ("device", view("Ledgerly TV", "Acme", BarredState::Blocked, None)),
    ]
}

/// After signing out.
#[must_use]
pub fn signed_outs() -> Samples<SignedOutView> {
    let back = || Some((CarryUrl::of_sample("https://app.ledgerly.example/bye"), web()));
    let view = |go_on, by_itself, frames: &[&'static str]| SignedOutView {
        go_on,
        by_itself,
        frames: frames.iter().map(|frame| CarryUrl::of_sample(frame)).collect(),
    };
    let frames = [
        "https://app.ledgerly.example/out?sid=1",
        "https://mail.nordwind.example/out",
    ];
    vec![
        ("plain", view(None, false, &[])),
        ("back", view(back(), false, &[])),
        ("carried", view(back(), true, &[])),
        ("everywhere", view(back(), false, &frames)),
    ]
}

/// Before signing out.
#[must_use]
pub fn logout_confirms() -> Samples<LogoutConfirmView> {
    let view = LogoutConfirmView {
        action: LocalUrl::of_sample("/logout"),
        request: "v1.sealed-logout".into(),
        username: "anna@nordwind.example".into(),
        client_name: None,
    };
    vec![
        ("plain", view.clone()),
        (
            "asked-by-app",
            LogoutConfirmView {
                client_name: Some("Ledgerly".into()),
                ..view
            },
        ),
    ]
}
