//! Who is told, who is tried again, and that of several nodes one tells.

use super::*;
use crate::ambient::{Clock, SystemEntropy};
use crate::cli::start::{Mode, build};
use crate::config::{built_in_demo_realm, server_without_file};
use crate::documents::Documents;
use crate::keys::MasterKey;
use crate::outbound::tests::{Behaviour, world};
use grantd_core::change::{Change, Write};
use grantd_core::record::AuditRecord;
use grantd_core::webhook::message::draw_secret;
use grantd_protocol::id::AuditId;
use grantd_protocol::{Seconds, Timestamp};
use grantd_store::AnyStore;
use serde_json::json;
use std::sync::atomic::{AtomicU32, Ordering};

pub(in crate::jobs) const WEBHOOK: WebhookId = WebhookId::from_bytes([7; 16]);

/// A server whose internet answers so, with a webhook that hears of ended grants.
pub(in crate::jobs) async fn server(status: &str, url: &str) -> Arc<App> {
    let mut config = server_without_file(&std::iter::empty::<(String, String)>().collect()).unwrap();
    config.realms = vec![Arc::new(built_in_demo_realm().unwrap())];
    let store = AnyStore::Memory(Box::default());
    let master = Arc::new(MasterKey::draw(&SystemEntropy));
    let mut app = build(&config, store, master, Mode::Development).await.unwrap().app;
    answers(&mut app, status).await;
    let row = WebhookRecord {
        id: WEBHOOK,
        realm: realm(&app),
        version: 1,
        url: url.to_owned(),
        events: vec!["grant.ended".to_owned()],
        enabled: true,
        secret: seal(&app, WEBHOOK, &draw_secret(&SystemEntropy)),
        previous: None,
        created_at: app.now(),
    };
    write(&app, vec![Write::PutWebhook(Box::new(row))]).await;
    app
}

async fn answers(app: &mut Arc<App>, status: &str) {
    let says = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
    let (_, fetcher) = world(Behaviour::Says(says), &["93.184.216.34"], None).await;
    Arc::get_mut(app).unwrap().documents = Documents::new(fetcher);
}

pub(in crate::jobs) fn realm(app: &App) -> Arc<str> {
    Arc::clone(&app.serving().realms[0].config.realm.name)
}

pub(in crate::jobs) async fn write(app: &App, writes: Vec<Write>) {
    let change = Change::new(app.change_id(app.now()), writes);
    app.store.commit(change).await.unwrap();
}

async fn done(app: &App, action: &str) {
    let now = app.now();
    let line = AuditRecord {
        id: AuditId::draw(now, &SystemEntropy),
        realm: realm(app),
        at: now,
        actor: "cli".to_owned(),
        action: action.to_owned(),
        target: "grant:1".to_owned(),
        address: None,
        detail: json!({}),
    };
    write(app, vec![Write::Audit(Box::new(line))]).await;
}

pub(in crate::jobs) async fn deliveries(app: &App) -> Vec<DeliveryRecord> {
    app.store.deliveries(WEBHOOK, None, None, 100).await.unwrap().rows
}

async fn tick(app: &Arc<App>) {
    TellWebhooks { app: Arc::clone(app) }.tick().await.unwrap();
}

/// Makes everything due that waits.
async fn wait(app: &App) {
    for delivery in deliveries(app).await {
        let to = grantd_core::record::DeliveryState {
            due_at: delivery.state.due_at.map(|_| app.now()),
            ..delivery.state
        };
        let key = (WEBHOOK, delivery.event.id);
        write(app, vec![Write::MoveDelivery { key, to }]).await;
    }
}

pub(in crate::jobs) const URL: &str = "https://agent.example/hook";

#[tokio::test]
async fn who_fails_twice_and_then_takes_it_is_told_once_more_and_no_more() {
    let mut app = server("500 Oops", URL).await;
    done(&app, "grant.ended").await;
    done(&app, "client.created").await;
    for tries in [1, 2] {
        tick(&app).await;
        // It is not due again yet.
        tick(&app).await;
        let [delivery] = &*deliveries(&app).await else {
            panic!("one is told of one thing");
        };
        assert_eq!((delivery.state.tries, delivery.state.status), (tries, Some(500)));
        wait(&app).await;
    }
    answers(&mut app, "204 No Content").await;
    tick(&app).await;
    wait(&app).await;
    tick(&app).await;
    let state = deliveries(&app).await[0].state;
    assert_eq!((state.tries, state.status, state.due_at), (3, Some(204), None));
    assert!(state.delivered_at.is_some());
}

#[tokio::test]
async fn an_answer_that_is_no_success_is_none() {
    for status in [
        "302 Found\r\nlocation: https://agent.example/other",
        "410 Gone",
        "400 Bad",
    ] {
        let app = server(status, URL).await;
        done(&app, "grant.ended").await;
        tick(&app).await;
        let state = deliveries(&app).await[0].state;
        assert!(state.delivered_at.is_none() && state.due_at.is_some(), "{status}");
    }
}

#[tokio::test]
async fn an_address_inside_is_never_told() {
    let app = server("200 OK", "https://unknown.example/hook").await;
    done(&app, "grant.ended").await;
    tick(&app).await;
    let state = deliveries(&app).await[0].state;
    assert_eq!((state.tries, state.status, state.delivered_at), (1, None, None));
}

#[tokio::test]
async fn of_many_that_look_at_the_same_delivery_one_makes_the_attempt() {
    let app = server("200 OK", URL).await;
    done(&app, "grant.ended").await;
    let webhook = app.store.webhook(WEBHOOK).await.unwrap().unwrap();
    let due = app.store.deliveries_due(app.now(), 10, 10).await.unwrap();
    let attempts = (0..20).map(|_| tell(&app, &webhook, &due[0]));
    let outcomes = futures_util::future::join_all(attempts).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(deliveries(&app).await[0].state.tries, 1);
}

#[tokio::test]
async fn who_does_not_take_one_is_left_alone_with_the_others() {
    let app = server("500 Oops", URL).await;
    for _ in 0..5 {
        done(&app, "grant.ended").await;
    }
    tick(&app).await;
    let tried = deliveries(&app).await.iter().filter(|one| one.state.tries > 0).count();
    assert_eq!(tried, 1);
}

/// A clock that goes on by two seconds whenever somebody looks.
struct Hasty(Timestamp, AtomicU32);

impl Clock for Hasty {
    fn now(&self) -> Timestamp {
        self.0.plus(Seconds(self.1.fetch_add(2, Ordering::Relaxed)))
    }
}

#[tokio::test]
async fn who_takes_each_message_slowly_is_told_the_rest_in_later_rounds() {
    let mut app = server("200 OK", URL).await;
    for _ in 0..5 {
        done(&app, "grant.ended").await;
    }
    let clock = Arc::new(Hasty(app.now(), AtomicU32::new(0)));
    Arc::get_mut(&mut app).unwrap().clock = clock;
    for round in 1..=5 {
        tick(&app).await;
        let rows = deliveries(&app).await;
        let taken = rows.iter().filter(|one| one.state.delivered_at.is_some()).count();
        assert_eq!(taken, round);
    }
}

#[tokio::test]
async fn who_is_switched_off_is_not_told_what_waits_already() {
    let app = server("200 OK", URL).await;
    done(&app, "grant.ended").await;
    let mut row = app.store.webhook(WEBHOOK).await.unwrap().unwrap();
    row.enabled = false;
    write(&app, vec![Write::PutWebhook(Box::new(row))]).await;
    tick(&app).await;
    let state = deliveries(&app).await[0].state;
    assert_eq!(
        (state.tries, state.fate()),
        (0, grantd_core::record::DeliveryFate::Failed)
    );
}

#[tokio::test]
async fn a_secret_opens_for_its_own_webhook_alone() {
    let app = server("200 OK", URL).await;
    let secret = draw_secret(&SystemEntropy);
    let sealed = seal(&app, WEBHOOK, &secret);
    assert!(!sealed.contains(secret.expose()));
    assert_eq!(open(&app, WEBHOOK, &sealed).unwrap().expose(), secret.expose());
    assert!(open(&app, WebhookId::from_bytes([8; 16]), &sealed).is_none());
}
