//! A server of the demo realm on a store in memory, for tests of what follows a change of its configuration.

use super::App;
use crate::ambient::SystemEntropy;
use crate::cli::start::{Mode, build, serving};
use crate::config::{RealmConfig, built_in_demo_realm, server_without_file};
use crate::keys::MasterKey;
use grantd_core::change::{Change, Write};
use grantd_core::realm::Realm;
use grantd_core::record::RoleRecord;
use grantd_protocol::ScopeSet;
use grantd_store::{AnyStore, Store};
use std::sync::Arc;

pub(crate) fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

fn demo_with(change: impl FnOnce(&mut Realm)) -> Arc<RealmConfig> {
    let config = built_in_demo_realm().unwrap();
    let mut realm = Realm::clone(&config.realm);
    change(&mut realm);
    Arc::new(RealmConfig {
        realm: Arc::new(realm),
        ..config
    })
}

/// The server.
pub(crate) struct Stage {
    pub(crate) app: Arc<App>,
    master: Arc<MasterKey>,
}

impl Stage {
    /// One whose realm has these differences.
    pub(crate) async fn with(change: impl FnOnce(&mut Realm)) -> Self {
        Self::of(demo_with(change)).await
    }

    /// One of this realm.
    pub(crate) async fn of(realm: Arc<RealmConfig>) -> Self {
        let mut config = server_without_file(&std::iter::empty::<(String, String)>().collect()).unwrap();
        config.realms = vec![realm];
        let master = Arc::new(MasterKey::draw(&SystemEntropy));
        let store = AnyStore::Memory(Box::default());
        let built = build(&config, store, Arc::clone(&master), Mode::Development).await;
        Self {
            app: built.unwrap().app,
            master,
        }
    }

    /// Another file, with these differences and without those before.
    pub(crate) async fn reload(&self, change: impl FnOnce(&mut Realm)) {
        self.begin_again(demo_with(change)).await;
    }

    /// What a start or a reload makes of a file and of what the store has by then.
    pub(crate) async fn begin_again(&self, realm: Arc<RealmConfig>) {
        let ambient = (&self.app.clock, &self.app.entropy);
        let realms = [realm];
        let fresh = serving(&realms, &self.app.store, &self.master, Mode::Development, ambient).await;
        self.app.serve(fresh.unwrap());
    }

    /// As another process writes: this one hears of it by the store alone.
    pub(crate) async fn write(&self, writes: Vec<Write>) {
        let change = Change::new(self.app.change_id(self.app.now()), writes);
        self.app.store.commit(change).await.unwrap();
    }

    /// The same for a role.
    pub(crate) async fn put_role(&self, name: &str, permissions: &str) {
        let row = RoleRecord {
            realm: Arc::clone(&self.realm().name),
            name: name.into(),
            version: 1,
            description: None,
            permissions: scopes(permissions),
            created_at: self.app.now(),
        };
        self.write(vec![Write::PutRole(Box::new(row))]).await;
    }

    /// The realm as it is served now.
    pub(crate) fn realm(&self) -> Arc<Realm> {
        Arc::clone(&self.app.serving().realms[0].config.realm)
    }
}
