//! Pages that tell something: errors, signing out, and a plain message.

use serde::Serialize;

use super::RedirectTarget;
use crate::link::{CarryUrl, LocalUrl};

/// An error that stays here, because there is no address it may be sent to. It has no form, and no link
/// but one to a page of ours.
#[derive(Clone, Serialize)]
pub struct ErrorView {
    /// OAuth error code or one of our own; ends up in `data-error` and selects title and explanation.
    pub code: String,
    /// A public sentence for developers, in English; escaped, never a link.
    pub detail: Option<String>,
    /// The id under which the log has the rest.
    pub request_id: String,
    /// The HTTP status this page is sent with.
    pub status: u16,
    /// Where the user can try again; `None` where only they know.
    pub back: Option<LocalUrl>,
}

/// "You are signed out."
#[derive(Clone, Serialize)]
pub struct SignedOutView {
    /// The registered post-logout address and what it belongs to, if one was asked for.
    pub go_on: Option<(CarryUrl, RedirectTarget)>,
    /// Whether the browser goes there by itself, at once. Not where there are frames: they would not be loaded, and a page
    /// that leaves after a while takes the time away from whoever reads slowly (WCAG 2.2, 2.2.1).
    pub by_itself: bool,
    /// Pages of other applications that end their own sessions (OpenID Connect Front-Channel Logout): loaded, not shown.
    /// Their origins must be in the page's policy.
    pub frames: Vec<CarryUrl>,
}

/// "Do you want to sign out?" (OpenID Connect RP-Initiated Logout section 2). Posts `request` and `decision` (`logout`
/// or `stay`).
#[derive(Clone, Serialize)]
pub struct LogoutConfirmView {
    /// Where the form posts to.
    pub action: LocalUrl,
    /// Sealed state, sent back as the hidden field `request`.
    pub request: String,
    /// The signed-in user.
    pub username: String,
    /// The application that asks, if it is known.
    pub client_name: Option<String>,
}

/// A title and a paragraph, already in the user's language.
#[derive(Clone, Serialize)]
pub struct MessageView {
    /// Heading.
    pub title: String,
    /// Text; blank lines separate paragraphs.
    pub body: String,
    /// Which symbol stands beside it.
    pub tone: MessageTone,
    /// One link on this origin: address and words.
    pub link: Option<(LocalUrl, String)>,
}

/// The symbol of a message.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageTone {
    /// Something to know.
    Info,
    /// It worked.
    Success,
    /// Take care.
    Warning,
}
