//! The providers that a user can come from, and taking a link away. It asks for a login that is not long ago, as everything
//! does that changes how one logs in.

use super::frame::Frame;
use super::signed::{Answer, Signed};
use super::{Page, commit, done, moment, onward};
use crate::error::Failure;
use crate::interaction::login;
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::signed_in::local;
use grantd_core::account::Onward;
use grantd_core::record::UpstreamLink;
use grantd_core::upstream::kept::{self, Problem};
use grantd_pages::{AccountError, AccountNotice, OwnLink, ProvidersView};
use grantd_protocol::{OAuthError, ScopeSet};
use grantd_store::Store;

/// The most characters of what a provider calls somebody.
const LONGEST: usize = 48;

/// Shows the page.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn show(request: &Request<'_>, signed: &Signed, frame: Frame<'_>) -> Result<Reply, Failure> {
    let action = local(request, Page::Providers.path())?;
    let links = load(request, signed).await?;
    let links = links
        .iter()
        .map(|link| shown(request, link))
        .collect::<Result<_, _>>()?;
    let changeable = signed.has_proved(request);
    frame.page(ScopeSet::empty(), |frame, shell| {
        let view = ProvidersView {
            frame,
            action,
            links,
            changeable,
        };
        request.app.pages.providers(&view, shell)
    })
}

async fn load(request: &Request<'_>, signed: &Signed) -> Result<Vec<UpstreamLink>, Failure> {
    Ok(request
        .app
        .store
        .links_of(request.realm.name(), &signed.user.id)
        .await?)
}

/// A link, under the title that the provider's button has; its name in the configuration of then where it is gone from there.
fn shown(request: &Request<'_>, link: &UpstreamLink) -> Result<OwnLink, Failure> {
    let person = link.person.as_deref();
    let upstreams = &request.realm.config.realm.upstreams;
    let offered = person.and_then(|person| upstreams.iter().find(|upstream| *upstream.issuer == *person.issuer));
    let title = offered.map(|upstream| upstream.title.clone());
    let title = title.or_else(|| person.map(|person| person.upstream.to_string()));
    let called = person.map(|person| person.address.as_ref().unwrap_or(&person.subject).clone());
    Ok(OwnLink {
        id: kept::id(link),
        title: title.unwrap_or_default(),
        person: shortened(called.unwrap_or_default()),
        since: moment(link.made_at)?,
        used_at: link.used_at.map(moment).transpose()?,
        offered: offered.is_some(),
    })
}

/// Providers call people by long words that mean nothing: their beginning tells them apart.
fn shortened(called: String) -> String {
    match called.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", called.get(..end).unwrap_or_default()),
        None => called,
    }
}

/// Answers the page's forms.
///
/// # Errors
/// When the store does not answer; for a form without a decision.
pub(super) async fn answer(request: &Request<'_>, signed: &Signed, form: &Answer) -> Result<Reply, Failure> {
    let here = Page::Providers.path();
    if !signed.has_proved(request) {
        return login::show_for_account(request, here, Some(&signed.user.username));
    }
    match form.params.get("decision") {
        Some("confirm") => Ok(reply::see_other(local(request, here)?.as_str())),
        Some("remove") => remove(request, signed, form.params.get("link").unwrap_or_default()).await,
        _ => Err(OAuthError::invalid_request("the form has no decision").into()),
    }
}

async fn remove(request: &Request<'_>, signed: &Signed, id: &str) -> Result<Reply, Failure> {
    let links = load(request, signed).await?;
    let deed = signed.deed(request);
    let (session, cookie) = onward::session(request, signed, &deed);
    let onward = Onward {
        from: &signed.session,
        session,
    };
    let error = match kept::remove(&signed.user, &links, id, onward, &deed) {
        Ok(change) => {
            if commit(request, change).await? {
                let reply = done(request, Page::Providers.path(), AccountNotice::LinkRemoved)?;
                return Ok(cookie.on(request, reply));
            }
            // Somebody changed the user meanwhile.
            AccountError::Expired
        }
        Err(Problem::LastWayIn) => AccountError::LastLink,
        // It was done already, in another tab.
        Err(Problem::Unknown) => AccountError::Expired,
    };
    show(request, signed, Frame::wrong(request, signed, Page::Providers, error)).await
}
