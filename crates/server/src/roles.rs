//! Roles of the database in the realms that are served: taken over at the start, with every reload, and whenever a note of the
//! store tells of one. They change a realm as another file would, so that everything follows them by the same way. Which of two
//! of one name counts is the core's to say ([`grantd_core::realm::Realm::with_stored_roles`]).

use crate::app::{App, Serving};
use crate::config::RealmConfig;
use crate::router::Router;
use grantd_store::{Read, Store};
use std::sync::Arc;

/// The same realms, with the roles that the store has now.
///
/// # Errors
/// When the store does not answer.
pub async fn beside<S: Store>(store: &S, realms: &[Arc<RealmConfig>]) -> Read<Vec<Arc<RealmConfig>>> {
    let mut all = Vec::with_capacity(realms.len());
    for config in realms {
        let stored = store.roles(&config.realm.name).await?;
        all.push(match config.realm.with_stored_roles(&stored) {
            None => Arc::clone(config),
            Some(realm) => Arc::new(RealmConfig {
                realm: Arc::new(realm),
                ..RealmConfig::clone(config)
            }),
        });
    }
    Ok(all)
}

/// Says in the log which roles of the database count from now on, and which do not although they are there: with another file
/// somebody may get more by either.
pub fn say(realms: &[Arc<RealmConfig>]) {
    for config in realms {
        let (realm, stored) = (&config.realm.name, &config.realm.stored_roles);
        if !stored.counting.is_empty() {
            let roles = listed(&stored.counting);
            tracing::info!(
                realm = &**realm,
                roles,
                "roles of the database count, beside those of the file"
            );
        }
        if !stored.hidden.is_empty() {
            let roles = listed(&stored.hidden);
            tracing::warn!(
                realm = &**realm,
                roles,
                "roles of the database do not count: the file declares roles of the same names"
            );
        }
    }
}

/// Says in the log that no address comes with the roles of the database.
pub fn say_clash(clash: &impl std::fmt::Display) {
    tracing::error!(%clash, "with its roles a realm needs an address that is taken; addresses stay as they are");
}

fn listed(names: &std::collections::BTreeSet<Arc<str>>) -> String {
    let names: Vec<&str> = names.iter().map(|name| &**name).collect();
    names.join(", ")
}

impl App {
    /// Serves the realms with the roles that the store has now.
    ///
    /// # Errors
    /// When the store does not answer: what was known counts until it does.
    pub async fn take_roles(&self) -> Read<()> {
        let _alone = self.replacing.lock().await;
        let before = self.serving();
        let configs: Vec<_> = before.realms.iter().map(|served| Arc::clone(&served.config)).collect();
        let after = beside(&*self.store, &configs).await?;
        let is_same = |(before, after): (&Arc<RealmConfig>, &Arc<RealmConfig>)| Arc::ptr_eq(before, after);
        if !configs.iter().zip(&after).all(is_same) {
            // The first role that makes administrators of tenants brings them the console's addresses.
            let router = Router::new(&after).map_or_else(
                |clash| {
                    say_clash(&clash);
                    Arc::clone(&before.router)
                },
                Arc::new,
            );
            let realms = before.realms.iter().zip(after);
            let realms = realms.map(|(served, config)| served.under(config)).collect();
            self.serve(Serving { router, realms });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
