//! What every call that changes something does: load the facts, let the core decide, commit once; and again where
//! somebody else was faster. Which facts and which decision is the handler's.

use super::answer::{Versioned, names_version};
use super::call::Call;
use super::problem::Problem;
use super::route::Conditions;
use crate::error::Fault;
use grantd_core::admin::{Deed, Edit, Refused};
use grantd_core::change::{Change, Guard, Write};
use grantd_store::{CommitError, Store};
use std::sync::Arc;

/// How often a lost race is decided again.
const ATTEMPTS: u8 = 8;

/// Changes an object that has versions: refused where the caller means another version than the one that was loaded.
pub(super) async fn change<'c, T: Versioned, R, F: Future<Output = Result<T, Problem>>>(
    call: &'c Call<'c>,
    load: impl Fn(&'c Call<'c>) -> F,
    decide: impl Fn(&T, &Deed<'_>) -> Result<Edit<R>, Refused>,
) -> Result<R, Problem> {
    compared(call, |call| meant(call, load(call)), decide).await
}

/// Changes what is there and has no version. What `load` gives is loaded anew for each attempt; `load` may refuse, too.
pub(super) async fn decided<'c, T, R, F: Future<Output = Result<T, Problem>>>(
    call: &'c Call<'c>,
    load: impl Fn(&'c Call<'c>) -> F,
    decide: impl Fn(&T, &Deed<'_>) -> Result<Edit<R>, Refused>,
) -> Result<R, Problem> {
    placed(call, load, |_| true, decide).await
}

/// The same of what may be there.
pub(super) async fn placed<'c, T, R, F: Future<Output = Result<T, Problem>>>(
    call: &'c Call<'c>,
    load: impl Fn(&'c Call<'c>) -> F,
    is_there: impl Fn(&T) -> bool,
    decide: impl Fn(&T, &Deed<'_>) -> Result<Edit<R>, Refused>,
) -> Result<R, Problem> {
    let load = async |call: &'c Call<'c>| {
        let facts = load(call).await?;
        call.if_there(is_there(&facts))?;
        Ok(facts)
    };
    compared(call, load, decide).await
}

/// The same where `load` has compared what the caller means with what there is.
pub(super) async fn compared<'c, T, R, F: Future<Output = Result<T, Problem>>>(
    call: &'c Call<'c>,
    load: impl Fn(&'c Call<'c>) -> F,
    decide: impl Fn(&T, &Deed<'_>) -> Result<Edit<R>, Refused>,
) -> Result<R, Problem> {
    let address = call.address();
    let mut tries = Tries::default();
    loop {
        let facts = load(call).await?;
        let edit = decide(&facts, &call.deed(&address))?;
        if commit(call, edit.change, &mut tries).await? {
            return Ok(edit.after);
        }
    }
}

/// What is being loaded, where it is the version that the caller means.
pub(super) async fn meant<T: Versioned>(
    call: &Call<'_>,
    loading: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    let facts = loading.await?;
    call.if_match(&facts.tag())?;
    Ok(facts)
}

/// Commits once: `false` where somebody else was faster, which is the end of it.
pub(super) async fn once(call: &Call<'_>, change: Change) -> Result<bool, Problem> {
    let (clients, roles) = (changed_clients(&change), changes_roles(&change));
    match call.store().commit(change).await {
        Ok(_) => {
            for client_id in clients {
                call.request.app.clients.forget(call.realm(), &client_id);
            }
            // It is done: who asked is not told otherwise. The store's note of it is read all the same.
            if roles && let Err(fault) = call.request.app.take_roles().await {
                tracing::warn!(%fault, "a changed role counts here once the store's notes are read");
            }
            Ok(true)
        }
        Err(CommitError::Conflict) => {
            call.request.app.metrics.conflict();
            Ok(false)
        }
        Err(CommitError::Fault(fault)) => Err(fault.into()),
    }
}

/// Commits: `true` when it is done, `false` when somebody else was faster and the facts have to be loaded again.
pub(super) async fn commit(call: &Call<'_>, change: Change, tries: &mut Tries) -> Result<bool, Problem> {
    let given = given_roles(&change);
    if once(call, change).await? {
        return Ok(true);
    }
    // The version that the caller named is not the one any more.
    if call.route.conditions == Conditions::Version && names_version(call.request.headers()) {
        return Err(Problem::Precondition);
    }
    still_there(call, given).await?;
    tries.lose()?;
    Ok(false)
}

/// Counts lost races.
#[derive(Default)]
pub(super) struct Tries(u8);

impl Tries {
    /// Whether one was lost already.
    pub(super) const fn lost(&self) -> bool {
        self.0 > 0
    }

    fn lose(&mut self) -> Result<(), Problem> {
        self.0 += 1;
        if self.0 < ATTEMPTS {
            Ok(())
        } else {
            Err(Fault::Contention(ATTEMPTS.into()).into())
        }
    }
}

fn changed_clients(change: &Change) -> Vec<Arc<str>> {
    let changed = change.writes.iter().filter_map(|write| match write {
        Write::UpdateClient(row) => Some(&row.client_id),
        Write::DeleteClient { client_id, .. } => Some(client_id),
        _ => None,
    });
    changed.cloned().collect()
}

fn changes_roles(change: &Change) -> bool {
    let is_role = |write: &Write| matches!(write, Write::PutRole(_) | Write::DeleteRole { .. });
    change.writes.iter().any(is_role)
}

/// The roles of the database that a change gives to somebody.
fn given_roles(change: &Change) -> Vec<Arc<str>> {
    let given = change.guards.iter().filter_map(|guard| match guard {
        Guard::RoleExists { name, .. } => Some(name),
        _ => None,
    });
    given.cloned().collect()
}

/// After a lost race: a role that was deleted since this process read it is no fact that is loaded again.
async fn still_there(call: &Call<'_>, given: Vec<Arc<str>>) -> Result<(), Problem> {
    if given.is_empty() {
        return Ok(());
    }
    let there = call.store().roles(call.realm()).await?;
    match given.iter().find(|name| !there.iter().any(|role| role.name == **name)) {
        None => Ok(()),
        Some(name) => Err(Refused::State(format!("the role '{name}' was deleted meanwhile")).into()),
    }
}
