//! A user's own pages: connected applications, where they are signed in, the password. Whoever is not signed in is led
//! through the login and back. Every form carries a ticket that is bound to the session and the page it was on.

mod app;
mod apps;
mod device_name;
mod frame;
mod onward;
mod overview;
mod passkeys;
mod password;
mod providers;
mod sessions;
mod signed;
mod two_step;
mod unknown;

use crate::error::{Failure, Fault};
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::signed_in::{self, Halt, Sent, local};
use frame::Frame;
use grantd_core::change::Change;
use grantd_pages::{AccountNotice, Moment};
use grantd_protocol::Timestamp;
use grantd_store::CommitError;
use signed::{Answer, Signed};

/// A page of an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Page {
    /// What there is.
    Overview,
    /// Connected applications.
    Apps,
    /// One of them; the path's last part names its grant.
    App,
    /// Where the user is signed in.
    Sessions,
    /// The password.
    Password,
    /// The second step of the login.
    TwoStep,
    /// Passkeys.
    Passkeys,
    /// The providers that the user can come from.
    Providers,
    /// Nothing: an address within the account where no page is.
    Unknown,
}

impl Page {
    /// Every page.
    pub const ALL: &'static [Self] = &[
        Self::Overview,
        Self::Apps,
        Self::App,
        Self::Sessions,
        Self::Password,
        Self::TwoStep,
        Self::Passkeys,
        Self::Providers,
        Self::Unknown,
    ];

    /// Where it is, below the pages' root.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Overview => "account",
            Self::Apps => "account/apps",
            Self::App => "account/apps/*",
            Self::Sessions => "account/sessions",
            Self::Password => "account/password",
            Self::TwoStep => "account/two-step",
            Self::Passkeys => "account/passkeys",
            Self::Providers => "account/providers",
            Self::Unknown => "account/*",
        }
    }

    /// The name in metrics and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Overview => "account",
            Self::Apps => "account-apps",
            Self::App => "account-app",
            Self::Sessions => "account-sessions",
            Self::Password => "account-password",
            Self::TwoStep => "account-two-step",
            Self::Passkeys => "account-passkeys",
            Self::Providers => "account-providers",
            Self::Unknown => "account-unknown",
        }
    }

    /// The place of the navigation that it belongs to.
    const fn place(self) -> &'static str {
        match self {
            Self::Overview | Self::Unknown => "",
            Self::Apps | Self::App => "apps",
            Self::Sessions => "sessions",
            Self::Password => "password",
            Self::TwoStep => "two-step",
            Self::Passkeys => "passkeys",
            Self::Providers => "providers",
        }
    }
}

/// Answers a request to a page, or to the form on it.
pub async fn handle(request: &Request<'_>, page: Page) -> Reply {
    signed_in::answered(request, answer(request, page).await)
}

async fn answer(request: &Request<'_>, page: Page) -> Result<Reply, Halt> {
    let signed = signed::load(request).await?;
    let frame = Frame::new(request, &signed, page);
    let form = match signed_in::sent(request, &signed.session)? {
        Sent::Form(params, shown) => Answer { params, shown },
        Sent::Nothing => return Ok(show(request, &signed, page, frame).await?),
        Sent::Kept(kept) => return Ok(show(request, &signed, page, frame.with(kept)).await?),
        Sent::Foreign => return Ok(show(request, &signed, page, frame.expired()).await?),
    };
    let here = path_of(request, page);
    let answered = match page {
        Page::App => app::answer(request, &signed, &form, &here).await,
        Page::Sessions => sessions::answer(request, &signed, &form).await,
        Page::Password => password::answer(request, &signed, &form).await,
        Page::TwoStep => two_step::answer(request, &signed, &form).await,
        Page::Passkeys => passkeys::answer(request, &signed, &form).await,
        Page::Providers => providers::answer(request, &signed, &form).await,
        // There is no form on them.
        Page::Overview | Page::Apps | Page::Unknown => {
            local(request, &here).map(|here| reply::see_other(here.as_str()))
        }
    };
    Ok(answered?)
}

async fn show(request: &Request<'_>, signed: &Signed, page: Page, frame: Frame<'_>) -> Result<Reply, Failure> {
    match page {
        Page::Overview => overview::show(request, signed, frame).await,
        Page::Apps => apps::show(request, signed, frame).await,
        Page::App => app::show(request, signed, frame).await,
        Page::Sessions => sessions::show(request, signed, frame).await,
        Page::Password => password::show(request, frame),
        Page::TwoStep => two_step::show(request, signed, frame),
        Page::Passkeys => passkeys::show(request, signed, frame),
        Page::Providers => providers::show(request, signed, frame).await,
        Page::Unknown => unknown::show(request, signed),
    }
}

/// The page's path below the pages' root, with the name of what it is about.
fn path_of(request: &Request<'_>, page: Page) -> String {
    match page {
        Page::App => format!("account/apps/{}", named(request)),
        Page::Unknown => Page::Overview.path().to_owned(),
        page => page.path().to_owned(),
    }
}

/// The path's last part.
fn named<'r>(request: &'r Request<'_>) -> &'r str {
    request.parts.uri.path().rsplit('/').next().unwrap_or_default()
}

/// An instant of a record, as pages say it.
fn moment(at: Timestamp) -> Result<Moment, Failure> {
    Moment::from_secs(at.secs()).map_err(|_| Fault::Broken("a record has an instant that no calendar has").into())
}

/// Whether a change was made: nobody changed meanwhile what it is about.
async fn commit(request: &Request<'_>, change: Change) -> Result<bool, Failure> {
    match request.app.commit(change).await {
        Ok(_) => Ok(true),
        Err(CommitError::Conflict) => Ok(false),
        Err(CommitError::Fault(fault)) => Err(fault.into()),
    }
}

/// On to a page, which says what was done.
fn done(request: &Request<'_>, page: &str, notice: AccountNotice) -> Result<Reply, Failure> {
    let page = local(request, page)?;
    Ok(signed_in::done(request, page.as_str(), notice.text()))
}
