//! The page on which users set up a second step for their login.

use serde::Serialize;

use super::AccountFrame;
use crate::{link::LocalUrl, moment::Moment, qr::QrPicture};

/// The second step. Posts `request` and `decision` (`begin`, `confirm` with `enrolment` and `otp`, `codes` or `off`).
#[derive(Clone, Serialize)]
pub struct TwoStepView {
    /// The frame.
    pub frame: AccountFrame,
    /// Where the forms post to.
    pub action: LocalUrl,
    /// What there is.
    pub state: TwoStepState,
}

/// What there is of a second step.
#[derive(Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TwoStepState {
    /// Nothing yet.
    Off,
    /// Nothing, and nothing can be: the platform's own app logs the user in.
    Elsewhere,
    /// An app is to be connected.
    Setup {
        /// What its camera reads.
        picture: QrPicture,
        /// The same for whoever types it, in groups.
        secret: String,
        /// Sealed, sent back as `enrolment`.
        enrolment: String,
    },
    /// An app is connected.
    On {
        /// Since when.
        since: Moment,
        /// Recovery codes that are not used yet.
        codes_left: usize,
        /// Whether new ones can be made here.
        renews: bool,
    },
    /// New recovery codes, shown this once.
    Codes {
        /// In groups.
        codes: Vec<String>,
    },
}
