//! Rows of requests to the token endpoint and its neighbours that are put together wrongly: nothing is issued, and nothing
//! that was worth something is spent.

use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::device::Device;
use crate::harness::flow::{VERIFIER, post_as};
use crate::harness::raw::{exchange, refused};
use crate::harness::{Agent, Flow, Reply};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "Y15" => another_port_than_asked,
    "Y16" => everything_twice,
    "Y17" => parameters_in_the_address,
    "Y18" => two_credentials,
    "Y19" => other_content,
    "Y20" => grant_types_that_are_none,
    "Y21" => a_resource_that_was_never_granted,
    "Y22" => a_predecessor_after_its_successor,
    "Y23" => a_token_in_the_address,
    "Y24" => what_hangs_off_a_revoked_token,
    "Y25" => one_value_as_another,
    "Y26" => two_lengths,
    "Y27" => lists_that_are_none,
    "Y28" => codes_that_people_guess,
};

/// Sends a redemption as the client, with a header more.
async fn redeem_with(flow: &Flow, form: &[(&str, String)], header: (&str, &str)) -> Reply {
    let mut agent = Agent::new();
    let request = agent
        .http
        .post(flow.realm.token())
        .form(form)
        .header(header.0, header.1);
    agent.send(request).await
}

fn basic(flow: &Flow) -> String {
    let secret = flow.client.secret.as_deref().unwrap_or_default();
    format!("Basic {}", STANDARD.encode(format!("{}:{secret}", flow.client.id)))
}

/// The port may differ from the registered one, but it is the one of the request until the end (OAuth 2.1 section 4.1.3).
async fn another_port_than_asked(s: S) {
    let mut flow = s
        .user("ledger-desktop")
        .await
        .with("redirect_uri", "http://127.0.0.1:51234/callback");
    let code = flow.code().await;
    for other in [
        "http://127.0.0.1:51235/callback",
        "http://127.0.0.1:3000/callback",
        "http://localhost:51234/callback",
    ] {
        let mut form = flow.redemption(&code);
        form.retain(|(name, _)| *name != "redirect_uri");
        form.push(("redirect_uri", other.to_owned()));
        flow.post_as_client(&s.realm.token(), &form)
            .await
            .refused(400, "invalid_grant");
    }
    flow.redeem(&code).await.expect(200);
}

async fn everything_twice(s: S) {
    let mut flow = s.user("ledger-web").await;
    let code = flow.code().await;
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("code", "x"),
        ("code_verifier", VERIFIER),
        ("redirect_uri", "http://localhost:3000/callback"),
    ] {
        let mut form = flow.redemption(&code);
        form.push((name, value.to_owned()));
        flow.post_as_client(&s.realm.token(), &form)
            .await
            .refused(400, "invalid_request");
    }
    flow.redeem(&code).await.expect(200);
    let introspect = s.realm.endpoint("introspection_endpoint");
    for form in [
        [("token", "a"), ("token", "b")],
        [("token", ""), ("token_type_hint", "access_token")],
    ] {
        flow.post_as_client(&introspect, &form)
            .await
            .refused(400, "invalid_request");
    }
}

/// OAuth 2.1 section 3.2: parameters of the token endpoint stand in the body; addresses are logged.
async fn parameters_in_the_address(s: S) {
    let mut flow = s.user("ledger-web").await;
    let code = flow.code().await;
    let form = flow.redemption(&code);
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&form)
        .finish();
    let address = format!("{}?{query}", s.realm.token());
    for rest in [Vec::new(), form[..1].to_vec()] {
        flow.post_as_client(&address, &rest)
            .await
            .refused(400, "invalid_request");
    }
    let secret = flow.client.secret.clone().unwrap_or_default();
    let credentials = format!("{}?client_id=ledger-web&client_secret={secret}", s.realm.token());
    let reply = Agent::new().post(&credentials, &form).await;
    assert!(matches!(reply.status, 400 | 401), "{}", reply.body);
    flow.redeem(&code).await.expect(200);
}

async fn two_credentials(s: S) {
    let mut flow = s.user("ledger-web").await;
    let code = flow.code().await;
    for second in [basic(&flow), "Basic Zm9vOmJhcg==".to_owned(), "Bearer x".to_owned()] {
        let mut agent = Agent::new();
        let request = agent.http.post(s.realm.token()).form(&flow.redemption(&code));
        let request = request
            .header("authorization", basic(&flow))
            .header("authorization", second);
        let reply = agent.send(request).await;
        assert!(matches!(reply.status, 400 | 401), "{}", reply.body);
    }
    let tokens = flow.redeem(&code).await.expect(200).json();
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let mut agent = Agent::new();
    let request = agent.http.get(s.realm.endpoint("userinfo_endpoint"));
    let reply = agent
        .send(
            request
                .header("authorization", &bearer)
                .header("authorization", &bearer),
        )
        .await;
    assert!(matches!(reply.status, 400 | 401), "{}", reply.body);
}

async fn other_content(s: S) {
    let mut flow = s.user("ledger-web").await;
    let code = flow.code().await;
    let form = flow.redemption(&code);
    let text = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&form)
        .finish();
    for kind in [
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/x-www-form-urlencoded2",
        "",
        "a/b, application/x-www-form-urlencoded",
    ] {
        let mut agent = Agent::new();
        let request = agent
            .http
            .post(s.realm.token())
            .body(text.clone())
            .header("authorization", basic(&flow));
        let reply = agent.send(request.header("content-type", kind)).await;
        assert!(
            matches!(reply.status, 400 | 401 | 415),
            "{kind}: {} {}",
            reply.status,
            reply.body
        );
    }
    flow.redeem(&code).await.expect(200);
}

async fn grant_types_that_are_none(s: S) {
    let mut flow = s.user("ledger-web").await;
    let code = flow.code().await;
    for kind in [
        "password",
        "implicit",
        "Authorization_Code",
        "authorization_code ",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "code",
        &"a".repeat(5000),
    ] {
        let mut form = flow.redemption(&code);
        form[0].1 = kind.to_owned();
        form.extend([
            ("username", flow.user.username.clone()),
            ("password", flow.user.password.clone()),
        ]);
        flow.post_as_client(&s.realm.token(), &form)
            .await
            .refused(400, "unsupported_grant_type");
    }
    redeem_with(&flow, &flow.redemption(&code)[1..], ("authorization", &basic(&flow)))
        .await
        .refused(400, "invalid_request");
    flow.redeem(&code).await.expect(200);
}

async fn a_resource_that_was_never_granted(s: S) {
    let mut flow = s.user("ledger-web").await;
    let code = flow.code().await;
    for resource in ["https://ledger.internal/", "https://nobody.example/", "x"] {
        let mut form = flow.redemption(&code);
        form.push(("resource", resource.to_owned()));
        flow.post_as_client(&s.realm.token(), &form)
            .await
            .refused(400, "invalid_target");
    }
    let tokens = flow.redeem(&code).await.expect(200).json();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    for resource in ["https://ledger.internal/", "https://nobody.example/"] {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh),
            ("resource", resource),
        ];
        flow.post_as_client(&s.realm.token(), &form)
            .await
            .refused(400, "invalid_target");
    }
    flow.refresh(refresh).await.expect(200);
}

/// Within the grace a retry is one only as long as nobody has used what it gets.
async fn a_predecessor_after_its_successor(s: S) {
    let mut flow = s.user("ledger-web").await;
    let first = flow.tokens().await;
    let second = flow.refresh(first.refresh()).await.expect(200).json();
    let third = flow
        .refresh(second["refresh_token"].as_str().unwrap())
        .await
        .expect(200)
        .json();
    flow.refresh(first.refresh()).await.refused(400, "invalid_grant");
    let last = third["refresh_token"].as_str().unwrap();
    flow.refresh(last).await.refused(400, "invalid_grant");
    let access = third["access_token"].as_str().unwrap();
    assert_eq!(flow.introspect(access).await["active"], false);
}

async fn a_token_in_the_address(s: S) {
    let mut flow = s.user("ledger-web").await;
    let tokens = flow.tokens().await;
    let url = s.realm.endpoint("userinfo_endpoint");
    let reply = s.agent().get(&format!("{url}?access_token={}", tokens.access())).await;
    assert_eq!(reply.status, 401, "{}", reply.body);
    let introspect = format!(
        "{}?token={}",
        s.realm.endpoint("introspection_endpoint"),
        tokens.access()
    );
    let form: [(&str, &str); 0] = [];
    flow.post_as_client(&introspect, &form)
        .await
        .refused(400, "invalid_request");
    let revoke = format!("{}?token={}", s.realm.endpoint("revocation_endpoint"), tokens.access());
    flow.post_as_client(&revoke, &form)
        .await
        .refused(400, "invalid_request");
    assert_eq!(flow.introspect(tokens.access()).await["active"], true);
}

async fn what_hangs_off_a_revoked_token(s: S) {
    let mut flow = s.user("ledger-web").await;
    let first = flow.tokens().await;
    let second = flow.refresh(first.refresh()).await.expect(200).json();
    let revoke = s.realm.endpoint("revocation_endpoint");
    let refresh = second["refresh_token"].as_str().unwrap().to_owned();
    flow.post_as_client(&revoke, &[("token", &*refresh)]).await.expect(200);
    for token in [first.access(), second["access_token"].as_str().unwrap(), &refresh] {
        assert_eq!(flow.introspect(token).await["active"], false);
    }
    flow.refresh(&refresh).await.refused(400, "invalid_grant");
}

/// Every value is good at its own place only.
async fn one_value_as_another(s: S) {
    let mut flow = s.user("ledger-web").await;
    let tokens = flow.tokens().await;
    let code = flow.code().await;
    let device = Device::begin(&s.realm, "ledger-desktop", &[("scope", "customers:read")]).await;
    let token = s.realm.token();
    for text in [
        code.as_str(),
        tokens.access(),
        device.text("device_code"),
        device.text("user_code"),
    ] {
        flow.refresh(text).await.refused(400, "invalid_grant");
    }
    for text in [code.as_str(), tokens.refresh(), device.text("user_code")] {
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", text),
        ];
        post_as(&device.client, &token, &form)
            .await
            .refused(400, "invalid_grant");
        let mut agent = s.agent();
        let request = agent.http.get(s.realm.endpoint("userinfo_endpoint")).bearer_auth(text);
        assert_eq!(agent.send(request).await.status, 401);
        assert!(text == tokens.refresh() || flow.introspect(text).await["active"] == false);
    }
    device.poll().await.refused(400, "authorization_pending");
    flow.redeem(&code).await.expect(200);
}

/// What a proxy in front could read in another way than this server (RFC 9112 section 6.3).
async fn two_lengths(s: S) {
    let (port, host) = (s.server.port(), format!("localhost:{}", s.server.port()));
    let head = format!("POST /token HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-www-form-urlencoded\r\n");
    for lines in [
        "content-length: 5\r\ncontent-length: 6\r\n\r\nabcde",
        "content-length: 5, 6\r\n\r\nabcde",
        "content-length: +5\r\n\r\nabcde",
        "content-length: -1\r\n\r\n",
        "content-length: 99999999999999999999\r\n\r\n",
        "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
        "transfer-encoding: chunked\r\n\r\n-1\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n5;\"\r\nabcde\r\n0\r\n\r\n",
    ] {
        refused(&exchange(
            port,
            format!("{head}connection: close\r\n{lines}").as_bytes(),
        ));
    }
    // Both at once: one request is answered at most, and what follows it is never taken for another.
    let smuggled = "GET /jwks.json HTTP/1.1\r\nhost: x\r\n\r\n";
    let both = format!("{head}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}");
    let told = exchange(port, both.as_bytes());
    assert!(!told.contains("\"keys\""), "{told}");
}

async fn lists_that_are_none(s: S) {
    let base = s.realm.endpoint("jwks_uri").replace("/jwks.json", "/status");
    for list in [
        "-1",
        "1e3",
        "00",
        "0x0",
        "99999999999999999999",
        "18446744073709551615",
        "4095",
        "0/0",
        "%30%00",
        "..%2f0",
        "\u{660}",
        "0%0a",
    ] {
        let reply = s.agent().get(&format!("{base}/{list}")).await;
        assert!(matches!(reply.status, 400 | 404), "{list}: {}", reply.status);
    }
    let form: [(&str, &str); 0] = [];
    assert_eq!(s.agent().post(&format!("{base}/0"), &form).await.status, 405);
}

/// RFC 8628 section 5.1: whoever guesses codes at the page is made to wait long before one is likely to fit.
async fn codes_that_people_guess(s: S) {
    let device = Device::begin(&s.other, "ledger-desktop", &[("scope", "customers:read")]).await;
    let mut user = Flow::logged_in_as(&s.other, "ledger-desktop", 0).await;
    let page = user.browser.get(device.text("verification_uri")).await.page(200);
    let form = page.form_with("device-submit");
    for guess in 0..200_usize {
        let mut form = form.clone();
        let letter = |shift: usize| char::from(b"BCDFGHJKLM"[guess / shift % 10]);
        form.set(
            "user_code",
            &format!("BCDF-G{}{}{}", letter(100), letter(10), letter(1)),
        );
        let reply = user.submit(&form).await;
        if reply.status == 429 {
            assert!(guess < 100, "{guess}");
            return;
        }
        assert!(reply.status < 500, "{}", reply.body);
    }
    panic!("nobody was made to wait");
}
