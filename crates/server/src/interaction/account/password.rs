//! Changing one's password. The old one is asked for, and guessing at it counts as guessing at the login does.

use super::frame::Frame;
use super::signed::{Answer, Signed};
use super::{Page, commit, done, onward};
use crate::error::{Failure, Fault};
use crate::interaction::credentials::{count, verified_user};
use crate::reply::Reply;
use crate::request::Request;
use crate::signed_in::local;
use grantd_core::account::{PasswordProblem, change_password, check_password};
use grantd_core::admin::user::MIN_PASSWORD;
use grantd_pages::{AccountError, AccountNotice, PasswordView};
use grantd_protocol::{ScopeSet, Secret};

/// Shows the page.
///
/// # Errors
/// Never for a configuration that was accepted.
pub(super) fn show(request: &Request<'_>, frame: Frame<'_>) -> Result<Reply, Failure> {
    let action = local(request, Page::Password.path())?;
    frame.page(ScopeSet::empty(), |frame, shell| {
        let view = PasswordView {
            frame,
            action,
            least: MIN_PASSWORD,
        };
        request.app.pages.password(&view, shell)
    })
}

/// Answers the page's form.
///
/// # Errors
/// When the store does not answer, or too many passwords are being hashed.
pub(super) async fn answer(request: &Request<'_>, signed: &Signed, form: &Answer) -> Result<Reply, Failure> {
    let field = |name| form.params.get(name).unwrap_or_default();
    let (old, new) = (field("password"), field("new_password"));
    let again = |error| show(request, Frame::wrong(request, signed, Page::Password, error));
    let username = &signed.user.username;
    if let Err(problem) = check_password(&signed.user, Some(old), new, field("again")) {
        return again(said(problem));
    }
    if let Err(wait) = count(request, username).await? {
        let retry_after_seconds = u64::from(wait.get());
        return again(AccountError::TooManyAttempts { retry_after_seconds });
    }
    let verified = verified_user(request, username, Secret::new(old.to_owned())).await?;
    let Some(user) = verified.filter(|user| user.id == signed.user.id) else {
        return again(AccountError::WrongPassword);
    };
    let app = request.app;
    let hash = app.passwords.hash(Secret::new(new.to_owned()), &*app.entropy).await;
    let hash = hash.map_err(Fault::Password)?;
    let deed = signed.deed(request);
    let (session, cookie) = onward::session(request, signed, &deed);
    let change = change_password(&user, hash, &signed.session, session, &deed);
    if commit(request, change).await? {
        let reply = done(request, Page::Password.path(), AccountNotice::PasswordChanged)?;
        Ok(cookie.on(request, reply))
    } else {
        // Somebody changed the user, or ended the session, in between: it has to be begun again.
        again(AccountError::Expired)
    }
}

const fn said(problem: PasswordProblem) -> AccountError {
    match problem {
        PasswordProblem::Short => AccountError::PasswordShort,
        PasswordProblem::Long => AccountError::PasswordLong,
        PasswordProblem::Known => AccountError::PasswordKnown,
        PasswordProblem::Differ => AccountError::PasswordsDiffer,
    }
}
