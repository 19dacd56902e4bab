//! Rows of logins at other providers: answers that are stolen, replayed, forged, of another provider or for another client;
//! providers that lie, vanish or never end. They have a stage of their own, since the shared realm has no provider.

use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::html::Page;
use crate::harness::key::now;
use crate::harness::provider::{Said, button, leave, way};
use crate::harness::{Agent, Key, Reply};
use crate::http::upstream::{Stage as Providers, followed};
use grantd_jose::Algorithm;
use serde_json::{Value, json};

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "P21" => accounts_made_in_advance,
    "V01" => another_state,
    "V02" => another_browser,
    "V03" => a_second_time,
    "V04" => another_provider,
    "V05" => tokens_for_something_else,
    "V06" => tokens_of_another_time,
    "V07" => signatures_of_nobody,
    "V08" => keys_that_nobody_knows,
    "V09" => providers_that_cannot_be_believed,
    "V10" => refusals,
    "V11" => somebody_else_when_asked_again,
    "V12" => the_console,
    "V13" => names_that_are_no_providers,
};

fn providers() -> &'static Providers {
    Providers::shared()
}

#[track_caller]
fn stopped(reply: &Reply, code: &str) -> Page {
    assert!(
        reply.set_cookies().iter().all(|cookie| !cookie.contains("session")),
        "{reply:?}"
    );
    let page = reply.page(400);
    assert_eq!(page.error(), code);
    page
}

/// What becomes of a login whose token is right but for this.
async fn told(said: Said) -> Reply {
    let stage = providers();
    stage.log_in(&mut stage.flow(), "open", said).await
}

async fn another_state(_: S) {
    let stage = providers();
    let mut flow = stage.flow();
    let url = way(&leave(&mut flow, "open").await);
    let back = stage.provider.answer(&url, Said::of("mallory"));
    let (before, state) = back.split_once("&state=").unwrap();
    let turned: String = state.chars().rev().collect();
    for forged in [
        before.to_owned(),
        format!("{before}&state="),
        format!("{before}&state={turned}"),
        format!("{before}&state={}", &state[..state.len() - 1]),
        format!("{before}&state={state}&state={state}"),
    ] {
        let reply = flow.browser.get(&forged).await;
        assert_eq!(reply.status, 400, "{forged}: {}", reply.body);
        assert!(reply.header("location").is_none());
    }
    // What was never opened is not spent.
    let reply = flow.browser.get(&back).await;
    followed(&mut flow, &reply).await;
}

async fn another_browser(_: S) {
    let stage = providers();
    let mut thief = stage.flow();
    let url = way(&leave(&mut thief, "open").await);
    let back = stage.provider.answer(&url, Said::of("mallory"));
    let mut victim = stage.flow();
    victim.ask().await;
    for browser in [&mut victim.browser, &mut Agent::new()] {
        let reply = browser.get(&back).await;
        assert_eq!(reply.page(403).error(), "cross_site");
    }
    assert_eq!(stage.account(&mut victim).await, None);
    // A form of another site does not send a browser there either.
    let page = victim.ask().await.page(200);
    let form = button(&page, "open");
    let url = victim.absolute(&form.action);
    let foreign = victim.browser.http.post(url).form(&form.fields);
    let reply = victim
        .browser
        .send(foreign.header("origin", "https://evil.example"))
        .await;
    assert_eq!(reply.page(403).error(), "cross_site");
}

async fn a_second_time(_: S) {
    let stage = providers();
    let mut flow = stage.flow();
    let url = way(&leave(&mut flow, "open").await);
    let back = stage.provider.answer(&url, Said::of("peggy"));
    assert_eq!(flow.browser.get(&back).await.status, 303);
    stopped(&flow.browser.get(&back).await, "form_expired");
    // Neither with a code that is fresh, nor after an answer that came to nothing.
    let fresh = stage.provider.answer(&url, Said::of("peggy"));
    stopped(&flow.browser.get(&fresh).await, "form_expired");
    let url = way(&leave(&mut stage.flow(), "open").await);
    assert_ne!(stage.provider.params(&url)["nonce"], "");
    let mut flow = stage.flow();
    let url = way(&leave(&mut flow, "open").await);
    let bad = stage
        .provider
        .answer(&url, Said::of("peggy").with("aud", json!("other")));
    stopped(&flow.browser.get(&bad).await, "upstream_failed");
    let good = stage.provider.answer(&url, Said::of("peggy"));
    stopped(&flow.browser.get(&good).await, "form_expired");
}

async fn another_provider(_: S) {
    let stage = providers();
    // What one provider answers on the way back of another.
    let mut flow = stage.flow();
    let url = way(&leave(&mut flow, "open").await);
    let back = stage.provider.answer(&url, Said::of("mallory"));
    let moved = back.replace("/login/from/open", "/login/from/mail");
    stopped(&flow.browser.get(&moved).await, "form_expired");
    // RFC 9207: with another name, or without the name that this one always gives.
    for change in ["", "&iss=https%3A%2F%2Fevil.example"] {
        let mut flow = stage.flow();
        let url = way(&leave(&mut flow, "names").await);
        let back = stage.provider.answer(&url, Said::of("mallory"));
        let (before, _) = back.split_once("&iss=").unwrap();
        stopped(&flow.browser.get(&format!("{before}{change}")).await, "upstream_failed");
    }
    let mut flow = stage.flow();
    let url = way(&leave(&mut flow, "open").await);
    let back = stage.provider.answer(&url, Said::of("mallory"));
    let named = format!("{back}&iss=https%3A%2F%2Fevil.example");
    stopped(&flow.browser.get(&named).await, "upstream_failed");
}

async fn tokens_for_something_else(_: S) {
    for (name, value) in [
        ("nonce", json!("another")),
        ("nonce", Value::Null),
        ("aud", json!("another")),
        ("aud", json!(["grantd", "another"])),
        ("azp", json!("another")),
        ("iss", json!("https://accounts.example")),
        ("sub", Value::Null),
        ("sub", json!("")),
        ("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")),
    ] {
        let reply = told(Said::of("mallory").with(name, value.clone())).await;
        stopped(&reply, "upstream_failed");
    }
}

async fn tokens_of_another_time(_: S) {
    let at = |seconds: i64| json!(i64::try_from(now()).unwrap() + seconds);
    for (name, value) in [
        ("exp", at(-600)),
        ("exp", Value::Null),
        ("iat", at(-3600)),
        ("iat", at(3600)),
        ("nbf", at(3600)),
        ("auth_time", at(3600)),
    ] {
        let reply = told(Said::of("mallory").with(name, value.clone())).await;
        stopped(&reply, "upstream_failed");
    }
}

async fn signatures_of_nobody(_: S) {
    for alg in ["none", "HS256", "RS256"] {
        let mut said = Said::of("mallory");
        said.header = json!({ "alg": alg, "kid": "one" });
        stopped(&told(said).await, "upstream_failed");
    }
    let mut said = Said::of("mallory");
    said.key = Some(Key::new(Algorithm::ES256));
    stopped(&told(said).await, "upstream_failed");
}

/// A flood of names of keys makes this server look no more than once for each login that somebody began.
async fn keys_that_nobody_knows(_: S) {
    let stage = providers();
    let mut said = Said::of("mallory").with("iss", json!("x"));
    said.header = json!({ "alg": "ES256", "kid": "unheard-of" });
    let before = stage.provider.count("/corp/jwks");
    for _ in 0..3 {
        let reply = stage.log_in(&mut stage.flow(), "corp", said.clone()).await;
        stopped(&reply, "upstream_failed");
    }
    assert_eq!(stage.provider.count("/corp/jwks"), before + 3);
}

async fn providers_that_cannot_be_believed(_: S) {
    let stage = providers();
    for name in ["liar", "huge", "moved", "down", "slow"] {
        let mut flow = stage.flow();
        let page = stopped(&leave(&mut flow, name).await, "upstream_failed");
        let again = flow.absolute(page.by_id("try-again").unwrap().get("href").unwrap());
        flow.browser.get(&again).await.page(200).form_with("login-submit");
    }
    // Its token endpoint is inside: nobody knocks there.
    let reply = stage.log_in(&mut stage.flow(), "inside", Said::of("mallory")).await;
    stopped(&reply, "upstream_failed");
}

async fn refusals(_: S) {
    let stage = providers();
    for answer in [
        "error=access_denied",
        "error=%3Cscript%3E",
        "error=x&code=y",
        "",
        "code=",
    ] {
        let mut flow = stage.flow();
        let url = way(&leave(&mut flow, "open").await);
        let params = stage.provider.params(&url);
        let back = format!("{}?state={}&{answer}", params["redirect_uri"], params["state"]);
        let reply = flow.browser.get(&back).await;
        let page = reply.page(400);
        assert!(page.error().starts_with("upstream_"), "{answer}");
        assert!(
            page.by_id("try-again").is_some() && !reply.body.contains("<script>"),
            "{answer}"
        );
    }
}

/// Somebody else logs in where the user of a session was to prove who they are: the session is not theirs to go on with.
async fn somebody_else_when_asked_again(_: S) {
    let stage = providers();
    let mut flow = stage.flow();
    let reply = stage.log_in(&mut flow, "open", Said::of("first")).await;
    followed(&mut flow, &reply).await;
    let old = flow.browser.cookies.clone();
    flow.set("prompt", "login");
    let url = way(&leave(&mut flow, "open").await);
    assert_eq!(stage.provider.params(&url)["prompt"], "login");
    let reply = flow.browser.get(&stage.provider.answer(&url, Said::of("second"))).await;
    followed(&mut flow, &reply).await;
    assert_eq!(stage.account(&mut flow).await.as_deref(), Some("open:second"));
    flow.browser.cookies = old;
    assert_eq!(stage.account(&mut flow).await, None, "the session of before is over");
}

async fn the_console(_: S) {
    let stage = providers();
    let mut flow = stage.flow();
    let console = format!("{}/console", stage.realm.issuer());
    let reply = flow.browser.get(&console).await;
    assert!(!reply.body.contains("/login/with/"), "operators log in here");
    let mut form = reply.page(200).form_with("login-submit");
    form.action = form.action.replace("/login", "/login/with/open");
    stopped(&flow.submit(&form).await, "form_expired");
    // Nor does anybody become one by a mail address, or by a name that a provider chooses.
    let operator = Said::of("root").mail("operator");
    stage.log_in(&mut flow, "mail", operator.clone()).await.page(400);
    let reply = stage.log_in(&mut flow, "open", operator).await;
    followed(&mut flow, &reply).await;
    assert_eq!(flow.browser.get(&console).await.status, 403);
}

/// Somebody makes an account in a victim's name before the victim comes: by an address that nobody verified, or by the word of a
/// provider that is not believed about addresses.
async fn accounts_made_in_advance(_: S) {
    let stage = providers();
    let address = "victim-p21@corp.example";
    let unverified = |subject: &'static str| Said::of(subject).with("email", json!(address));
    let comes = async |provider: &'static str, said: Said| {
        let mut flow = stage.flow();
        let reply = stage.log_in(&mut flow, provider, said).await;
        followed(&mut flow, &reply).await;
        stage.account(&mut flow).await
    };
    for (provider, subject, said) in [
        ("open", "p21-a", Said::of("p21-a").mail(address)),
        ("open", "p21-b", unverified("p21-b")),
        ("trusted", "p21-c", unverified("p21-c")),
        (
            "trusted",
            "p21-d",
            unverified("p21-d").with("email_verified", json!("yes")),
        ),
    ] {
        assert_eq!(comes(provider, said).await, Some(format!("{provider}:{subject}")));
    }
    let reply = stage.log_in(&mut stage.flow(), "mail", unverified("p21-e")).await;
    stopped(&reply, "upstream_unknown");
    // The address is its owner's, and so are the letters to it.
    let owner = comes("trusted", Said::of("p21-owner").mail(address)).await;
    assert_eq!(owner.as_deref(), Some(address), "an account that somebody else has");
    // And who was there before is who they were, whatever the provider says of their address by now.
    let again = comes("trusted", Said::of("p21-c").mail(address)).await;
    assert_eq!(again.as_deref(), Some("trusted:p21-c"));
}

async fn names_that_are_no_providers(_: S) {
    let stage = providers();
    let mut flow = stage.flow();
    let page = flow.ask().await.page(200);
    let form = button(&page, "open");
    for name in ["nobody", "", "open%2f..", "../open", "open/open", "OPEN"] {
        let mut other = form.clone();
        other.action = other.action.replace("/with/open", &format!("/with/{name}"));
        let reply = flow.submit(&other).await;
        assert!((400..500).contains(&reply.status), "{name}: {}", reply.status);
        let url = format!("{}/login/from/{name}?code=x&state=y", stage.realm.issuer());
        let status = flow.browser.get(&url).await.status;
        assert!((400..500).contains(&status), "{name}: {status}");
    }
}
