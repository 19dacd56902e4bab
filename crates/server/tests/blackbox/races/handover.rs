//! The platform's app answers a question once, and a browser uses the answer once, however many try together and wherever.

use super::{Arena, HANDED, RACERS, rounds};
use crate::stage::{Member, Prepared, Reply, race};
use serde_json::json;

/// What makes the realm one whose logins and consents are the app's.
pub(super) const SETTINGS: &str = r#"
[interaction]
login_url = "https://app.test/login"
consent_url = "https://app.test/consent"

[[demo.clients]]
name = "App"
kind = "machine"
client_id = "app"
client_secret = "app-secret-0123456789abcdef"
scopes = ["grantd:interaction:*", "grantd:users:*"]
default_scopes = ["grantd:interaction:*", "grantd:users:*"]
"#;
const APP: (&str, &str) = ("app", "app-secret-0123456789abcdef");

#[tokio::test(flavor = "multi_thread")]
async fn a_login_and_a_consent_are_answered_once_and_the_answers_used_once_on_sqlite() {
    answer_and_use(&Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_and_a_consent_are_answered_once_and_the_answers_used_once_across_three_processes() {
    answer_and_use(&Arena::postgres(3).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_new_user_is_made_however_many_answers_describe_them() {
    let arena = Arena::postgres(3).await;
    let token = token(&arena).await;
    for round in 0..rounds() {
        let subject = format!("customer-{round}");
        let mut questions = Vec::new();
        for _ in 0..12 {
            questions.push(sent_out(&arena, &mut Member::unknown(HANDED)).await);
        }
        let body = json!({ "subject": subject, "user": { "username": format!("{subject}@test") } }).to_string();
        let racers = questions
            .iter()
            .zip(arena.nodes.iter().cycle())
            .map(|(question, node)| {
                let path = HANDED.path(&format!("api/v1/login-requests/{question}/accept"));
                Prepared::json_as("PUT", node.address, &path, &body, &token)
            });
        for reply in race(racers.collect()).await {
            assert_eq!(reply.status, 200, "{}", reply.body);
        }
    }
}

async fn answer_and_use(arena: &Arena) {
    let token = token(arena).await;
    let path = HANDED.path("api/v1/users?username=ada@example.com");
    let found = Prepared::get_as(arena.first().address, &path, &token).send().await;
    let ada = found.expect("a reply").json()["items"][0]["id"].clone();
    for _ in 0..rounds() {
        let mut member = Member::unknown(HANDED);
        let question = sent_out(arena, &mut member).await;
        let to = once(arena, &token, "login", &question, &json!({ "subject": ada })).await;
        let back = race(arena.racers(|node| member.get(node, &to))).await;
        let won = only(&back, 303);
        member.keep(won);
        let next = won.headers("location").remove(0);
        let out = member.get(arena.first(), &next).send().await.expect("a reply");
        let question = asked(&out, "consent_challenge");
        let to = once(
            arena,
            &token,
            "consent",
            &question,
            &json!({ "scopes": ["things:read"] }),
        )
        .await;
        let back = race(arena.racers(|node| member.get(node, &to))).await;
        assert!(only(&back, 303).headers("location").remove(0).contains("code="));
    }
}

/// A browser is sent to the app: the question that it takes along.
async fn sent_out(arena: &Arena, member: &mut Member) -> String {
    asked(&member.ask(arena.first()).await, "login_challenge")
}

fn asked(reply: &Reply, name: &str) -> String {
    assert_eq!(reply.status, 303, "{}", reply.body);
    let location = reply.headers("location").remove(0);
    let (_, question) = location.split_once(&format!("{name}=")).expect("a question");
    question.to_owned()
}

/// A hundred answer: one is the answer, and where the browser goes with it.
async fn once(arena: &Arena, token: &str, what: &str, question: &str, body: &serde_json::Value) -> String {
    let path = HANDED.path(&format!("api/v1/{what}-requests/{question}/accept"));
    let body = body.to_string();
    let replies = race(arena.racers(|node| Prepared::json_as("PUT", node.address, &path, &body, token))).await;
    for reply in &replies {
        assert!(matches!(reply.status, 200 | 409), "{}: {}", reply.status, reply.body);
    }
    let to = only(&replies, 200).text("redirect_to");
    to.strip_prefix("https://auth.test").expect("our own page").to_owned()
}

#[track_caller]
fn only(replies: &[Reply], status: u16) -> &Reply {
    assert_eq!(replies.len(), RACERS);
    let mut found = replies.iter().filter(|reply| reply.status == status);
    let first = found.next().expect("a winner");
    assert!(found.next().is_none(), "two winners");
    assert!(replies.iter().all(|reply| reply.status < 500), "a fault");
    first
}

async fn token(arena: &Arena) -> String {
    let resource = format!("{}/api/v1", HANDED.issuer());
    let fields = [("grant_type", "client_credentials"), ("resource", resource.as_str())];
    let reply = HANDED
        .form(arena.first(), "token", APP, &fields)
        .send()
        .await
        .expect("a reply");
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.text("access_token")
}
