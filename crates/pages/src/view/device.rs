//! The page on which the code of a device is typed (RFC 8628 section 3.3).

use serde::Serialize;

use crate::link::LocalUrl;

/// Enter a code, or read that it is done. Posts `request` and `user_code`.
#[derive(Clone, Serialize)]
pub struct DeviceView {
    /// Where the form posts to.
    pub action: LocalUrl,
    /// Sealed state, sent back as the hidden field `request`.
    pub request: String,
    /// What stands in the `user_code` field (from `verification_uri_complete`, or typed before).
    pub user_code: String,
    /// What the page shows.
    pub state: DeviceState,
}

/// Stages of the device page.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DeviceState {
    /// Ask for the code.
    Enter {
        /// Why the last one was not accepted.
        error: Option<DeviceError>,
    },
    /// The device is connected.
    Approved,
    /// The user said no.
    Denied,
}

/// Why a code was not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceError {
    /// Unknown, used or expired; it is never said which.
    WrongCode,
    /// Too many tries (RFC 8628 section 5.1).
    TooManyAttempts,
}
