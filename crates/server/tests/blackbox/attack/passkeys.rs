//! Rows of passkeys: answers for another origin, another relying party, another user, by nobody in particular, or by a copy.

use super::stage::Stage;
use super::{Rows, rows};
use crate::admin::stage::Api;
use crate::harness::authenticator::{Authenticator, Said};
use crate::harness::realm::User;
use crate::harness::{Flow, Realm, Reply};
use crate::http::account::page;
use crate::http::passkeys::{add, filled};
use serde_json::json;

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "P13" => another_origin,
    "P14" => another_relying_party,
    "P16" => nobody_verified,
    "P17" => another_user,
    "P18" => a_counter_that_goes_back,
    "X05" => one_ceremony_for_another,
    "X06" => a_passkey_under_anothers_id,
};

/// The passkey of a new user, whose counter stands at 5: with a password nobody adds a second one.
async fn passkey(realm: &Realm, username: &str) -> Authenticator {
    add(&mut member(realm, username).await, 5).await
}

/// A new user who has just logged in by a password.
async fn member(realm: &Realm, username: &str) -> Flow {
    let password = "correct-horse-of-this-row";
    let user = json!({ "username": username, "password": password });
    Api::ops(realm).await.post("/users", user).await.expect(201);
    let mut owner = Flow::new(realm, "rp");
    owner.user = User {
        username: username.to_owned(),
        password: password.to_owned(),
        tenants: Vec::new(),
    };
    owner.log_in().await;
    owner
}

/// What becomes of an answer that is right but for one change.
async fn attempt(realm: &Realm, authenticator: &Authenticator, change: impl Fn(&mut Said)) -> Reply {
    let mut flow = Flow::new(realm, "rp");
    let page = flow.ask().await.page(200);
    let mut said = Said {
        counter: 6,
        ..Said::login(&page, &realm.issuer())
    };
    change(&mut said);
    let form = filled(page.form_with("passkey-submit"), &authenticator.assert(&said));
    flow.submit(&form).await
}

#[track_caller]
fn refused(reply: &Reply) {
    assert_eq!(reply.status, 422, "{}", reply.body);
    assert!(reply.set_cookies().is_empty());
}

async fn another_origin(s: S) {
    let key = passkey(&s.other, "p13@example.com").await;
    for origin in [
        "http://badlocalhost",
        "http://sub.localhost",
        "https://localhost",
        "http://evil.example",
    ] {
        let port = s
            .other
            .issuer()
            .split('/')
            .nth(2)
            .and_then(|host| host.split(':').nth(1))
            .unwrap_or("80")
            .to_owned();
        refused(&attempt(&s.other, &key, |said| said.origin = format!("{origin}:{port}")).await);
    }
    assert_eq!(
        attempt(&s.other, &key, |_| {}).await.status,
        303,
        "the right one is taken"
    );
}

async fn another_relying_party(s: S) {
    let key = passkey(&s.other, "p14@example.com").await;
    for rp_id in ["badlocalhost", "sub.localhost", "evil.example", ""] {
        refused(&attempt(&s.other, &key, |said| said.rp_id = rp_id.into()).await);
    }
}

async fn nobody_verified(s: S) {
    let key = passkey(&s.other, "p16@example.com").await;
    for flags in [0x00, 0x01, 0x04] {
        refused(&attempt(&s.other, &key, |said| said.flags = flags).await);
    }
}

async fn another_user(s: S) {
    let mut key = passkey(&s.other, "p17@example.com").await;
    let other = passkey(&s.other, "p17-other@example.com").await;
    key.user = other.user;
    refused(&attempt(&s.other, &key, |_| {}).await);
    // Another realm's user of the same name is somebody else.
    let elsewhere = passkey(&s.realm, "p17@example.com").await;
    refused(&attempt(&s.other, &elsewhere, |_| {}).await);
}

async fn a_counter_that_goes_back(s: S) {
    let key = passkey(&s.other, "p18@example.com").await;
    for counter in [5, 4, 0] {
        refused(&attempt(&s.other, &key, |said| said.counter = counter).await);
    }
}

async fn one_ceremony_for_another(s: S) {
    let (realm, issuer) = (&s.other, s.other.issuer());
    let key = passkey(realm, "x05@example.com").await;
    let mut flow = Flow::new(realm, "rp");
    let login = flow.ask().await.page(200);
    let said = Said {
        counter: 6,
        ..Said::login(&login, &issuer)
    };
    let sent = |said: &Said| filled(login.form_with("passkey-submit"), &key.assert(said));
    // What makes a passkey does not use one.
    let created = Said {
        kind: "webauthn.create",
        ..said.clone()
    };
    refused(&flow.submit(&sent(&created)).await);
    assert_eq!(flow.submit(&sent(&said)).await.status, 303);
    // What the page asks that adds one is no answer to a login, neither under the login's ticket nor under its own.
    let mut other = Authenticator::new();
    let here = page(&mut flow, "account/passkeys").await;
    let asked = other.asked(&here, &issuer);
    let add = here.form_with("passkey-add");
    let mut flow = flow.with("prompt", "login");
    let login = flow.ask().await.page(200);
    let used = Said {
        kind: "webauthn.get",
        counter: 7,
        ..asked
    };
    let mut form = filled(login.form_with("passkey-submit"), &key.assert(&used));
    refused(&flow.submit(&form).await);
    let (_, ticket) = add.fields.iter().find(|(name, _)| name == "request").unwrap();
    form.set("request", ticket);
    assert_eq!(flow.submit(&form).await.page(400).error(), "form_expired");
    // Nor does the answer to a login add one.
    let made = Said {
        kind: "webauthn.create",
        ..Said::login(&login, &issuer)
    };
    let mut form = filled(add, &other.create(&made));
    form.set("name", "Mine");
    refused(&flow.submit(&form).await);
}

/// Ids of credentials are no secrets, and nothing says that a thief's is his own.
async fn a_passkey_under_anothers_id(s: S) {
    let (realm, issuer) = (&s.other, s.other.issuer());
    let victim = passkey(realm, "x06@example.com").await;
    let mut thief = member(realm, "x06-thief@example.com").await;
    let here = page(&mut thief, "account/passkeys").await;
    let mut copy = Authenticator::new().posing_as(&victim);
    let said = copy.asked(&here, &issuer);
    let mut form = filled(
        here.form_with("passkey-add"),
        &copy.create(&Said { counter: 5, ..said }),
    );
    form.set("name", "Mine");
    assert_eq!(thief.submit(&form).await.status, 303);
    // His own key opens his own account alone, and hers is as good as before.
    let own = std::mem::replace(&mut copy.user, victim.user.clone());
    refused(&attempt(realm, &copy, |_| {}).await);
    copy.user = own;
    assert_eq!(attempt(realm, &copy, |_| {}).await.status, 303);
    assert_eq!(attempt(realm, &victim, |_| {}).await.status, 303);
}
