//! Every page in every state, filled with plausible data: for the check at start, the gallery, and tests of other crates
//! that need "some view". Each sample has a name that is unique within its page.

mod account;
mod consent;
pub mod signed_in;

pub use account::{accounts, app_pages, apps, passkeys, passwords, sessions, two_steps};
pub use consent::{consents, consents_in_detail, crowded_consent};

use crate::{
    link::{CarryUrl, LocalUrl},
    locale::Locale,
    theme::Accent,
    view::{
        ContinueView, DeviceError, DeviceState, DeviceView, ErrorView, FormPostView, HomeEndpoint, InterstitialView,
        LoginError, LoginView, LogoutConfirmView, MessageTone, MessageView, OtpView, Outcome, PasskeyLogin,
        RealmHomeView, RedirectTarget, ResetError, ResetState, ResetView, Shell, SignedOutView,
    },
};

/// A list of samples with their names.
pub type Samples<V> = Vec<(&'static str, V)>;

/// The frame of a realm without a logo.
#[must_use]
pub fn shell(locale: Locale) -> Shell {
    Shell {
        locale,
        realm: "Nordwind Pay".into(),
        logo: None,
        accent: Accent::default(),
        base: LocalUrl::of_sample("/"),
    }
}

/// Sign-in pages.
#[must_use]
pub fn logins() -> Samples<LoginView> {
    let plain = LoginView {
        action: LocalUrl::of_sample("/login"),
        request: "v1.sealed-request".into(),
        username: String::new(),
        error: None,
        client_name: Some("Ledgerly".into()),
        reauthenticate: false,
        reset_url: Some(LocalUrl::of_sample("/reset")),
        passkey: Some(PasskeyLogin {
            rp_id: "id.example".into(),
            challenge: "c2FtcGxlLWNoYWxsZW5nZQ".into(),
        }),
    };
    let wrong = LoginView {
        username: "anna@nordwind.example".into(),
        error: Some(LoginError::BadCredentials),
        ..plain.clone()
    };
    let blocked = LoginError::TooManyAttempts {
        retry_after_seconds: 90,
    };
    let briefly_blocked = LoginError::TooManyAttempts {
        retry_after_seconds: 20,
    };
    vec![
        ("plain", plain.clone()),
        ("wrong", wrong.clone()),
        (
            "passkey-wrong",
            LoginView {
                error: Some(LoginError::BadPasskey),
                ..plain.clone()
            },
        ),
        (
            "without-passkeys",
            LoginView {
                passkey: None,
                ..plain.clone()
            },
        ),
        (
            "blocked",
            LoginView {
                error: Some(blocked),
                ..wrong.clone()
            },
        ),
        (
            "briefly-blocked",
            LoginView {
                error: Some(briefly_blocked),
                client_name: None,
                ..wrong.clone()
            },
        ),
        (
            "expired",
            LoginView {
                error: Some(LoginError::Expired),
                ..plain
            },
        ),
        (
            "again",
            LoginView {
                error: None,
                reauthenticate: true,
                ..wrong
            },
        ),
    ]
}

/// The page for whoever forgot their password.
#[must_use]
pub fn resets() -> Samples<ResetView> {
    let view = |state| ResetView {
        action: LocalUrl::of_sample("/reset"),
        request: "v1.sealed-request".into(),
        state,
    };
    let ask = |error| {
        view(ResetState::Ask {
            username: "anna@nordwind.example".into(),
            error,
        })
    };
    let choose = |error| {
        view(ResetState::Choose {
            username: "anna@nordwind.example".into(),
            least: 8,
            error,
        })
    };
    let account = LocalUrl::of_sample("/account");
    vec![
        ("ask", ask(None)),
        ("expired", ask(Some(ResetError::Expired))),
        ("blocked", ask(Some(ResetError::TooManyAttempts))),
        ("sent", view(ResetState::Sent)),
        ("choose", choose(None)),
        ("short", choose(Some(ResetError::PasswordShort))),
        ("differ", choose(Some(ResetError::PasswordsDiffer))),
        ("over", view(ResetState::Over)),
        ("done", view(ResetState::Done { account })),
    ]
}

/// The second step of signing in.
#[must_use]
pub fn otps() -> Samples<OtpView> {
    let plain = OtpView {
        action: LocalUrl::of_sample("/login"),
        request: "v1.sealed-request".into(),
        username: "anna@nordwind.example".into(),
        error: None,
    };
    let failed = |error| OtpView {
        error: Some(error),
        ..plain.clone()
    };
    let waiting = |retry_after_seconds| failed(LoginError::TooManyAttempts { retry_after_seconds });
    vec![
        ("wrong", failed(LoginError::BadCredentials)),
        ("blocked", waiting(400)),
        ("briefly-blocked", waiting(20)),
        ("expired", failed(LoginError::Expired)),
        ("plain", plain),
    ]
}

/// Every kind of redirect target.
#[must_use]
pub fn targets() -> Samples<RedirectTarget> {
    vec![
        (
            "web",
            RedirectTarget::Web {
                host: "app.ledgerly.example".into(),
            },
        ),
        (
            "loopback",
            RedirectTarget::Loopback {
                host: "127.0.0.1:49152".into(),
            },
        ),
        (
            "app",
            RedirectTarget::App {
                scheme: "com.ledgerly.app".into(),
            },
        ),
        ("device", RedirectTarget::Device),
    ]
}

fn web() -> RedirectTarget {
    RedirectTarget::Web {
        host: "app.ledgerly.example".into(),
    }
}

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
        ("forged", "cross_site", 403),
        ("busy", "temporarily_unavailable", 503),
        ("missing", "not_found", 404),
        ("fault", "server_error", 500),
        ("unknown-code", "something_else", 400),
    ];
    codes
        .into_iter()
        .map(|(name, code, status)| {
            let detail =
                (status == 400).then(|| "redirect_uri is not registered: only the trailing slash differs".to_owned());
            (
                name,
                ErrorView {
                    code: code.into(),
                    detail,
                    request_id: "01k3z9t6m2x8".into(),
                    status,
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

/// The device page in all its states.
#[must_use]
pub fn devices() -> Samples<DeviceView> {
    let view = |user_code: &str, state| DeviceView {
        action: LocalUrl::of_sample("/device"),
        request: "v1.sealed-device".into(),
        user_code: user_code.into(),
        state,
    };
    vec![
        ("enter", view("", DeviceState::Enter { error: None })),
        (
            "wrong",
            view(
                "WDJB-MJHT",
                DeviceState::Enter {
                    error: Some(DeviceError::WrongCode),
                },
            ),
        ),
        (
            "blocked",
            view(
                "WDJB-MJHT",
                DeviceState::Enter {
                    error: Some(DeviceError::TooManyAttempts),
                },
            ),
        ),
        ("approved", view("", DeviceState::Approved)),
        ("denied", view("", DeviceState::Denied)),
    ]
}

/// Messages of every tone.
#[must_use]
pub fn messages() -> Samples<MessageView> {
    let view = MessageView {
        title: "Your mail address is confirmed".into(),
        body: "You can close this window.\n\nNothing else is needed.".into(),
        tone: MessageTone::Success,
        link: None,
    };
    let link = Some((LocalUrl::of_sample("/account"), "To your account".to_owned()));
    vec![
        ("success", view.clone()),
        (
            "info",
            MessageView {
                tone: MessageTone::Info,
                link,
                ..view.clone()
            },
        ),
        (
            "warning",
            MessageView {
                tone: MessageTone::Warning,
                ..view
            },
        ),
    ]
}

/// The page at the issuer's root.
#[must_use]
pub fn homes() -> Samples<RealmHomeView> {
    let endpoint = |name: &str, url, browsable| HomeEndpoint {
        name: name.into(),
        url: CarryUrl::of_sample(url),
        browsable,
    };
    let view = RealmHomeView {
        issuer: "http://127.0.0.1:8080".into(),
        metadata_url: CarryUrl::of_sample("http://127.0.0.1:8080/.well-known/oauth-authorization-server"),
        endpoints: vec![
            endpoint("authorization_endpoint", "http://127.0.0.1:8080/authorize", false),
            endpoint("token_endpoint", "http://127.0.0.1:8080/token", false),
            endpoint("introspection_endpoint", "http://127.0.0.1:8080/introspect", false),
            endpoint("jwks_uri", "http://127.0.0.1:8080/jwks", true),
        ],
        account_url: Some(LocalUrl::of_sample("/account")),
        console_url: Some(LocalUrl::of_sample("/console")),
        development: true,
    };
    let bare = RealmHomeView {
        endpoints: Vec::new(),
        account_url: None,
        console_url: None,
        development: false,
        ..view.clone()
    };
    vec![("development", view), ("bare", bare)]
}
