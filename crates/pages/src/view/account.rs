//! A user's own pages: which applications act for them, where they are signed in, and how they prove who they are.

use serde::Serialize;

use super::{Frame, RedirectTarget, Requested, Trust, Words};
use crate::{link::LocalUrl, moment::Moment};

/// What surrounds each page of an account. Every form posts `request`.
#[derive(Clone, Serialize)]
pub struct AccountFrame {
    /// The frame of all pages for somebody who is signed in.
    #[serde(flatten)]
    pub frame: Frame,
    /// Sealed proof that a form was on this page, sent back as the hidden field `request`.
    pub request: String,
    /// What was wrong with the last answer.
    pub error: Option<AccountError>,
}

/// One page of an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountPage {
    /// What there is.
    Overview,
    /// Connected applications.
    Apps,
    /// Where the user is signed in.
    Sessions,
    /// The password.
    Password,
    /// The second step.
    TwoStep,
    /// Passkeys.
    Passkeys,
    /// The providers that the user can come from.
    Providers,
}

/// A page and where it is.
#[derive(Clone, Serialize)]
pub struct AccountLink {
    /// Which.
    pub page: AccountPage,
    /// Where.
    pub url: LocalUrl,
}

/// What was just done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountNotice {
    /// An application may do less.
    AppNarrowed,
    /// An application may do nothing any more.
    AppEnded,
    /// A session was ended.
    SessionEnded,
    /// The password was changed.
    PasswordChanged,
    /// The second step was taken away.
    TwoStepOff,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey has another name.
    PasskeyRenamed,
    /// A passkey was removed.
    PasskeyRemoved,
    /// A provider was removed.
    LinkRemoved,
}

impl AccountNotice {
    /// The text that says so.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::AppNarrowed => "account-done-app_narrowed",
            Self::AppEnded => "account-done-app_ended",
            Self::SessionEnded => "account-done-session_ended",
            Self::PasswordChanged => "account-done-password_changed",
            Self::TwoStepOff => "account-done-two_step_off",
            Self::PasskeyAdded => "account-done-passkey_added",
            Self::PasskeyRenamed => "account-done-passkey_renamed",
            Self::PasskeyRemoved => "account-done-passkey_removed",
            Self::LinkRemoved => "account-done-link_removed",
        }
    }
}

/// What was wrong with an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AccountError {
    /// The form was open for too long; a fresh one is shown.
    Expired,
    /// The user had to sign in before an answer could be taken; what was filled in is there again.
    LoggedIn,
    /// No permission was left ticked.
    NothingTicked,
    /// The application holds too many tokens to look at each.
    TooManyTokens,
    /// The password is not the user's.
    WrongPassword,
    /// The one-time code is wrong.
    WrongCode,
    /// The authenticator's answer proves nothing.
    BadPasskey,
    /// The passkey is there already.
    PasskeyKnown,
    /// There are as many passkeys as there may be.
    PasskeysFull,
    /// The name is empty, too long, or cannot be read.
    PasskeyName,
    /// Without this passkey nobody could sign in.
    LastWayIn,
    /// Without this provider nobody could sign in.
    LastLink,
    /// The new password is too short.
    PasswordShort,
    /// The new password is too long.
    PasswordLong,
    /// The new password is the old one, or the name.
    PasswordKnown,
    /// The new password was not typed the same twice.
    PasswordsDiffer,
    /// Too many tries.
    TooManyAttempts {
        /// Seconds until the next try is looked at.
        retry_after_seconds: u64,
    },
}

/// What there is.
#[derive(Clone, Serialize)]
pub struct AccountView {
    /// The frame.
    pub frame: AccountFrame,
    /// The other pages, in the order to show.
    pub pages: Vec<AccountLink>,
    /// The user's full name, where it is known.
    pub name: Option<String>,
    /// How many applications are connected.
    pub apps: usize,
    /// In how many places the user is signed in.
    pub sessions: usize,
    /// Whether there are more places than that.
    pub more_sessions: bool,
    /// When the password was last changed; `None` where there is none.
    pub password_changed_at: Option<Moment>,
    /// Since when there is a second step; `None` where there is none.
    pub two_step_since: Option<Moment>,
    /// How many passkeys there are.
    pub passkeys: usize,
    /// How many providers the user can come from.
    pub providers: usize,
}

/// The applications that the user allowed something.
#[derive(Clone, Serialize)]
pub struct AppsView {
    /// The frame.
    pub frame: AccountFrame,
    /// By tenant.
    pub tenants: Vec<AppsOfTenant>,
    /// The page before this one.
    pub newer: Option<LocalUrl>,
    /// The page behind this one.
    pub older: Option<LocalUrl>,
}

/// Applications that act in one tenant.
#[derive(Clone, Serialize)]
pub struct AppsOfTenant {
    /// The tenant's name; `None` for those that act for the user alone.
    pub tenant: Option<String>,
    /// At least one.
    pub apps: Vec<ConnectedApp>,
}

/// One application that the user allowed something.
#[derive(Clone, Serialize)]
pub struct ConnectedApp {
    /// Where it can be looked at, narrowed and ended.
    pub url: LocalUrl,
    /// Its name, as registered (or as it calls itself).
    pub name: String,
    /// How far that name can be trusted.
    pub trust: Trust,
    /// Where the answer went that it was allowed with.
    pub target: RedirectTarget,
    /// What it may do; every item has a box that is ticked.
    pub granted: Requested,
    /// When it was first allowed.
    pub allowed_at: Moment,
    /// What it was last seen to do, where it was seen.
    pub last_done: Option<LastDone>,
    /// When it last got access, where that is known.
    pub last_used: Option<Moment>,
    /// When it ends by itself.
    pub ends_at: Option<Moment>,
    /// Whether it ends when the user signs out.
    pub ends_with_session: bool,
}

/// What an application was last seen to do.
#[derive(Clone, Serialize)]
pub struct LastDone {
    /// When.
    pub at: Moment,
    /// The permissions that it used then, in words.
    pub titles: Vec<String>,
    /// How many more there were.
    pub more: usize,
}

/// One application. Posts `request`, `decision` (`narrow` or `end`) and `scope` (each permission that stays ticked).
#[derive(Clone, Serialize)]
pub struct AppView {
    /// The frame.
    pub frame: AccountFrame,
    /// The application.
    pub app: ConnectedApp,
    /// The tenant that it acts in.
    pub tenant: Option<String>,
}

/// Where the user is signed in. Posts `request` and `session`: one, or `all`.
#[derive(Clone, Serialize)]
pub struct SessionsView {
    /// The frame.
    pub frame: AccountFrame,
    /// Where the forms post to.
    pub action: LocalUrl,
    /// The newest first.
    pub sessions: Vec<SignedIn>,
    /// Whether there are more than are shown.
    pub more: bool,
}

/// One place where the user is signed in.
#[derive(Clone, Serialize)]
pub struct SignedIn {
    /// Sent back as `session`.
    pub id: String,
    /// The browser, if it said so.
    pub browser: Option<Browser>,
    /// What it runs on, if it said so.
    pub system: Option<System>,
    /// The address it came from.
    pub address: Option<String>,
    /// Where that is, as far as it is known.
    pub place: Option<Words>,
    /// When the user signed in there.
    pub since: Moment,
    /// Whether it is the one that looks.
    pub here: bool,
}

/// A browser, as its `User-Agent` claims.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum Browser {
    /// Mozilla's.
    Firefox,
    /// Google's.
    Chrome,
    /// Apple's.
    Safari,
    /// Microsoft's.
    Edge,
    /// Opera's.
    Opera,
}

/// An operating system, as a `User-Agent` claims.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum System {
    /// Microsoft's.
    Windows,
    /// Apple's for computers.
    #[serde(rename = "macOS")]
    MacOs,
    /// Linux.
    Linux,
    /// Google's for telephones.
    Android,
    /// Apple's for telephones.
    #[serde(rename = "iPhone")]
    Iphone,
    /// Apple's for tablets.
    #[serde(rename = "iPad")]
    Ipad,
}

/// Changes the password. Posts `request`, `password`, `new_password` and `again`.
#[derive(Clone, Serialize)]
pub struct PasswordView {
    /// The frame.
    pub frame: AccountFrame,
    /// Where the form posts to.
    pub action: LocalUrl,
    /// The fewest characters of a password.
    pub least: usize,
}
