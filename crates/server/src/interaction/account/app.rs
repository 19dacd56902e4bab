//! One application that may act for a user: looked at, narrowed, ended. Both are decided where an operator's are.

use super::frame::Frame;
use super::signed::{Answer, Signed};
use super::{Page, apps, done, named};
use crate::error::{Failure, Fault};
use crate::interaction::{outcome, view};
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::signed_in::Kept;
use grantd_core::account::left_of;
use grantd_core::admin::grant;
use grantd_core::record::{AccessRecord, GrantRecord};
use grantd_pages::{AccountError, AccountNotice, AppView};
use grantd_protocol::OAuthError;
use grantd_protocol::id::GrantId;
use grantd_store::{AccessFilter, CommitError, Store};
use http::StatusCode;

/// How often a lost race is decided again.
const ATTEMPTS: usize = 8;
/// Live tokens of one application that one narrowing can end.
const MOST_TOKENS: u32 = 500;

/// Shows the page.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn show(request: &Request<'_>, signed: &Signed, frame: Frame<'_>) -> Result<Reply, Failure> {
    let Some(grant) = load(request, signed).await? else {
        return Ok(missing(request));
    };
    let places = apps::places(request, signed).await?;
    let last = held(request, &grant, false, 50).await?;
    let last = last.0.iter().map(|token| token.issued_at).max();
    let mut app = apps::connected(request, &grant, last).await?;
    if let Some((shown, ticked)) = frame.kept("narrow").and_then(Kept::ticked) {
        let left = left_of(&grant, shown, &ticked);
        app.granted = view::granted(&grant.scope, &left, &request.realm.config.realm.catalogue);
    }
    let tenant = apps::tenant_name(&places, &grant);
    frame.page(grant.scope.clone(), |frame, shell| {
        let view = AppView { frame, app, tenant };
        request.app.pages.app(&view, shell)
    })
}

fn missing(request: &Request<'_>) -> Reply {
    outcome::error_with(request, StatusCode::NOT_FOUND, "not_found", None)
}

/// The grant that the address names, if it is this user's and stands.
async fn load(request: &Request<'_>, signed: &Signed) -> Result<Option<GrantRecord>, Failure> {
    let Some(id) = GrantId::parse(named(request)) else {
        return Ok(None);
    };
    let found = request.app.store.grant_by_id(id).await?;
    Ok(found.filter(|grant| {
        *grant.realm == **request.realm.name() && grant.user == signed.user.id && grant.is_live(request.now)
    }))
}

/// The application's newest tokens of this grant, and whether there are more of the user's than were looked at.
async fn held(
    request: &Request<'_>,
    grant: &GrantRecord,
    live: bool,
    limit: u32,
) -> Result<(Vec<AccessRecord>, bool), Failure> {
    let filter = AccessFilter {
        client_id: Some(grant.client_id.to_string()),
        subject: Some(grant.user.to_string()),
        live_at: live.then_some(request.now),
        ..AccessFilter::default()
    };
    let store = &request.app.store;
    let found = store.access_list(request.realm.name(), &filter, None, limit).await?;
    let of_it = found.rows.into_iter().filter(|token| token.grant == Some(grant.id));
    Ok((of_it.collect(), found.more))
}

/// Answers the page's forms.
///
/// # Errors
/// When the store does not answer; for a form without a decision.
pub(super) async fn answer(
    request: &Request<'_>,
    signed: &Signed,
    form: &Answer,
    here: &str,
) -> Result<Reply, Failure> {
    let ends = match form.params.get("decision") {
        Some("end") => true,
        Some("narrow") => false,
        _ => return Err(OAuthError::invalid_request("the form has no decision").into()),
    };
    let ticked = form.params.all("scope").collect();
    for _ in 0..ATTEMPTS {
        let Some(before) = load(request, signed).await? else {
            // In another tab, or by somebody else: it is gone, which is what was wanted or more.
            return done(request, Page::Apps.path(), AccountNotice::AppEnded);
        };
        let deed = signed.deed(request);
        let change = if ends {
            grant::end(&before, &deed).change
        } else {
            let left = left_of(&before, &form.shown, &ticked);
            let (tokens, more) = held(request, &before, true, MOST_TOKENS).await?;
            let wrong = if left.is_empty() {
                Some(AccountError::NothingTicked)
            } else {
                more.then_some(AccountError::TooManyTokens)
            };
            if let Some(error) = wrong {
                let frame = Frame::wrong(request, signed, Page::App, error);
                return show(request, signed, frame.filled_in(form)).await;
            }
            if left == before.scope {
                return Ok(reply::see_other(crate::signed_in::local(request, here)?.as_str()));
            }
            grant::narrow(&before, left, &tokens, &deed).change
        };
        match request.app.commit(change).await {
            Ok(_) if ends => return done(request, Page::Apps.path(), AccountNotice::AppEnded),
            Ok(_) => return done(request, here, AccountNotice::AppNarrowed),
            Err(CommitError::Conflict) => {}
            Err(CommitError::Fault(fault)) => return Err(fault.into()),
        }
    }
    Err(Fault::Contention(ATTEMPTS).into())
}
