//! Rows of the logout: a page that logs people out who never asked, and one that leads them elsewhere.

use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::{Agent, Flow, Reply};

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "O08" => nobody_is_logged_out_unasked,
    "O09" => foreign_addresses,
    "D18" => refresh_tokens_end_with_the_session,
};

async fn logged_in(s: S) -> (Flow, String, String) {
    let (flow, tokens) = s.own_session("leaver").await;
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    (flow, text("id_token"), text("refresh_token"))
}

async fn get(flow: &mut Flow, params: &[(&str, &str)]) -> Reply {
    let url = flow.realm.endpoint("end_session_endpoint");
    let url = url::Url::parse_with_params(&url, params).unwrap();
    flow.browser.get(url.as_str()).await
}

async fn nobody_is_logged_out_unasked(s: S) {
    let (mut flow, id_token, _) = logged_in(s).await;
    let (_, of_another, _) = logged_in(s).await;
    for params in [&[][..], &[("client_id", "leaver")], &[("id_token_hint", &of_another)]] {
        get(&mut flow, params).await.page(200).form_with("logout-submit");
    }
    let forged = format!("{}x", &id_token[..id_token.len() - 1]);
    let access = flow.realm.issuer();
    for hint in ["garbage", forged.as_str(), "a.b.c", access.as_str()] {
        get(&mut flow, &[("id_token_hint", hint)]).await.page(400);
    }
    // The form's ticket is this session's alone, and no other page may send it.
    let page = get(&mut flow, &[]).await.page(200);
    let mut form = page.form_with("logout-submit");
    form.set("decision", "logout");
    let url = flow.absolute(&form.action);
    let foreign = flow
        .browser
        .http
        .post(&url)
        .form(&form.fields)
        .header("origin", "https://evil.example");
    assert_eq!(flow.browser.send(foreign).await.page(403).error(), "cross_site");
    for forged in ["", "garbage"] {
        let mut form = form.clone();
        form.set("request", forged);
        assert_eq!(flow.submit(&form).await.page(400).error(), "form_expired");
    }
    let (mut other, _, _) = logged_in(s).await;
    other.submit(&form).await.page(200).form_with("logout-submit");
    for flow in [&mut flow, &mut other] {
        let url = flow.realm.authorize();
        let params: Vec<_> = flow
            .params
            .iter()
            .cloned()
            .chain([("prompt".into(), "none".into())])
            .collect();
        let reply = flow.browser.query(&url, &params).await;
        assert!(!reply.header("location").unwrap().contains("login_required"));
    }
}

async fn foreign_addresses(s: S) {
    let (mut flow, id_token, _) = logged_in(s).await;
    for uri in [
        "https://evil.example/",
        "https://leaver.example/bye/",
        "https://leaver.example/bye?x",
        "https://leaver.example/Bye",
        "https://leaver.example:443/bye",
        "https://leaver.example/cb",
        "//evil.example",
        "javascript:alert(1)",
        "/",
    ] {
        for with in [("id_token_hint", id_token.as_str()), ("client_id", "leaver")] {
            let reply = get(&mut flow, &[with, ("post_logout_redirect_uri", uri)]).await;
            assert_eq!(reply.header("location"), None, "{uri}");
            let page = reply.page(400);
            assert_eq!(page.refresh, None);
            assert!(!reply.body.contains("evil.example"), "{}", reply.body);
        }
    }
    let bye = ("post_logout_redirect_uri", "https://leaver.example/bye");
    for with in [
        &[bye][..],
        &[bye, ("client_id", "unknown")],
        &[bye, ("client_id", "rp")],
        &[bye, bye, ("client_id", "leaver")],
    ] {
        get(&mut flow, with).await.page(400);
    }
    // Another client's hint does not speak for this one.
    get(&mut flow, &[bye, ("client_id", "rp"), ("id_token_hint", &id_token)])
        .await
        .page(400);
    assert_eq!(
        Agent::new()
            .get(&flow.realm.endpoint("end_session_endpoint"))
            .await
            .status,
        200
    );
}

async fn refresh_tokens_end_with_the_session(s: S) {
    let (mut flow, id_token, refresh) = logged_in(s).await;
    get(&mut flow, &[("id_token_hint", &id_token)]).await.page(200);
    flow.refresh(&refresh).await.refused(400, "invalid_grant");
}
