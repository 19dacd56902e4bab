//! Login at other providers: who is let in as whom, how old a login may be, the second step, and first logins at once.

use super::account::{at, page};
use super::two_step::{Enrolled, enrol, enter};
use crate::admin::stage::Api;
use crate::attack::stage::DEMO;
use crate::harness::html::Page;
use crate::harness::provider::{Provider, SECRET, Said, button, leave, way};
use crate::harness::{Agent, Flow, Launch, Realm, Reply, Server};
use grantd_core::second_factor::totp;
use serde_json::{Value, json};
use std::sync::OnceLock;

const BOB: &str = "bob@example.com";
const CREATE: &str = "unknown = \"create\"";
const CREATE_BY_MAIL: &str = "unknown = \"create\"\nlink_by = \"verified_email\"";
const BY_MAIL: &str = "link_by = \"verified_email\"\ntrust_amr = true";

/// A realm whose users may log in at providers of every kind.
pub(crate) struct Stage {
    pub(crate) provider: Provider,
    pub(crate) server: Server,
    pub(crate) realm: Realm,
}

/// The realm's file.
fn realm_text(provider: &Provider) -> String {
    let mut text = DEMO.to_owned();
    for (name, settings) in [
        ("corp", ""),
        ("open", CREATE),
        ("mail", BY_MAIL),
        ("names", CREATE),
        ("form", CREATE),
        ("trusted", CREATE_BY_MAIL),
        (
            "few",
            "unknown = \"create\"\nlink_by = \"verified_email\"\nallowed_domains = [\"corp.example\"]",
        ),
        ("liar", ""),
        ("inside", CREATE),
        ("huge", ""),
        ("moved", ""),
        ("slow", ""),
    ] {
        text.push_str(&provider.table(name, settings));
    }
    // Nobody listens there.
    text + "[[upstream]]\nname = \"down\"\ntitle = \"Down\"\nissuer = \"http://localhost:1\"\nclient_id = \"x\"\nclient_secret = \"x\"\n"
}

impl Stage {
    pub(crate) fn start(launch: Launch) -> Self {
        let provider = Provider::start();
        let server = Server::start(launch.realm(realm_text(&provider)));
        let realm = server.realm();
        Self {
            provider,
            server,
            realm,
        }
    }

    /// The one that most tests share.
    pub(crate) fn shared() -> &'static Self {
        static STAGE: OnceLock<Stage> = OnceLock::new();
        STAGE.get_or_init(|| Self::start(Launch::demo()))
    }

    /// A browser that nobody has logged in with.
    pub(crate) fn flow(&self) -> Flow {
        Flow::new(&self.realm, "ledger-web").with("scope", "openid invoices:read")
    }

    /// Goes to a provider, lets it say something, and comes back; what the browser sees then.
    pub(crate) async fn log_in(&self, flow: &mut Flow, name: &str, said: Said) -> Reply {
        let way = way(&leave(flow, name).await);
        flow.browser.get(&self.provider.answer(&way, said)).await
    }

    /// The id token that comes of a login that led to a consent.
    pub(crate) async fn id_token(&self, flow: &mut Flow, reply: &Reply) -> Value {
        let back = followed(flow, reply).await;
        let answer = if back.status == 303 {
            back.redirect(flow.redirect_uri())
        } else {
            match crate::harness::html::Page::read(&back.body).by_id("consent-allow") {
                Some(_) => {
                    let reply = flow.decide(&back.page(200), "allow").await;
                    flow.carried_on(&reply)
                }
                None => flow.carried_on(&back),
            }
        };
        let tokens = flow.redeem(&answer["code"]).await.expect(200).json();
        self.realm.signed(tokens["id_token"].as_str().unwrap()).await.2
    }

    /// The name of whoever is signed in.
    pub(crate) async fn account(&self, flow: &mut Flow) -> Option<String> {
        let url = at(flow, "account");
        let body = flow.browser.get(&url).await.expect(200).body.clone();
        if body.contains("id=\"login-submit\"") {
            return None;
        }
        let users = Api::ops(&self.realm).await.all("/users", 100).await;
        let names = users.iter().filter_map(|user| user["username"].as_str());
        names.filter(|name| body.contains(name)).map(str::to_owned).next()
    }
}

/// What the browser sees where a login leads.
pub(crate) async fn followed(flow: &mut Flow, reply: &Reply) -> Reply {
    assert_eq!(reply.status, 303, "{}", reply.body);
    let url = flow.absolute(reply.header("location").unwrap());
    flow.browser.get(&url).await
}

fn bob() -> Said {
    Said::of("bob-at-work").mail(BOB)
}

#[tokio::test]
async fn who_is_known_by_a_verified_address_is_known_by_their_subject_ever_after() {
    let stage = Stage::start(Launch::demo());
    let mut plain = stage.flow().user(1);
    plain.log_in().await;
    let mut flow = stage.flow();
    let said = bob().with("amr", json!(["hwk"]));
    let reply = stage.log_in(&mut flow, "mail", said).await;
    let first = stage.id_token(&mut flow, &reply).await;
    assert_eq!(first["amr"], json!(["hwk"]));
    let id = Api::ops(&stage.realm).await.user_id(BOB).await;
    assert_eq!(first["sub"], json!(id));
    // The address is somebody else's by now, or nobody's: it is the subject that counts.
    for said in [Said::of("bob-at-work"), Said::of("bob-at-work").mail("ada@example.com")] {
        let mut flow = stage.flow();
        let reply = stage.log_in(&mut flow, "mail", said).await;
        let token = stage.id_token(&mut flow, &reply).await;
        assert_eq!(token["sub"], first["sub"]);
        assert!(
            token.get("amr").is_none_or(|amr| *amr == json!([])),
            "no password was typed: {token}"
        );
    }
    let linked = Api::ops(&stage.realm).await.all("/audit?action=user.linked", 10).await;
    assert_eq!(linked.len(), 1, "{linked:?}");
    assert!(
        !stage.server.log().contains(SECRET),
        "the provider's secret is nobody's to read"
    );
}

#[tokio::test]
async fn who_is_unknown_is_turned_away_unless_the_realm_makes_them_a_user() {
    let stage = Stage::shared();
    let mut flow = stage.flow();
    for said in [Said::of("nobody"), bob()] {
        let page = stage.log_in(&mut flow, "corp", said).await.page(400);
        assert_eq!(page.error(), "upstream_unknown");
        let again = flow.absolute(page.by_id("try-again").unwrap().get("href").unwrap());
        flow.browser.get(&again).await.page(200).form_with("login-submit");
    }
    assert_eq!(stage.account(&mut flow).await, None);

    let carla = || Said::of("carla").mail("carla@corp.example");
    let reply = stage.log_in(&mut flow, "open", carla()).await;
    followed(&mut flow, &reply).await;
    assert_eq!(
        stage.account(&mut flow).await.as_deref(),
        Some("open:carla"),
        "an address that nobody verified"
    );
    let mut flow = stage.flow();
    let reply = stage.log_in(&mut flow, "trusted", carla()).await;
    followed(&mut flow, &reply).await;
    assert_eq!(stage.account(&mut flow).await.as_deref(), Some("carla@corp.example"));
    let api = Api::ops(&stage.realm).await;
    let id = api.user_id("carla@corp.example").await;
    // Once more: the same user. After they are deleted: a new one.
    let mut again = stage.flow();
    let reply = stage.log_in(&mut again, "trusted", carla()).await;
    followed(&mut again, &reply).await;
    assert_eq!(api.user_id("carla@corp.example").await, id);
    api.delete(&format!("/users/{id}")).await.expect(204);
    let reply = stage.log_in(&mut again, "trusted", carla()).await;
    followed(&mut again, &reply).await;
    assert_ne!(api.user_id("carla@corp.example").await, id);

    let mut flow = stage.flow();
    let page = stage
        .log_in(&mut flow, "few", Said::of("dan").mail("dan@evil.example"))
        .await;
    assert_eq!(page.page(400).error(), "upstream_unknown");
    let reply = stage
        .log_in(&mut flow, "few", Said::of("dan").mail("dan@corp.example"))
        .await;
    followed(&mut flow, &reply).await;
    assert_eq!(stage.account(&mut flow).await.as_deref(), Some("dan@corp.example"));
}

#[tokio::test]
async fn the_secret_goes_as_the_provider_takes_it_and_its_name_comes_back() {
    let stage = Stage::shared();
    for name in ["form", "names"] {
        let mut flow = stage.flow();
        let reply = stage.log_in(&mut flow, name, Said::of("fred")).await;
        followed(&mut flow, &reply).await;
        assert_eq!(stage.account(&mut flow).await, Some(format!("{name}:fred")));
    }
}

#[tokio::test]
async fn a_wish_for_a_fresh_login_is_passed_on_and_checked() {
    let stage = Stage::shared();
    let now = || i64::try_from(crate::harness::key::now()).unwrap();
    let said = || Said::of("grace").mail("grace@corp.example");
    let asked = |url: &str| stage.provider.params(url);
    let mut flow = stage.flow();
    let url = way(&leave(&mut flow, "open").await);
    assert!(
        !asked(&url).contains_key("prompt"),
        "a session at the provider is enough"
    );
    let old = said().with("auth_time", json!(now() - 5000));
    let reply = flow.browser.get(&stage.provider.answer(&url, old.clone())).await;
    followed(&mut flow, &reply).await;

    for (name, value) in [("prompt", "login"), ("max_age", "600")] {
        let mut flow = stage.flow().with(name, value);
        let url = way(&leave(&mut flow, "open").await);
        assert_eq!(asked(&url).get(name).map(String::as_str), Some(value));
        // Too old, or not said at all.
        let reply = flow.browser.get(&stage.provider.answer(&url, old.clone())).await;
        assert_eq!(reply.page(400).error(), "upstream_stale");
        let reply = stage
            .log_in(&mut flow, "open", said().with("auth_time", Value::Null))
            .await;
        assert_eq!(reply.page(400).error(), "upstream_stale");
        assert_eq!(stage.account(&mut flow).await, None);
        let reply = stage.log_in(&mut flow, "open", said()).await;
        let next = followed(&mut flow, &reply).await;
        let asks_again = next.body.contains("id=\"login-submit\"");
        assert!(!asks_again, "a fresh login is one: {}", next.body);
    }
}

/// Bob after a login elsewhere, who has a second step here: what he enrolled, his browser, and the page that asks for a code.
async fn halfway(stage: &Stage) -> (Enrolled, Flow, Page) {
    let mut owner = stage.flow().user(1);
    owner.log_in().await;
    let enrolled = enrol(&mut owner).await;
    let mut flow = stage.flow();
    let second = stage.log_in(&mut flow, "mail", bob()).await.page(200);
    (enrolled, flow, second)
}

#[tokio::test]
async fn a_second_step_is_asked_for_after_a_login_elsewhere_too() {
    let stage = Stage::start(Launch::demo());
    let (enrolled, mut flow, second) = halfway(&stage).await;
    assert!(second.by_id("otp").is_some(), "it must ask for the code");
    assert_eq!(stage.account(&mut flow).await, None);
    assert_eq!(enter(&mut flow, &second, "000000").await.status, 422);
    let reply = enter(&mut flow, &second, &totp::code(&enrolled.secret, enrolled.step + 1)).await;
    let token = stage.id_token(&mut flow, &reply).await;
    assert_eq!(token["amr"], json!(["otp", "mfa"]));
}

#[tokio::test]
async fn a_second_step_is_worth_nothing_once_the_link_of_the_first_is_gone() {
    let stage = Stage::start(Launch::demo());
    let (enrolled, mut flow, second) = halfway(&stage).await;
    let api = Api::ops(&stage.realm).await;
    let id = api.user_id("bob@example.com").await;
    let links = api.all(&format!("/users/{id}/links"), 10).await;
    let link = links[0]["id"].as_str().unwrap();
    api.delete(&format!("/users/{id}/links/{link}")).await.expect(204);
    enter(&mut flow, &second, &totp::code(&enrolled.secret, enrolled.step + 1)).await;
    assert_eq!(stage.account(&mut flow).await, None);
}

#[tokio::test]
async fn the_way_to_a_page_of_the_account_leads_there() {
    let stage = Stage::shared();
    let mut flow = stage.flow();
    let login = page(&mut flow, "account/sessions").await;
    let reply = flow.submit(&button(&login, "open")).await;
    let back = stage.provider.answer(&way(&reply), Said::of("heidi"));
    let reply = flow.browser.get(&back).await;
    assert!(reply.header("location").unwrap().ends_with("/account/sessions"));
    assert_eq!(stage.account(&mut flow).await.as_deref(), Some("open:heidi"));
}

#[tokio::test]
async fn first_logins_at_once_make_one_user_and_one_callback_one_session() {
    const RACERS: usize = 8;
    let stage = Stage::shared();
    let ivan = || Said::of("ivan").mail("ivan@corp.example");
    let mut browsers = Vec::new();
    for _ in 0..RACERS {
        let mut flow = stage.flow();
        let url = way(&leave(&mut flow, "trusted").await);
        browsers.push((flow, stage.provider.answer(&url, ivan())));
    }
    let racers = browsers.into_iter().map(|(mut flow, back)| {
        tokio::spawn(async move {
            let reply = flow.browser.get(&back).await;
            followed(&mut flow, &reply).await;
            flow
        })
    });
    for racer in racers.collect::<Vec<_>>() {
        let mut flow = racer.await.unwrap();
        assert_eq!(stage.account(&mut flow).await.as_deref(), Some("ivan@corp.example"));
    }
    let users = Api::ops(&stage.realm).await.all("/users", 100).await;
    let made = users
        .iter()
        .filter(|user| user["username"].as_str().unwrap().contains("ivan"));
    assert_eq!(made.count(), 1, "{users:?}");

    let mut flow = stage.flow();
    let url = way(&leave(&mut flow, "open").await);
    let back = stage.provider.answer(&url, ivan());
    let racers = (0..RACERS).map(|_| {
        let (cookies, back) = (flow.browser.cookies.clone(), back.clone());
        tokio::spawn(async move { Agent::with_cookies(cookies).get(&back).await })
    });
    let mut inside = 0;
    for racer in racers.collect::<Vec<_>>() {
        let reply = racer.await.unwrap();
        if reply.status == 303 {
            inside += 1;
        } else {
            assert_eq!(reply.page(400).error(), "form_expired");
        }
    }
    assert_eq!(inside, 1);
}
