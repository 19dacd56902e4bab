//! Samples of pages on which somebody proves who they are.

use super::Samples;
use crate::{
    link::LocalUrl,
    view::{LoginError, LoginView, OtpView, PasskeyLogin, ProviderButton, ResetError, ResetState, ResetView},
};

/// Other providers: a usual one, one with a long name, one that is written from right to left.
fn providers() -> Vec<ProviderButton> {
    let titles = [
        "Nordwind",
        "Universitätsklinikum Schleswig-Holstein, Zentrale Anmeldung für Beschäftigte",
        "هوية الشركة",
    ];
    let button = |title: &str| ProviderButton {
        title: title.into(),
        action: LocalUrl::of_sample("/login/with/nordwind"),
    };
    titles.into_iter().map(button).collect()
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
        goes_on: false,
        reset_url: Some(LocalUrl::of_sample("/reset")),
        passkey: Some(PasskeyLogin {
            rp_id: "id.example".into(),
            challenge: "c2FtcGxlLWNoYWxsZW5nZQ".into(),
        }),
        providers: Vec::new(),
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
            "providers",
            LoginView {
                providers: providers(),
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
            "goes-on",
            LoginView {
                goes_on: true,
                client_name: None,
                ..plain.clone()
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
