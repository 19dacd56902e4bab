//! Every page in every state, filled with plausible data: for the check at start, the gallery, and tests of other crates
//! that need "some view". Each sample has a name that is unique within its page.

mod account;
mod consent;
mod leave;
mod login;
pub mod signed_in;
mod ways_in;

pub use account::{accounts, app_pages, apps, passwords, sessions, two_steps};
pub use consent::{consents, consents_in_detail, crowded_consent};
pub use leave::{barred, continues, errors, form_posts, interstitials, logout_confirms, signed_outs};
pub use login::{logins, otps, resets};
pub use ways_in::{passkeys, providers};

use crate::{
    link::{CarryUrl, LocalUrl},
    locale::Locale,
    theme::Accent,
    view::{
        DeviceError, DeviceState, DeviceView, HomeEndpoint, MessageTone, MessageView, RealmHomeView, RedirectTarget,
        Shell,
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
        developers_url: Some(LocalUrl::of_sample("/developers")),
        console_url: Some(LocalUrl::of_sample("/console")),
        development: true,
    };
    let bare = RealmHomeView {
        endpoints: Vec::new(),
        account_url: None,
        developers_url: None,
        console_url: None,
        development: false,
        ..view.clone()
    };
    vec![("development", view), ("bare", bare)]
}
