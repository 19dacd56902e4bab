//! What surrounds each page of an account, and how a page leaves.

use super::signed::{self, Signed};
use super::{Page, path_of};
use crate::config::Endpoint;
use crate::error::Failure;
use crate::interaction::login::local;
use crate::interaction::outcome::{self, shell};
use crate::reply::Reply;
use crate::request::Request;
use crate::wire;
use grantd_pages::{AccountError, AccountFrame, AccountLink, AccountNotice, CarryUrl, Shell};
use grantd_protocol::ScopeSet;
use http::StatusCode;

/// The tabs, in order.
const TABS: [Page; 6] = [
    Page::Overview,
    Page::Apps,
    Page::Sessions,
    Page::Password,
    Page::TwoStep,
    Page::Passkeys,
];

/// A page that is about to be shown.
pub(super) struct Frame<'r> {
    request: &'r Request<'r>,
    signed: &'r Signed,
    page: Page,
    here: String,
    notice: Option<AccountNotice>,
    error: Option<AccountError>,
}

impl<'r> Frame<'r> {
    /// As somebody comes to the page; `here` is its path.
    pub(super) fn new(request: &'r Request<'r>, signed: &'r Signed, page: Page, here: &str) -> Self {
        let query = wire::query(request.query()).ok();
        let told = query.as_ref().and_then(|query| query.get("done"));
        Self {
            request,
            signed,
            page,
            here: here.to_owned(),
            notice: told.and_then(|told| AccountNotice::ALL.iter().find(|one| one.name() == told).copied()),
            error: None,
        }
    }

    /// After an answer that could not be taken.
    pub(super) fn wrong(request: &'r Request<'r>, signed: &'r Signed, page: Page, error: AccountError) -> Self {
        Self {
            notice: None,
            error: Some(error),
            ..Self::new(request, signed, page, &path_of(request, page))
        }
    }

    /// After an answer that came too late.
    pub(super) fn expired(self) -> Self {
        Self {
            notice: None,
            error: Some(AccountError::Expired),
            ..self
        }
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
            None => StatusCode::OK,
            Some(AccountError::TooManyAttempts { .. }) => StatusCode::TOO_MANY_REQUESTS,
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let shell = shell(self.request, None)?;
        let html = render(self.fill(shown)?, &shell);
        Ok(outcome::page(status, html))
    }

    fn fill(self, shown: ScopeSet) -> Result<AccountFrame, Failure> {
        let request = self.request;
        let link = |page: Page| -> Result<AccountLink, Failure> {
            Ok(AccountLink {
                page: page.tab(),
                url: local(request, page.path())?,
            })
        };
        let sign_out = request.realm.config.endpoints.url_for(request.issuer, Endpoint::Logout);
        Ok(AccountFrame {
            username: self.signed.user.username.clone(),
            request: signed::seal(request, self.signed, &self.here, shown),
            here: self.page.tab(),
            pages: TABS.into_iter().map(link).collect::<Result<_, _>>()?,
            sign_out: sign_out.and_then(|url| CarryUrl::parse(url).ok()),
            notice: self.notice,
            error: self.error,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use grantd_pages::AccountPage;

    #[test]
    fn every_tab_is_a_page_of_its_own() {
        let tabs: Vec<AccountPage> = TABS.iter().map(|page| page.tab()).collect();
        assert!(Page::ALL.iter().all(|page| tabs.contains(&page.tab())));
    }
}
