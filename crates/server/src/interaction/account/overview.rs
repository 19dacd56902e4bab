//! What there is on a user's account, in a few lines.

use super::frame::{Frame, has_providers};
use super::sessions::{self, MOST};
use super::signed::Signed;
use super::{Page, apps, moment};
use crate::error::Failure;
use crate::reply::Reply;
use crate::request::Request;
use crate::signed_in::local;
use grantd_pages::{AccountLink, AccountPage, AccountView};
use grantd_protocol::ScopeSet;
use grantd_store::Store;

/// The other pages, in the order in which they are shown.
const OTHERS: [(AccountPage, Page); 6] = [
    (AccountPage::Apps, Page::Apps),
    (AccountPage::Sessions, Page::Sessions),
    (AccountPage::Password, Page::Password),
    (AccountPage::TwoStep, Page::TwoStep),
    (AccountPage::Passkeys, Page::Passkeys),
    (AccountPage::Providers, Page::Providers),
];

/// Shows the page.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn show(request: &Request<'_>, signed: &Signed, frame: Frame<'_>) -> Result<Reply, Failure> {
    let apps = apps::live(request, signed).await?.len();
    let (sessions, more_sessions) = sessions::live(request, signed, MOST).await?;
    let user = &signed.user;
    let links = request.app.store.links_of(request.realm.name(), &user.id).await?;
    let password_changed_at = match user.password_hash {
        Some(_) => Some(moment(user.password_changed_at)?),
        None => None,
    };
    let totp = user.factors.as_ref().and_then(|factors| factors.totp.as_ref());
    let two_step_since = totp.map(|totp| moment(totp.since)).transpose()?;
    let link =
        |(page, here): &(AccountPage, Page)| local(request, here.path()).map(|url| AccountLink { page: *page, url });
    let there = OTHERS
        .iter()
        .filter(|(_, here)| *here != Page::Providers || has_providers(request));
    let pages = there.map(link).collect::<Result<_, _>>()?;
    frame.page(ScopeSet::empty(), |frame, shell| {
        let view = AccountView {
            frame,
            pages,
            name: user
                .claims
                .get("name")
                .and_then(|name| name.as_str())
                .map(str::to_owned),
            apps,
            sessions: sessions.len(),
            more_sessions,
            password_changed_at,
            two_step_since,
            passkeys: user.passkeys().len(),
            providers: links.len(),
        };
        request.app.pages.account(&view, shell)
    })
}
