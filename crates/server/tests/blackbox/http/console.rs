//! The operators' console: who gets in, what its pages show, what its forms do, and to whom they do nothing.

use crate::harness::html::Page;
use crate::harness::{Agent, Launch, Reply, Server};
use serde_json::Value;
use std::collections::BTreeSet;

/// Somebody in front of the console, or of another area whose pages are like its own.
pub(crate) struct Operator {
    pub(crate) agent: Agent,
    pub(crate) url: String,
    pub(crate) language: &'static str,
}

impl Operator {
    /// Logs in through the page that the console sends to.
    pub(crate) async fn log_in(server: &Server) -> Self {
        let console = &server.ready["console"];
        let text = |name: &str| console[name].as_str().unwrap().to_owned();
        let mut operator = Self::at(&text("url"));
        operator.sign_in(&text("username"), &text("password")).await;
        operator
    }

    pub(crate) fn at(url: &str) -> Self {
        Self {
            agent: Agent::new(),
            url: url.to_owned(),
            language: "en",
        }
    }

    pub(crate) async fn sign_in(&mut self, username: &str, password: &str) -> Reply {
        let page = self.get("").await.page(200);
        let mut form = page.form_with("login-submit");
        form.set("username", username).set("password", password);
        let reply = self.send(&form.action, &form.fields).await;
        let back = self.absolute(reply.header("location").unwrap());
        self.agent.get(&back).await
    }

    pub(crate) fn absolute(&self, address: &str) -> String {
        url::Url::parse(&self.url).unwrap().join(address).unwrap().into()
    }

    /// A page below the console.
    pub(crate) async fn get(&mut self, below: &str) -> Reply {
        let url = format!("{}{below}", self.url);
        self.visit(&url).await
    }

    pub(crate) async fn visit(&mut self, url: &str) -> Reply {
        let request = self.agent.http.get(url).header("accept-language", self.language);
        self.agent.send(request).await
    }

    /// Sends fields as a form of our own page would be.
    pub(crate) async fn send(&mut self, address: &str, fields: &[(String, String)]) -> Reply {
        self.send_from(address, fields, "same-origin").await
    }

    pub(crate) async fn send_from(&mut self, address: &str, fields: &[(String, String)], site: &str) -> Reply {
        let request = self.agent.http.post(self.absolute(address)).form(fields);
        self.agent.send(request.header("sec-fetch-site", site)).await
    }

    /// Fills the form of a page, and sends it.
    pub(crate) async fn fill(&mut self, below: &str, values: &[(&str, &str)]) -> Reply {
        let page = self.get(below).await.page(200);
        let mut form = page.form(posting(&page));
        for (name, value) in values {
            form.set(name, value);
        }
        self.send(&form.action, &form.fields).await
    }

    /// Makes an application; gives its id.
    pub(crate) async fn application(&mut self, name: &str, kind: &str) -> String {
        let values = [
            ("name", name),
            ("kind", kind),
            ("redirect_uris", "http://127.0.0.1/callback"),
        ];
        let reply = self.fill("/applications/new", &values).await;
        if reply.status == 303 {
            return reply.header("location").unwrap().rsplit('/').next().unwrap().to_owned();
        }
        assert_eq!(reply.status, 200, "{}", reply.body);
        let (_, rest) = reply.body.split_once("id=\"object-id\">").unwrap();
        rest.split('<').next().unwrap().to_owned()
    }
}

/// The number of the page's form that posts; filters come before it.
pub(crate) fn posting(page: &Page) -> usize {
    let forms = page.elements.iter().filter(|element| element.tag == "form");
    1 + forms
        .map(|form| form.get("method"))
        .position(|method| method == Some("post"))
        .expect("a form that posts")
}

fn realm(operators: &str) -> String {
    let mut text =
        format!("name = \"shop\"\ndisplay_name = \"Shop\"\nissuer = \"http://localhost:8400\"\n{operators}\n");
    for number in 0..250 {
        text.push_str(&format!(
            "[[permissions]]\nname = \"part{}:read{number}\"\ndescription = \"See part {number}\"\nrisk = \"read\"\n",
            number % 9
        ));
    }
    text
}

#[tokio::test]
async fn every_page_of_the_console_is_shown_in_every_language() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    operator.application("Books", "machine").await;
    for language in ["en", "de", "ja"] {
        operator.language = language;
        let (mut seen, mut next) = (BTreeSet::new(), vec![operator.url.clone()]);
        while let Some(url) = next.pop() {
            if !seen.insert(url.clone()) || url.contains("/audit/export") {
                continue;
            }
            let reply = operator.visit(&url).await;
            assert_eq!(reply.status, 200, "{url}: {}", reply.body);
            assert!(!reply.body.contains("data-error"), "{url}");
            // The page of samples has links of its own, which lead nowhere.
            if url.ends_with("/console/design") {
                continue;
            }
            let page = Page::read(&reply.body);
            let links = page.elements.iter().filter_map(|element| element.get("href"));
            let links = links.filter(|link| link.starts_with("/console"));
            next.extend(links.map(|link| operator.absolute(link)));
        }
        assert!(seen.len() > 60, "{} pages in {language}", seen.len());
    }
}

#[tokio::test]
async fn an_application_is_made_once_and_its_secret_is_shown_once() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    let page = operator.get("/applications/new").await.page(200);
    let mut form = page.form(posting(&page));
    form.set("name", "Books").set("kind", "machine");
    let secret = |reply: &Reply| {
        let (_, rest) = reply.body.split_once("data-secret>").unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    let first = operator.send(&form.action, &form.fields).await;
    let again = operator.send(&form.action, &form.fields).await;
    assert_eq!(
        secret(&first),
        secret(&again),
        "a second press of the button makes nothing new"
    );
    let list = operator.get("/applications?q=books").await;
    assert_eq!(list.body.matches("<th scope=\"row\"").count(), 1, "{}", list.body);
    assert!(!list.body.contains(&secret(&first)));
}

#[tokio::test]
async fn an_operator_trims_an_ai_client_from_250_permissions_to_6() {
    let server = Server::start(Launch::demo().realm(realm("")));
    let mut operator = Operator::log_in(&server).await;
    let id = operator.application("AI helper", "mcp").await;
    let permissions = format!("/applications/{id}/permissions");
    let page = operator.get(&permissions).await.page(200);
    let form = page.form(posting(&page));
    let tick = |count: usize| {
        let boxes = form.controls.iter().filter(|control| control.is("name", "scope"));
        let ours = boxes
            .filter_map(|control| control.get("value"))
            .filter(|scope| scope.starts_with("part"));
        let ours = ours.take(count).map(|scope| ("scope".to_owned(), scope.to_owned()));
        ours.collect::<Vec<_>>()
    };
    let hidden = |page: &Page| {
        page.form(posting(page))
            .fields
            .into_iter()
            .filter(|(name, _)| name != "scope")
            .collect()
    };
    for (count, said) in [(250, "250 permissions"), (6, "6 permissions")] {
        let page = operator.get(&permissions).await.page(200);
        let mut fields: Vec<(String, String)> = hidden(&page);
        fields.extend(tick(count));
        let reply = operator.send(&form.action, &fields).await;
        assert_eq!(reply.status, 303, "{}", reply.body);
        assert!(operator.get("/applications").await.body.contains(said));
    }
    let audit = operator.get("/audit?action=client.changed").await;
    assert!(
        audit.body.contains("scopes: ") && audit.body.contains("via console"),
        "{}",
        audit.body
    );
}

#[tokio::test]
async fn a_form_from_elsewhere_of_another_page_or_of_another_session_does_nothing() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    let id = operator.application("Books", "machine").await;
    let at = format!("/applications/{id}/delete");
    let page = operator.get(&at).await.page(200);
    let form = page.form(posting(&page));
    let refused = |reply: &Reply, status| assert_eq!(reply.status, status, "{}", reply.body);
    refused(&operator.send_from(&form.action, &form.fields, "cross-site").await, 403);
    refused(&operator.send(&form.action, &[]).await, 400);
    let settings = operator.get(&format!("/applications/{id}/settings")).await.page(200);
    let other = settings.form(posting(&settings));
    refused(&operator.send(&form.action, &other.fields).await, 400);
    let mut second = Operator::log_in(&server).await;
    refused(&second.send(&form.action, &form.fields).await, 400);
    assert_eq!(operator.get(&format!("/applications/{id}")).await.status, 200);
    refused(&operator.send(&form.action, &form.fields).await, 303);
    assert_eq!(operator.get(&format!("/applications/{id}")).await.status, 404);
}

#[tokio::test]
async fn a_change_that_somebody_else_made_meanwhile_is_not_overwritten() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    let id = operator.application("Books", "machine").await;
    let at = format!("/applications/{id}/settings");
    let page = operator.get(&at).await.page(200);
    let mut old = page.form(posting(&page));
    assert_eq!(operator.fill(&at, &[("name", "Ledger")]).await.status, 303);
    old.set("name", "Accounts");
    assert_eq!(operator.send(&old.action, &old.fields).await.status, 409);
    assert!(operator.get(&at).await.body.contains("Ledger"));
}

#[tokio::test]
async fn an_operator_does_what_the_configuration_says_and_a_refusal_is_recorded() {
    let operators =
        "[[operators]]\nusername = \"reader\"\npermissions = [\"grantd:clients:read\", \"grantd:audit:read\"]\n";
    let server = Server::start(Launch::demo().realm(realm(operators)));
    let mut operator = Operator::log_in(&server).await;
    let home = operator.get("").await;
    assert!(home.body.contains("/console/applications") && !home.body.contains("/console/keys"));
    assert_eq!(operator.get("/keys").await.status, 403);
    let reply = operator
        .fill("/applications/new", &[("name", "Books"), ("kind", "machine")])
        .await;
    assert_eq!(reply.status, 403, "{}", reply.body);
    let audit = operator.get("/audit?action=api.denied").await;
    assert!(audit.body.contains("grantd:clients:write"), "{}", audit.body);
}

#[tokio::test]
async fn whoever_is_no_operator_and_whoever_is_nobody_see_nothing() {
    let server = Server::start(Launch::demo());
    let url = server.ready["console"]["url"].as_str().unwrap().to_owned();
    let mut nobody = Operator::at(&url);
    assert!(
        nobody
            .get("/applications")
            .await
            .page(200)
            .by_id("login-submit")
            .is_some()
    );
    // A member of a tenant, whose role permits nothing of this server's own.
    let user: &Value = &server.ready["realms"][0]["users"][1];
    let reply = nobody
        .sign_in(user["username"].as_str().unwrap(), user["password"].as_str().unwrap())
        .await;
    assert_eq!(reply.status, 403);
    for below in ["", "/applications", "/audit/export", "/users"] {
        let reply = nobody.get(below).await;
        assert_eq!(reply.status, 403, "{below}");
        assert!(!reply.body.contains("ledger"), "{below}");
    }
}

#[tokio::test]
async fn a_session_that_ends_in_the_middle_leads_to_the_login_and_back() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    let page = operator.get("/users/new").await.page(200);
    let mut form = page.form(posting(&page));
    form.set("username", "not-there-yet@example.com")
        .set("password", "correct-horse-battery");
    operator.agent.cookies.retain(|name, _| !name.contains("session"));
    let login = operator.send(&form.action, &form.fields).await.page(200);
    let mut fields = login.form_with("login-submit");
    let text = |name: &str| server.ready["console"][name].as_str().unwrap().to_owned();
    fields
        .set("username", &text("username"))
        .set("password", &text("password"));
    let reply = operator.send(&fields.action, &fields.fields).await;
    assert!(reply.header("location").unwrap().ends_with("/console/users/new"));
    assert!(!operator.get("/users").await.body.contains("not-there-yet@example.com"));
}

#[tokio::test]
async fn a_token_that_is_for_nobody_is_not_made_for_somebody() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    let values = |user| {
        [
            ("name", "Nightly"),
            ("scopes", "invoices:read"),
            ("days", "1"),
            ("user", user),
            ("tenant", "acme-berlin"),
        ]
    };
    let new = "/applications/ledger-web/tokens/new";
    let refused = operator.fill(new, &values("")).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(
        !operator
            .get("/applications/ledger-web/tokens")
            .await
            .body
            .contains("Nightly")
    );
    let made = operator.fill(new, &values("bob@example.com")).await;
    assert!(made.status == 200 && made.body.contains("data-secret"), "{}", made.body);
}

#[tokio::test]
async fn names_that_somebody_chose_run_nothing() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    let name = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";
    let id = operator.application(name, "machine").await;
    for below in [
        "/applications".to_owned(),
        format!("/applications/{id}"),
        format!("/applications/{id}/permissions"),
        format!("/applications/{id}/settings"),
        format!("/applications/{id}/delete"),
        format!("/applications/{id}/tokens/new"),
        "/audit".to_owned(),
        "/least-privilege".to_owned(),
    ] {
        let reply = operator.get(&below).await;
        let policy = reply.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert!(
            !reply.body.contains("<script>") && !reply.body.contains("<img"),
            "{below}"
        );
    }
}
