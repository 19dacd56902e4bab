//! `/users/{user_id}/links`: from which other providers a user can come.

use super::answer::Answer;
use super::call::Call;
use super::commit;
use super::problem::Problem;
use super::route::{Conditions, Gives, Route, handler};
use super::users::{self, Places};
use grantd_core::record::{UpstreamLink, UserRecord};
use grantd_core::upstream::kept;
use grantd_store::Store;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/users/{user_id}/links",
        permission: users::READ,
        tenants: false,
        says: "List the people at other providers who are this user here: at most one of each provider, on one page.",
        takes: None,
        gives: Gives::Page("UpstreamLink"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(list),
    },
    Route {
        method: "DELETE",
        path: "/users/{user_id}/links/{link_id}",
        permission: users::WRITE,
        tenants: false,
        says: "Take a link away, even where the user cannot log in without it; sessions and refresh tokens end.",
        takes: None,
        gives: Gives::Nothing,
        conditions: Conditions::Version,
        query: &[],
        handle: handler!(remove),
    },
];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    // There are never more than providers; a cursor of another list is refused here, too.
    call.window()?;
    let user = users::load(call).await?;
    let links = call.store().links_of(call.realm(), &user.id).await?;
    Ok(Answer::page(links.iter().map(kept::view).collect(), None))
}

async fn remove(call: &Call<'_>) -> Result<Answer, Problem> {
    let wanted = call.segment("link_id");
    commit::change(call, linked, |(before, (places, links)), deed| {
        kept::take_away(before, places, links, wanted, deed)
    })
    .await?;
    Ok(Answer::done())
}

/// The user in the address, what they are where, and who is linked to them.
async fn linked(call: &Call<'_>) -> Result<(UserRecord, (Places, Vec<UpstreamLink>)), Problem> {
    let (user, places) = users::placed(call).await?;
    let links = call.store().links_of(call.realm(), &user.id).await?;
    Ok((user, (places, links)))
}
