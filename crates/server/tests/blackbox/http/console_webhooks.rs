//! Webhooks in the console: made once, their secret shown once, and what became of each message told and tried again.

use super::console::{Operator, posting};
use crate::harness::html::Page;
use crate::harness::{Launch, Reply, Server};

// Nobody is there: a message waits and is tried again.
const URL: &str = "https://hooks.example.com/in";

/// The values of a form's field, by its name.
fn ticked(page: &Page, name: &str) -> Vec<String> {
    let form = page.form(posting(page));
    let fields = form.fields.into_iter().filter(|(field, _)| field == name);
    fields.map(|(_, value)| value).collect()
}

/// Sends the form of a new webhook, with these events.
async fn make(operator: &mut Operator, url: &str, events: &[&str]) -> Reply {
    let page = operator.get("/webhooks/new").await.page(200);
    let mut form = page.form(posting(&page));
    form.set("url", url);
    let events = events.iter().map(|event| ("events".to_owned(), (*event).to_owned()));
    form.fields.extend(events);
    operator.send(&form.action, &form.fields).await
}

fn secret(reply: &Reply) -> String {
    let (_, rest) = reply
        .body
        .split_once("data-secret>")
        .unwrap_or_else(|| panic!("{}", reply.body));
    rest.split('<').next().unwrap().to_owned()
}

/// The webhook's page, below the console.
async fn home(operator: &mut Operator) -> String {
    let list = operator.get("/webhooks").await.page(200);
    let links = list.elements.iter().filter_map(|element| element.get("href"));
    let mut own = links.filter_map(|link| link.split_once("/console/webhooks/").map(|(_, id)| id));
    let id = own.find(|id| *id != "new").unwrap();
    format!("/webhooks/{id}")
}

#[tokio::test]
async fn a_webhook_is_made_changed_switched_off_given_another_secret_and_deleted() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    let refused = make(&mut operator, "https://127.0.0.1/in", &["grant.ended"]).await;
    assert_eq!(refused.status, 422);
    let refused = make(&mut operator, URL, &[]).await;
    assert!(
        refused.status == 422 && refused.body.contains("events-error"),
        "{}",
        refused.body
    );
    let made = make(&mut operator, URL, &["grant.ended", "client.created"]).await;
    let first = secret(&made);
    assert!(first.starts_with("whsec_"));
    let home = home(&mut operator).await;

    let settings = format!("{home}/settings");
    let page = operator.get(&settings).await.page(200);
    assert_eq!(ticked(&page, "events"), ["client.created", "grant.ended"]);
    let off = operator.fill(&settings, &[("state", "off")]).await;
    assert_eq!(off.status, 303, "{}", off.body);
    assert!(operator.get("/webhooks").await.body.contains("Disabled"));
    let page = operator.get(&settings).await.page(200);
    assert_eq!(ticked(&page, "state"), ["off"]);

    let rotate = format!("{home}/rotate");
    let second = secret(&operator.fill(&rotate, &[("keep", "3600")]).await);
    assert!(second.starts_with("whsec_") && second != first);
    for below in ["/webhooks", &home, &settings, "/audit"] {
        let body = operator.get(below).await.body;
        assert!(!body.contains("whsec_"), "{below} shows a secret again");
    }
    assert!(operator.get(&home).await.body.contains("The old secret ends"));

    let delete = operator.fill(&format!("{home}/delete"), &[]).await;
    assert_eq!(delete.status, 303);
    for gone in ["", "/settings", "/rotate", "/delete", "/replay"] {
        assert_eq!(operator.get(&format!("{home}{gone}")).await.status, 404, "{gone}");
    }
    for action in ["created", "changed", "secret_rotated", "deleted"] {
        let lines = operator.get(&format!("/audit?action=webhook.{action}")).await;
        assert!(lines.body.contains("via console"), "{action}");
    }
}

#[tokio::test]
async fn a_second_press_of_the_button_makes_no_second_webhook() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    let page = operator.get("/webhooks/new").await.page(200);
    let mut form = page.form(posting(&page));
    form.set("url", URL);
    form.fields.push(("events".to_owned(), "grant.ended".to_owned()));
    let first = operator.send(&form.action, &form.fields).await;
    let again = operator.send(&form.action, &form.fields).await;
    assert_eq!(secret(&first), secret(&again));
    assert_eq!(
        operator
            .get("/webhooks")
            .await
            .body
            .matches("<th scope=\"row\"")
            .count(),
        1
    );
}

#[tokio::test]
async fn what_became_of_a_message_is_listed_and_it_is_told_again() {
    let server = Server::start(Launch::demo());
    let mut operator = Operator::log_in(&server).await;
    secret(&make(&mut operator, URL, &["client.created"]).await);
    operator.application("Books", "machine").await;
    let home = home(&mut operator).await;
    let list = operator.get(&home).await;
    assert!(
        list.body.contains("client.created") && list.body.contains("Waiting"),
        "{}",
        list.body
    );
    let rows = |reply: &Reply| reply.body.matches("<th scope=\"row\"").count();
    let of = async |operator: &mut Operator, state: &str| rows(&operator.get(&format!("{home}?state={state}")).await);
    assert_eq!(of(&mut operator, "pending").await, 1);
    assert_eq!(of(&mut operator, "delivered").await, 0);
    assert_eq!(of(&mut operator, "failed").await, 0);
    assert_eq!(operator.get(&format!("{home}?state=lost")).await.status, 400);

    let (_, rest) = list.body.split_once(&format!("{home}/deliveries/")).unwrap();
    let event = rest.split('"').next().unwrap();
    let one = format!("{home}/deliveries/{event}");
    assert!(operator.get(&one).await.body.contains("Tell client.created again?"));
    assert_eq!(operator.fill(&one, &[]).await.status, 303);
    assert_eq!(operator.fill(&format!("{home}/replay"), &[]).await.status, 303);
    let lines = operator.get("/audit?action=webhook.replayed").await;
    assert_eq!(rows(&lines), 1, "nothing had failed: that is no line");
    let unknown = format!("{home}/deliveries/{}", "0".repeat(32));
    assert_eq!(operator.get(&unknown).await.status, 404);

    // Switched off, what waits is given up at the next round, and nothing is told again.
    let settings = format!("{home}/settings");
    assert_eq!(operator.fill(&settings, &[("state", "off")]).await.status, 303);
    assert_eq!(operator.fill(&one, &[]).await.status, 409);
    assert_eq!(operator.fill(&format!("{home}/replay"), &[]).await.status, 409);
}

#[tokio::test]
async fn an_operator_who_may_only_look_at_webhooks_changes_none() {
    let realm = "name = \"shop\"\ndisplay_name = \"Shop\"\nissuer = \"http://localhost:8400\"\n\
                 [[operators]]\nusername = \"reader\"\npermissions = [\"grantd:webhooks:read\"]\n";
    let server = Server::start(Launch::demo().realm(realm));
    let mut operator = Operator::log_in(&server).await;
    let list = operator.get("/webhooks").await;
    assert!(
        list.status == 200 && !list.body.contains("/webhooks/new"),
        "{}",
        list.body
    );
    assert_eq!(make(&mut operator, URL, &["grant.ended"]).await.status, 403);
    assert!(!operator.get("/webhooks").await.body.contains(URL));
}
