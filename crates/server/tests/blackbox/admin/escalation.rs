//! Nobody hands out, or gets hold of, more than they have; and nobody looks over a realm's or a tenant's wall.

use super::stage::{Api, Request, realm, server, token_with};
use crate::harness::{Flow, Reply};
use serde_json::{Value, json};

fn beyond(reply: &Reply, needed: &str) {
    assert_eq!(reply.expect(403).json()["needed"], needed, "{}", reply.body);
}

#[tokio::test]
async fn an_operator_with_part_of_the_permissions_cannot_get_the_others() {
    let realm = realm();
    let weak = Api::as_client(
        &realm,
        "ops",
        "grantd:clients:read grantd:clients:write grantd:users:write grantd:members:write",
    )
    .await;
    let machine = |scope: &str| json!({ "name": "x", "grant_types": ["client_credentials"], "scopes": [scope] });
    beyond(
        &weak.post("/clients", machine("grantd:keys:write")).await,
        "grantd:keys:write",
    );
    beyond(&weak.post("/clients", machine("grantd:*")).await, "grantd:*");
    weak.post("/clients", machine("grantd:clients:write")).await.expect(201);
    weak.post("/clients", machine("*")).await.expect(201);
    // The stronger client's secret, redirect URIs and keys are out of reach, too.
    beyond(&weak.post("/clients/ops/secrets", json!({})).await, "grantd:*");
    beyond(&weak.patch("/clients/ops", json!({ "name": "Mine" })).await, "grantd:*");
    beyond(
        &weak.patch("/clients/berlin-admin", json!({ "name": "Mine" })).await,
        "grantd:*",
    );
    // So is the password of somebody whose role permits more, and such a role.
    let ada = Api::ops(&realm).await.user_id("ada@example.com").await;
    let password = json!({ "password": "a-password-of-mine" });
    assert_eq!(weak.put(&format!("/users/{ada}/password"), password).await.status, 403);
    assert_eq!(
        weak.patch(
            &format!("/users/{ada}"),
            json!({ "claims": { "email": "me@evil.example" } })
        )
        .await
        .status,
        403
    );
    assert_eq!(
        weak.put(
            &format!("/tenants/acme-tokyo/members/{ada}"),
            json!({ "role": "owner" })
        )
        .await
        .status,
        403
    );
}

#[tokio::test]
async fn a_tenants_administrator_gives_no_role_beyond_their_own() {
    let realm = realm();
    let ops = Api::ops(&realm).await;
    let base = "/tenants/acme-berlin/service-accounts";
    let deputy = json!({ "name": "Deputy", "role": "deputy", "scopes": ["grantd:*"] });
    let made = ops.post(base, deputy).await.expect(201).json();
    let (id, secret) = (
        made["client_id"].as_str().unwrap(),
        made["client_secret"].as_str().unwrap(),
    );
    let resource = format!("{}/api/v1", realm.issuer());
    let reply = token_with(&realm, id, secret, "", Some(&resource))
        .await
        .expect(200)
        .json();
    let deputy = Api::of(&realm).await.with(reply["access_token"].as_str().unwrap());
    for role in ["owner", "member"] {
        assert_eq!(
            deputy.post(base, json!({ "name": "x", "role": role })).await.status,
            403,
            "{role}"
        );
    }
    let own = deputy
        .post(base, json!({ "name": "x", "role": "deputy" }))
        .await
        .expect(201)
        .json();
    let path = format!("{base}/{}", own["client_id"].as_str().unwrap());
    assert_eq!(deputy.patch(&path, json!({ "role": "owner" })).await.status, 403);
    assert_eq!(
        deputy.patch(&path, json!({ "scopes": ["*", "grantd:*"] })).await.status,
        403
    );
    // An account that may do more is not the deputy's to take over.
    assert_eq!(
        deputy
            .post(&format!("{base}/berlin-admin/secrets"), json!({}))
            .await
            .status,
        403
    );
    assert_eq!(
        deputy
            .patch(&format!("{base}/berlin-admin"), json!({ "name": "Mine" }))
            .await
            .status,
        403
    );
    let bob = ops.user_id("bob@example.com").await;
    let ada = ops.user_id("ada@example.com").await;
    // Nor does a role that is not theirs to give tell who has an account.
    for username in ["ada@example.com", "nobody@example.com"] {
        let place = json!({ "username": username, "role": "owner" });
        let reply = deputy.post("/tenants/acme-berlin/members", place).await;
        assert_eq!(reply.status, 403, "{username}: {}", reply.body);
    }
    assert_eq!(
        deputy
            .put(
                &format!("/tenants/acme-berlin/members/{bob}"),
                json!({ "role": "owner" })
            )
            .await
            .status,
        403
    );
    assert_eq!(
        deputy
            .put(
                &format!("/tenants/acme-berlin/members/{ada}"),
                json!({ "role": "deputy" })
            )
            .await
            .status,
        403
    );
    assert_eq!(
        deputy
            .delete(&format!("/tenants/acme-berlin/members/{ada}"))
            .await
            .status,
        403
    );
    // A narrow token of a strong account is a weak one.
    let narrow = Api::as_client(
        &realm,
        "berlin-admin",
        "grantd:members:write grantd:service-accounts:write",
    )
    .await;
    assert_eq!(
        narrow.post(base, json!({ "name": "x", "role": "member" })).await.status,
        403
    );
}

/// A reply under an idempotency key is told again without being decided again: to whoever may as much, and nobody else.
#[tokio::test]
async fn a_weaker_token_of_the_same_client_is_not_told_what_a_stronger_one_was() {
    let realm = realm();
    let strong = Api::ops(&realm).await;
    let weak = Api::as_client(&realm, "ops", "grantd:clients:write").await;
    let wanted = json!({ "name": "Strong", "grant_types": ["client_credentials"], "scopes": ["grantd:*"] });
    let ask = |api: Api| {
        let body = Some(wanted.clone());
        async move {
            let headers = vec![("idempotency-key", "made by a strong token")];
            let request = Request {
                method: "POST",
                path: "/clients",
                body,
                headers,
            };
            api.call(request).await
        }
    };
    let made = ask(strong.clone()).await.expect(201).json();
    assert_eq!(ask(strong.clone()).await.expect(201).json(), made);
    assert_eq!(ask(weak.clone()).await.status, 403);
    // Nor may it end what may more than itself.
    let path = format!("/clients/{}", made["client_id"].as_str().unwrap());
    assert_eq!(weak.delete(&path).await.status, 403);
    strong.delete(&path).await.expect(204);
}

/// A reply under an idempotency key is told again to whoever may as much; whoever may other things gets neither it nor a second
/// object.
#[tokio::test]
async fn a_retry_after_ones_rights_changed_makes_no_second_object_and_is_told_nothing() {
    let realm = realm();
    let strong = Api::ops(&realm).await;
    let changed = Api::as_client(&realm, "ops", "grantd:clients:write").await;
    let wanted = json!({ "name": "Twice", "grant_types": ["client_credentials"], "scopes": ["invoices:read"] });
    let ask = |api: Api, body: Value| async move {
        let headers = vec![("idempotency-key", "before the rights changed")];
        let request = Request {
            method: "POST",
            path: "/clients",
            body: Some(body),
            headers,
        };
        api.call(request).await
    };
    let made = ask(strong.clone(), wanted.clone()).await.expect(201).json();
    for _ in 0..2 {
        let withheld = ask(changed.clone(), wanted.clone()).await;
        assert_eq!(withheld.status, 409, "{}", withheld.body);
        assert!(!withheld.body.contains(made["client_id"].as_str().unwrap()));
        assert!(!withheld.body.contains(made["client_secret"].as_str().unwrap()));
    }
    // Something else under the key is a mistake, whoever asks.
    assert_eq!(ask(changed, json!({ "name": "Other" })).await.status, 422);
    let twice = strong.all("/clients", 200).await;
    assert_eq!(twice.iter().filter(|client| client["name"] == "Twice").count(), 1);
    assert_eq!(
        ask(strong, wanted).await.expect(201).json(),
        made,
        "as long as one may as before"
    );
}

/// The name that the first request took is no reason to say anything else.
#[tokio::test]
async fn a_retry_that_is_told_nothing_is_not_told_that_its_name_is_taken() {
    let realm = realm();
    let strong = Api::ops(&realm).await;
    let changed = Api::as_client(&realm, "ops", "grantd:users:write").await;
    let ask = |api: Api, key| async move {
        let request = Request {
            method: "POST",
            path: "/users",
            body: Some(json!({ "username": "once-alone@example.com" })),
            headers: vec![("idempotency-key", key)],
        };
        api.call(request).await
    };
    ask(strong, "a user before the rights changed").await.expect(201);
    for (key, status) in [("a user before the rights changed", 409), ("another", 422)] {
        let reply = ask(changed.clone(), key).await;
        assert_eq!(reply.status, status, "{key}: {}", reply.body);
    }
}

#[tokio::test]
async fn a_user_acts_with_the_role_of_now() {
    let realm = realm();
    let ops = Api::ops(&realm).await;
    ops.post("/tenants", json!({ "id": "initech", "name": "Initech" }))
        .await
        .expect(201);
    let made = ops
        .post(
            "/users",
            json!({ "username": "kim@example.com", "password": "correct-horse-kim" }),
        )
        .await;
    let kim = made.expect(201).json()["id"].as_str().unwrap().to_owned();
    let member = format!("/tenants/initech/members/{kim}");
    ops.put(&member, json!({ "role": "owner" })).await.expect(200);
    let mut flow = Flow::new(&realm, "console")
        .with("scope", "* grantd:*")
        .with("resource", &format!("{}/api/v1", realm.issuer()));
    flow.user.username = "kim@example.com".to_owned();
    flow.user.password = "correct-horse-kim".to_owned();
    let tokens = flow.tokens().await;
    let user = Api::of(&realm).await.with(tokens.access());
    assert_eq!(user.get("/tenants/initech").await.expect(200).json()["name"], "Initech");
    assert_eq!(user.get("/tenants/acme-berlin").await.status, 404);
    assert_eq!(user.get("/clients").await.status, 403);
    // The only one who can manage the tenant stays; an operator can do otherwise.
    assert_eq!(user.delete(&member).await.status, 409);
    assert_eq!(user.put(&member, json!({ "role": "member" })).await.status, 409);
    ops.put(&member, json!({ "role": "member" })).await.expect(200);
    assert_eq!(
        user.get("/tenants/initech/members").await.status,
        403,
        "demoted a moment ago"
    );
    ops.delete(&member).await.expect(204);
    assert_eq!(user.get("/tenants/initech/members").await.status, 401);
    let lines = ops
        .all(&format!("/audit?actor=user:{kim}%20via%20client:console"), 50)
        .await;
    assert!(!lines.is_empty(), "denied calls of the user are in the log");
}

#[tokio::test]
async fn consent_gives_nobody_the_servers_permissions_without_a_role_that_has_them() {
    let realm = realm();
    let mut flow = Flow::logged_in_as(&realm, "console", 1)
        .await
        .with("scope", "invoices:read grantd:clients:read grantd:users:read");
    let tokens = flow.tokens().await;
    let scope = flow.introspect(tokens.access()).await["scope"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(!scope.contains("grantd:"), "{scope}");
}

#[tokio::test]
async fn realms_do_not_see_each_others_objects() {
    let (here, there) = (Api::ops(&realm()).await, Api::ops(&server().realm_at(1)).await);
    let made = there
        .post(
            "/clients",
            json!({ "name": "There", "grant_types": ["client_credentials"], "scopes": ["invoices:read"] }),
        )
        .await;
    let id = made.expect(201).json()["client_id"].as_str().unwrap().to_owned();
    let user = there.user_id("ada@example.com").await;
    let token = there.all("/tokens", 1).await[0]["id"].as_str().unwrap().to_owned();
    for path in [
        format!("/clients/{id}"),
        format!("/users/{user}"),
        format!("/tokens/{token}"),
    ] {
        assert_eq!(there.get(&path).await.status, 200, "{path}");
        assert_eq!(here.get(&path).await.status, 404, "{path}");
        assert_eq!(here.delete(&path).await.status, 404, "{path}");
        assert_eq!(there.get(&path).await.status, 200, "{path}");
    }
    assert!(
        here.all("/audit?target=client:".to_owned().as_str(), 5)
            .await
            .is_empty()
    );
    assert!(here.all(&format!("/audit?target=client:{id}"), 5).await.is_empty());
}

#[tokio::test]
async fn a_disabled_operator_is_out_at_once() {
    let realm = realm();
    let ops = Api::ops(&realm).await;
    let new = json!({ "name": "Second", "grant_types": ["client_credentials"], "scopes": ["grantd:realm:read"] });
    let made = ops.post("/clients", new).await.expect(201).json();
    let (id, secret) = (
        made["client_id"].as_str().unwrap(),
        made["client_secret"].as_str().unwrap(),
    );
    let resource = format!("{}/api/v1", realm.issuer());
    let reply = token_with(&realm, id, secret, "", Some(&resource))
        .await
        .expect(200)
        .json();
    let second = Api::of(&realm).await.with(reply["access_token"].as_str().unwrap());
    second.get("/realm").await.expect(200);
    ops.patch(&format!("/clients/{id}"), json!({ "scopes": [], "default_scopes": [] }))
        .await
        .expect(200);
    assert_eq!(second.get("/realm").await.status, 403);
    ops.patch(&format!("/clients/{id}"), json!({ "enabled": false }))
        .await
        .expect(200);
    assert_eq!(second.get("/realm").await.status, 401);
}
