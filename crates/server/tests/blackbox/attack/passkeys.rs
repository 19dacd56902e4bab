//! Rows of passkeys: answers for another origin, another relying party, another user, by nobody in particular, or by a copy.

use super::stage::Stage;
use super::{Rows, rows};
use crate::admin::stage::Api;
use crate::harness::authenticator::{Authenticator, Said};
use crate::harness::realm::User;
use crate::harness::{Flow, Realm, Reply};
use crate::http::passkeys::{add, filled};
use serde_json::json;

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "P13" => another_origin,
    "P14" => another_relying_party,
    "P16" => nobody_verified,
    "P17" => another_user,
    "P18" => a_counter_that_goes_back,
};

/// The passkey of a new user, whose counter stands at 5: with a password nobody adds a second one.
async fn passkey(realm: &Realm, username: &str) -> Authenticator {
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
    add(&mut owner, 5).await
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
