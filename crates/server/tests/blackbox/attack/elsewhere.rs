//! Rows that need a realm unlike the shared one: the platform's own app logs in there, whoever registers needs a token, a profile
//! is in force, or operators need a second step. Where the tests of such a realm do it already, the row does what they do.

use super::stage::{DEMO, Stage};
use super::{Rows, rows};
use crate::admin::handover::{attacks as app, requests};
use crate::admin::matrix;
use crate::harness::launch::{finish, grantd};
use crate::harness::registration::desktop;
use crate::harness::{Agent, Launch, Realm, Reply, Server};
use crate::http::{fapi, two_step};
use serde_json::{Value, json};

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "D17" => |_: S| fapi::from_the_push_to_the_end(),
    "J16" => without_an_invitation,
    "J17" => an_invitation_too_often,
    "R08" => every_route_and_every_caller,
    "R12" => |_: S| two_step::an_operator_who_needs_a_second_step_gets_into_the_console_with_it_alone(),
    "U01" => |_: S| app::an_answer_is_good_for_the_browser_that_was_sent_out_and_no_other(),
    "U03" => |_: S| app::a_consent_is_taken_from_the_session_that_was_asked_about_alone(),
    "U04" => |_: S| app::what_was_not_sealed_here_for_this_is_nothing(),
    "U05" => |_: S| app::a_question_is_answered_once(),
    "U06" => |_: S| app::the_app_of_another_realm_or_with_another_permission_answers_nothing(),
    "U07" => |_: S| app::nobody_is_logged_in_as_an_operator_who_may_do_more_than_the_app(),
    "U08" => |_: S| requests::a_fresh_login_is_asked_for_and_an_old_one_refused(),
    "U09" => |_: S| app::nothing_is_allowed_that_was_not_asked_or_in_a_tenant_that_is_not_the_users(),
    "U10" => |_: S| app::what_became_untrue_since_the_app_answered_is_refused(),
};

async fn every_route_and_every_caller(_: S) {
    matrix::nobody_gets_in_without_a_good_token_for_this_api_and_this_realm().await;
    matrix::each_permission_opens_its_own_routes_and_no_others().await;
}

/// A realm in which whoever registers needs a token of its operator.
struct Invited {
    server: Server,
    data: tempfile::TempDir,
}

impl Invited {
    fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let launch = Launch::demo().data(data.path()).realm(Self::text());
        Self {
            server: Server::start(launch),
            data,
        }
    }

    fn text() -> String {
        let text = DEMO.replace("\nmode = \"open\"\n", "\nmode = \"initial-access-token\"\n");
        assert_ne!(text, DEMO);
        text
    }

    fn realm(&self) -> Realm {
        self.server.realm()
    }

    /// Runs a command about tokens on the data; its answer.
    fn tokens(&self, arguments: &[&str]) -> Value {
        let file = self.data.path().join("realm.toml");
        let moved = Self::text().replace("http://localhost:8400", &self.realm().issuer());
        std::fs::write(&file, moved).unwrap();
        let mut command = grantd();
        command
            .args(["registration", "token"])
            .args(arguments)
            .args(["-o", "json"]);
        let done = finish(command.arg("--data").arg(self.data.path()).arg("--realm").arg(file));
        assert_eq!(done.code, 0, "{}", done.error);
        serde_json::from_str(&done.output).unwrap()
    }

    /// Registers with this in the header.
    async fn register(&self, name: &str, authorization: Option<&str>) -> Reply {
        let mut agent = Agent::new();
        let url = self.realm().endpoint("registration_endpoint");
        let request = agent.http.post(url).json(&desktop(name, json!({})));
        let request = match authorization {
            Some(value) => request.header("authorization", value),
            None => request,
        };
        agent.send(request).await
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name}: {value}"))
}

/// RFC 6750 section 3.1.
#[track_caller]
fn turned_away(reply: &Reply) {
    reply.refused(401, "invalid_token");
    assert!(reply.header("www-authenticate").unwrap().starts_with("Bearer"));
}

async fn without_an_invitation(_: S) {
    let stage = Invited::start();
    let good = stage.tokens(&["create", "--uses", "1"]);
    let good = text(&good, "initial_access_token").to_owned();
    // One of another installation is sealed by another key.
    let foreign = Invited::start().tokens(&["create", "--uses", "1"]);
    let foreign = format!("Bearer {}", text(&foreign, "initial_access_token"));
    let cut = format!("Bearer {}", &good[..good.len() - 1]);
    let access = crate::admin::stage::token(&stage.realm(), "ops", "grantd:*", None).await;
    let access = format!("Bearer {access}");
    for wrong in [None, Some("Bearer x"), Some(&*foreign), Some(&*cut), Some(&*access)] {
        let reply = stage.register("Uninvited", wrong).await;
        turned_away(&reply);
        // Whoever tried nothing is told of no error (RFC 6750 section 3.1).
        let told = wrong.map_or("Bearer", |_| "Bearer error=\"invalid_token\"");
        assert_eq!(reply.header("www-authenticate"), Some(told), "{wrong:?}");
    }
    let basic = stage.register("Uninvited", Some(&format!("Basic {good}"))).await;
    assert!((400..500).contains(&basic.status), "{}", basic.body);
    // None of that used it up.
    stage
        .register("Invited", Some(&format!("Bearer {good}")))
        .await
        .expect(201);
}

async fn an_invitation_too_often(_: S) {
    let stage = Invited::start();
    let two = stage.tokens(&["create", "--uses", "2"]);
    let two = format!("Bearer {}", text(&two, "initial_access_token"));
    for name in ["First", "Second"] {
        stage.register(name, Some(&two)).await.expect(201);
    }
    for name in ["Third", "First"] {
        turned_away(&stage.register(name, Some(&two)).await);
    }
    // What is malformed uses nothing up, and what was taken back is good for nothing.
    let last = stage.tokens(&["create", "--uses", "1"]);
    let bearer = format!("Bearer {}", text(&last, "initial_access_token"));
    let mut agent = Agent::new();
    let url = stage.realm().endpoint("registration_endpoint");
    let bad = json!({ "redirect_uris": ["javascript:alert(1)"] });
    let request = agent.http.post(url).header("authorization", &bearer).json(&bad);
    agent.send(request).await.refused(400, "invalid_redirect_uri");
    stage.tokens(&["revoke", text(&last, "id")]);
    turned_away(&stage.register("Late", Some(&bearer)).await);
}
