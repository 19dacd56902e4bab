//! Passkeys: added on the user's own page, good for a login alone, and every way in which an answer can be wrong.

use super::account::{at, page, taken};
use super::two_step::{enrolled, logged_in_with_both};
use crate::admin::stage::Api;
use crate::attack::stage::DEMO;
use crate::harness::authenticator::{Authenticator, Said};
use crate::harness::html::{Form, Page};
use crate::harness::{Agent, Flow, Launch, Realm, Reply, Server};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// What is right on the page that adds a passkey, and its form.
fn creation(page: &Page, issuer: &str, authenticator: &mut Authenticator) -> (Said, Form) {
    (authenticator.asked(page, issuer), page.form_with("passkey-add"))
}

/// A form with an authenticator's answer in it.
pub(crate) fn filled(mut form: Form, fields: &[(&'static str, String)]) -> Form {
    for (name, value) in fields {
        form.set(name, value);
    }
    form
}

/// Adds a passkey in a browser that is signed in.
pub(crate) async fn add(flow: &mut Flow, counter: u32) -> Authenticator {
    let mut authenticator = Authenticator::new();
    let here = page(flow, "account/passkeys").await;
    let (said, form) = creation(&here, &flow.realm.issuer(), &mut authenticator);
    let mut form = filled(form, &authenticator.create(&Said { counter, ..said }));
    form.set("name", "Test key");
    let after = taken(flow, &form).await;
    let listed = after.by_id("passkey-1").is_some();
    assert!(listed, "it must be on the page");
    authenticator
}

/// A login page in a new browser, and what is right on it.
async fn login_page(realm: &Realm) -> (Flow, Page, Said) {
    let mut flow = Flow::new(realm, "ledger-web").with("scope", "openid invoices:read");
    let page = flow.ask().await.page(200);
    let said = Said::login(&page, &realm.issuer());
    (flow, page, said)
}

/// Sends a passkey's answer on a login page.
async fn sign_in(flow: &mut Flow, page: &Page, fields: &[(&'static str, String)]) -> Reply {
    let form = filled(page.form_with("passkey-submit"), fields);
    flow.submit(&form).await
}

/// A new browser that is signed in with a passkey.
async fn by_passkey(realm: &Realm, authenticator: &Authenticator, counter: u32) -> Flow {
    let (mut flow, login, said) = login_page(realm).await;
    let reply = sign_in(&mut flow, &login, &authenticator.assert(&Said { counter, ..said })).await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    flow
}

/// A user with a passkey whose counter stands at 5.
async fn with_passkey(server: &Server) -> (Flow, Authenticator) {
    let mut owner = Flow::new(&server.realm(), "ledger-web");
    owner.log_in().await;
    let authenticator = add(&mut owner, 5).await;
    (owner, authenticator)
}

#[tokio::test]
async fn a_passkey_logs_in_alone_and_counts_as_two_factors() {
    let server = Server::start(Launch::demo());
    let (_, authenticator) = with_passkey(&server).await;
    let realm = server.realm();
    let (mut flow, login, said) = login_page(&realm).await;
    let answer = authenticator.assert(&Said { counter: 6, ..said });
    let reply = sign_in(&mut flow, &login, &answer).await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    let back = flow.absolute(reply.header("location").unwrap());
    let consent = flow.browser.get(&back).await.page(200);
    let reply = flow.decide(&consent, "allow").await;
    let code = flow.carried_on(&reply)["code"].clone();
    let tokens = flow.redeem(&code).await.expect(200).json();
    let payload = tokens["id_token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    assert_eq!(claims["amr"], json!(["hwk", "user", "mfa"]));
    // The password still works, and so does the page.
    let mut plain = Flow::new(&realm, "ledger-web");
    plain.log_in().await;
    let mut owner = by_passkey(&realm, &authenticator, 7).await;
    let mut form = page(&mut owner, "account/passkeys").await.form_with("passkey-add");
    form.set("decision", "rename")
        .set("passkey", &authenticator.id())
        .set("name", "Kitchen <key>");
    let reply = owner.submit(&form).await;
    assert_eq!(reply.status, 303);
    let url = owner.absolute(reply.header("location").unwrap());
    assert!(owner.browser.get(&url).await.body.contains("Kitchen &lt;key&gt;"));
    form = page(&mut owner, "account/passkeys").await.form_with("passkey-add");
    form.set("decision", "remove").set("passkey", &authenticator.id());
    taken(&mut owner, &form).await;
    let (mut flow, login, said) = login_page(&realm).await;
    let reply = sign_in(&mut flow, &login, &authenticator.assert(&Said { counter: 8, ..said })).await;
    assert_eq!(reply.status, 422, "it was removed");
}

#[tokio::test]
async fn a_challenge_is_good_once_and_in_the_browser_that_was_asked() {
    let server = Server::start(Launch::demo());
    let (_, authenticator) = with_passkey(&server).await;
    let realm = server.realm();
    let (mut flow, login, said) = login_page(&realm).await;
    let answer = authenticator.assert(&Said { counter: 6, ..said });
    let (mut thief, _, _) = login_page(&realm).await;
    assert_eq!(
        sign_in(&mut thief, &login, &answer).await.page(400).error(),
        "form_expired"
    );
    assert_eq!(sign_in(&mut flow, &login, &answer).await.status, 303);
    assert_eq!(sign_in(&mut flow, &login, &answer).await.status, 422);
    assert_eq!(
        copies(&realm).await,
        0,
        "an answer that is sent again is no copy of the key"
    );
    // An authenticator that does not count is stopped by its challenge alone.
    let mut owner = Flow::new(&realm, "ledger-web").user(1);
    owner.log_in().await;
    let silent = add(&mut owner, 0).await;
    let (flow, login, said) = login_page(&realm).await;
    let answer = silent.assert(&Said { counter: 0, ..said });
    let tries = (0..8).map(|_| {
        let (mut flow, answer) = (copy(&flow), answer.clone());
        let form = filled(login.form_with("passkey-submit"), &answer);
        tokio::spawn(async move { flow.submit(&form).await.status })
    });
    let mut seen = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        seen.push(one.await.unwrap());
    }
    seen.sort_unstable();
    assert_eq!(seen, [303, 422, 422, 422, 422, 422, 422, 422]);
}

/// The same browser a second time.
fn copy(flow: &Flow) -> Flow {
    let mut twin = Flow::new(&flow.realm, "ledger-web");
    twin.browser = Agent::with_cookies(flow.browser.cookies.clone());
    twin
}

/// How often the audit log says that a passkey was copied.
async fn copies(realm: &Realm) -> usize {
    let api = Api::ops(realm).await;
    let found = api.get("/audit?action=user.passkey_copied").await.expect(200).json();
    found["items"].as_array().unwrap().len()
}

/// A page without what is different on each.
fn shape(reply: &Reply) -> String {
    let parts = reply.body.split('"').step_by(2);
    parts.collect::<Vec<_>>().join("\"\"")
}

#[tokio::test]
async fn whatever_is_wrong_with_an_answer_is_told_in_one_sentence() {
    let server = Server::start(Launch::demo());
    let (_, authenticator) = with_passkey(&server).await;
    let realm = server.realm();
    let mut bob = Flow::new(&realm, "ledger-web").user(1);
    bob.log_in().await;
    let of_bob = add(&mut bob, 5).await;
    let (mut flow, login, right) = login_page(&realm).await;
    let right = Said { counter: 6, ..right };
    let (_, _, other_page) = login_page(&realm).await;
    let said = |change: &dyn Fn(&mut Said)| {
        let mut said = right.clone();
        change(&mut said);
        authenticator.assert(&said)
    };
    let with = |name: &str, value: &str| {
        let mut fields = said(&|_| {});
        let field = fields.iter_mut().find(|(known, _)| *known == name).unwrap();
        value.clone_into(&mut field.1);
        fields
    };
    let port = right.origin.rsplit(':').next().unwrap().to_owned();
    let giant = "A".repeat(40_000);
    let wrong = [
        said(&|said| said.origin = format!("https://localhost:{port}")),
        said(&|said| said.origin = format!("http://sub.localhost:{port}")),
        said(&|said| said.origin = format!("http://badlocalhost:{port}")),
        said(&|said| said.origin = "http://localhost".into()),
        said(&|said| said.rp_id = "example.com".into()),
        said(&|said| said.challenge.clone_from(&other_page.challenge)),
        said(&|said| said.challenge.clear()),
        said(&|said| said.kind = "webauthn.create"),
        said(&|said| said.flags = 0x01),
        said(&|said| said.flags = 0x04),
        said(&|said| said.flags = 0x0d),
        said(&|said| said.flags = 0x85),
        with("user_handle", &of_bob.user),
        with("user_handle", &URL_SAFE_NO_PAD.encode("nobody")),
        with("user_handle", &URL_SAFE_NO_PAD.encode("a\0b")),
        with("user_handle", &URL_SAFE_NO_PAD.encode([0xff, 0xfe])),
        with("user_handle", &URL_SAFE_NO_PAD.encode([b'a'; 65])),
        with("user_handle", ""),
        with("credential", &of_bob.id()),
        with("credential", "bm9uZQ"),
        with("credential", ""),
        with("signature", ""),
        with("signature", "MAA"),
        with("signature", &giant),
        with("authenticator_data", &giant),
        with("authenticator_data", "AA"),
        with("client_data", &giant),
        with("client_data", "W10"),
        with("client_data", "not base64url!"),
    ];
    let mut shapes = Vec::new();
    for fields in wrong {
        let reply = sign_in(&mut flow, &login, &fields).await;
        assert_eq!(reply.status, 422, "{fields:?}");
        assert!(reply.set_cookies().is_empty());
        shapes.push(shape(&reply));
    }
    shapes.dedup();
    assert_eq!(shapes.len(), 1, "the pages must not differ");
    // None of it used the challenge up.
    assert_eq!(sign_in(&mut flow, &login, &said(&|_| {})).await.status, 303);
}

#[tokio::test]
async fn a_counter_that_goes_back_is_refused_and_noted_and_locks_nobody_out() {
    let server = Server::start(Launch::demo());
    let (_, authenticator) = with_passkey(&server).await;
    let realm = server.realm();
    for counter in [5, 0] {
        let (mut flow, login, said) = login_page(&realm).await;
        let answer = authenticator.assert(&Said { counter, ..said });
        assert_eq!(sign_in(&mut flow, &login, &answer).await.status, 422);
        assert_eq!(sign_in(&mut flow, &login, &answer).await.status, 422);
    }
    assert_eq!(copies(&realm).await, 2, "one line for each challenge");
    let (mut flow, login, said) = login_page(&realm).await;
    let answer = authenticator.assert(&Said { counter: 6, ..said });
    assert_eq!(sign_in(&mut flow, &login, &answer).await.status, 303);
}

#[tokio::test]
async fn a_disabled_user_does_not_get_in_and_an_operator_takes_passkeys_away() {
    let server = Server::start(Launch::demo());
    let (mut owner, authenticator) = with_passkey(&server).await;
    let realm = server.realm();
    let api = Api::ops(&realm).await;
    let id = api.user_id(&owner.user.username).await;
    let shown = api.get(&format!("/users/{id}")).await.expect(200).json();
    assert_eq!((&shown["passkeys"], &shown["second_step"]), (&json!(1), &json!(false)));
    let passkeys = format!("/users/{id}/passkeys");
    assert_eq!(api.delete(&passkeys).await.status, 204);
    assert_eq!(api.delete(&passkeys).await.status, 404, "there is none any more");
    page(&mut owner, "account/passkeys").await.form_with("login-submit");
    let (mut flow, login, said) = login_page(&realm).await;
    let answer = authenticator.assert(&Said { counter: 6, ..said });
    assert_eq!(sign_in(&mut flow, &login, &answer).await.status, 422);
    owner.log_in().await;
    let second = add(&mut owner, 5).await;
    api.patch(&format!("/users/{id}"), json!({ "enabled": false }))
        .await
        .expect(200);
    let (mut flow, login, said) = login_page(&realm).await;
    let answer = second.assert(&Said { counter: 6, ..said });
    assert_eq!(sign_in(&mut flow, &login, &answer).await.status, 422);
}

#[tokio::test]
async fn a_passkey_needs_no_second_step_and_a_session_without_it_adds_none() {
    let server = Server::start(Launch::demo());
    // Somebody with the password alone is in before the second step is set up.
    let mut other = Flow::new(&server.realm(), "ledger-web");
    other.log_in().await;
    let stale = page(&mut other, "account/passkeys").await;
    let (_, enrolled) = enrolled(&server).await;
    let mut owner = logged_in_with_both(&server.realm(), &enrolled).await;
    let authenticator = add(&mut owner, 5).await;
    let mut thief = Authenticator::new();
    let (said, form) = creation(&stale, &other.realm.issuer(), &mut thief);
    other
        .submit(&filled(form, &thief.create(&said)))
        .await
        .page(200)
        .form_with("login-submit");
    let seen = page(&mut other, "account/passkeys").await;
    assert!(seen.by_id("passkeys-confirm").is_some() && seen.by_id("passkey-create").is_none());
    // With the passkey the owner is in, without a code, and may go on.
    let mut flow = by_passkey(&server.realm(), &authenticator, 6).await;
    page(&mut flow, "account/two-step").await.form_with("two-step-off");
    let seen = page(&mut flow, "account/passkeys").await;
    assert!(seen.by_id("passkey-create").is_some());
}

#[tokio::test]
async fn the_password_of_an_operator_with_a_passkey_opens_neither_the_console_nor_another_way_in() {
    let text = DEMO.replace(
        "[[operators]]\n",
        "[[operators]]\nusername = \"ada@example.com\"\nsecond_step = true\n[[operators]]\n",
    );
    let server = Server::start(Launch::demo().realm(text));
    let realm = server.realm();
    let (mut first, authenticator) = with_passkey(&server).await;
    let mut thief = Flow::new(&realm, "ledger-web");
    thief.log_in().await;
    let console = at(&thief, "console");
    let refused = thief.browser.get(&console).await;
    assert!(refused.body.contains("or with your passkey"), "{}", refused.body);
    assert!(!refused.body.contains("/account/two-step"), "there is a second step");
    refused.page(403);
    // Whoever has nothing but the password sets no step up, and neither adds, renames nor removes a passkey. That holds for
    // the session that added the passkey, too: it may be the thief's.
    for flow in [&mut thief, &mut first] {
        let mut begin = page(flow, "account/two-step").await.form_with("two-step-begin");
        begin.set("decision", "begin");
        flow.submit(&begin).await.page(200).form_with("login-submit");
        let seen = page(flow, "account/passkeys").await;
        assert!(seen.by_id("passkey-create").is_none());
        for decision in ["add", "rename", "remove"] {
            let mut form = seen.form_with("passkeys-confirm");
            form.set("decision", decision)
                .set("passkey", &authenticator.id())
                .set("name", "Mine now");
            flow.submit(&form).await.page(200).form_with("login-submit");
        }
    }
    let mut owner = by_passkey(&realm, &authenticator, 6).await;
    owner.browser.get(&console).await.page(200);
    let mut form = page(&mut owner, "account/passkeys").await.form_with("passkey-add");
    form.set("decision", "remove").set("passkey", &authenticator.id());
    taken(&mut owner, &form).await;
}

#[tokio::test]
async fn only_an_answer_to_this_page_adds_a_passkey() {
    let server = Server::start(Launch::demo());
    let (_, first) = with_passkey(&server).await;
    let mut owner = by_passkey(&server.realm(), &first, 6).await;
    let issuer = owner.realm.issuer();
    let mut authenticator = Authenticator::new();
    let (right, form) = creation(&page(&mut owner, "account/passkeys").await, &issuer, &mut authenticator);
    let (other, _) = creation(&page(&mut owner, "account/passkeys").await, &issuer, &mut authenticator);
    let cases: [&dyn Fn(&mut Said); 6] = [
        &|said| said.origin = "https://evil.example".into(),
        &|said| said.rp_id = "evil.example".into(),
        &|said| said.challenge.clone_from(&other.challenge),
        &|said| said.kind = "webauthn.get",
        &|said| said.flags = 0x01,
        &|said| said.flags = 0x15,
    ];
    for change in cases {
        let mut said = right.clone();
        change(&mut said);
        let sent = filled(form.clone(), &authenticator.create(&said));
        let reply = owner.submit(&sent).await;
        assert_eq!(reply.status, 422, "{}", said.origin);
    }
    for attestation in ["", "oA", "v2NmbXQ", &"o".repeat(40_000), "not base64url!"] {
        let mut sent = filled(form.clone(), &authenticator.create(&right));
        sent.set("attestation", attestation);
        owner.submit(&sent).await.expect(422);
    }
    for name in ["", " ", &"a".repeat(61), "a\u{202e}b"] {
        let mut sent = filled(form.clone(), &authenticator.create(&right));
        sent.set("name", name);
        owner.submit(&sent).await.expect(422);
    }
    let sent = filled(form.clone(), &authenticator.create(&right));
    taken(&mut owner, &sent).await;
    owner.submit(&sent).await.expect(422);
    // Another passkey over the same challenge, which was used.
    let second = filled(form, &Authenticator::new().create(&right));
    owner.submit(&second).await.expect(422);
}
