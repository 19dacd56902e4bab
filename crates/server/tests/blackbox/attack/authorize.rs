//! Rows of the authorization endpoint: the client, response types and modes, parameters, the reply, PKCE.

use super::stage::{BOB, Stage, accepted, sent_back, stays_here};
use super::{Rows, rows};
use crate::harness::html::Page;
use crate::harness::{Flow, agent};

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "A01" => async |s: S| { stays_here(s.flow("rp").with("client_id", "")).await; },
    "A02" => async |s: S| { stays_here(s.flow("rp").with("client_id", "").also("client_id", "")).await; },
    "A05" => async |s: S| { stays_here(s.flow("rp").also("client_id", "rp")).await; },
    "A06" => another_realms_client,
    "A60" => async |s: S| { sent_back(s.flow("rp").with("response_type", "token"), "unsupported_response_type").await; },
    "A61" => async |s: S| { sent_back(s.flow("rp").with("response_type", "id_token"), "unsupported_response_type").await; },
    "A62" => async |s: S| { sent_back(s.flow("rp").with("response_type", "code token"), "unsupported_response_type").await; },
    "A64" => async |s: S| { sent_back(s.flow("rp").with("response_type", "code code"), "unsupported_response_type").await; },
    "A65" => async |s: S| { sent_back(s.flow("rp").with("response_type", "code\nid_token"), "unsupported_response_type").await; },
    "A66" => async |s: S| { sent_back(s.flow("nightly-export"), "unauthorized_client").await; },
    "A68" => form_post_escapes,
    "A69" => signed_answers_where_there_are_none,
    "A70" => duplicates,
    "A72" => async |s: S| { accepted(s.flow("rp").also("nonce", "").also("prompt", "").also("scope", "")).await; },
    "A73" => async |s: S| { accepted(s.flow("rp").also("x_unknown", "<y>")).await; },
    "A74" => long_state,
    "A76" => async |s: S| { accepted(s.flow("rp").with("state", "")).await; },
    "A77" => async |s: S| { sent_back(s.flow("rp").with("scope", "no:such"), "invalid_scope").await; },
    "A78" => long_scope,
    "A80" => async |s: S| { sent_back(s.flow("rp").with("prompt", "none login"), "invalid_request").await; },
    "A81" => async |s: S| { sent_back(s.flow("rp").with("prompt", "none"), "login_required").await; },
    "A82" => nothing_allowed_before,
    "A84" => hint_of_another_user,
    "A85" => forged_hint,
    "A86" => async |s: S| { sent_back(s.flow("rp").with("resource", "https://unknown.example"), "invalid_target").await; },
    "A88" => deep_claims,
    "A89" => markup_in_hints,
    "A90" => request_and_request_uri,
    "A92" => iss_on_success,
    "A93" => iss_on_errors,
    "A94" => iss_as_advertised,
    "A96" => no_cors,
    "A97" => other_methods,
    "A98" => no_referrer,
    "B01" => async |s: S| { sent_back(s.flow("ledger-desktop").with("code_challenge", "").with("code_challenge_method", ""), "invalid_request").await; },
    "B02" => async |s: S| { sent_back(s.flow("rp").with("code_challenge", "").with("code_challenge_method", ""), "invalid_request").await; },
    "B04" => async |s: S| { sent_back(s.flow("rp").with("code_challenge_method", ""), "invalid_request").await; },
    "B05" => async |s: S| { sent_back(s.flow("rp").with("code_challenge_method", "S512"), "invalid_request").await; },
    "B06" => async |s: S| { sent_back(s.flow("rp").with("code_challenge", &"a".repeat(42)), "invalid_request").await; },
    "B08" => unclean_challenges,
    "B09" => async |s: S| { sent_back(s.flow("rp").with("code_challenge", ""), "invalid_request").await; },
    "B10" => async |s: S| { sent_back(s.flow("rp").also("code_challenge", &"a".repeat(43)), "invalid_request").await; },
};

async fn another_realms_client(s: S) {
    // A client that exists elsewhere looks exactly like one that exists nowhere.
    let mut flow = s.flow("rp").with("client_id", "unknown");
    flow.realm = s.other.clone();
    let nowhere = flow.ask().await.page(400).error();
    let registered_here = Flow::new(&s.other, "rp").ask().await.status;
    assert_eq!((nowhere.as_str(), registered_here), ("invalid_client", 200));
}

async fn form_post_escapes(s: S) {
    let state = "\"><script>alert(1)</script>&amp;'";
    let mut flow = s
        .flow("rp")
        .with("response_mode", "form_post")
        .with("prompt", "none")
        .with("state", state);
    let reply = flow.ask().await;
    let page = reply.page(200);
    assert!(!reply.body.contains("<script>alert"));
    let form = page.form(1);
    assert_eq!(form.action, "https://rp.example/cb");
    assert!(
        form.fields.contains(&("state".into(), state.into())),
        "{:?}",
        form.fields
    );
    assert!(form.fields.contains(&("iss".into(), s.realm.issuer())));
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self' https://rp.example;"), "{policy}");
    assert!(!policy.contains("unsafe-"), "{policy}");
}

async fn signed_answers_where_there_are_none(s: S) {
    for mode in ["form_post.jwt", "query.jwt", "jwt", "fragment.jwt"] {
        let flow = Flow::new(&s.other, "rp").with("response_mode", mode);
        sent_back(flow, "invalid_request").await;
    }
    sent_back(s.flow("rp").with("response_mode", "fragment.jwt"), "invalid_request").await;
}

async fn duplicates(s: S) {
    for name in ["state", "scope", "nonce", "code_challenge"] {
        sent_back(s.flow("rp").also(name, "one").also(name, "two"), "invalid_request").await;
    }
}

async fn long_state(s: S) {
    let state = "s".repeat(8 * 1024);
    let mut flow = s.flow("rp").with("prompt", "none").with("state", &state);
    assert_eq!(flow.ask().await.status, 414);
    let (url, params) = (flow.realm.authorize(), flow.params.clone());
    let reply = flow.browser.post(&url, &params).await;
    let told = reply.redirect("https://rp.example/cb");
    assert!(told["error"] == "invalid_request" || told["state"] == state, "{told:?}");
}

async fn long_scope(s: S) {
    // As much as the client sends in an address, then all of it in a body.
    let mut flow = s.flow("rp").with("scope", &"a ".repeat(25 * 1024));
    assert_eq!(flow.ask().await.status, 414);
    flow.set("scope", &"a ".repeat(50 * 1024));
    let (url, params) = (flow.realm.authorize(), flow.params.clone());
    let reply = flow.browser.post(&url, &params).await;
    assert_eq!(reply.page(413).error(), "invalid_request");
}

async fn nothing_allowed_before(s: S) {
    let flow = Flow::logged_in_as(&s.realm, "never-asked", BOB).await;
    sent_back(flow.with("prompt", "none"), "consent_required").await;
}

async fn hint_of_another_user(s: S) {
    let mut bob = Flow::logged_in_as(&s.realm, "rp", BOB).await.with("scope", "openid");
    let tokens = bob.tokens().await;
    let hint = tokens.0["id_token"].as_str().unwrap();
    let ada = s.user("rp").await.with("scope", "openid").with("id_token_hint", hint);
    sent_back(ada.with("prompt", "none"), "login_required").await;
    let own = Flow::logged_in_as(&s.realm, "rp", BOB)
        .await
        .with("scope", "openid")
        .with("prompt", "none");
    assert!(
        own.with("id_token_hint", hint)
            .ask()
            .await
            .redirect("https://rp.example/cb")
            .contains_key("code")
    );
}

async fn forged_hint(s: S) {
    let forged = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEiLCJpc3MiOiJ4IiwiYXVkIjoicnAifQ.";
    for hint in [forged, "garbage", "a.b.c"] {
        sent_back(s.user("rp").await.with("id_token_hint", hint), "invalid_request").await;
    }
}

async fn deep_claims(s: S) {
    let mut flow = s.flow("rp").with("claims", &"[".repeat(10_000));
    let (url, params) = (flow.realm.authorize(), flow.params.clone());
    let reply = flow.browser.post(&url, &params).await;
    assert!(reply.status < 500, "{}", reply.status);
    accepted(s.flow("rp")).await;
}

async fn markup_in_hints(s: S) {
    let markup = "\"><img src=x onerror=alert(1)>";
    let mut flow = s.flow("rp").with("login_hint", markup).with("ui_locales", markup);
    let reply = flow.ask().await;
    assert!(!reply.body.contains("<img src=x"), "{}", reply.body);
    let form = reply.page(200).form_with("login-submit");
    assert!(
        form.fields.contains(&("username".into(), markup.into())),
        "{:?}",
        form.fields
    );
}

async fn request_and_request_uri(s: S) {
    let pushed = |name: &str| format!("urn:ietf:params:oauth:request_uri:{name}");
    for uri in ["https://rp.example/r".to_owned(), pushed("made-up"), pushed("")] {
        let beside = s.flow("rp").with("request", "a.b.c").with("request_uri", &uri);
        exclude_each_other(s, beside).await;
        exclude_each_other(s, s.flow("rp").also("request_uri", &uri).also("request_uri", &uri)).await;
        // Where what stands in the open leads nowhere, a page says so.
        let mut nowhere = s.flow("rp").with("request", "a.b.c").with("request_uri", &uri);
        nowhere.set("redirect_uri", "https://evil.example/cb");
        let page = nowhere.ask().await.page(400);
        assert!(page.addresses().iter().all(|address| !address.contains("evil.example")));
    }
    // A request that was pushed is neither opened nor answered by it.
    let endpoint = s.realm.endpoint("pushed_authorization_request_endpoint");
    let whole = s.flow("rp");
    let reply = whole.post_as_client(&endpoint, &whole.params).await;
    let reference = reply.expect(201).json()["request_uri"].as_str().unwrap().to_owned();
    let beside = s.flow("rp").with("request", "a.b.c").with("request_uri", &reference);
    exclude_each_other(s, beside).await;
    let mut alone = s.flow("rp");
    alone.params = vec![("client_id".into(), "rp".into()), ("request_uri".into(), reference)];
    alone.ask().await.page(200);
}

async fn exclude_each_other(s: S, mut flow: Flow) {
    let told = flow.ask().await.redirect("https://rp.example/cb");
    assert!(
        ["invalid_request", "request_not_supported", "request_uri_not_supported"].contains(&told["error"].as_str()),
        "{told:?}"
    );
    assert_eq!((&*told["iss"], &*told["state"]), (&*s.realm.issuer(), "st a/te"));
    assert!(!told.contains_key("code"));
}

async fn iss_on_success(s: S) {
    let answer = s.user("ledger-web").await.answer().await;
    assert_eq!(answer["iss"], s.realm.issuer());
    assert_eq!(answer["state"], "st a/te");
}

async fn iss_on_errors(s: S) {
    let mut flow = s.user("rp").await.with("prompt", "consent");
    let page = flow.ask().await.page(200);
    let denied = flow.decide(&page, "deny").await;
    let told = flow.carried_on(&denied);
    assert_eq!(
        (told["error"].as_str(), told["iss"].clone()),
        ("access_denied", s.realm.issuer())
    );
    assert_eq!(told["state"], "st a/te");
}

async fn iss_as_advertised(s: S) {
    for realm in [&s.realm, &s.other, &s.brief] {
        assert_eq!(
            realm.0["metadata"]["authorization_response_iss_parameter_supported"],
            true
        );
        let told = sent_back(Flow::new(realm, "rp").with("prompt", "none"), "login_required").await;
        assert_eq!(told["iss"], realm.issuer());
    }
}

async fn no_cors(s: S) {
    let mut agent = s.agent();
    for method in ["GET", "OPTIONS"] {
        let request = agent.http.request(method.parse().unwrap(), s.realm.authorize());
        let reply = agent.send(request.header("origin", "https://rp.example")).await;
        assert!(
            !reply
                .headers
                .keys()
                .any(|name| name.as_str().starts_with("access-control")),
            "{:?}",
            reply.headers
        );
    }
}

async fn other_methods(s: S) {
    let mut agent = s.agent();
    for method in ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let request = agent.http.request(method.parse().unwrap(), s.realm.authorize());
        let reply = agent.send(request).await;
        assert_eq!(reply.status, 405, "{method}");
        assert_eq!(reply.header("allow"), Some("GET, POST"));
    }
}

async fn no_referrer(s: S) {
    let mut flow = s.user("rp").await.with("prompt", "consent");
    let reply = flow.ask().await;
    assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    let carrying: agent::Reply = flow.decide(&Page::read(&reply.body), "allow").await;
    assert!(flow.carried_on(&carrying).contains_key("code"));
    assert_eq!(carrying.header("referrer-policy"), Some("no-referrer"));
}

async fn unclean_challenges(s: S) {
    for last in ["=", "+", "/", " ", "%"] {
        sent_back(
            s.flow("rp")
                .with("code_challenge", &format!("{}{last}", "a".repeat(42))),
            "invalid_request",
        )
        .await;
    }
}
