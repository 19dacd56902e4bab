//! Clients, users and tenants: what is written is read again, field by field.

use super::sample::{REALM, Sample};
use super::{Backend, print};
use grantd_core::change::Write;
use grantd_core::record::{ClientRecord, TokenFormat};
use grantd_store::Store;

pub async fn a_client_is_read_as_it_was_written(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let client = ClientRecord {
        token_format: Some(TokenFormat::Jwt),
        tenant: Some("acme".into()),
        ..sample.client("ledger")
    };
    sample
        .put(&store, vec![Write::InsertClient(Box::new(client.clone()))])
        .await;
    let read = store.client(REALM, "ledger").await.unwrap().unwrap();
    assert_eq!(print::client(&read), print::client(&client));
}

pub async fn a_changed_client_replaces_the_old_one(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut client = sample.client("ledger");
    sample
        .put(&store, vec![Write::InsertClient(Box::new(client.clone()))])
        .await;
    client.version = 2;
    client.name = "Ledger & Söhne".to_owned();
    client.secrets.clear();
    sample
        .put(&store, vec![Write::UpdateClient(Box::new(client.clone()))])
        .await;
    let read = store.client(REALM, "ledger").await.unwrap().unwrap();
    assert_eq!(print::client(&read), print::client(&client));
}

pub async fn a_user_is_found_by_id_and_by_key(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let user = sample.user("Ada");
    sample
        .put(&store, vec![Write::InsertUser(Box::new(user.clone()))])
        .await;
    let by_id = store.user(REALM, "Ada").await.unwrap().unwrap();
    let by_key = store.user_by_key(REALM, "ada@example.org").await.unwrap().unwrap();
    assert_eq!(print::user(&by_id), print::user(&user));
    assert_eq!(print::user(&by_key), print::user(&user));
    assert!(store.user_by_key(REALM, "Ada@Example.org").await.unwrap().is_none());
}

pub async fn a_changed_user_replaces_the_old_one(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let mut user = sample.user("ada");
    sample
        .put(&store, vec![Write::InsertUser(Box::new(user.clone()))])
        .await;
    user.version = 2;
    user.username = "Countess".to_owned();
    user.password_hash = None;
    user.claims.clear();
    user.enabled = false;
    sample
        .put(&store, vec![Write::UpdateUser(Box::new(user.clone()))])
        .await;
    let read = store.user(REALM, "ada").await.unwrap().unwrap();
    assert_eq!(print::user(&read), print::user(&user));
    assert!(store.user_by_key(REALM, "ada@example.org").await.unwrap().is_none());
    assert!(store.user_by_key(REALM, "countess").await.unwrap().is_some());
}

pub async fn tenants_and_memberships_are_put_and_replaced(backend: &impl Backend) {
    let (store, sample) = (backend.open().await, Sample::new());
    let (mut acme, zeta) = (sample.tenant("acme"), sample.tenant("zeta"));
    let writes = vec![
        Write::PutTenant(Box::new(zeta.clone())),
        Write::PutTenant(Box::new(acme.clone())),
        Write::PutMembership(Box::new(sample.membership("ada", &zeta, "owner"))),
        Write::PutMembership(Box::new(sample.membership("ada", &acme, "clerk"))),
        Write::PutMembership(Box::new(sample.membership("bob", &acme, "clerk"))),
    ];
    sample.put(&store, writes).await;
    acme.enabled = false;
    acme.version = 2;
    acme.name = "Acme (closed)".to_owned();
    let writes = vec![
        Write::PutTenant(Box::new(acme.clone())),
        Write::PutMembership(Box::new(sample.membership("ada", &acme, "owner"))),
    ];
    sample.put(&store, writes).await;
    assert_eq!(store.tenant(REALM, "acme").await.unwrap(), Some(acme.clone()));
    let expected = vec![
        sample.membership("ada", &acme, "owner"),
        sample.membership("ada", &zeta, "owner"),
    ];
    assert_eq!(store.memberships(REALM, "ada").await.unwrap(), expected);
}
