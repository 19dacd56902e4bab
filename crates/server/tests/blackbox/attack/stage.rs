//! The one server that the rows share, and what most rows need from it.

use crate::harness::html::Page;
use crate::harness::{Agent, Flow, Launch, Realm, Reply, Server};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Clients beside those of the demo realm.
const CLIENTS: &str = include_str!("clients.toml");

/// The demo realm's file.
pub(crate) const DEMO: &str = include_str!("../../../../../examples/realms/demo.toml");

/// The users of the realms, by position.
pub(super) const BOB: usize = 1;
pub(super) const CAROL: usize = 2;
pub(super) const DAVE: usize = 3;
pub(crate) const ERIN: usize = 4;

/// The server and its realms.
pub(crate) struct Stage {
    pub(crate) server: Server,
    /// The demo realm with more clients.
    pub(crate) realm: Realm,
    /// Another realm with the same clients and users.
    pub(crate) other: Realm,
    /// Everything ends after five seconds; no grace; PKCE for public clients only; opaque tokens.
    pub(crate) brief: Realm,
    /// A realm behind a proxy that speaks TLS.
    pub(crate) secure: Realm,
}

/// The demo realm's file under another name and issuer.
pub(crate) fn realm_file(name: &str, issuer: &str, changes: &[(&str, &str)]) -> String {
    let mut text = DEMO
        .replace("name = \"acme\"", &format!("name = \"{name}\""))
        .replace("issuer = \"http://localhost:8400\"", &format!("issuer = \"{issuer}\""));
    text = text.replace(
        "\"device_code\"]\n\n# What tokens",
        "\"device_code\", \"token_exchange\"]\n\n# What tokens",
    );
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text + CLIENTS
}

/// The shared stage, set by the first who asks.
pub(crate) fn stage() -> &'static Stage {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    STAGE.get_or_init(|| {
        let brief = [
            ("pkce = \"required\"", "pkce = \"public-clients\""),
            ("format = \"jwt\"", "format = \"opaque\""),
            ("grace = \"10s\"", "grace = \"0s\""),
            ("idle = \"30d\"", "idle = \"5s\""),
            ("lifetime = \"1h\"", "lifetime = \"5s\""),
            ("lifetime = \"60s\"", "lifetime = \"5s\""),
        ];
        // Longer than any row takes: what is a retry does not become a replay on a busy machine.
        let patient = [("grace = \"10s\"", "grace = \"300s\"")];
        let server = Server::start(
            Launch::demo()
                .realm(realm_file("acme", "http://localhost:8400", &patient))
                .realm(realm_file(
                    "other",
                    "http://localhost:8400/other",
                    &[
                        ("nonces = false", "nonces = true"),
                        ("signed_responses = true", "signed_responses = false"),
                    ],
                ))
                .realm(realm_file("brief", "http://localhost:8400/brief", &brief))
                .realm(realm_file("secure", "https://id.example", &[]))
                .env("GRANTD__LOG__LEVEL", "debug"),
        );
        Stage {
            realm: server.realm_at(0),
            other: server.realm_at(1),
            brief: server.realm_at(2),
            secure: server.realm_at(3),
            server,
        }
    })
}

impl Stage {
    /// A flow in a browser that nobody has logged in with.
    pub(crate) fn flow(&self, client: &str) -> Flow {
        Flow::new(&self.realm, client)
    }

    /// A flow of the first user, logged in.
    pub(crate) async fn user(&self, client: &str) -> Flow {
        Flow::logged_in_as(&self.realm, client, 0).await
    }

    /// A flow of a session that nobody else has, and its tokens: for whoever logs out. Logins of one user come one after
    /// the other, since they are limited.
    pub(crate) async fn own_session(&self, client: &str) -> (Flow, serde_json::Value) {
        static ONE_BY_ONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let _turn = ONE_BY_ONE.lock().await;
        let mut flow = self.flow(client).user(ERIN);
        flow.log_in().await;
        let tokens = flow.tokens().await.0;
        (flow, tokens)
    }

    /// A new agent.
    pub(crate) fn agent(&self) -> Agent {
        Agent::new()
    }
}

/// Sends the request by GET and by POST (following our own step from POST to GET): both must end on a page with 400
/// that leads nowhere.
pub(super) async fn stays_here(mut flow: Flow) -> Page {
    let direct = flow.ask().await.page(400);
    assert_eq!(direct.refresh, None);
    let url = flow.realm.authorize();
    let params = flow.params.clone();
    let posted = flow.browser.post(&url, &params).await;
    let own = |reply: &Reply| {
        reply
            .header("location")
            .filter(|to| to.starts_with("/authorize?"))
            .map(str::to_owned)
    };
    let posted = match own(&posted) {
        Some(next) => {
            let next = flow.absolute(&next);
            flow.browser.get(&next).await
        }
        None => posted,
    };
    assert_eq!(posted.page(400).error(), direct.error());
    direct
}

/// Sends the request: it must come back to the client with this error, the state and the issuer, and nothing else.
pub(super) async fn sent_back(mut flow: Flow, error: &str) -> BTreeMap<String, String> {
    let reply = flow.ask().await;
    let told = reply.redirect(flow.redirect_uri());
    assert_eq!(told["error"], error, "{told:?}");
    assert_eq!(told["iss"], flow.realm.issuer());
    let states: Vec<_> = flow.params.iter().filter(|(name, _)| name == "state").collect();
    if let [(_, state)] = states.as_slice() {
        assert_eq!(&told["state"], state);
    }
    for never in ["code", "access_token", "id_token"] {
        assert!(!told.contains_key(never), "{told:?}");
    }
    told
}

/// Sends the request: the login form must come.
pub(super) async fn accepted(mut flow: Flow) -> Page {
    let page = flow.ask().await.page(200);
    page.form_with("login-submit");
    page
}
