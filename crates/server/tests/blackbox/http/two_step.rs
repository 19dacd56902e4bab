//! The second step of a login: setting it up, codes that are good once, guesses that are counted.

use super::account::{at, page, taken};
use crate::admin::stage::Api;
use crate::attack::stage::DEMO;
use crate::harness::flow::Flow;
use crate::harness::html::{Form, Page};
use crate::harness::{Agent, Launch, Realm, Reply, Server};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantd_core::second_factor::totp;

/// What a user's phone and drawer hold.
pub(crate) struct Enrolled {
    pub(crate) secret: Vec<u8>,
    codes: Vec<String>,
    /// The time step of the code that proved it.
    pub(crate) step: u64,
}

/// RFC 4648 section 6, as an app reads what a user typed.
fn base32(text: &str) -> Vec<u8> {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for letter in text.chars().filter(|letter| !letter.is_whitespace()) {
        bits = ((bits << 5) | u32::try_from(alphabet.find(letter).unwrap()).unwrap()) & 0xfff;
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xff).unwrap());
        }
    }
    out
}

/// The texts of all `<code>` elements.
fn codes(body: &str) -> Vec<String> {
    let pieces = body
        .split("<code")
        .skip(1)
        .filter_map(|piece| piece.split_once('>')?.1.split('<').next());
    pieces.map(str::to_owned).collect()
}

/// Seconds since the epoch as the server sees them.
fn now(reply: &Reply) -> u64 {
    let date = reply.header("date").expect("a date");
    let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).unwrap();
    u64::try_from(at.as_second()).unwrap()
}

/// Sets the second step up in a browser that is signed in. The form that did it is worth nothing a second time: this session
/// never passed the step that there is now.
pub(super) async fn enrol(flow: &mut Flow) -> Enrolled {
    let (enrolled, form) = set_up(flow).await;
    flow.submit(&form).await.page(200).form_with("login-submit");
    enrolled
}

/// Sets the second step up; the last form as well.
pub(crate) async fn set_up(flow: &mut Flow) -> (Enrolled, Form) {
    let mut begin = page(flow, "account/two-step").await.form_with("two-step-begin");
    begin.set("decision", "begin");
    let reply = flow.submit(&begin).await;
    let secret = base32(&codes(&reply.body)[0]);
    assert_eq!(secret.len(), 20);
    let form = reply.page(200).form_with("two-step-confirm");
    let mut wrong = form.clone();
    wrong.set("decision", "confirm").set("otp", "12345");
    let form = flow.submit(&wrong).await.page(422).form_with("two-step-confirm");
    let step = now(&reply) / 30;
    let mut right = form.clone();
    right.set("decision", "confirm").set("otp", &totp::code(&secret, step));
    let reply = flow.submit(&right).await.expect(200).clone();
    let codes = codes(&reply.body);
    assert_eq!(codes.len(), 10);
    (Enrolled { secret, codes, step }, right)
}

/// The page of the second step, in a new browser that got the password right.
pub(crate) async fn first_step(realm: &Realm) -> (Flow, Page) {
    let mut flow = Flow::new(realm, "ledger-web").with("scope", "openid invoices:read");
    let login = flow.ask().await.page(200);
    let form = flow.login_form(&login);
    let second = flow.submit(&form).await.page(200);
    assert!(second.by_id("otp").is_some(), "it must ask for the code");
    (flow, second)
}

/// Sends a code.
pub(crate) async fn enter(flow: &mut Flow, second: &Page, code: &str) -> Reply {
    let mut form = second.form_with("login-submit");
    form.set("otp", code);
    flow.submit(&form).await
}

pub(crate) async fn enrolled(server: &Server) -> (Flow, Enrolled) {
    let mut flow = Flow::new(&server.realm(), "ledger-web");
    flow.log_in().await;
    let enrolled = enrol(&mut flow).await;
    (flow, enrolled)
}

/// A password, and the code after the one that set the second step up.
pub(super) async fn logged_in_with_both(realm: &Realm, enrolled: &Enrolled) -> Flow {
    let (mut flow, second) = first_step(realm).await;
    let code = totp::code(&enrolled.secret, enrolled.step + 1);
    let reply = enter(&mut flow, &second, &code).await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    flow
}

/// A row of the attacks.
pub(crate) async fn an_operator_who_needs_a_second_step_gets_into_the_console_with_it_alone() {
    let text = DEMO.replace(
        "[[operators]]\n",
        "[[operators]]\nusername = \"ada@example.com\"\nsecond_step = true\n[[operators]]\n",
    );
    let server = Server::start(Launch::demo().realm(text));
    let realm = server.realm();
    let mut flow = Flow::new(&realm, "ledger-web");
    flow.log_in().await;
    let console = at(&flow, "console");
    let without = flow.browser.get(&console).await;
    assert!(without.body.contains("/account/two-step"), "it must say how to go on");
    without.page(403);
    let enrolled = enrol(&mut flow).await;
    // A session that began with a password alone stays one.
    flow.browser.get(&console).await.page(403);
    let refused = Api::ops(&realm)
        .await
        .all("/audit?action=api.denied&target=pages:console", 10)
        .await;
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert!(
        refused.iter().all(|line| line["detail"]["needed"] == "mfa"),
        "{refused:?}"
    );
    let mut both = logged_in_with_both(&realm, &enrolled).await;
    both.browser.get(&console).await.page(200);
}

#[tokio::test]
async fn a_login_with_both_steps_says_so_and_its_code_is_good_once() {
    let server = Server::start(Launch::demo());
    let (_, enrolled) = enrolled(&server).await;
    let realm = server.realm();
    // The code that set it up is used up.
    let (mut flow, second) = first_step(&realm).await;
    let used = totp::code(&enrolled.secret, enrolled.step);
    enter(&mut flow, &second, &used).await.page(422);
    let code = totp::code(&enrolled.secret, enrolled.step + 1);
    let reply = enter(&mut flow, &second, &code).await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    let back = flow.absolute(reply.header("location").unwrap());
    let consent = flow.browser.get(&back).await.page(200);
    let reply = flow.decide(&consent, "allow").await;
    let code_of_grant = flow.carried_on(&reply)["code"].clone();
    let tokens = flow.redeem(&code_of_grant).await.expect(200).json();
    let payload = tokens["id_token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    assert_eq!(claims["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
    let (mut thief, second) = first_step(&realm).await;
    enter(&mut thief, &second, &code).await.page(422);
}

#[tokio::test]
async fn of_many_who_use_one_recovery_code_at_once_one_is_in() {
    let server = Server::start(Launch::demo());
    let (_, enrolled) = enrolled(&server).await;
    let mut racers = Vec::new();
    for _ in 0..6 {
        racers.push(first_step(&server.realm()).await);
    }
    let code = enrolled.codes[0].clone();
    let tries = racers.into_iter().map(|(mut flow, second)| {
        let code = code.clone();
        tokio::spawn(async move { enter(&mut flow, &second, &code).await.status })
    });
    let mut seen = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        seen.push(one.await.unwrap());
    }
    seen.sort_unstable();
    assert_eq!(seen, [303, 422, 422, 422, 422, 422]);
    // Another one works, in upper case and with spaces.
    let (mut flow, second) = first_step(&server.realm()).await;
    let typed = format!(" {} ", enrolled.codes[1].to_uppercase());
    assert_eq!(enter(&mut flow, &second, &typed).await.status, 303);
}

#[tokio::test]
async fn guesses_at_the_code_are_counted_and_stop_even_the_right_one() {
    let server = Server::start(Launch::demo());
    let (_, enrolled) = enrolled(&server).await;
    let (mut flow, second) = first_step(&server.realm()).await;
    for guess in 0..30 {
        let reply = enter(&mut flow, &second, &format!("{guess:06}")).await;
        if reply.status == 429 {
            assert!(guess >= 5, "an honest user mistypes a few times");
            assert_eq!(enter(&mut flow, &second, &enrolled.codes[0]).await.status, 429);
            return;
        }
        assert_eq!(reply.status, 422);
    }
    panic!("nobody was made to wait");
}

#[tokio::test]
async fn the_second_step_belongs_to_the_browser_that_took_the_first() {
    let server = Server::start(Launch::demo());
    let (_, enrolled) = enrolled(&server).await;
    let (flow, second) = first_step(&server.realm()).await;
    let mut thief = Flow::new(&server.realm(), "ledger-web");
    thief.ask().await;
    let reply = enter(&mut thief, &second, &enrolled.codes[0]).await;
    assert_eq!(reply.page(400).error(), "form_expired");
    // Nobody is signed in by the first step alone.
    let mut half = Agent::with_cookies(flow.browser.cookies.clone());
    assert!(
        half.get(&at(&flow, "account"))
            .await
            .page(200)
            .by_id("login-submit")
            .is_some()
    );
}

#[tokio::test]
async fn a_changed_password_makes_the_first_step_worthless() {
    let server = Server::start(Launch::demo());
    let (mut owner, enrolled) = enrolled(&server).await;
    let (mut thief, second) = first_step(&server.realm()).await;
    let old = owner.user.password.clone();
    let mut form = page(&mut owner, "account/password").await.form_with("password-submit");
    form.set("password", &old)
        .set("new_password", "a new password")
        .set("again", "a new password");
    taken(&mut owner, &form).await;
    let reply = enter(&mut thief, &second, &enrolled.codes[0]).await;
    assert_eq!(reply.page(400).error(), "form_expired");
    // The factor is still there.
    owner.browser = Agent::new();
    owner.user.password = "a new password".into();
    let login = owner.ask().await.page(200);
    let form = owner.login_form(&login);
    assert!(owner.submit(&form).await.page(200).by_id("otp").is_some());
}

#[tokio::test]
async fn a_session_that_never_passed_the_second_step_neither_turns_it_off_nor_gets_codes() {
    let server = Server::start(Launch::demo());
    // Somebody with the password is in before the step is set up, as its owner's other browser is.
    let mut other = Flow::new(&server.realm(), "ledger-web");
    other.log_in().await;
    let (_, enrolled) = enrolled(&server).await;
    for (button, decision) in [("two-step-codes", "codes"), ("two-step-off", "off")] {
        let mut form = page(&mut other, "account/two-step").await.form_with(button);
        form.set("decision", decision);
        let reply = other.submit(&form).await;
        assert!(codes(&reply.body).is_empty());
        reply.page(200).form_with("login-submit");
    }
    let (mut owner, second) = first_step(&server.realm()).await;
    assert_eq!(enter(&mut owner, &second, &enrolled.codes[0]).await.status, 303);
}

#[tokio::test]
async fn new_recovery_codes_replace_the_old_and_turning_off_asks_for_nothing_more() {
    let server = Server::start(Launch::demo());
    let (_, enrolled) = enrolled(&server).await;
    let (mut owner, second) = first_step(&server.realm()).await;
    let code = totp::code(&enrolled.secret, enrolled.step + 1);
    assert_eq!(enter(&mut owner, &second, &code).await.status, 303);
    let mut form = page(&mut owner, "account/two-step").await.form_with("two-step-codes");
    form.set("decision", "codes");
    let fresh = codes(&owner.submit(&form).await.expect(200).body);
    let (mut flow, second) = first_step(&server.realm()).await;
    enter(&mut flow, &second, &enrolled.codes[0]).await.page(422);
    assert_eq!(enter(&mut flow, &second, &fresh[0]).await.status, 303);
    let mut off = page(&mut owner, "account/two-step").await.form_with("two-step-off");
    off.set("decision", "off");
    taken(&mut owner, &off).await.form_with("two-step-begin");
    let mut plain = Flow::new(&server.realm(), "ledger-web");
    let login = plain.ask().await.page(200);
    let form = plain.login_form(&login);
    assert_eq!(plain.submit(&form).await.status, 303);
}

#[tokio::test]
async fn an_operator_takes_a_lost_second_step_away_and_every_session_with_it() {
    let server = Server::start(Launch::demo());
    let (mut owner, _) = enrolled(&server).await;
    let api = Api::ops(&server.realm()).await;
    let user = format!("/users/{}/second-step", api.user_id(&owner.user.username).await);
    assert_eq!(api.delete(&user).await.status, 204);
    assert_eq!(api.delete(&user).await.status, 404, "there is none any more");
    page(&mut owner, "account/two-step").await.form_with("login-submit");
    let login = owner.ask().await.page(200);
    let form = owner.login_form(&login);
    assert_eq!(owner.submit(&form).await.status, 303);
}
