//! Rows of the authorization code at the token endpoint: verifiers, replays, other people's codes.

use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::flow::{VERIFIER, challenge, post_as, post_over};
use crate::harness::{Agent, Flow, Reply};

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "B12" => wrong_verifier,
    "B13" => verifier_lengths,
    "B14" => verifier_alphabet,
    "B16" => verifier_without_challenge,
    "B17" => someone_elses_challenge,
    "B18" => verifier_search,
    "C01" => replay_ends_the_family,
    "C02" => replay_with_a_wrong_verifier_ends_nothing,
    "C04" => expired,
    "C05" => another_client,
    "C06" => another_realm,
    "C08" => without_redirect_uri,
    "C09" => racers,
    "C13" => other_values_as_code,
    "C14" => mangled,
};

/// Redeems with another value for one member.
async fn redeem_with(flow: &Flow, code: &str, name: &'static str, value: &str) -> Reply {
    let mut form = flow.redemption(code);
    form.retain(|(known, _)| *known != name);
    if !value.is_empty() {
        form.push((name, value.to_owned()));
    }
    flow.post_as_client(&flow.realm.token(), &form).await
}

async fn wrong_verifier(s: S) {
    let mut flow = s.user("ledger-web").await;
    let code = flow.code().await;
    redeem_with(&flow, &code, "code_verifier", &"b".repeat(43))
        .await
        .refused(400, "invalid_grant");
    redeem_with(&flow, &code, "code_verifier", "")
        .await
        .refused(400, "invalid_grant");
    flow.redeem(&code).await.expect(200);
}

async fn verifier_lengths(s: S) {
    let mut flow = s.user("ledger-web").await;
    let code = flow.code().await;
    for length in [42, 129] {
        redeem_with(&flow, &code, "code_verifier", &"b".repeat(length))
            .await
            .refused(400, "invalid_request");
    }
    flow.redeem(&code).await.expect(200);
}

async fn verifier_alphabet(s: S) {
    let mut flow = s.user("ledger-web").await;
    let code = flow.code().await;
    for odd in ["=", "+", "\u{e9}", "\0", " "] {
        redeem_with(&flow, &code, "code_verifier", &format!("{}{odd}", "b".repeat(50)))
            .await
            .refused(400, "invalid_request");
    }
    flow.redeem(&code).await.expect(200);
}

async fn verifier_without_challenge(s: S) {
    let flow = Flow::logged_in_as(&s.brief, "rp", 0).await;
    let mut flow = flow.with("code_challenge", "").with("code_challenge_method", "");
    let code = flow.code().await;
    flow.redeem(&code).await.refused(400, "invalid_request");
}

async fn someone_elses_challenge(s: S) {
    let attackers = challenge("the-verifier-that-only-the-attacker-knows-0123456789");
    let mut flow = s.user("ledger-web").await.with("code_challenge", &attackers);
    let code = flow.code().await;
    redeem_with(&flow, &code, "code_verifier", VERIFIER)
        .await
        .refused(400, "invalid_grant");
}

async fn verifier_search(s: S) {
    let mut flow = s.user("ledger-web").await;
    let code = flow.code().await;
    let mut agent = Agent::new();
    let mut form = flow.redemption(&code);
    form.retain(|(name, _)| *name != "code_verifier");
    for attempt in 0..10_000 {
        let mut form = form.clone();
        form.push(("code_verifier", format!("{attempt:043}")));
        let request = agent
            .http
            .post(s.realm.token())
            .basic_auth(&flow.client.id, flow.client.secret.as_ref())
            .form(&form);
        let reply = agent.send(request).await;
        if reply.status == 429 {
            assert!(reply.header("retry-after").is_some());
            return;
        }
        reply.refused(400, "invalid_grant");
    }
    panic!("nobody was made to wait");
}

async fn replay_ends_the_family(s: S) {
    let mut flow = s.user("ledger-web").await;
    let code = flow.code().await;
    let tokens = flow.redeem(&code).await.expect(200).json();
    flow.redeem(&code).await.refused(400, "invalid_grant");
    assert_eq!(
        flow.introspect(tokens["access_token"].as_str().unwrap()).await["active"],
        false
    );
    flow.refresh(tokens["refresh_token"].as_str().unwrap())
        .await
        .refused(400, "invalid_grant");
}

async fn replay_with_a_wrong_verifier_ends_nothing(s: S) {
    let mut flow = s.user("ledger-web").await;
    let code = flow.code().await;
    let tokens = flow.redeem(&code).await.expect(200).json();
    redeem_with(&flow, &code, "code_verifier", &"b".repeat(43))
        .await
        .refused(400, "invalid_grant");
    redeem_with(&flow, &code, "redirect_uri", "https://evil.example/")
        .await
        .refused(400, "invalid_grant");
    assert_eq!(
        flow.introspect(tokens["access_token"].as_str().unwrap()).await["active"],
        true
    );
    flow.refresh(tokens["refresh_token"].as_str().unwrap())
        .await
        .expect(200);
}

/// Waits until what was issued now has ended: whatever was issued before with the same lifetime has too.
pub(super) async fn outlive(flow: &mut Flow) {
    let machine = flow.realm.client("nightly-export");
    let url = flow.realm.token();
    let issued = post_as(&machine, &url, &[("grant_type", "client_credentials")])
        .await
        .expect(200)
        .json();
    let token = issued["access_token"].as_str().unwrap();
    let introspect = flow.realm.endpoint("introspection_endpoint");
    let waiting = async {
        while post_as(&machine, &introspect, &[("token", token)])
            .await
            .expect(200)
            .json()["active"]
            == true
        {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), waiting)
        .await
        .unwrap();
}

async fn expired(s: S) {
    let mut flow = Flow::logged_in_as(&s.brief, "rp", 0).await;
    let code = flow.code().await;
    outlive(&mut flow).await;
    flow.redeem(&code).await.refused(400, "invalid_grant");
}

async fn another_client(s: S) {
    let mut flow = s.user("ledger-web").await;
    let code = flow.code().await;
    let form = flow.redemption(&code);
    post_as(&s.realm.client("rp"), &s.realm.token(), &form)
        .await
        .refused(400, "invalid_grant");
    flow.redeem(&code).await.expect(200);
}

async fn another_realm(s: S) {
    let mut flow = s.user("ledger-web").await;
    let code = flow.code().await;
    let form = flow.redemption(&code);
    post_as(&s.other.client("ledger-web"), &s.other.token(), &form)
        .await
        .refused(400, "invalid_grant");
    flow.redeem(&code).await.expect(200);
}

async fn without_redirect_uri(s: S) {
    let mut flow = s.user("ledger-web").await;
    let code = flow.code().await;
    redeem_with(&flow, &code, "redirect_uri", "").await.expect(200);
}

async fn racers(s: S) {
    let mut flow = s.user("ledger-web").await;
    let code = flow.code().await;
    let http = s.agent().http;
    let racing = (0..100).map(|_| {
        let (client, url, form) = (flow.client.clone(), s.realm.token(), flow.redemption(&code));
        let racer = Agent::over(http.clone());
        tokio::task::spawn_local(async move { post_over(racer, &client, &url, &form).await })
    });
    let racing: Vec<_> = racing.collect();
    let mut won = 0;
    for racer in racing {
        match racer.await.unwrap() {
            reply if reply.status == 200 => won += 1,
            reply => {
                reply.refused(400, "invalid_grant");
            }
        }
    }
    assert_eq!(won, 1);
}

async fn other_values_as_code(s: S) {
    let mut flow = s
        .user("ledger-web")
        .await
        .with("scope", "openid offline_access customers:read");
    let tokens = flow.tokens().await;
    for value in ["refresh_token", "access_token", "id_token"] {
        let value = tokens.0[value].as_str().unwrap();
        flow.redeem(value).await.refused(400, "invalid_grant");
    }
    flow.refresh(tokens.refresh()).await.expect(200);
}

async fn mangled(s: S) {
    let mut flow = s.user("ledger-web").await;
    let code = flow.code().await;
    let flipped: String = code
        .chars()
        .map(|c| {
            if c.is_ascii_lowercase() {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect();
    for bad in [
        &code[..code.len() - 1],
        &format!("{code}A"),
        &flipped,
        "%00",
        "\u{1F4A3}",
    ] {
        flow.redeem(bad).await.refused(400, "invalid_grant");
    }
    flow.redeem(&"a".repeat(1024 * 1024))
        .await
        .refused(413, "invalid_request");
    flow.redeem(&code).await.expect(200);
}
