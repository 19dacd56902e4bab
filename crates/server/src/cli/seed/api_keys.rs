//! Demo API keys. A key that the file does not fix is derived from the master key like ids and secrets are.

use super::Seeder;
use crate::cli::CliFault;
use crate::config::RealmConfig;
use crate::config::realm::DemoApiKey;
use grantd_core::api_key::{Edit, Maker, NewApiKey, edit, make};
use grantd_core::change::Write;
use grantd_core::record::ApiKeyRecord;
use grantd_jose::hmac_sha256;
use grantd_protocol::id::{ApiKeyId, ChangeId};
use grantd_protocol::{Bearer, Entropy, Namespace};
use grantd_store::Store;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use zeroize::Zeroizing;

const MAKER: Maker<'_> = Maker {
    actor: "cli",
    role: None,
    role_name: None,
    user: None,
};

impl Seeder<'_> {
    /// Seeds a key, or brings one of an earlier start up to date; what to print of it. Nothing for one that somebody
    /// ended: it must not come back to life.
    pub(super) async fn api_key(&self, config: &RealmConfig, demo: &DemoApiKey) -> Result<Option<Value>, CliFault> {
        let realm = &config.realm;
        let wrong = |what: &dyn std::fmt::Display| CliFault::usage(format!("demo API key '{}': {what}", demo.name));
        let new = NewApiKey {
            tenant: demo.tenant.clone(),
            name: demo.name.clone(),
            scope: demo.scopes.clone(),
            expires_at: None,
        };
        let tenant = match &demo.tenant {
            Some(tenant) => self.store.tenant(&realm.name, tenant).await?,
            None => None,
        };
        let derived = Derived::new(self, &format!("{}|{}", realm.name, demo.name));
        let mut made = make(new, &MAKER, tenant.as_ref(), realm, self.now, self.entropy).map_err(|no| wrong(&no))?;
        let key = match &demo.key {
            Some(key) => key.clone(),
            None => Bearer::mint(Namespace::ApiKey, &realm.api_keys.prefix, derived.id(), &derived).0,
        };
        let bearer = Bearer::parse(Namespace::ApiKey, &realm.api_keys.prefix, key.expose())
            .ok_or_else(|| wrong(&"the key has another prefix, or a wrong checksum"))?;
        made.record.id = ApiKeyId::from_bytes(bearer.id);
        made.record.hash = bearer.hash;
        made.record.last_four = key.expose().chars().skip(key.expose().len() - 4).collect();
        match self.store.api_key(made.record.id).await?.map(|facts| facts.key) {
            None => {
                made.change.id = self.change_id();
                made.change.writes = vec![Write::InsertApiKey(Box::new(made.record))];
                self.commit(made.change).await?;
            }
            Some(before) if before.ended_at.is_some() => return Ok(None),
            Some(before) => self.refresh(config, &before, demo, self.change_id()).await?,
        }
        Ok(Some(json!({
            "name": demo.name,
            "key": key.expose(),
            "tenant": demo.tenant,
            "scopes": demo.scopes.iter().collect::<Vec<_>>(),
        })))
    }

    async fn refresh(
        &self,
        config: &RealmConfig,
        before: &ApiKeyRecord,
        demo: &DemoApiKey,
        change: ChangeId,
    ) -> Result<(), CliFault> {
        if before.scope == demo.scopes {
            return Ok(());
        }
        let wanted = Edit {
            scope: Some(demo.scopes.clone()),
            ..Edit::default()
        };
        let edited = edit(before, wanted, &MAKER, &config.realm, self.now, change);
        let (_, change) = edited.map_err(|no| CliFault::usage(format!("demo API key '{}': {no}", demo.name)))?;
        self.commit(change).await
    }
}

/// Bytes that belong to this server and a name, in the place of randomness.
struct Derived {
    key: Zeroizing<[u8; 32]>,
    drawn: AtomicU32,
}

impl Derived {
    fn new(seeder: &Seeder<'_>, name: &str) -> Self {
        let master = seeder.master.subkey(crate::keys::Purpose::Demo);
        Self {
            key: Zeroizing::new(hmac_sha256(&*master, &[b"api-key|", name.as_bytes()])),
            drawn: AtomicU32::new(0),
        }
    }

    /// The row's id: that of no instant, so that it is the same at every start.
    fn id(&self) -> [u8; 16] {
        grantd_protocol::id::draw_id(grantd_protocol::Timestamp::from_secs(0), self)
    }
}

impl Entropy for Derived {
    fn fill(&self, buffer: &mut [u8]) {
        for piece in buffer.chunks_mut(32) {
            let turn = self.drawn.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            for (target, source) in piece.iter_mut().zip(hmac_sha256(&*self.key, &[&turn])) {
                *target = source;
            }
        }
    }
}
