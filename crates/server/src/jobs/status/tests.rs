//! What another configuration says of what is known already: tokens made by hand are judged anew by it.

use super::*;
use crate::ambient::SystemEntropy;
use crate::app::{self, stage::scopes};
use grantd_core::admin::{Actor, Deed, client};
use grantd_core::change::Write;
use grantd_core::realm::Realm;
use grantd_core::record::{AccessRecord, ClientOrigin, MembershipRecord, TenantRecord, UserRecord};
use grantd_core::status_list::{Keeping, KeptList, StatusPlace};
use serde_json::json;

const PLACE: StatusPlace = StatusPlace(5);

struct Stage {
    served: app::stage::Stage,
    job: FollowStatus,
    realm: Arc<str>,
}

impl Stage {
    /// A server of the demo realm with one JWT, which an owner of a tenant made by hand for a client that came so.
    async fn with_a_token(origin: ClientOrigin) -> Self {
        let served = app::stage::Stage::with(|_| ()).await;
        let realm = served.realm();
        served.write(rows(&realm, origin, served.app.now())).await;
        Self {
            job: FollowStatus::new(Arc::clone(&served.app)),
            served,
            realm: Arc::clone(&realm.name),
        }
    }

    async fn is_over(&mut self) -> bool {
        self.job.tick().await.unwrap();
        let mut kept = KeptLists::new();
        self.served.app.status.keep(&mut kept);
        says_over(kept.get(&self.realm).map(found))
    }
}

/// What the next process makes of it.
fn found(kept: &Keeping) -> StatusLists {
    let lists: Vec<KeptList> = serde_json::from_value(serde_json::to_value(kept).unwrap()).unwrap();
    StatusLists::restored(&lists).unwrap()
}

fn says_over(lists: Option<StatusLists>) -> bool {
    lists.is_some_and(|mut lists| !lists.mark(PLACE, true, Timestamp::from_secs(4_000_000_000)))
}

fn rows(realm: &Realm, origin: ClientOrigin, now: Timestamp) -> Vec<Write> {
    let actor = Actor::command_line();
    let deed = Deed {
        realm,
        actor: &actor,
        address: None,
        now,
        entropy: &SystemEntropy,
        secrets: &SystemEntropy,
    };
    let body = json!({ "name": "App", "grant_types": ["client_credentials"], "scopes": ["invoices:read"] });
    let mut app = client::create(body.as_object().unwrap(), &deed).unwrap().after.record;
    app.origin = origin;
    let user = UserRecord {
        realm: Arc::clone(&realm.name),
        id: "ada".into(),
        version: 1,
        username: "ada".to_owned(),
        password_hash: None,
        password_changed_at: now,
        claims: serde_json::Map::new(),
        factors: None,
        enabled: true,
        created_at: now,
    };
    let tenant = TenantRecord {
        realm: Arc::clone(&realm.name),
        id: "acme".into(),
        version: 1,
        name: "Acme".to_owned(),
        enabled: true,
        created_at: now,
        apps: grantd_core::record::AppPolicy::Open,
    };
    let place = MembershipRecord {
        realm: Arc::clone(&realm.name),
        user: Arc::clone(&user.id),
        tenant: tenant.clone(),
        role: "owner".into(),
    };
    let token = AccessRecord {
        id: AccessId::draw(now, &SystemEntropy),
        realm: Arc::clone(&realm.name),
        hash: None,
        client_id: Arc::clone(&app.client_id),
        grant: None,
        family: None,
        subject: Arc::clone(&user.id),
        tenant: Some(Arc::clone(&tenant.id)),
        scope: scopes("invoices:read"),
        audience: Arc::clone(&realm.default_resource),
        issuer: Arc::clone(&realm.issuer),
        bound_to: None,
        issued_at: now,
        expires_at: now.plus(Seconds(86_400)),
        ended_at: None,
        name: Some("export".into()),
        status: Some(PLACE),
        more: None,
    };
    vec![
        Write::InsertClient(Box::new(app)),
        Write::InsertUser(Box::new(user)),
        Write::PutTenant(Box::new(tenant)),
        Write::PutMembership(Box::new(place)),
        Write::InsertAccess(Box::new(token)),
    ]
}

fn cut_the_role(realm: &mut Realm) {
    realm.roles.insert("owner".into(), scopes("customers:read"));
}

#[tokio::test]
async fn what_a_reload_takes_from_a_role_its_tokens_made_by_hand_lose_until_they_get_it_back() {
    let mut stage = Stage::with_a_token(ClientOrigin::Console).await;
    assert!(!stage.is_over().await);
    stage.served.reload(cut_the_role).await;
    assert!(stage.is_over().await);
    stage.served.reload(|_| ()).await;
    assert!(!stage.is_over().await);
}

#[tokio::test]
async fn what_a_reload_takes_from_clients_that_nobody_vouches_for_their_tokens_made_by_hand_lose() {
    let mut stage = Stage::with_a_token(ClientOrigin::Dynamic).await;
    assert!(!stage.is_over().await, "what the realm permits to such clients");
    stage
        .served
        .reload(|realm| realm.registration.scopes = scopes("customers:read"))
        .await;
    assert!(stage.is_over().await);
}

#[tokio::test]
async fn what_a_role_of_the_database_loses_its_tokens_made_by_hand_lose() {
    let mut stage = Stage::with_a_token(ClientOrigin::Console).await;
    stage.served.put_role("owner", "invoices:*").await;
    stage.served.reload(|realm| drop(realm.roles.remove("owner"))).await;
    assert!(!stage.is_over().await);
    stage.served.put_role("owner", "customers:read").await;
    stage.served.app.take_roles().await.unwrap();
    assert!(stage.is_over().await);
}

#[tokio::test]
async fn nothing_is_kept_under_rules_by_which_it_was_not_judged() {
    let mut stage = Stage::with_a_token(ClientOrigin::Console).await;
    stage.is_over().await;
    assert!(!stage.is_over().await);
    let before = stage.served.app.serving();
    assert!(
        kept::find(&stage.served.app, &before).await.unwrap().is_some(),
        "it is kept"
    );
    stage.served.reload(cut_the_role).await;
    let after = stage.served.app.serving();
    stage.job.kept_at = None;
    stage.job.keep(stage.served.app.now()).await;
    assert!(
        kept::find(&stage.served.app, &after).await.unwrap().is_none(),
        "it was not judged by these"
    );
    assert!(stage.is_over().await);
    let found = kept::find(&stage.served.app, &after).await.unwrap().unwrap();
    let mut lists = found.lists;
    assert!(says_over(lists.remove(&stage.realm)));
    assert!(kept::find(&stage.served.app, &before).await.unwrap().is_none());
}
