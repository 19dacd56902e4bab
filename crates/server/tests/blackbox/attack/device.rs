//! Rows of the device flow: polls that come too often, codes of somebody else, and people who are talked into typing one.

use super::stage::{BOB, Stage};
use super::{Rows, rows};
use crate::harness::device::Device;
use crate::harness::flow::post_as;
use crate::harness::html::Form;
use crate::harness::{Agent, Flow};
use std::collections::BTreeSet;

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "L01" => polled_too_fast,
    "L02" => polled_forever,
    "L04" => another_clients_device,
    "L05" => used_up,
    "L06" => racers,
    "L08" => codes_that_people_can_type,
    "L09" => a_code_is_answered_once,
    "L10" => answered_by_another_session,
    "L12" => what_the_page_says,
    "L13" => denied,
    "L14" => strangers,
    "X07" => what_a_link_brings_along,
};

async fn device(s: S) -> Device {
    Device::begin(&s.realm, "ledger-desktop", &[("scope", "openid customers:read")]).await
}

fn value<'a>(form: &'a Form, name: &str) -> &'a str {
    let field = form.fields.iter().find(|(known, _)| known == name);
    field.map_or("", |(_, value)| value)
}

async fn polled_too_fast(s: S) {
    let device = device(s).await;
    assert_eq!(device.told["interval"], 5);
    device.poll().await.refused(400, "authorization_pending");
    device.poll().await.refused(400, "slow_down");
    // Allowed in between, it gets its tokens all the same: what is over cannot be asked for too early.
    let page = device.answered(&mut s.user("ledger-desktop").await, "allow").await;
    assert!(page.body.contains("Device connected"), "{}", page.body);
    device.poll().await.expect(200);
}

async fn polled_forever(s: S) {
    let device = device(s).await;
    device.poll().await.refused(400, "authorization_pending");
    for _ in 0..1000 {
        let reply = device.poll().await;
        if reply.status == 429 {
            assert!(reply.header("retry-after").is_some());
            return;
        }
        reply.refused(400, "slow_down");
    }
    panic!("nobody was made to wait");
}

async fn another_clients_device(s: S) {
    let device = device(s).await;
    let mut own_grant = s.realm.client("ledger-desktop");
    let other = s.realm.client("ledger-tv");
    device.poll_as(&other).await.refused(400, "invalid_grant");
    own_grant.id = "never-asked".into();
    assert_ne!(device.poll_as(&own_grant).await.status, 200);
    // It was not harmed.
    device.poll().await.refused(400, "authorization_pending");
    let elsewhere = Device {
        realm: s.other.clone(),
        client: device.client.clone(),
        told: device.told.clone(),
    };
    elsewhere.poll().await.refused(400, "invalid_grant");
}

async fn used_up(s: S) {
    let device = device(s).await;
    device.answered(&mut s.user("ledger-desktop").await, "allow").await;
    let tokens = device.poll().await.expect(200).json();
    device.poll().await.refused(400, "invalid_grant");
    // Whoever came second had everything that the device has: what the first one got is not trusted any more.
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    post_as(&device.client, &s.realm.token(), &form)
        .await
        .refused(400, "invalid_grant");
}

async fn racers(s: S) {
    let device = device(s).await;
    device.answered(&mut s.user("ledger-desktop").await, "allow").await;
    let http = Agent::new().http;
    let mut polls = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code".to_owned()),
            ("device_code", device.text("device_code").to_owned()),
            ("client_id", device.client.id.clone()),
        ];
        let (url, mut racer) = (s.realm.token(), Agent::over(http.clone()));
        polls.spawn(async move { racer.post(&url, &form).await });
    }
    let replies = polls.join_all().await;
    let won = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(won, 1);
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        reply.refused(400, "invalid_grant");
    }
}

async fn codes_that_people_can_type(s: S) {
    let mut seen = BTreeSet::new();
    for _ in 0..30 {
        let code = device(s).await.text("user_code").replace('-', "");
        assert_eq!(code.len(), 8);
        assert!(seen.insert(code));
    }
    let letters: BTreeSet<char> = seen.iter().flat_map(|code| code.chars()).collect();
    assert!(
        letters.iter().all(|letter| "BCDFGHJKLMNPQRSTVWXZ".contains(*letter)),
        "{letters:?}"
    );
    assert!(letters.len() >= 18, "{letters:?}");
    let device = device(s).await;
    let typed = device.text("user_code").replace('-', " ").to_lowercase();
    let mut user = s.user("ledger-desktop").await;
    device
        .enter(&mut user, &typed)
        .await
        .page(200)
        .form_with("consent-allow");
}

async fn a_code_is_answered_once(s: S) {
    let device = device(s).await;
    let code = device.text("user_code").to_owned();
    let mut user = s.user("ledger-desktop").await;
    // Two pages are open at once.
    let (first, second) = (
        device.enter(&mut user, &code).await,
        device.enter(&mut user, &code).await,
    );
    user.decide(&first.page(200), "deny").await.page(200);
    let late = user.decide(&second.page(200), "allow").await;
    late.page(422);
    device.poll().await.refused(400, "access_denied");
    device.enter(&mut user, &code).await.page(422);
}

async fn answered_by_another_session(s: S) {
    let device = device(s).await;
    let code = device.text("user_code").to_owned();
    let mut ada = s.user("ledger-desktop").await;
    let page = device.enter(&mut ada, &code).await.page(200);
    let mut bob = Flow::logged_in_as(&s.realm, "ledger-desktop", BOB).await;
    let reply = bob.decide(&page, "allow").await;
    assert_eq!(reply.page(403).error(), "session_expired");
    // Neither does a browser without the cookie that the form was made for, nor one that comes from elsewhere.
    let form = ada.browser.get(device.text("verification_uri")).await.page(200);
    let form = form.form_with("device-submit");
    let mut stranger = Flow::new(&s.realm, "ledger-desktop");
    stranger.submit(&form).await.page(400);
    let consent = page.form_with("consent-allow");
    let url = ada.absolute(&consent.action);
    let foreign = ada.browser.http.post(url).form(&consent.fields);
    let foreign = foreign
        .header("origin", "https://evil.example")
        .header("sec-fetch-site", "cross-site");
    ada.browser.send(foreign).await.page(403);
    device.poll().await.refused(400, "authorization_pending");
}

async fn what_the_page_says(s: S) {
    let device = device(s).await;
    let mut user = s.user("ledger-desktop").await;
    // The address that brings the code along only fills it in.
    let page = user
        .browser
        .get(device.text("verification_uri_complete"))
        .await
        .page(200);
    assert!(page.by_id("consent-allow").is_none());
    let form = page.form_with("device-submit");
    assert_eq!(value(&form, "user_code"), device.text("user_code"));
    let reply = user.submit(&form).await;
    assert_eq!(reply.header("x-frame-options"), Some("DENY"));
    let text = reply.expect(200).body.clone();
    for part in [
        "Ledger Desktop",
        device.text("user_code"),
        "See customers and their contact details",
        "If somebody sent you this code or the link, deny",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // Nothing was allowed by looking.
    device.poll().await.refused(400, "authorization_pending");
}

async fn denied(s: S) {
    let device = device(s).await;
    let page = device.answered(&mut s.user("ledger-desktop").await, "deny").await;
    assert!(page.body.contains("Device not connected"));
    device.poll().await.refused(400, "access_denied");
}

async fn strangers(s: S) {
    let url = s.realm.endpoint("device_authorization_endpoint");
    let mut agent = Agent::new();
    agent
        .post(&url, &[("client_id", "nobody")])
        .await
        .refused(401, "invalid_client");
    agent
        .post(&url, &[("scope", "openid")])
        .await
        .refused(401, "invalid_client");
    // A confidential client that does not prove itself, and one that may not use the grant.
    agent
        .post(&url, &[("client_id", "ledger-tv")])
        .await
        .refused(401, "invalid_client");
    post_as(&s.realm.client("ledger-web"), &url, &[("scope", "openid")])
        .await
        .refused(400, "unauthorized_client");
    let device = Device::begin(&s.realm, "ledger-tv", &[]).await;
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", device.text("device_code")),
        ("client_id", "ledger-tv"),
    ];
    agent.post(&s.realm.token(), &form).await.refused(401, "invalid_client");
}

/// A link can say anything, and nothing of it is done: somebody else may have sent it.
async fn what_a_link_brings_along(s: S) {
    let device = device(s).await;
    let mut user = s.user("ledger-desktop").await;
    let url = device.text("verification_uri").to_owned();
    let long = "A".repeat(4000);
    for brought in [
        "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "%22%20autofocus%20onfocus%3D%22alert(1)",
        "x%0d%0aSet-Cookie:%20brought=1",
        "%00",
        "%F0%9F%94%91",
        "%E2%80%AE",
        "%ff",
        &long,
        "AAAA-AAAA&user_code=BBBB-BBBB",
        "AAAA-AAAA&decision=allow&tenant=acme-berlin",
    ] {
        let reply = user.browser.get(&format!("{url}?user_code={brought}")).await;
        assert!(reply.status < 500, "{brought}: {}", reply.status);
        for never in ["<script>alert", "onfocus=\"alert", "\u{202e}", "consent-allow"] {
            assert!(!reply.body.contains(never), "{brought}: {never}");
        }
        assert!(!user.browser.cookies.contains_key("brought"), "{brought}");
    }
    // More in the form than it asks, too: the code is shown before anything is allowed.
    let mut form = user.browser.get(&url).await.page(200).form_with("device-submit");
    form.set("user_code", device.text("user_code"));
    for (name, value) in [("decision", "allow"), ("tenant", "acme-berlin"), ("scope", "openid")] {
        form.fields.push((name.to_owned(), value.to_owned()));
    }
    user.submit(&form).await.page(200).form_with("consent-allow");
    device.poll().await.refused(400, "authorization_pending");
}
