//! What the standards ask of every server of their kind, where no other file of these tests is about it.

use crate::admin::stage::Api;
use crate::attack::stage::{realm_file, stage};
use crate::harness::flow::post_as;
use crate::harness::html::Page;
use crate::harness::registration::register;
use crate::harness::{Agent, Flow, Launch, Realm, Reply, Server};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// What userinfo says by a token in the header, by each method.
async fn userinfo(realm: &Realm, token: &str) -> [Reply; 2] {
    let (mut agent, url) = (Agent::new(), realm.endpoint("userinfo_endpoint"));
    let get = agent.http.get(&url).bearer_auth(token);
    let post = agent.http.post(&url).bearer_auth(token);
    [agent.send(get).await, agent.send(post).await]
}

/// OpenID Connect Core section 3.1.2.1.
#[tokio::test]
async fn a_request_may_come_in_a_form_as_well() {
    let mut flow = stage().flow("rp");
    let (url, params) = (flow.realm.authorize(), flow.params.clone());
    let reply = flow.browser.post(&url, &params).await;
    let page = match reply.header("location") {
        Some(next) => {
            let next = flow.absolute(next);
            assert!(next.starts_with(&url), "it stays here: {next}");
            flow.browser.get(&next).await.page(200)
        }
        None => reply.page(200),
    };
    page.form_with("login-submit");
}

#[tokio::test]
async fn a_hint_fills_the_name_in_and_the_language_that_is_asked_for_is_spoken() {
    for (language, display) in [("de", "popup"), ("ja", "page"), ("en", "no-such-display")] {
        let mut flow = stage().flow("rp").with("login_hint", "hinted@example.com");
        flow.set("ui_locales", language);
        flow.set("display", display);
        let page: Page = flow.ask().await.page(200);
        let html = page.elements.iter().find(|element| element.tag == "html").unwrap();
        assert_eq!(html.get("lang"), Some(language));
        let name = page.elements.iter().find(|element| element.is("name", "username"));
        assert_eq!(name.unwrap().get("value"), Some("hinted@example.com"));
    }
}

#[tokio::test]
async fn without_a_resource_a_token_is_for_the_realms_default_and_says_its_scope() {
    let realm = &stage().realm;
    let tokens = Flow::logged_in_as(realm, "rp", 1).await.tokens().await;
    assert_eq!(claims(tokens.access())["aud"], format!("{}/api", realm.issuer()));
    assert_eq!(tokens.0["scope"], "openid", "the client's default");
    let form = [("grant_type", "client_credentials")];
    let machine = post_as(&realm.client("nightly-export"), &realm.token(), &form).await;
    let machine = machine.expect(200).json();
    let said = claims(machine["access_token"].as_str().unwrap());
    assert!(machine["scope"].as_str().is_some_and(|scope| !scope.is_empty()));
    assert_eq!(said["scope"], machine["scope"]);
}

/// OpenID Connect Core sections 5.3.1 and 5.3.2.
#[tokio::test]
async fn userinfo_is_had_by_get_and_by_post_and_signed_where_that_was_registered() {
    let realm = &stage().realm;
    let plain = Flow::logged_in_as(realm, "rp", 1).await.tokens().await;
    for reply in userinfo(realm, plain.access()).await {
        assert_eq!(reply.expect(200).header("content-type"), Some("application/json"));
        assert_eq!(reply.json()["sub"], claims(plain.access())["sub"]);
    }
    let wanted = json!({
        "name": "Reads signed", "grant_types": ["authorization_code"], "redirect_uris": ["https://signed.example/cb"],
        "scopes": ["openid", "email"], "userinfo_signed_response_alg": "RS256",
    });
    let made = Api::ops(realm).await.post("/clients", wanted).await.expect(201).json();
    let tokens = Flow::registered_and_logged_in(realm, &made, 1).await.tokens().await;
    for reply in userinfo(realm, tokens.access()).await {
        assert_eq!(reply.expect(200).header("content-type"), Some("application/jwt"));
        let (_, algorithm, said) = realm.signed(&reply.body).await;
        assert_eq!(
            (&*algorithm, &said["iss"], &said["aud"]),
            ("RS256", &json!(realm.issuer()), &made["client_id"])
        );
        assert_eq!(said["sub"], claims(tokens.access())["sub"]);
        assert!(said["email"].is_string());
        // It is no token, at this very endpoint or elsewhere.
        for refused in userinfo(realm, &reply.body).await {
            refused.expect(401);
        }
    }
}

/// RFC 9700 section 4.14: a family is everything that came from one code, and a replay says nothing about another one.
#[tokio::test]
async fn one_devices_replay_ends_its_own_family_alone() {
    let realm = &stage().realm;
    let mut phone = Flow::logged_in_as(realm, "ledger-web", 1).await;
    let mut laptop = Flow::logged_in_as(realm, "ledger-web", 1).await;
    let kept = laptop.tokens().await;
    let code = phone.code().await;
    let tokens = phone.redeem(&code).await.expect(200).json();
    phone.redeem(&code).await.refused(400, "invalid_grant");
    let refresh = tokens["refresh_token"].as_str().unwrap();
    phone.refresh(refresh).await.refused(400, "invalid_grant");
    assert_eq!(
        phone.introspect(tokens["access_token"].as_str().unwrap()).await["active"],
        false
    );
    assert_eq!(laptop.introspect(kept.access()).await["active"], true);
    laptop.refresh(kept.refresh()).await.expect(200);
}

/// RFC 9728.
#[tokio::test]
async fn a_resource_says_who_issues_its_tokens_and_which_permissions_it_has() {
    let realm = &stage().realm;
    let resources = realm.0["metadata"]["protected_resources"].as_array().unwrap().clone();
    assert!(resources.contains(&json!(format!("{}/api", realm.issuer()))));
    let url = format!("{}/.well-known/oauth-protected-resource/api", realm.issuer());
    let said = Agent::new().get(&url).await.expect(200).json();
    assert_eq!(said["resource"], format!("{}/api", realm.issuer()));
    assert_eq!(said["authorization_servers"], json!([realm.issuer()]));
    assert_eq!(said["bearer_methods_supported"], json!(["header"]));
    assert!(
        said["scopes_supported"]
            .as_array()
            .unwrap()
            .contains(&json!("invoices:read"))
    );
    let nobodys = format!("{}/.well-known/oauth-protected-resource/nobodys", realm.issuer());
    Agent::new().get(&nobodys).await.expect(404);
}

#[tokio::test]
async fn pages_of_any_origin_read_metadata_and_register_and_send_no_cookies() {
    let realm = &stage().realm;
    let below = |path: &str| format!("{}/.well-known/{path}", realm.issuer());
    let mut addresses = ["oauth-authorization-server", "openid-configuration", "jwks.json"]
        .map(&below)
        .to_vec();
    addresses.push(below("oauth-protected-resource/api"));
    addresses.push(realm.endpoint("registration_endpoint"));
    let mut agent = Agent::new();
    for url in &addresses {
        for method in ["GET", "OPTIONS"] {
            let request = agent.http.request(method.parse().unwrap(), url);
            let reply = agent.send(request.header("origin", "https://app.example")).await;
            let about = |name: &str| reply.header(name).map(str::to_owned);
            assert_eq!(
                about("access-control-allow-origin").as_deref(),
                Some("*"),
                "{method} {url}"
            );
            assert_eq!(about("access-control-allow-credentials"), None, "{method} {url}");
        }
    }
    let metadata = json!({ "client_name": "From a page", "redirect_uris": ["https://page.example/cb"] });
    let reply = register(realm, &metadata).await;
    assert_eq!(reply.expect(201).header("access-control-allow-origin"), Some("*"));
}

/// A named loosening: the header's `typ` tells them apart no more, and the claims must.
#[tokio::test]
async fn where_access_tokens_have_the_typ_of_any_jwt_an_id_token_is_still_none() {
    let loose = [("format = \"jwt\"", "format = \"jwt\"\ntyp = \"JWT\"")];
    let server = Server::start(Launch::demo().realm(realm_file("acme", "http://localhost:8400", &loose)));
    let realm = server.realm();
    let mut flow = Flow::new(&realm, "rp");
    let tokens = flow.tokens().await;
    let (typ, ..) = realm.signed(tokens.access()).await;
    assert_eq!(typ.as_deref(), Some("JWT"));
    for reply in userinfo(&realm, tokens.access()).await {
        reply.expect(200);
    }
    let id_token = tokens.0["id_token"].as_str().unwrap();
    for reply in userinfo(&realm, id_token).await {
        reply.expect(401);
    }
    assert_eq!(flow.introspect(id_token).await, json!({ "active": false }));
    assert_eq!(flow.introspect(tokens.access()).await["active"], true);
}
