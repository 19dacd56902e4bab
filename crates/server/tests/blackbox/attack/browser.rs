//! Rows of the browser: framing, forged forms, sessions, cookies, policies, markup.

use super::stage::{BOB, DAVE, Stage};
use super::{Rows, rows};
use crate::harness::html::Page;
use crate::harness::{Agent, Flow, Reply};

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "O01" => no_framing,
    "O02" => consent_without_a_ticket,
    "O04" => consent_of_another_session,
    "O05" => login_csrf,
    "O06" => fixation,
    "O10" => open_redirects,
    "O12" => remembered_for_the_exact_request_only,
    "O13" => cookies,
    "O14" => no_store,
    "O16" => no_credentials_with_a_star,
    "O17" => markup_in_names,
    "O18" => script_policy,
    "O20" => form_policy,
    "O21" => referrer_policy,
    "O22" => isolation_and_fetch_metadata,
};

/// One of each page: login, consent, error, the way back, the issuer's own.
async fn pages(s: S) -> Vec<Reply> {
    let mut anonymous = s.flow("rp");
    let login = anonymous.ask().await;
    let mut flow = s.user("rp").await.with("prompt", "consent");
    let consent = flow.ask().await;
    let page = consent.page(200);
    let back = flow.decide(&page, "allow").await;
    let error = s.flow("rp").with("client_id", "unknown").ask().await;
    let home = s.agent().get(&format!("{}/", s.realm.issuer())).await;
    let post = s
        .flow("rp")
        .with("prompt", "none")
        .with("response_mode", "form_post")
        .ask()
        .await;
    vec![login, consent, back, error, home, post]
}

fn policy(reply: &Reply, directive: &str) -> String {
    let policy = reply.header("content-security-policy").unwrap();
    let found = policy
        .split(';')
        .map(str::trim)
        .find(|part| part.split(' ').next() == Some(directive));
    found.unwrap_or_else(|| panic!("no {directive} in {policy}")).to_owned()
}

async fn no_framing(s: S) {
    for reply in pages(s).await {
        assert_eq!(policy(&reply, "frame-ancestors"), "frame-ancestors 'none'");
        assert_eq!(reply.header("x-frame-options"), Some("DENY"));
    }
}

async fn consent_without_a_ticket(s: S) {
    let mut flow = s.user("rp").await.with("prompt", "consent");
    let page = flow.ask().await.page(200);
    let mut form = page.form_with("consent-allow");
    form.set("decision", "allow");
    for forged in ["", "garbage", "AAAA"] {
        let mut form = form.clone();
        form.set("request", forged);
        assert_eq!(flow.submit(&form).await.page(400).error(), "form_expired");
    }
}

async fn consent_of_another_session(s: S) {
    let mut ada = s.user("rp").await.with("prompt", "consent");
    let page = ada.ask().await.page(200);
    let mut bob = Flow::logged_in_as(&s.realm, "rp", BOB).await;
    assert_eq!(bob.decide(&page, "allow").await.page(403).error(), "session_expired");
    let mut nobody = s.flow("rp");
    assert_eq!(nobody.decide(&page, "allow").await.page(403).error(), "session_expired");
}

async fn login_csrf(s: S) {
    let mut attacker = s.flow("rp");
    let page = attacker.ask().await.page(200);
    let form = attacker.login_form(&page);
    // The attacker's form in the victim's browser, which has another value or none.
    let mut victim = s.flow("rp");
    assert_eq!(victim.submit(&form).await.page(400).error(), "form_expired");
    victim.ask().await.expect(200);
    let refused = victim.submit(&form).await;
    assert_eq!(refused.page(400).error(), "form_expired");
    assert!(refused.set_cookies().is_empty());
}

async fn fixation(s: S) {
    let name = "grantd_session_acme";
    let mut flow = s.flow("rp").user(DAVE);
    flow.browser
        .cookies
        .insert(name.to_owned(), "gs_chosen-by-the-attacker".to_owned());
    flow.log_in().await;
    let first = flow.browser.cookies[name].clone();
    assert_ne!(first, "gs_chosen-by-the-attacker");
    flow.set("prompt", "login");
    flow.log_in().await;
    assert_ne!(flow.browser.cookies[name], first);
    // The old one is worth nothing any more.
    let mut old = s.flow("rp").with("prompt", "none");
    old.browser.cookies.insert(name.to_owned(), first);
    assert_eq!(
        old.ask().await.redirect("https://rp.example/cb")["error"],
        "login_required"
    );
}

async fn open_redirects(s: S) {
    for evil in [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "%2f%2fevil.example",
        "javascript:alert(1)",
    ] {
        // Ours cannot be chosen either: a forged note is no more than a part of the query.
        let flow = s.flow("rp").user(DAVE).also("return_to", evil).also("next", evil);
        let mut flow = flow.also("grantd_login", evil);
        let page = flow.ask().await.page(200);
        let mut form = flow.login_form(&page);
        form.set("return_to", evil).set("next", evil);
        let reply = flow.submit(&form).await;
        let location = reply.header("location").unwrap();
        assert!(location.starts_with("/authorize?"), "{location}");
    }
}

async fn remembered_for_the_exact_request_only(s: S) {
    let mut flow = s.user("once-asked").await;
    flow.set("tenant", &flow.user.tenants[0].clone());
    assert!(flow.answer().await.contains_key("code"));
    assert!(
        flow.ask()
            .await
            .redirect("https://once.example/cb")
            .contains_key("code")
    );
    let mut more = s
        .user("once-asked")
        .await
        .with("scope", "customers:read customers:delete");
    more.set("tenant", &flow.user.tenants[0].clone());
    more.ask().await.page(200).form_with("consent-allow");
    let mut elsewhere = s.user("once-asked").await;
    elsewhere.set("tenant", &flow.user.tenants[1].clone());
    elsewhere.ask().await.page(200).form_with("consent-allow");
    let mut bob = Flow::logged_in_as(&s.realm, "once-asked", BOB).await;
    bob.ask().await.page(200).form_with("consent-allow");
}

async fn cookies(s: S) {
    let mut flow = s.flow("rp").user(DAVE);
    let page = flow.ask().await;
    let form = flow.login_form(&page.page(200));
    let login = flow.submit(&form).await;
    let set = [page.set_cookies(), login.set_cookies()].concat();
    assert_eq!(set.len(), 2, "{set:?}");
    for cookie in &set {
        for part in ["; HttpOnly", "; SameSite=Lax", "; Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    // Over TLS, which a trusted proxy has ended.
    let mut agent = Agent::new();
    let url = Flow::new(&s.secure, "rp").params;
    let address = format!("http://127.0.0.1:{}/authorize", s.server.port());
    let request = agent
        .http
        .get(address)
        .query(&url)
        .header("host", "id.example")
        .header("x-forwarded-proto", "https");
    let reply = agent.send(request).await;
    reply.page(200);
    let cookie = &reply.set_cookies()[0];
    assert!(
        cookie.starts_with("__Host-") && cookie.contains("; Secure") && cookie.contains("; Path=/;"),
        "{cookie}"
    );
}

async fn no_store(s: S) {
    for reply in pages(s).await {
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{}", reply.body);
    }
}

async fn no_credentials_with_a_star(s: S) {
    let mut agent = s.agent();
    for name in [
        "token_endpoint",
        "revocation_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "introspection_endpoint",
        "authorization_endpoint",
    ] {
        for method in ["GET", "POST", "OPTIONS"] {
            let request = agent.http.request(method.parse().unwrap(), s.realm.endpoint(name));
            let reply = agent.send(request.header("origin", "https://app.example")).await;
            assert_eq!(reply.header("access-control-allow-credentials"), None);
            let open = !matches!(name, "introspection_endpoint" | "authorization_endpoint");
            assert_eq!(
                reply.header("access-control-allow-origin"),
                open.then_some("*"),
                "{method} {name}"
            );
        }
    }
}

async fn markup_in_names(s: S) {
    let mut flow = s.user("hostile").await.with("prompt", "consent");
    let consent = flow.ask().await;
    let back = flow.decide(&consent.page(200), "deny").await;
    let login = s.flow("hostile").ask().await;
    for reply in [consent, back, login] {
        assert!(!reply.body.contains("<script>alert"), "{}", reply.body);
        assert!(reply.body.contains("&lt;script&gt;alert"), "the name is shown");
    }
}

async fn script_policy(s: S) {
    for reply in pages(s).await {
        let whole = reply.header("content-security-policy").unwrap();
        assert!(
            !whole.contains("unsafe-inline") && !whole.contains("unsafe-eval"),
            "{whole}"
        );
        let page = Page::read(&reply.body);
        for script in page.elements.iter().filter(|element| element.tag == "script") {
            assert!(
                script.get("src").is_some() || script.get("nonce").is_some() || script.is("type", "application/json"),
                "{script:?}"
            );
        }
        assert!(
            page.elements
                .iter()
                .all(|element| !element.attributes.keys().any(|name| name.starts_with("on")))
        );
        assert_eq!(policy(&reply, "default-src"), "default-src 'none'");
    }
}

async fn form_policy(s: S) {
    let pages = pages(s).await;
    for reply in &pages[..4] {
        assert_eq!(policy(reply, "form-action"), "form-action 'self'");
        assert_eq!(policy(reply, "base-uri"), "base-uri 'none'");
    }
    assert_eq!(
        policy(&pages[5], "form-action"),
        "form-action 'self' https://rp.example"
    );
}

async fn referrer_policy(s: S) {
    for reply in pages(s).await {
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    }
}

async fn isolation_and_fetch_metadata(s: S) {
    for reply in pages(s).await {
        assert_eq!(reply.header("cross-origin-opener-policy"), Some("same-origin"));
    }
    let mut flow = s.user("rp").await.with("prompt", "consent");
    let page = flow.ask().await.page(200);
    let mut form = page.form_with("consent-allow");
    form.set("decision", "allow")
        .set("tenant", &flow.user.tenants[0].clone());
    let url = flow.absolute(&form.action);
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        for form_url in [&url, &url.replace("consent", "login")] {
            let request = flow.browser.http.post(form_url).form(&form.fields).header(name, value);
            assert_eq!(flow.browser.send(request).await.page(403).error(), "cross_site");
        }
    }
    let accepted = flow.submit(&form).await;
    assert!(flow.carried_on(&accepted).contains_key("code"));
}
