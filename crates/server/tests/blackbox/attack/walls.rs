//! Rows of the walls between realms and between tenants, and of the admin API behind them. What every route says to every
//! caller is with the admin API's own tests; these are the ways around.

use super::stage::Stage;
use super::{Rows, rows};
use crate::admin::stage::{Api, Request, token_with};
use crate::harness::device::Device;
use crate::harness::flow::post_as;
use crate::harness::realm::User;
use crate::harness::{Agent, Flow};
use serde_json::{Value, json};

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "R01" => a_tenants_token_elsewhere,
    "R02" => a_realms_cookies_elsewhere,
    "R04" => one_client_id_in_two_realms,
    "R05" => a_realms_values_elsewhere,
    "R06" => forged_cursors,
    "R09" => a_higher_role,
    "R10" => secrets_read_back,
    "R13" => get_changes_nothing,
    "R14" => pages_of_other_origins,
    "R16" => a_tenant_that_is_disabled,
    "R17" => what_is_denied_is_noted,
    "R18" => nothing_about_itself_in_public,
};

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A service account of a tenant that calls the admin API with these scopes.
async fn account(s: S, tenant: &str, scope: &str) -> Api {
    let ops = Api::ops(&s.realm).await;
    let wanted = json!({ "name": "Account", "role": "owner", "scopes": scope.split(' ').collect::<Vec<_>>() });
    let made = ops.post(&format!("/tenants/{tenant}/service-accounts"), wanted).await;
    let made = made.expect(201).json();
    let (id, secret) = (text(&made["client_id"]), text(&made["client_secret"]));
    let reply = token_with(&s.realm, &id, &secret, scope, Some(&ops.base)).await;
    ops.with(&text(&reply.expect(200).json()["access_token"]))
}

/// A client that only this row knows.
async fn client(api: &Api) -> Value {
    let wanted = json!({ "name": "Mine", "grant_types": ["client_credentials"], "scopes": ["invoices:read"] });
    api.post("/clients", wanted).await.expect(201).json()
}

async fn a_tenants_token_elsewhere(s: S) {
    let berlin = account(s, "acme-berlin", "grantd:members:read grantd:api-keys:read").await;
    berlin.get("/tenants/acme-berlin/members").await.expect(200);
    for tenant in ["acme-tokyo", "nobodys"] {
        assert_eq!(berlin.get(&format!("/tenants/{tenant}/members")).await.status, 404);
        let lines = Api::ops(&s.realm).await.all("/audit?action=api.denied", 200).await;
        let tried = |line: &Value| line["target"] == "route:GET /tenants/{tenant}/members";
        assert!(lines.iter().any(tried), "it leaves a line");
        assert!(berlin.all(&format!("/api-keys?tenant={tenant}"), 50).await.is_empty());
    }
    assert_eq!(berlin.get("/clients").await.status, 403);
}

async fn a_realms_cookies_elsewhere(s: S) {
    let mut flow = s.user("ledger-web").await;
    let session = flow.browser.cookies["grantd_session_acme"].clone();
    flow.browser.cookies.insert("grantd_session_other".to_owned(), session);
    let mut elsewhere = Flow::new(&s.other, "ledger-web");
    elsewhere.browser = Agent::with_cookies(flow.browser.cookies.clone());
    elsewhere.ask().await.page(200).form_with("login-submit");
}

async fn one_client_id_in_two_realms(s: S) {
    let (here, there) = (s.realm.client("ledger-web"), s.other.client("ledger-web"));
    assert_eq!(here.id, there.id);
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    post_as(&here, &s.other.token(), &form)
        .await
        .refused(401, "invalid_client");
    let tokens = s.user("ledger-web").await.tokens().await;
    let introspect = s.other.endpoint("introspection_endpoint");
    for token in [tokens.access(), tokens.refresh()] {
        let told = post_as(&there, &introspect, &[("token", token)]).await;
        assert_eq!(told.expect(200).json(), json!({ "active": false }));
    }
}

async fn a_realms_values_elsewhere(s: S) {
    let mut flow = s.user("ledger-web").await;
    let there = s.other.client("ledger-web");
    let tokens = flow.tokens().await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh())];
    post_as(&there, &s.other.token(), &form)
        .await
        .refused(400, "invalid_grant");
    let code = flow.code().await;
    post_as(&there, &s.other.token(), &flow.redemption(&code))
        .await
        .refused(400, "invalid_grant");
    let mut device = Device::begin(&s.realm, "ledger-desktop", &[("scope", "customers:read")]).await;
    device.realm = s.other.clone();
    device.client = s.other.client("ledger-desktop");
    device.poll().await.refused(400, "invalid_grant");
    let par = s.realm.endpoint("pushed_authorization_request_endpoint");
    let pushed = post_as(&flow.client, &par, &flow.params).await.expect(201).json();
    let mut elsewhere = Flow::new(&s.other, "ledger-web");
    elsewhere.params = vec![
        ("client_id".to_owned(), there.id.clone()),
        ("request_uri".to_owned(), text(&pushed["request_uri"])),
    ];
    elsewhere.ask().await.page(400);
    // Nothing was spent by it.
    flow.redeem(&code).await.expect(200);
}

async fn forged_cursors(s: S) {
    let api = Api::ops(&s.realm).await;
    let next = text(&api.get("/clients?limit=1").await.expect(200).json()["next"]);
    api.get(&format!("/clients?limit=1&cursor={next}")).await.expect(200);
    let forged = [
        format!("/clients?limit=1&cursor={}", &next[1..]),
        format!("/clients?limit=1&cursor={}", &next[..8]),
        format!("/users?limit=1&cursor={next}"),
        "/clients?cursor=%00".to_owned(),
        format!("/clients?cursor={}", "A".repeat(3000)),
    ];
    for path in forged {
        assert_eq!(api.get(&path).await.status, 400, "{path}");
    }
    // A cursor says where the same list goes on; whose list it is stands in it, too.
    for name in ["One", "Two"] {
        let key = json!({ "name": name, "tenant": "acme-tokyo", "scopes": ["invoices:read"] });
        api.post("/api-keys", key).await.expect(201);
    }
    let path = "/api-keys?limit=1";
    let next = text(&api.get(path).await.expect(200).json()["next"]);
    let berlin = account(s, "acme-berlin", "grantd:api-keys:read").await;
    assert_eq!(berlin.get(&format!("{path}&cursor={next}")).await.status, 400);
}

async fn a_higher_role(s: S) {
    let weak = account(s, "acme-berlin", "grantd:members:write grantd:service-accounts:write").await;
    let bob = Api::ops(&s.realm).await.user_id("bob@example.com").await;
    let place = format!("/tenants/acme-berlin/members/{bob}");
    assert_eq!(weak.put(&place, json!({ "role": "owner" })).await.status, 403);
    let base = "/tenants/acme-berlin/service-accounts";
    for more in [
        json!({ "name": "x", "role": "owner" }),
        json!({ "name": "x", "role": "owner", "scopes": ["grantd:*"] }),
    ] {
        assert_eq!(weak.post(base, more).await.status, 403);
    }
}

async fn secrets_read_back(s: S) {
    let api = Api::ops(&s.realm).await;
    let made = client(&api).await;
    let (id, secret) = (text(&made["client_id"]), text(&made["client_secret"]));
    let path = format!("/clients/{id}");
    let replies = [
        api.get(&path).await.expect(200).body.clone(),
        api.patch(&path, json!({ "name": "Renamed" }))
            .await
            .expect(200)
            .body
            .clone(),
        Value::from(api.all("/clients", 200).await).to_string(),
        Value::from(api.all(&format!("/audit?target=client:{id}"), 50).await).to_string(),
    ];
    for reply in replies {
        assert!(!reply.contains(&secret) && !reply.contains("$argon2"), "{reply}");
    }
}

/// Nor does a method that is said in another place than the request line.
async fn get_changes_nothing(s: S) {
    let api = Api::ops(&s.realm).await;
    let path = format!("/clients/{}", text(&client(&api).await["client_id"]));
    let tag = api.get(&path).await.expect(200).header("etag").map(str::to_owned);
    for (path, name) in [
        (path.clone(), "x-http-method-override"),
        (path.clone(), "x-method-override"),
        (format!("{path}?_method=DELETE"), "x-http-method"),
    ] {
        let request = Request {
            method: "GET",
            path: &path,
            body: None,
            headers: vec![(name, "DELETE")],
        };
        api.call(request).await;
    }
    assert_eq!(api.get(&format!("{path}/trim")).await.status, 405);
    // Secrets are listed, and never made or shown by reading.
    let secrets = api.get(&format!("{path}/secrets")).await.expect(200).body.clone();
    assert_eq!(api.get(&format!("{path}/secrets")).await.expect(200).body, secrets);
    let left = api.get(&path).await.expect(200).header("etag").map(str::to_owned);
    assert!(tag.is_some());
    assert_eq!(left, tag);
}

async fn pages_of_other_origins(s: S) {
    let api = Api::ops(&s.realm).await;
    for method in [reqwest::Method::OPTIONS, reqwest::Method::GET, reqwest::Method::POST] {
        let mut agent = s.agent();
        let request = agent
            .http
            .request(method.clone(), format!("{}/clients", api.base))
            .header("origin", "https://evil.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization");
        let reply = agent.send(request).await;
        let allowed = reply
            .headers
            .keys()
            .find(|name| name.as_str().starts_with("access-control"));
        assert_eq!(allowed, None, "{method}");
    }
}

async fn a_tenant_that_is_disabled(s: S) {
    let api = Api::ops(&s.realm).await;
    let tenant = "walled-off";
    let made = api
        .post("/tenants", json!({ "id": tenant, "name": "Walled off" }))
        .await;
    made.expect(201);
    let username = "walled@example.com".to_owned();
    let password = "correct-horse-behind-a-wall".to_owned();
    let user = api
        .post("/users", json!({ "username": username, "password": password }))
        .await;
    let id = text(&user.expect(201).json()["id"]);
    let place = api
        .put(&format!("/tenants/{tenant}/members/{id}"), json!({ "role": "member" }))
        .await;
    assert!(place.status < 300, "{}", place.body);
    let mut flow = s.flow("ledger-web");
    flow.user = User {
        username,
        password,
        tenants: vec![tenant.to_owned()],
    };
    let tokens = flow.tokens().await;
    assert_eq!(flow.introspect(tokens.access()).await["active"], true);
    let path = format!("/tenants/{tenant}");
    api.patch(&path, json!({ "enabled": false })).await.expect(200);
    for token in [tokens.access(), tokens.refresh()] {
        assert_eq!(flow.introspect(token).await, json!({ "active": false }));
    }
    flow.refresh(tokens.refresh()).await.refused(400, "invalid_grant");
}

async fn what_is_denied_is_noted(s: S) {
    let weak = account(s, "acme-tokyo", "grantd:members:read").await;
    weak.get("/tenants/acme-tokyo/api-keys").await;
    assert_eq!(
        weak.get("/api-keys").await.expect(403).json()["needed"],
        "grantd:api-keys:read"
    );
    let lines = Api::ops(&s.realm).await.all("/audit?action=api.denied", 200).await;
    let noted =
        |line: &&Value| line["target"] == "route:GET /api-keys" && line["detail"]["needed"] == "grantd:api-keys:read";
    let line = lines.iter().find(noted).expect("a line of it");
    assert!(text(&line["actor"]).starts_with("client:"), "{line}");
}

async fn nothing_about_itself_in_public(s: S) {
    let internal = s.server.ready["metrics"].as_str().unwrap();
    assert!(internal.starts_with("http://127.0.0.1:"), "{internal}");
    for path in [
        "metrics",
        "health",
        "healthz",
        "ready",
        "debug",
        "debug/pprof",
        "admin",
        ".env",
        "server-status",
    ] {
        let reply = s.agent().get(&format!("{}/{path}", s.realm.issuer())).await;
        assert_eq!(reply.status, 404, "{path}");
        assert!(!reply.body.contains("grantd_"), "{path}: {}", reply.body);
    }
}
