//! Sessions: where a user is logged in.

use super::answer::Answer;
use super::call::Call;
use super::commit;
use super::cursor;
use super::problem::Problem;
use super::route::{Conditions, Gives, Route, handler};
use super::users;
use grantd_core::admin::user;
use grantd_core::change::Write;
use grantd_core::record::SessionRecord;
use grantd_protocol::id::SessionId;
use grantd_store::Store;
use serde_json::{Value, json};

const READ: &str = "grantd:sessions:read";
const WRITE: &str = "grantd:sessions:write";

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/users/{user_id}/sessions",
        permission: READ,
        tenants: false,
        says: "List where a user is logged in, the newest first.",
        takes: None,
        gives: Gives::Page("Session"),
        conditions: Conditions::Unread,
        query: &[],
        handle: handler!(list),
    },
    Route {
        method: "DELETE",
        path: "/users/{user_id}/sessions",
        permission: WRITE,
        tenants: false,
        says: "Log a user out everywhere; refresh tokens end too.",
        takes: None,
        gives: Gives::Nothing,
        conditions: Conditions::Presence,
        query: &[],
        handle: handler!(end_all),
    },
    Route {
        method: "DELETE",
        path: "/sessions/{session_id}",
        permission: WRITE,
        tenants: false,
        says: "End one session.",
        takes: None,
        gives: Gives::Nothing,
        conditions: Conditions::Presence,
        query: &[],
        handle: handler!(end),
    },
];

async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = call.window()?;
    let user = users::load(call).await?;
    let before = window.behind(SessionId::parse)?;
    let found = call
        .store()
        .sessions_of(call.realm(), &user.id, before, window.limit)
        .await?;
    // Ended ones are there until they are purged; a page may be short, and still have a next one.
    let live = found.rows.iter().filter(|session| session.is_live(call.request.now));
    let items = live.map(view).collect();
    let last = found.rows.last().filter(|_| found.more);
    let next = last.map(|last| cursor::encode(&window.filter, &last.id.to_string()));
    Ok(Answer::page(items, next))
}

async fn end_all(call: &Call<'_>) -> Result<Answer, Problem> {
    commit::decided(call, users::load, |before, deed| Ok(user::log_out(before, deed))).await?;
    Ok(Answer::done())
}

async fn end(call: &Call<'_>) -> Result<Answer, Problem> {
    let id = SessionId::parse(call.segment("session_id")).ok_or(Problem::Unknown)?;
    let found = call.store().session(id).await?.map(|facts| facts.session);
    let session = found.filter(|session| *session.realm == **call.realm() && session.is_live(call.request.now));
    let session = session.ok_or(Problem::Unknown)?;
    call.if_there(true)?;
    let address = call.address();
    let deed = call.deed(&address);
    let audit = deed.audit(
        "session.ended",
        format!("session:{id}"),
        json!({ "before": view(&session) }),
    );
    let write = Write::EndSession {
        id,
        at: call.request.now,
    };
    call.store().commit(deed.change(Vec::new(), vec![write], audit)).await?;
    Ok(Answer::done())
}

fn view(session: &SessionRecord) -> Value {
    let mut value = json!({
        "id": session.id,
        "user_id": session.user,
        "logged_in_at": session.authentication.at.secs(),
        "created_at": session.created_at.secs(),
        "expires_at": session.expires_at.secs(),
    });
    if let Some(members) = value.as_object_mut() {
        let optional = [("user_agent", &session.user_agent), ("address", &session.address)];
        let there = optional
            .into_iter()
            .filter_map(|(name, text)| Some((name.to_owned(), json!(text.as_ref()?))));
        members.extend(there);
    }
    value
}
