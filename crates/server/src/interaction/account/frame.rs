//! What surrounds each page of an account, and how a page leaves.

use super::Page;
use super::signed::{Answer, Signed};
use crate::error::{Failure, Fault};
use crate::interaction::outcome::{self, shell};
use crate::reply::Reply;
use crate::request::Request;
use crate::signed_in::{self, Area, Group, Kept, Place, Why, local};
use grantd_pages::{AccountError, AccountFrame, AccountNotice, Shell};
use grantd_protocol::ScopeSet;
use http::StatusCode;

/// The account. Whoever is signed in may enter their own.
pub(super) static ACCOUNT: Area = Area {
    path: "account",
    name: "account-title",
    groups: &[Group {
        title: None,
        places: &[
            place("", "account-page-overview", "user"),
            place("apps", "account-page-apps", "globe"),
            place("sessions", "account-page-sessions", "laptop"),
            place("password", "account-page-password", "lock"),
            place("two-step", "account-page-two_step", "shield"),
            place("passkeys", "account-page-passkeys", "key"),
            place("providers", "account-page-providers", "badge"),
        ],
    }],
    done: &[
        AccountNotice::AppNarrowed.text(),
        AccountNotice::AppEnded.text(),
        AccountNotice::SessionEnded.text(),
        AccountNotice::PasswordChanged.text(),
        AccountNotice::TwoStepOff.text(),
        AccountNotice::PasskeyAdded.text(),
        AccountNotice::PasskeyRenamed.text(),
        AccountNotice::PasskeyRemoved.text(),
        AccountNotice::LinkRemoved.text(),
    ],
};

const fn place(path: &'static str, title: &'static str, icon: &'static str) -> Place {
    Place {
        path,
        title,
        icon,
        needs: None,
        development: false,
    }
}

/// A page that is about to be shown.
pub(super) struct Frame<'r> {
    request: &'r Request<'r>,
    signed: &'r Signed,
    page: Page,
    error: Option<AccountError>,
    kept: Option<Kept>,
}

impl<'r> Frame<'r> {
    /// As somebody comes to the page.
    pub(super) const fn new(request: &'r Request<'r>, signed: &'r Signed, page: Page) -> Self {
        Self {
            request,
            signed,
            page,
            error: None,
            kept: None,
        }
    }

    /// After an answer that could not be taken.
    pub(super) fn wrong(request: &'r Request<'r>, signed: &'r Signed, page: Page, error: AccountError) -> Self {
        Self {
            error: Some(error),
            ..Self::new(request, signed, page)
        }
    }

    /// After an answer that came too late.
    pub(super) fn expired(self) -> Self {
        Self {
            error: Some(AccountError::Expired),
            ..self
        }
    }

    /// With what was filled into a form of this page that was not taken.
    pub(super) fn with(self, kept: Kept) -> Self {
        Self {
            error: Some(match kept.why {
                Why::Late => AccountError::Expired,
                Why::LoggedIn => AccountError::LoggedIn,
            }),
            kept: Some(kept),
            ..self
        }
    }

    /// With what was filled into a form that had a mistake.
    pub(super) fn filled_in(self, answer: &Answer) -> Self {
        Self {
            kept: Some(Kept::late(&answer.params, answer.shown.clone())),
            ..self
        }
    }

    /// What was filled in, where it was in a form with this decision.
    pub(super) fn kept(&self, decision: &str) -> Option<&Kept> {
        self.kept
            .as_ref()
            .filter(|kept| kept.value("decision") == Some(decision))
    }

    /// Renders the page whose forms may take away what was `shown`.
    ///
    /// # Errors
    /// Never for a configuration that was accepted.
    pub(super) fn page(
        self,
        shown: ScopeSet,
        render: impl FnOnce(AccountFrame, &Shell) -> String,
    ) -> Result<Reply, Failure> {
        let status = match self.error {
            // Nothing of what came now was wrong.
            None | Some(AccountError::LoggedIn) => StatusCode::OK,
            Some(AccountError::TooManyAttempts { .. }) => StatusCode::TOO_MANY_REQUESTS,
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let request = self.request;
        let shell = shell(request, None)?;
        let html = render(self.fill(shown)?, &shell);
        let mut reply = outcome::page(status, html);
        signed_in::forget_done(request, &mut reply);
        Ok(reply)
    }

    fn fill(self, shown: ScopeSet) -> Result<AccountFrame, Failure> {
        let Self { request, signed, .. } = self;
        let frame = around(request, signed, self.page)?;
        // A form posts to the page that it is on.
        let action = request.parts.uri.path();
        Ok(AccountFrame {
            // What was done before is no news beside what went wrong now.
            frame: grantd_pages::Frame {
                toast: frame.toast.filter(|_| self.error.is_none()),
                ..frame
            },
            request: signed_in::seal(request, &signed.session, action, shown),
            error: self.error,
        })
    }
}

/// The frame of a page.
///
/// # Errors
/// Never for a configuration that was accepted.
pub(super) fn around(request: &Request<'_>, signed: &Signed, page: Page) -> Result<grantd_pages::Frame, Failure> {
    let here = ACCOUNT
        .place(page.place())
        .ok_or(Fault::Broken("an account without places"))?;
    let home = ACCOUNT.home(request)?;
    let within = Some((&signed.actor, here));
    let mut frame = ACCOUNT.frame(request, home, &signed.user.username, within)?;
    if !has_providers(request) {
        let providers = local(request, Page::Providers.path())?;
        for group in &mut frame.nav {
            group.items.retain(|item| item.href != providers);
        }
    }
    Ok(frame)
}

/// Whether there is anything to say of providers in this realm.
pub(super) fn has_providers(request: &Request<'_>) -> bool {
    !request.realm.config.realm.upstreams.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_belongs_to_a_place_of_the_navigation() {
        for page in Page::ALL {
            assert_eq!(ACCOUNT.place(page.place()).unwrap().path, page.place());
        }
    }
}
