//! Whether somebody knows a user's password. An attempt is counted, durably and for all nodes, before its password is
//! looked at; an unknown user costs the same work and gets the same answer as a wrong password. Must not know forms.

use super::attempts::{count_one, counter};
use crate::accounts::password::Verdict;
use crate::config::Rate;
use crate::error::{Failure, Fault};
use crate::rate::{self, address_key};
use crate::request::Request;
use grantd_core::change::{Change, CounterKey, Guard, Write};
use grantd_core::record::UserRecord;
use grantd_protocol::{Seconds, Secret};
use grantd_store::{CommitError, Store};
use std::sync::Arc;

/// How often a password is looked at again whose user was changed meanwhile.
const ATTEMPTS: usize = 16;

/// Counts the attempt against the name and against the address, each in a change of its own.
///
/// # Errors
/// [`Fault`] when the store cannot count.
pub(super) async fn count(request: &Request<'_>, username: &str) -> Result<Result<(), Seconds>, Failure> {
    if let Err(wait) = count_address(request).await? {
        return Ok(Err(wait));
    }
    let rate = request.app.limits().login.per_user;
    count_at(request, rate, per_user(request, username)).await
}

/// Counts an attempt that names nobody, against the address alone.
///
/// # Errors
/// Those of [`count`].
pub(super) async fn count_address(request: &Request<'_>) -> Result<Result<(), Seconds>, Failure> {
    let rate = request.app.limits().login.per_address;
    let address = address_key(request.address);
    let key = counter(&format!("login-address|{}|{address}", request.realm.name()));
    count_at(request, rate, key).await
}

async fn count_at(request: &Request<'_>, rate: Option<Rate>, key: CounterKey) -> Result<Result<(), Seconds>, Failure> {
    match rate.map(rate::limit) {
        Some(limit) => count_one(request, limit, key).await,
        None => Ok(Ok(())),
    }
}

/// The counter of attempts at one name.
pub(super) fn per_user(request: &Request<'_>, username: &str) -> CounterKey {
    counter(&format!(
        "login-user|{}|{}",
        request.realm.name(),
        UserRecord::key_of(username)
    ))
}

/// The user, where name and password are right and the account may be used.
///
/// # Errors
/// When the store does not answer, or too many passwords are being looked at.
pub(super) async fn verified_user(
    request: &Request<'_>,
    username: &str,
    password: Secret,
) -> Result<Option<UserRecord>, Failure> {
    let key = UserRecord::key_of(username);
    for _ in 0..ATTEMPTS {
        let user = if key.is_empty() || key.len() > 320 {
            None
        } else {
            request.app.store.user_by_key(request.realm.name(), &key).await?
        };
        let hash = user
            .as_ref()
            .filter(|user| user.enabled)
            .and_then(|user| user.password_hash.clone());
        let verdict = request
            .app
            .passwords
            .verify(password.clone(), hash.as_deref())
            .await
            .map_err(Fault::Password)?;
        let Verdict::Match { rehash } = verdict else {
            return Ok(None);
        };
        let Some(user) = user.filter(|user| user.enabled) else {
            return Ok(None);
        };
        if !rehash {
            return Ok(Some(user));
        }
        if let Some(user) = hash_again(request, user, password.clone()).await? {
            return Ok(Some(user));
        }
    }
    Err(Fault::Contention(ATTEMPTS).into())
}

/// Keeps a proved password as we hash today; `None` where the user was changed since the proof, which then is of nothing.
/// Nothing that hangs off the password ends: it is the same one.
async fn hash_again(
    request: &Request<'_>,
    mut user: UserRecord,
    password: Secret,
) -> Result<Option<UserRecord>, Failure> {
    let app = request.app;
    let hash = app
        .passwords
        .hash(password, &*app.entropy)
        .await
        .map_err(Fault::Password)?;
    let guard = Guard::UserAt {
        realm: Arc::clone(&user.realm),
        id: Arc::clone(&user.id),
        version: user.version,
    };
    user.version += 1;
    user.password_hash = Some(hash);
    let change = Change {
        id: app.change_id(app.now()),
        guards: vec![guard],
        writes: vec![Write::UpdateUser(Box::new(user.clone()))],
    };
    match app.commit(change).await {
        Ok(_) => Ok(Some(user)),
        Err(CommitError::Conflict) => Ok(None),
        Err(CommitError::Fault(fault)) => Err(fault.into()),
    }
}
