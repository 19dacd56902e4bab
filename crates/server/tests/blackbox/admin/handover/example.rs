//! The example app works as it stands in the repository: it is run beside a server with the example's realm.

use crate::harness::html::{Form, Page};
use crate::harness::{Agent, Flow, Launch, Reply, Server};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

const REALM: &str = include_str!("../../../../../../examples/headless/realm.toml");
const APP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/headless/app.py");

/// The app, which ends with the test.
struct App {
    child: Child,
    base: String,
}

impl App {
    /// It must know the server's address, and the server its own: the port is found first.
    fn start(issuer: &str, port: u16) -> Self {
        let mut child = Command::new("python3")
            .arg(APP)
            .env("ISSUER", issuer)
            .env("PORT", port.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut ready)
            .unwrap();
        let base = ready.trim().to_owned();
        assert!(base.starts_with("http://localhost:"), "{base}");
        Self { child, base }
    }

    async fn send(&self, browser: &mut Agent, form: &Form) -> Reply {
        let request = browser
            .http
            .post(format!("{}{}", self.base, form.action))
            .form(&form.fields);
        browser.send(request).await
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Follows redirects until there is a page, or the way leads back to the client.
async fn follow(flow: &mut Flow, mut reply: Reply) -> Reply {
    for _ in 0..8 {
        let Some(next) = reply.header("location").map(|next| flow.absolute(next)) else {
            return reply;
        };
        if next.starts_with(flow.redirect_uri()) {
            return reply;
        }
        reply = flow.browser.get(&next).await;
    }
    panic!("a circle");
}

fn form(reply: &Reply, decision: &str) -> Form {
    let mut form = Page::read(&reply.expect(200).body).form(1);
    form.set("decision", decision);
    form
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_app_logs_its_own_user_in_and_asks_them() {
    let port = free_port();
    let somebody = "[[demo.users]]\nusername = \"somebody\"\npassword = \"correct-horse-somebody\"\n";
    let payment = "[[authorization_details]]\ntype = \"payment\"\ntitle = \"Make a payment\"\n\
        [[authorization_details.fields]]\nname = \"to\"\nlabel = \"To\"\nkind = \"text\"\nrequired = true\n";
    let realm = REALM
        .replace("http://localhost:4000", &format!("http://localhost:{port}"))
        .replace(
            "client_id = \"ledger\"\n",
            "client_id = \"ledger\"\nauthorization_details_types = [\"payment\"]\n",
        )
        + somebody
        + payment;
    let server = Server::start(Launch::demo().realm(realm));
    let realm = server.realm();
    let app = App::start(&realm.issuer(), port);
    let mut flow = Flow::new(&realm, "ledger");

    let asked = flow.ask().await;
    let page = follow(&mut flow, asked).await;
    let mut login = form(&page, "login");
    login.set("username", "eve@acme.example").set("password", "wrong");
    app.send(&mut flow.browser, &login).await.expect(403);
    login.set("password", "correct-horse-eve");
    // A form of another site does not log its victim in as somebody else, and nor does one that hides where it is from.
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let url = format!("{}{}", app.base, login.action);
        let foreign = Agent::new().http.post(url).form(&login.fields).header(name, value);
        let reply = Agent::new().send(foreign).await;
        assert!(reply.expect(403).set_cookies().is_empty(), "{name}: {value}");
    }
    let sent = app.send(&mut flow.browser, &login).await;
    let page = follow(&mut flow, sent).await;
    assert!(page.body.contains("Ledger wants to"), "{}", page.body);
    let consent = form(&page, "allow");

    // Another site cannot answer for the user.
    let mut forged = consent.clone();
    forged.set("csrf", "x");
    app.send(&mut flow.browser, &forged).await.expect(403);
    let sent = app.send(&mut flow.browser, &consent).await;
    let told = follow(&mut flow, sent).await.redirect(flow.redirect_uri());
    let tokens = flow.redeem(&told["code"]).await.expect(200).json();
    assert_eq!(super::claims(&tokens["id_token"])["sub"], "customer-4711");

    // A second time nothing is asked; with prompt=login the password is.
    let asked = flow.ask().await;
    assert!(
        follow(&mut flow, asked)
            .await
            .redirect(flow.redirect_uri())
            .contains_key("code")
    );

    // Details are asked each time, and what is not ticked is not allowed.
    let details = r#"[{"type":"payment","to":"Grocer"},{"type":"payment","to":"Baker"}]"#;
    flow.set("authorization_details", details);
    let asked = flow.ask().await;
    let page = follow(&mut flow, asked).await;
    assert!(
        page.body.contains("Grocer") && page.body.contains("Baker"),
        "{}",
        page.body
    );
    let mut consent = form(&page, "allow");
    consent.fields.retain(|(name, value)| name != "detail" || value == "1");
    let sent = app.send(&mut flow.browser, &consent).await;
    let told = follow(&mut flow, sent).await.redirect(flow.redirect_uri());
    let tokens = flow.redeem(&told["code"]).await.expect(200).json();
    let allowed = serde_json::json!([{ "type": "payment", "to": "Baker" }]);
    assert_eq!(tokens["authorization_details"], allowed);

    flow.set("prompt", "login");
    let asked = flow.ask().await;
    let page = follow(&mut flow, asked).await;
    let cancel = form(&page, "cancel");
    let sent = app.send(&mut flow.browser, &cancel).await;
    assert_eq!(
        follow(&mut flow, sent).await.redirect(flow.redirect_uri())["error"],
        "access_denied"
    );

    // Somebody else in front of the app does not answer what this user is asked.
    let mut other = flow;
    other.set("prompt", "consent");
    other.browser.cookies.remove("acme");
    let asked = other.ask().await;
    assert_eq!(
        follow(&mut other, asked).await.redirect(other.redirect_uri())["error"],
        "interaction_required"
    );
}
