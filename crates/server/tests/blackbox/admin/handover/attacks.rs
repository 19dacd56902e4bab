//! What somebody tries who has a browser of his own, a link for his victim, or a token of the API with too little in it. The
//! functions without a mark are rows of the attacks.

use super::*;
use crate::harness::Agent;
use crate::http::reset;

pub(crate) async fn an_answer_is_good_for_the_browser_that_was_sent_out_and_no_other() {
    let realm = realm();
    let api = app(&realm).await;
    let bob = id_of(&realm, "bob").await;
    let mut attacker = Flow::new(&realm, "ledger-web");
    let question = login_challenge(&attacker.ask().await);
    let to = accepted(&api, &question, json!({ "subject": bob })).await;
    // The victim has been at the login, too, or has never been here.
    let mut victim = Flow::new(&realm, "ledger-web");
    login_challenge(&victim.ask().await);
    for agent in [&mut victim.browser, &mut Agent::new()] {
        let reply = agent.get(&to).await;
        assert_eq!(reply.page(403).error(), "cross_site");
        assert!(!reply.set_cookies().iter().any(|cookie| cookie.contains("session")));
    }
    // It is still the attacker's own to use, once.
    consent_challenge(&come_back(&mut attacker, &to).await);
    assert_eq!(attacker.browser.get(&to).await.page(400).error(), "form_expired");
}

pub(crate) async fn a_question_is_answered_once() {
    let realm = realm();
    let api = app(&realm).await;
    let bob = id_of(&realm, "bob").await;
    let question = login_challenge(&Flow::new(&realm, "ledger-web").ask().await);
    accepted(&api, &question, json!({ "subject": bob })).await;
    for (method, path, body) in [
        ("PUT", "/accept", Some(json!({ "subject": bob }))),
        ("PUT", "/reject", Some(json!({}))),
        ("GET", "", None),
    ] {
        let reply = api
            .plain(method, &format!("/login-requests/{question}{path}"), body)
            .await;
        assert_eq!(
            reply.expect(409).json()["detail"],
            "it was answered already",
            "{method} {path}"
        );
    }
}

pub(crate) async fn what_was_not_sealed_here_for_this_is_nothing() {
    let realm = realm();
    let api = app(&realm).await;
    let other = app(&realm_at(1)).await;
    let question = login_challenge(&Flow::new(&realm, "ledger-web").ask().await);
    let mut bent = question.clone();
    bent.replace_range(20..21, if &question[20..21] == "A" { "B" } else { "A" });
    for bad in ["x", &bent, &question[1..]] {
        api.get(&format!("/login-requests/{bad}")).await.expect(404);
    }
    other.get(&format!("/login-requests/{question}")).await.expect(404);
    api.get(&format!("/consent-requests/{question}")).await.expect(404);
    let page = format!("{}/handover", realm.issuer());
    for bad in [
        String::new(),
        "?login_verifier=x".to_owned(),
        format!("?login_verifier={question}"),
        format!("?consent_verifier={question}"),
    ] {
        assert_eq!(
            Agent::new().get(&format!("{page}{bad}")).await.page(400).error(),
            "form_expired",
            "{bad}"
        );
    }
    let mut agent = Agent::new();
    let posted = agent.post(&page, &[("login_verifier", "x")]).await;
    assert_eq!(posted.status, 405);
    let head = agent.http.head(&page);
    assert_eq!(agent.send(head).await.status, 405);
}

pub(crate) async fn the_app_of_another_realm_or_with_another_permission_answers_nothing() {
    let realm = realm();
    let question = login_challenge(&Flow::new(&realm, "ledger-web").ask().await);
    let path = format!("/login-requests/{question}");
    let body = || json!({ "subject": "x" });
    let reader = Api::as_client(&realm, "ops", "grantd:interaction:read").await;
    reader.get(&path).await.expect(200);
    reader.put(&format!("{path}/accept"), body()).await.expect(403);
    let users = Api::as_client(&realm, "ops", "grantd:users:write").await;
    users.put(&format!("{path}/accept"), body()).await.expect(403);
    users.get(&path).await.expect(403);
    let tenants = Api::as_client(&realm, "berlin-admin", "").await;
    tenants.put(&format!("{path}/accept"), body()).await.expect(403);
    Api::of(&realm).await.get(&path).await.expect(401);
}

pub(crate) async fn nobody_is_logged_in_as_an_operator_who_may_do_more_than_the_app() {
    let realm = realm();
    let ops = Api::ops(&realm).await;
    let made = ops.get("/users?username=operator").await.expect(200).json();
    let operator = match made["items"][0]["id"].as_str() {
        Some(id) => id.to_owned(),
        None => {
            let made = ops.post("/users", json!({ "username": "operator" })).await;
            made.expect(201).json()["id"].as_str().unwrap().to_owned()
        }
    };
    let question = login_challenge(&Flow::new(&realm, "ledger-web").ask().await);
    let path = format!("/login-requests/{question}/accept");
    app(&realm)
        .await
        .put(&path, json!({ "subject": operator }))
        .await
        .expect(403);
    ops.put(&path, json!({ "subject": operator })).await.expect(200);
}

pub(crate) async fn nothing_is_allowed_that_was_not_asked_or_in_a_tenant_that_is_not_the_users() {
    let realm = realm();
    let api = app(&realm).await;
    let bob = id_of(&realm, "bob").await;
    let mut flow = Flow::new(&realm, "ledger-web").with("scope", "openid invoices:read");
    let question = up_to_consent(&api, &mut flow, &bob).await;
    let path = format!("/consent-requests/{question}/accept");
    for (body, at) in [
        (json!({ "scopes": ["openid", "payments:read"] }), "/scopes"),
        (json!({ "scopes": ["*"] }), "/scopes"),
        (json!({ "scopes": ["grantd:users:write"] }), "/scopes"),
        (json!({ "scopes": ["openid"], "tenant": "acme-tokyo" }), "/tenant"),
        (json!({ "scopes": ["openid"], "duration": "for_ever" }), "/duration"),
        (json!({ "scopes": ["openid"], "subject": "ada" }), "/subject"),
    ] {
        assert_eq!(
            api.put(&path, body).await.expect(422).json()["errors"][0]["pointer"],
            at
        );
    }
    // Nothing at all is no consent.
    let to = allowed(&api, &question, json!({ "scopes": [] })).await;
    assert_eq!(answer_of(&mut flow, &to).await["error"], "access_denied");
}

pub(crate) async fn a_consent_is_taken_from_the_session_that_was_asked_about_alone() {
    let realm = realm();
    let api = app(&realm).await;
    let (ada, bob) = (id_of(&realm, "ada").await, id_of(&realm, "bob").await);
    let mut attacker = Flow::new(&realm, "ledger-web");
    let question = up_to_consent(&api, &mut attacker, &bob).await;
    let mut victim = Flow::new(&realm, "ledger-web");
    up_to_consent(&api, &mut victim, &ada).await;
    let to = allowed(&api, &question, json!({ "scopes": ["openid"] })).await;
    for agent in [&mut victim.browser, &mut Agent::new()] {
        assert_eq!(agent.get(&to).await.page(403).error(), "session_expired");
    }
    assert!(answer_of(&mut attacker, &to).await.contains_key("code"));
    assert_eq!(attacker.browser.get(&to).await.status, 400, "once");
}

pub(crate) async fn what_became_untrue_since_the_app_answered_is_refused() {
    let realm = realm();
    let api = app(&realm).await;
    let ops = Api::ops(&realm).await;
    let name = format!("{}@example.com", crate::harness::key::fresh());
    let made = ops.post("/users", json!({ "username": name })).await.expect(201).json();
    let id = made["id"].as_str().unwrap();
    let member = format!("/tenants/acme-berlin/members/{id}");
    ops.put(&member, json!({ "role": "member" })).await;
    let mut flow = Flow::new(&realm, "ledger-web").with("scope", "openid invoices:read");
    let question = up_to_consent(&api, &mut flow, id).await;
    let to = allowed(&api, &question, json!({ "scopes": ["openid", "invoices:read"] })).await;
    ops.delete(&member).await.expect(204);
    assert_eq!(answer_of(&mut flow, &to).await["error"], "access_denied");
    let question = login_challenge(&Flow::new(&realm, "ledger-web").ask().await);
    api.get(&format!("/login-requests/{question}")).await.expect(200);
    let mut late = Flow::new(&realm, "ledger-web");
    let question = login_challenge(&late.ask().await);
    let to = accepted(&api, &question, json!({ "subject": id })).await;
    ops.patch(&format!("/users/{id}"), json!({ "enabled": false }))
        .await
        .expect(200);
    assert_eq!(late.browser.get(&to).await.page(400).error(), "access_denied");
}

#[tokio::test]
async fn a_request_that_is_too_long_for_the_way_is_refused_and_not_cut() {
    let realm = realm();
    let mut flow = Flow::new(&realm, "ledger-web").with("state", &"s".repeat(4800));
    assert_eq!(
        flow.ask().await.redirect(flow.redirect_uri())["error"],
        "invalid_request"
    );
}

/// Tries to log in by the form that the console keeps.
async fn at_the_console(realm: &Realm, username: &str, password: &str) -> Reply {
    let mut flow = Flow::new(realm, "ledger-web");
    let page = flow.browser.get(&format!("{}/console", realm.issuer())).await.page(200);
    let mut form = page.form_with("login-submit");
    form.set("username", username).set("password", password);
    flow.submit(&form).await
}

#[tokio::test]
async fn neither_a_letter_nor_the_consoles_form_leads_past_the_app() {
    let server = Server::start(launch());
    let realm = server.realm();
    let ops = Api::ops(&realm).await;
    ops.post("/users", json!({ "username": "eve@example.com" }))
        .await
        .expect(201);
    let operator = format!("/users/{}/password", ops.user_id("operator").await);
    let password = json!({ "password": "correct-horse-operator" });
    ops.put(&operator, password).await.expect(204);
    reset::ask(&server, "eve@example.com").await.page(200);
    reset::ask(&server, "ada@example.com").await.page(200);
    let link = reset::link(&server, 0).await;
    let letter = Agent::new().get(&link).await;
    assert!(letter.body.contains("ada@example.com"), "{}", letter.body);
    letter.page(200);
    assert_eq!(reset::links(&server).len(), 1, "eve has no password here to forget");
    // Operators, and administrators of a tenant; the right password of anybody else is as good as a wrong one.
    at_the_console(&realm, "bob@example.com", "correct-horse-bob")
        .await
        .page(422);
    let entered = [
        ("operator", "correct-horse-operator"),
        ("ada@example.com", "correct-horse-ada"),
    ];
    for (name, password) in entered {
        let reply = at_the_console(&realm, name, password).await;
        assert_eq!(reply.status, 303, "{name}: {}", reply.body);
    }
    // Where the app is asked for consents alone, everybody logs in here.
    assert_eq!(
        at_the_console(&server.realm_at(2), "bob@example.com", "correct-horse-bob")
            .await
            .status,
        303
    );
}
