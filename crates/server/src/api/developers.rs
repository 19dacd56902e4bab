//! What developers may use of this API, each for their own applications alone: the rows of the route table by name. All
//! others are closed to them, new ones too, until somebody writes them down here. Whose application it is, the handlers ask
//! and the core decides.

use super::call::Call;
use super::problem::Problem;
use super::route::Route;
use grantd_core::record::ClientRecord;
use grantd_store::Store;
use std::sync::Arc;

/// Method and path, as the table has them.
pub(super) const OPEN: &[(&str, &str)] = &[
    ("GET", "/clients"),
    ("POST", "/clients"),
    ("GET", "/clients/{client_id}"),
    ("PATCH", "/clients/{client_id}"),
    ("DELETE", "/clients/{client_id}"),
    ("GET", "/clients/{client_id}/secrets"),
    ("POST", "/clients/{client_id}/secrets"),
    ("DELETE", "/clients/{client_id}/secrets/{secret_id}"),
    ("POST", "/clients/{client_id}/submit"),
    ("POST", "/clients/{client_id}/withdraw"),
    ("GET", "/clients/{client_id}/refused"),
    ("GET", "/clients/{client_id}/usage"),
    ("POST", "/clients/{client_id}/trim"),
    ("GET", "/tokens"),
    ("POST", "/tokens"),
    ("GET", "/tokens/{token_id}"),
    ("DELETE", "/tokens/{token_id}"),
    ("GET", "/grants"),
    ("GET", "/permissions"),
];

/// Whether developers may use a route at all.
pub(super) fn may_use(route: &Route) -> bool {
    OPEN.iter()
        .any(|(method, path)| *method == route.method && *path == route.path)
}

/// A client by its id, where it is within the actor's reach: another one looks like none. From the store and not from the
/// cache: what is decided about it is guarded by its version.
pub(super) async fn client(call: &Call<'_>, client_id: &str) -> Result<ClientRecord, Problem> {
    let found = call.store().client(call.realm(), client_id).await?;
    found.filter(|client| call.actor.owns(client)).ok_or(Problem::Unknown)
}

/// The client that a list is asked about, where the actor must name one of their own; nothing for everybody else. Somebody
/// else's, or none, has an empty list.
pub(super) async fn asked_about(call: &Call<'_>) -> Result<Result<Option<ClientRecord>, NothingThere>, Problem> {
    if call.actor.developer().is_none() {
        return Ok(Ok(None));
    }
    match client(call, call.query.get("client").unwrap_or_default()).await {
        Ok(client) => Ok(Ok(Some(client))),
        Err(Problem::Unknown) => Ok(Err(NothingThere)),
        Err(problem) => Err(problem),
    }
}

/// A developer asked about what is not theirs.
pub(super) struct NothingThere;

/// How a client knows a user: what its developer may see of them.
pub(super) fn name_for(call: &Call<'_>, client: &ClientRecord, user: &Arc<str>) -> Arc<str> {
    grantd_core::subject::of_user(&call.request.realm.config.realm, client, user)
}

#[cfg(test)]
mod tests {
    use super::super::route;
    use super::*;

    #[test]
    fn every_row_that_is_open_to_developers_is_in_the_table_once() {
        for (method, path) in OPEN {
            let rows = route::all().filter(|row| row.method == *method && row.path == *path);
            assert_eq!(rows.count(), 1, "{method} {path}");
        }
    }

    #[test]
    fn what_governs_a_realm_is_closed_to_developers() {
        let closed = |method, path| !route::all().any(|row| row.method == method && row.path == path && may_use(row));
        for (method, path) in [
            ("POST", "/clients/{client_id}/review"),
            ("GET", "/users"),
            ("GET", "/audit"),
            ("GET", "/grants/{grant_id}"),
            ("DELETE", "/grants/{grant_id}"),
            ("GET", "/findings"),
            ("GET", "/refusals"),
            ("GET", "/realm"),
        ] {
            assert!(closed(method, path), "{method} {path}");
        }
    }
}
