//! The page for whoever forgot their password.

use serde::Serialize;

use crate::link::LocalUrl;

/// Asks for a name, or for a new password. Posts `request` with `username`, or with `new_password` and `again`.
#[derive(Clone, Serialize)]
pub struct ResetView {
    /// Where the form posts to.
    pub action: LocalUrl,
    /// Sealed state, sent back as the hidden field `request`.
    pub request: String,
    /// What there is to do.
    pub state: ResetState,
}

/// How far a reset is.
#[derive(Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ResetState {
    /// Who it is, is asked.
    Ask {
        /// What was typed before.
        username: String,
        /// Why the last try was not taken.
        error: Option<ResetError>,
    },
    /// A letter was sent, if there is somebody to send it to.
    Sent,
    /// The letter's link was followed.
    Choose {
        /// Whose password it is.
        username: String,
        /// The fewest characters of a password.
        least: usize,
        /// Why the last try was not taken.
        error: Option<ResetError>,
    },
    /// The link is used up, or too old.
    Over,
    /// The password is changed.
    Done {
        /// Where to sign in.
        account: LocalUrl,
    },
}

/// Why an answer was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetError {
    /// The form was open for too long; a fresh one is shown.
    Expired,
    /// Too many tries from this address.
    TooManyAttempts,
    /// The new password is too short.
    PasswordShort,
    /// The new password is too long.
    PasswordLong,
    /// The new password is the name.
    PasswordKnown,
    /// The new password was not typed the same twice.
    PasswordsDiffer,
}

/// A letter in the reader's language.
#[derive(Clone)]
pub struct ResetLetter {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}
