//! The page on which users see from which other providers they can come.

use serde::Serialize;

use super::AccountFrame;
use crate::{link::LocalUrl, moment::Moment};

/// The providers that a user can come from. Posts `request` and `decision`: `confirm`; `remove` with `link`.
#[derive(Clone, Serialize)]
pub struct ProvidersView {
    /// The frame.
    pub frame: AccountFrame,
    /// Where the forms post to.
    pub action: LocalUrl,
    /// The oldest first.
    pub links: Vec<OwnLink>,
    /// Whether something can be removed, or only after a fresh login.
    pub changeable: bool,
}

/// Somebody at a provider who is this user here.
#[derive(Clone, Serialize)]
pub struct OwnLink {
    /// Sent back as `link`.
    pub id: String,
    /// What the provider is called.
    pub title: String,
    /// What the provider calls them: a mail address, or whatever it has.
    pub person: String,
    /// When it was made.
    pub since: Moment,
    /// When they last came from there.
    pub used_at: Option<Moment>,
    /// Whether the login still offers the provider.
    pub offered: bool,
}
