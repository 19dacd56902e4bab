//! An address within the account where no page is: the frame says so, with the way to the pages that there are.

use super::Page;
use super::frame::{ACCOUNT, around};
use super::signed::Signed;
use crate::error::{Failure, Fault};
use crate::interaction::outcome::{self, shell};
use crate::reply::Reply;
use crate::request::Request;
use crate::signed_in::missing;
use grantd_pages::SignedInView;
use http::StatusCode;

/// Shows it.
///
/// # Errors
/// Never for a configuration that was accepted.
pub(super) fn show(request: &Request<'_>, signed: &Signed) -> Result<Reply, Failure> {
    let first = ACCOUNT.place("").ok_or(Fault::Broken("an account without places"))?;
    let (heading, blocks) = missing(ACCOUNT.home(request)?, first);
    let view = SignedInView {
        frame: around(request, signed, Page::Unknown)?,
        heading,
        blocks,
    };
    let html = request.app.pages.signed_in(&view, &shell(request, None)?);
    Ok(outcome::page(StatusCode::NOT_FOUND, html))
}
