//! The sign-in page.

use serde::Serialize;

use super::PasskeyLogin;
use crate::link::LocalUrl;

/// Sign in with a name and a password. Posts `request`, `username`, `password`.
#[derive(Clone, Serialize)]
pub struct LoginView {
    /// Where the form posts to.
    pub action: LocalUrl,
    /// Sealed state of the authorization request, sent back as the hidden field `request`.
    pub request: String,
    /// What stands in the `username` field: a `login_hint`, or what was typed before.
    pub username: String,
    /// Why the last try did not work. The page is the same for an unknown user and a wrong password.
    pub error: Option<LoginError>,
    /// The application the user is on the way to, if it may be named.
    pub client_name: Option<String>,
    /// The user is signed in, and is asked to prove it again.
    pub reauthenticate: bool,
    /// The session ended in the middle of something, and the user goes on with it afterwards.
    pub goes_on: bool,
    /// Where whoever forgot their password goes; `None` where no letters are sent.
    pub reset_url: Option<LocalUrl>,
    /// What a passkey is asked; `None` where none can be used.
    pub passkey: Option<PasskeyLogin>,
    /// Other providers at which the user can sign in. Each posts `request`.
    pub providers: Vec<ProviderButton>,
}

/// The button of another provider.
#[derive(Clone, Serialize)]
pub struct ProviderButton {
    /// The provider's name.
    pub title: String,
    /// Where its form posts to.
    pub action: LocalUrl,
}

/// The second step of signing in. Posts `request` and `otp`.
#[derive(Clone, Serialize)]
pub struct OtpView {
    /// Where the form posts to.
    pub action: LocalUrl,
    /// Sealed state of the first step, sent back as the hidden field `request`.
    pub request: String,
    /// Who is signing in.
    pub username: String,
    /// Why the last try did not work.
    pub error: Option<LoginError>,
}

/// Why signing in did not work.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LoginError {
    /// Name or password are wrong, and it is never said which; or the one-time code is.
    BadCredentials,
    /// The passkey proved nothing, and it is never said why.
    BadPasskey,
    /// Too many tries.
    TooManyAttempts {
        /// Seconds until the next try is looked at.
        retry_after_seconds: u64,
    },
    /// The form was open for too long; a fresh one is shown.
    Expired,
}
