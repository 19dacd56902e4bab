//! Who is told of secrets that end soon, and that of several nodes one tells.

use super::*;
use crate::ambient::SystemEntropy;
use crate::jobs::logouts::tests::client;
use crate::jobs::webhooks::tests::{URL, WEBHOOK, deliveries, realm, server, write};
use crate::new_client::make;
use grantd_core::change::Write;
use grantd_protocol::Seconds;

const DAY: Seconds = Seconds(86_400);

/// A server with a client whose secret ends in a day, and a webhook that hears of `event`.
async fn with_webhook_for(event: &str) -> Arc<App> {
    let app = server("204 No Content", URL).await;
    let mut webhook = app.store.webhook(WEBHOOK).await.unwrap().unwrap();
    webhook.events = vec![event.to_owned()];
    webhook.version += 1;
    write(&app, vec![Write::PutWebhook(Box::new(webhook))]).await;
    let rules = Arc::clone(&app.serving().realms[0].config);
    let now = app.now();
    let (mut record, _, _) = make(client(None), &rules.realm, now, &SystemEntropy).unwrap();
    record.secrets[0].expires_at = Some(now.plus(DAY));
    write(&app, vec![Write::InsertClient(Box::new(record))]).await;
    app
}

async fn tick(app: &Arc<App>) {
    TellExpiring { app: Arc::clone(app) }.tick().await.unwrap();
}

#[tokio::test]
async fn of_many_nodes_that_see_the_same_end_one_says_it_and_none_says_it_again() {
    let app = with_webhook_for(SECRET_EXPIRING).await;
    futures_util::future::join_all((0..20).map(|_| tick(&app))).await;
    tick(&app).await;
    let [told] = &*deliveries(&app).await else {
        panic!("it is told once");
    };
    assert_eq!(
        (&*told.event.action, &*told.event.target),
        (SECRET_EXPIRING, "client:mail")
    );
    assert_eq!(told.event.actor, "system");
}

#[tokio::test]
async fn where_nobody_asked_to_hear_of_it_nothing_is_said_until_somebody_does() {
    let app = with_webhook_for("grant.ended").await;
    tick(&app).await;
    let lines = app.store.audit(&realm(&app), None, 100).await.unwrap().rows;
    assert!(lines.iter().all(|line| line.action != SECRET_EXPIRING));
    // Nor for one that is switched off, which would not hear of it later.
    for is_told in [false, true] {
        let mut webhook = app.store.webhook(WEBHOOK).await.unwrap().unwrap();
        webhook.events = vec![SECRET_EXPIRING.to_owned()];
        webhook.enabled = is_told;
        webhook.version += 1;
        write(&app, vec![Write::PutWebhook(Box::new(webhook))]).await;
        tick(&app).await;
        assert_eq!(deliveries(&app).await.len(), usize::from(is_told));
    }
}
