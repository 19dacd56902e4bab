//! Demo data for `grantd dev`. What the realm's file does not fix is derived from the master key, so that a second
//! start over the same data prints the same ids and secrets although the store keeps only hashes.

mod api_keys;

use super::CliFault;
use crate::accounts::password::PasswordPool;
use crate::config::realm::{ClientKind, DemoClient, DemoServiceAccount, DemoUser};
use crate::config::{Endpoint, RealmConfig};
use crate::keys::MasterKey;
use crate::new_client::{NewClient, make};
use crate::router::{has_console, page_base};
use grantd_core::change::{Change, Guard, Write};
use grantd_core::record::client::GrantType;
use grantd_core::record::{
    AppPolicy, ClientDuties, ClientOpenid, ClientRecord, MembershipRecord, TenantRecord, TokenEndpointAuthMethod,
    UserRecord,
};
use grantd_jose::{base64url_encode, hmac_sha256};
use grantd_protocol::id::ChangeId;
use grantd_protocol::redirect_uri::ApplicationType;
use grantd_protocol::{Entropy, ScopeSet, Secret, Timestamp};
use grantd_store::{AnyStore, CommitError, Store};
use serde_json::{Value, json};
use std::sync::Arc;

/// What seeding needs.
pub struct Seeder<'a> {
    /// Where to.
    pub store: &'a AnyStore,
    /// What ids and secrets are derived from.
    pub master: &'a MasterKey,
    /// Where passwords are hashed.
    pub passwords: &'a PasswordPool,
    /// The randomness.
    pub entropy: &'a dyn Entropy,
    /// The instant.
    pub now: Timestamp,
}

/// Seeds a realm; returns what `grantd dev` prints of it.
///
/// # Errors
/// When the store does not answer, or the demo data contradicts the realm.
pub async fn seed(seeder: &Seeder<'_>, config: &RealmConfig) -> Result<Value, CliFault> {
    let demo = &config.demo;
    for tenant in &demo.tenants {
        seeder.tenant(config, &tenant.id, &tenant.name).await?;
    }
    let mut users = Vec::new();
    for user in &demo.users {
        seeder.user(config, user).await?;
        let tenants: Vec<&str> = user.tenants.iter().map(|membership| &*membership.tenant).collect();
        users.push(json!({ "username": user.username, "password": user.password.expose(), "tenants": tenants }));
    }
    let mut clients = Vec::new();
    for client in &demo.clients {
        clients.push(seeder.client(config, client).await?);
    }
    let mut service_accounts = Vec::new();
    for account in &demo.service_accounts {
        service_accounts.push(seeder.service_account(config, account).await?);
    }
    let mut api_keys = Vec::new();
    for key in &demo.api_keys {
        api_keys.extend(seeder.api_key(config, key).await?);
    }
    let console = seeder.operators(config).await?;
    Ok(json!({
        "users": users, "clients": clients, "service_accounts": service_accounts, "api_keys": api_keys,
        "console": console
    }))
}

impl Seeder<'_> {
    async fn tenant(&self, config: &RealmConfig, id: &Arc<str>, name: &str) -> Result<(), CliFault> {
        let realm = &config.realm.name;
        if self.store.tenant(realm, id).await?.is_none() {
            let record = TenantRecord {
                realm: Arc::clone(realm),
                id: Arc::clone(id),
                version: 1,
                name: name.to_owned(),
                enabled: true,
                apps: AppPolicy::Open,
                created_at: self.now,
            };
            self.commit(Change::new(self.change_id(), vec![Write::PutTenant(Box::new(record))]))
                .await?;
        }
        Ok(())
    }

    async fn user(&self, config: &RealmConfig, user: &DemoUser) -> Result<(), CliFault> {
        let realm = &config.realm.name;
        let key = UserRecord::key_of(&user.username);
        if self.store.user_by_key(realm, &key).await?.is_some() {
            return Ok(());
        }
        let hash = self
            .passwords
            .hash(user.password.clone(), self.entropy)
            .await
            .map_err(CliFault::other)?;
        let id: Arc<str> = self.derived("user", config, &user.username, 22).into();
        let record = UserRecord {
            realm: Arc::clone(realm),
            id: Arc::clone(&id),
            version: 1,
            username: user.username.clone(),
            password_hash: Some(hash),
            password_changed_at: self.now,
            factors: None,
            claims: user.claims.clone(),
            enabled: true,
            created_at: self.now,
        };
        let mut writes = vec![Write::InsertUser(Box::new(record))];
        for membership in &user.tenants {
            let tenant = self.store.tenant(realm, &membership.tenant).await?;
            let tenant = tenant.ok_or_else(|| {
                CliFault::usage(format!(
                    "the demo user {} is in a tenant that does not exist",
                    user.username
                ))
            })?;
            writes.push(Write::PutMembership(Box::new(MembershipRecord {
                realm: Arc::clone(realm),
                user: Arc::clone(&id),
                tenant,
                role: Arc::clone(&membership.role),
            })));
        }
        let guards = vec![Guard::UsernameFree {
            realm: Arc::clone(realm),
            key,
        }];
        self.commit(Change {
            id: self.change_id(),
            guards,
            writes,
        })
        .await
    }

    /// Whoever runs the realm can log in: an operator who is no demo user gets an account. Gives the first one's console.
    async fn operators(&self, config: &RealmConfig) -> Result<Option<Value>, CliFault> {
        let mut first = None;
        for username in config.realm.operators.keys() {
            let demo = config.demo.users.iter();
            let known = demo
                .into_iter()
                .find(|user| UserRecord::key_of(&user.username) == *username);
            let password = match known {
                Some(user) => user.password.clone(),
                None => {
                    let password = Secret::new(self.derived("operator", config, username, 20));
                    let operator = DemoUser {
                        username: username.clone(),
                        password: password.clone(),
                        claims: serde_json::Map::new(),
                        tenants: Vec::new(),
                    };
                    self.user(config, &operator).await?;
                    password
                }
            };
            first.get_or_insert(json!({
                "url": format!("{}/console", page_address(config)),
                "username": username,
                "password": password.expose(),
            }));
        }
        Ok(first.filter(|_| has_console(config, &config.realm.issuer)))
    }

    async fn client(&self, config: &RealmConfig, client: &DemoClient) -> Result<Value, CliFault> {
        let new = NewClient {
            name: client.name.clone(),
            client_id: Some(
                client
                    .client_id
                    .clone()
                    .unwrap_or_else(|| self.derived_id(config, &client.name)),
            ),
            client_secret: Some(
                client
                    .client_secret
                    .clone()
                    .unwrap_or_else(|| self.derived_secret(config, &client.name)),
            ),
            application_type: client.application_type,
            auth_method: client.auth_method,
            jwks: client.jwks.clone(),
            certificate_subject: client.certificate_subject.clone(),
            duties: client.duties,
            openid: client.openid.clone(),
            redirect_uris: client.redirect_uris.clone(),
            post_logout_redirect_uris: client.post_logout_redirect_uris.clone(),
            grant_types: client.grant_types.clone(),
            scopes: client.scopes.clone(),
            default_scopes: client.default_scopes.clone(),
            optional_scopes: client.optional_scopes.clone(),
            token_format: None,
            service: client.service.clone(),
            resources: client.resources.clone(),
            dialect: client.dialect.clone(),
        };
        let (client_id, secret) = self.insert(config, new).await?;
        Ok(json!({
            "name": client.name,
            "kind": kind(client.kind),
            "client_id": client_id,
            "client_secret": secret.as_ref().map(Secret::expose),
            "private_jwk": client.private_key.as_ref().map(|key| &key.announced),
            "token_endpoint_auth_method": client.auth_method.as_str(),
            "redirect_uris": client.redirect_uris,
            "grant_types": client.grant_types,
            "scopes": client.scopes.iter().collect::<Vec<_>>(),
        }))
    }

    async fn service_account(&self, config: &RealmConfig, account: &DemoServiceAccount) -> Result<Value, CliFault> {
        let new = NewClient {
            name: account.name.clone(),
            client_id: Some(
                account
                    .client_id
                    .clone()
                    .unwrap_or_else(|| self.derived_id(config, &account.name)),
            ),
            client_secret: Some(
                account
                    .client_secret
                    .clone()
                    .unwrap_or_else(|| self.derived_secret(config, &account.name)),
            ),
            application_type: ApplicationType::Web,
            auth_method: TokenEndpointAuthMethod::ClientSecretBasic,
            jwks: None,
            certificate_subject: None,
            duties: ClientDuties::default(),
            openid: ClientOpenid::default(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            grant_types: vec![GrantType::ClientCredentials],
            scopes: account.scopes.clone(),
            default_scopes: account.default_scopes.clone(),
            optional_scopes: ScopeSet::empty(),
            token_format: None,
            service: Some((Arc::clone(&account.tenant), Arc::clone(&account.role))),
            resources: Vec::new(),
            dialect: account.dialect.clone(),
        };
        let (client_id, secret) = self.insert(config, new).await?;
        Ok(json!({
            "name": account.name,
            "client_id": client_id,
            "client_secret": secret.as_ref().map(Secret::expose),
            "tenant": account.tenant,
            "role": account.role,
        }))
    }

    async fn insert(&self, config: &RealmConfig, new: NewClient) -> Result<(Arc<str>, Option<Secret>), CliFault> {
        let name = new.name.clone();
        let made = make(new, &config.realm, self.now, self.entropy);
        let (record, change, secret) =
            made.map_err(|error| CliFault::usage(format!("demo client '{name}': {error}")))?;
        match self.store.commit(change).await {
            Ok(_) => {}
            Err(CommitError::Conflict) => self.bring_up_to_date(&record).await?,
            Err(CommitError::Fault(fault)) => return Err(fault.into()),
        }
        Ok((record.client_id, secret))
    }

    /// A client of an earlier start becomes what the file says now: what is announced must work.
    async fn bring_up_to_date(&self, wanted: &ClientRecord) -> Result<(), CliFault> {
        let Some(before) = self.store.client(&wanted.realm, &wanted.client_id).await? else {
            return Ok(());
        };
        let mut after = wanted.clone();
        after.version = before.version + 1;
        after.created_at = before.created_at;
        let guard = Guard::ClientAt {
            realm: Arc::clone(&before.realm),
            client_id: Arc::clone(&before.client_id),
            version: before.version,
        };
        let writes = vec![Write::UpdateClient(Box::new(after))];
        let change = Change {
            id: self.change_id(),
            guards: vec![guard],
            writes,
        };
        self.commit(change).await
    }

    /// What is there already stays as it is.
    async fn commit(&self, change: Change) -> Result<(), CliFault> {
        match self.store.commit(change).await {
            Ok(_) | Err(CommitError::Conflict) => Ok(()),
            Err(CommitError::Fault(fault)) => Err(fault.into()),
        }
    }

    fn change_id(&self) -> ChangeId {
        ChangeId::draw(self.now, self.entropy)
    }

    fn derived_id(&self, config: &RealmConfig, name: &str) -> Arc<str> {
        match config.realm.client_ids {
            grantd_core::realm::ClientIdShape::Opaque => self.derived("client-id", config, name, 24).into(),
            grantd_core::realm::ClientIdShape::Digits(digits) => {
                let text = self.derived("client-id", config, name, usize::from(digits));
                let digit = |byte: u8| char::from(b'1' + byte % 9);
                text.bytes().map(digit).collect::<String>().into()
            }
        }
    }

    fn derived_secret(&self, config: &RealmConfig, name: &str) -> Secret {
        Secret::new(self.derived("client-secret", config, name, 32))
    }

    /// Letters and digits that belong to this server, realm and name.
    fn derived(&self, kind: &str, config: &RealmConfig, name: &str, length: usize) -> String {
        let key = self.master.subkey(crate::keys::Purpose::Demo);
        let mut text = String::new();
        for round in 0_u8..8 {
            let tag = hmac_sha256(
                &*key,
                &[
                    kind.as_bytes(),
                    b"|",
                    config.realm.name.as_bytes(),
                    b"|",
                    name.as_bytes(),
                    &[round],
                ],
            );
            text.extend(base64url_encode(tag).chars().filter(char::is_ascii_alphanumeric));
        }
        text.chars().take(length).collect()
    }
}

/// Where the realm's pages are, without a closing slash.
#[must_use]
pub fn page_address(config: &RealmConfig) -> String {
    let (host, base) = page_base(config, &config.realm.issuer);
    let authorize = config.endpoints.url(Endpoint::Authorize);
    let scheme = authorize.split_once("://").map_or("https", |(scheme, _)| scheme);
    format!("{scheme}://{host}{base}")
}

const fn kind(kind: ClientKind) -> &'static str {
    match kind {
        ClientKind::Web => "web",
        ClientKind::Native => "native",
        ClientKind::Machine => "machine",
        ClientKind::ResourceServer => "resource_server",
    }
}
