//! Logout that a client asks for: what ends, who is asked, and where the browser goes.

use crate::attack::stage::stage;
use crate::harness::{Flow, Reply};

const BYE: &str = "https://leaver.example/bye";

/// Somebody who is logged in, in a browser of their own, with tokens for the client that has a logout address.
async fn logged_in() -> (Flow, serde_json::Value) {
    stage().own_session("leaver").await
}

async fn log_out(flow: &mut Flow, params: &[(&str, &str)]) -> Reply {
    let url = flow.realm.endpoint("end_session_endpoint");
    let params: Vec<(String, String)> = params
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    flow.browser.query(&url, &params).await
}

/// Whether the browser is still logged in.
async fn is_logged_in(flow: &mut Flow) -> bool {
    let mut params = flow.params.clone();
    params.push(("prompt".to_owned(), "none".to_owned()));
    let url = flow.realm.authorize();
    let reply = flow.browser.query(&url, &params).await;
    !reply.header("location").unwrap_or_default().contains("login_required")
}

#[tokio::test]
async fn a_hint_ends_the_session_at_once_and_the_browser_goes_where_it_is_registered() {
    let (mut flow, tokens) = logged_in().await;
    assert!(is_logged_in(&mut flow).await);
    let hint = tokens["id_token"].as_str().unwrap();
    let params = [
        ("id_token_hint", hint),
        ("post_logout_redirect_uri", BYE),
        ("state", "a b/&="),
    ];
    let reply = log_out(&mut flow, &params).await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    assert_eq!(
        reply.header("location"),
        Some("https://leaver.example/bye?state=a%20b%2F%26%3D")
    );
    assert!(
        reply
            .set_cookies()
            .iter()
            .any(|cookie| cookie.contains("_session_") && cookie.contains("Max-Age=0"))
    );
    assert!(!is_logged_in(&mut flow).await);
    // What is not to outlive the session is over with it.
    let refresh = tokens["refresh_token"].as_str().unwrap();
    flow.refresh(refresh).await.refused(400, "invalid_grant");
    // Once more: there is nobody to ask any more.
    assert_eq!(log_out(&mut flow, &params).await.status, 303);
}

#[tokio::test]
async fn a_form_from_the_clients_page_is_sent_on_with_the_cookies() {
    let (mut flow, tokens) = logged_in().await;
    let url = flow.realm.endpoint("end_session_endpoint");
    let form = [("id_token_hint", tokens["id_token"].as_str().unwrap())];
    let reply = flow.browser.post(&url, &form).await;
    let next = flow.absolute(reply.expect(303).header("location").unwrap());
    flow.browser.get(&next).await.page(200);
    assert!(!is_logged_in(&mut flow).await);
}

#[tokio::test]
async fn without_a_hint_the_page_asks_and_both_answers_are_kept() {
    let (mut flow, _) = logged_in().await;
    let page = log_out(&mut flow, &[("client_id", "leaver"), ("post_logout_redirect_uri", BYE)])
        .await
        .page(200);
    let mut form = page.form_with("logout-submit");
    form.set("decision", "stay");
    assert_eq!(flow.submit(&form).await.status, 303);
    assert!(is_logged_in(&mut flow).await);
    form.set("decision", "logout");
    let done = flow.submit(&form).await.page(200);
    // Nobody proved to be that client: the user goes on by hand.
    assert_eq!(done.by_id("continue").unwrap().get("href").unwrap(), BYE);
    assert_eq!(done.refresh, None);
    assert!(!is_logged_in(&mut flow).await);
}

#[tokio::test]
async fn what_was_allowed_for_this_session_ends_with_it() {
    let (flow, _) = stage().own_session("rp").await;
    let mut flow = flow.with("prompt", "consent");
    let page = flow.ask().await.page(200);
    let mut form = page.form_with("consent-allow");
    form.set("decision", "allow").set("duration", "session");
    let answer = flow.submit(&form).await;
    let told = flow.carried_on(&answer);
    let tokens = flow.redeem(&told["code"]).await.expect(200).json();
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(flow.introspect(access).await["active"], true);
    let hint = [("id_token_hint", tokens["id_token"].as_str().unwrap())];
    log_out(&mut flow, &hint).await.page(200);
    assert_eq!(flow.introspect(access).await["active"], false);
}

#[tokio::test]
async fn a_hint_of_another_session_is_asked_about() {
    let (_, of_another) = logged_in().await;
    let (mut flow, _) = logged_in().await;
    let hint = [("id_token_hint", of_another["id_token"].as_str().unwrap())];
    log_out(&mut flow, &hint).await.page(200).form_with("logout-submit");
    assert!(is_logged_in(&mut flow).await);
}

#[tokio::test]
async fn pages_of_clients_that_are_told_by_the_browser_are_framed_and_nothing_else_is() {
    let (mut flow, tokens) = stage().own_session("framed").await;
    let params = [
        ("id_token_hint", tokens["id_token"].as_str().unwrap()),
        ("post_logout_redirect_uri", "https://framed.example/bye"),
    ];
    let reply = log_out(&mut flow, &params).await;
    let policy = reply.header("content-security-policy").unwrap().to_owned();
    assert!(
        policy.contains("default-src 'none'") && policy.ends_with("frame-src https://framed.example"),
        "{policy}"
    );
    let sid = claims(tokens["id_token"].as_str().unwrap())["sid"]
        .as_str()
        .unwrap()
        .to_owned();
    let issuer = flow.realm.issuer().replace(':', "%3A").replace('/', "%2F");
    let address = format!("https://framed.example/out?x=1&amp;iss={issuer}&amp;sid={sid}");
    assert!(reply.body.contains(&format!("src=\"{address}\"")), "{}", reply.body);
    // A browser that went on by itself would leave before the frames are loaded: the reader goes on.
    let done = reply.page(200);
    assert_eq!(done.refresh, None);
    let on = done.by_id("continue").unwrap().get("href").unwrap();
    assert_eq!(on, "https://framed.example/bye");
    // They are told once.
    assert_eq!(log_out(&mut flow, &params).await.status, 303);
}

fn claims(token: &str) -> serde_json::Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    let decoded = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(payload)
        .unwrap();
    serde_json::from_slice(&decoded).unwrap()
}
