//! Webhooks: a line of the audit log is due for whoever wants to hear of its action, in the change that writes it.

use super::Backend;
use super::races::all;
use super::sample::{NOW, REALM, Sample, at};
use grantd_core::change::{Guard, PurgeKind, Write};
use grantd_core::record::{AuditRecord, DeliveryFate, DeliveryRecord, DeliveryState, WebhookRecord};
use grantd_protocol::id::{AuditId, WebhookId};
use grantd_store::{CommitError, Store};

fn webhook(number: u8, events: &[&str]) -> WebhookRecord {
    WebhookRecord {
        id: WebhookId::from_bytes([number; 16]),
        realm: REALM.into(),
        version: 1,
        url: "https://hooks.example/in".to_owned(),
        events: events.iter().map(|event| (*event).to_owned()).collect(),
        enabled: true,
        secret: "c2VhbGVk".to_owned(),
        previous: Some(("YmVmb3Jl".to_owned(), at(9))),
        created_at: at(1),
    }
}

fn put(row: &WebhookRecord) -> Write {
    Write::PutWebhook(Box::new(row.clone()))
}

/// A store with one webhook that hears of ended grants.
async fn set_up(backend: &impl Backend) -> (impl Store, Sample, WebhookRecord) {
    let (store, sample) = (backend.open().await, Sample::new());
    let row = webhook(7, &["grant.ended", "token.ended"]);
    sample.put(&store, vec![put(&row)]).await;
    (store, sample, row)
}

async fn told(store: &impl Store, sample: &Sample, action: &str) -> AuditRecord {
    let line = sample.audit(action);
    sample.put(store, vec![Write::Audit(Box::new(line.clone()))]).await;
    line
}

async fn due(store: &impl Store, now: grantd_protocol::Timestamp) -> Vec<DeliveryRecord> {
    store.deliveries_due(now, 100, 100).await.unwrap()
}

fn state(due_at: Option<grantd_protocol::Timestamp>, tries: u32) -> DeliveryState {
    DeliveryState {
        due_at,
        tries,
        tried_at: Some(at(3)),
        status: Some(503),
        delivered_at: None,
    }
}

pub async fn a_webhook_is_read_as_it_was_written_and_replaced(backend: &impl Backend) {
    let (store, sample, row) = set_up(backend).await;
    let other = WebhookRecord {
        realm: "elsewhere".into(),
        ..webhook(9, &[])
    };
    let changed = WebhookRecord {
        version: 2,
        url: "https://hooks.example/new".to_owned(),
        previous: None,
        ..webhook(8, &["client.changed"])
    };
    sample
        .put(&store, vec![put(&webhook(8, &["grant.ended"])), put(&other)])
        .await;
    sample.put(&store, vec![put(&changed)]).await;
    assert_eq!(store.webhooks(REALM).await.unwrap(), [row.clone(), changed.clone()]);
    assert_eq!(store.webhook(row.id).await.unwrap(), Some(row.clone()));
    assert_eq!(store.webhook(WebhookId::from_bytes([1; 16])).await.unwrap(), None);
    let guard = |id, version| Guard::WebhookAt { id, version };
    assert!(sample.holds(&store, guard(changed.id, 2)).await);
    assert!(!sample.holds(&store, guard(changed.id, 1)).await);
    assert!(!sample.holds(&store, guard(WebhookId::from_bytes([1; 16]), 1)).await);
}

pub async fn a_line_is_due_for_whoever_wants_to_hear_of_its_action(backend: &impl Backend) {
    let (store, sample, row) = set_up(backend).await;
    let both = webhook(8, &["grant.ended"]);
    let elsewhere = WebhookRecord {
        realm: "elsewhere".into(),
        ..webhook(9, &["grant.ended"])
    };
    sample.put(&store, vec![put(&both), put(&elsewhere)]).await;
    let ended = told(&store, &sample, "grant.ended").await;
    // Neither a longer name nor a shorter one is the same action, and an underscore is no pattern.
    for other in [
        "grant.ende",
        "rant.ended",
        "grant.ended_x",
        "grant_ended",
        "client.changed",
    ] {
        told(&store, &sample, other).await;
    }
    let mut found = due(&store, NOW).await;
    found.sort_by_key(|delivery| delivery.webhook);
    let first = DeliveryState {
        due_at: Some(ended.at),
        ..DeliveryState::default()
    };
    let delivery = |webhook| DeliveryRecord {
        webhook,
        event: ended.clone(),
        state: first,
    };
    assert_eq!(found, [delivery(row.id), delivery(both.id)]);
    let page = store.deliveries(row.id, None, None, 10).await.unwrap();
    assert_eq!((page.rows, page.more), (vec![delivery(row.id)], false));
}

pub async fn a_webhook_that_is_switched_off_hears_nothing(backend: &impl Backend) {
    let (store, sample, row) = set_up(backend).await;
    let off = WebhookRecord {
        enabled: false,
        ..row.clone()
    };
    sample.put(&store, vec![put(&off)]).await;
    told(&store, &sample, "grant.ended").await;
    assert_eq!(store.webhook(row.id).await.unwrap(), Some(off));
    assert_eq!(due(&store, NOW).await, []);
    sample.put(&store, vec![put(&row)]).await;
    told(&store, &sample, "grant.ended").await;
    assert_eq!(due(&store, NOW).await.len(), 1);
}

pub async fn deliveries_are_listed_by_what_became_of_them(backend: &impl Backend) {
    let (store, sample, row) = set_up(backend).await;
    let mut of_each: [Vec<AuditId>; 3] = Default::default();
    for number in 0..9 {
        let line = told(&store, &sample, "grant.ended").await;
        let fate = DeliveryFate::ALL[number % 3];
        let to = match fate {
            DeliveryFate::Pending => state(Some(at(7)), 1),
            DeliveryFate::Delivered => DeliveryState {
                delivered_at: Some(at(8)),
                ..state(None, 1)
            },
            DeliveryFate::Failed => state(None, 8),
        };
        assert_eq!(to.fate(), fate);
        let key = (row.id, line.id);
        sample.put(&store, vec![Write::MoveDelivery { key, to }]).await;
        of_each[number % 3].push(line.id);
    }
    for (fate, mut expected) in DeliveryFate::ALL.into_iter().zip(of_each) {
        expected.sort();
        expected.reverse();
        let first = store.deliveries(row.id, Some(fate), None, 2).await.unwrap();
        let rest = store
            .deliveries(row.id, Some(fate), Some(expected[1]), 2)
            .await
            .unwrap();
        let ids = [first.rows, rest.rows].concat();
        assert_eq!(
            ids.iter().map(|one| one.event.id).collect::<Vec<_>>(),
            expected,
            "{fate:?}"
        );
        assert_eq!((first.more, rest.more), (true, false));
    }
}

pub async fn what_is_not_written_is_not_due(backend: &impl Backend) {
    let (store, sample, row) = set_up(backend).await;
    let line = Write::Audit(Box::new(sample.audit("grant.ended")));
    let lost = Guard::WebhookAt { id: row.id, version: 7 };
    let outcome = store.commit(sample.change(vec![lost], vec![line])).await;
    assert!(matches!(outcome, Err(CommitError::Conflict)));
    assert_eq!(due(&store, NOW).await, []);
}

pub async fn one_of_many_claims_a_delivery(backend: &impl Backend) {
    let (store, sample, row) = set_up(backend).await;
    let line = told(&store, &sample, "token.ended").await;
    let key = (row.id, line.id);
    let guard = |tries, due_at| Guard::DeliveryAt { key, tries, due_at };
    assert!(!sample.holds(&store, guard(1, Some(line.at))).await);
    assert!(!sample.holds(&store, guard(0, None)).await);
    let later = line.at.plus(grantd_protocol::Seconds(60));
    let claims = (0..20).map(|_| {
        let to = state(Some(later), 1);
        let change = sample.change(vec![guard(0, Some(line.at))], vec![Write::MoveDelivery { key, to }]);
        store.commit(change)
    });
    let outcomes = all(claims).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(
        outcomes
            .iter()
            .all(|outcome| !matches!(outcome, Err(CommitError::Fault(_))))
    );
    assert_eq!(due(&store, line.at).await, []);
    assert_eq!(due(&store, later).await[0].state, state(Some(later), 1));
    let over = state(None, 1);
    sample.put(&store, vec![Write::MoveDelivery { key, to: over }]).await;
    assert_eq!(due(&store, at(i64::from(u32::MAX))).await, []);
    assert_eq!(
        store.deliveries(row.id, None, None, 10).await.unwrap().rows[0].state,
        over
    );
    assert!(sample.holds(&store, guard(1, None)).await);
}

pub async fn deliveries_are_paged_newest_first_and_leave_with_their_webhook(backend: &impl Backend) {
    let (store, sample, row) = set_up(backend).await;
    let other = webhook(8, &["grant.ended"]);
    sample.put(&store, vec![put(&other)]).await;
    let mut lines = Vec::new();
    for _ in 0..5 {
        lines.push(told(&store, &sample, "grant.ended").await.id);
    }
    lines.sort();
    lines.reverse();
    let ids = |page: &[DeliveryRecord]| page.iter().map(|delivery| delivery.event.id).collect::<Vec<_>>();
    let first = store.deliveries(row.id, None, None, 3).await.unwrap();
    assert_eq!((ids(&first.rows), first.more), (lines[..3].to_vec(), true));
    let rest = store.deliveries(row.id, None, Some(lines[2]), 3).await.unwrap();
    assert_eq!((ids(&rest.rows), rest.more), (lines[3..].to_vec(), false));
    assert_eq!(store.deliveries_due(NOW, 100, 2).await.unwrap().len(), 4);
    assert_eq!(store.deliveries_due(NOW, 3, 100).await.unwrap().len(), 3);
    sample.put(&store, vec![Write::DeleteWebhook(row.id)]).await;
    assert_eq!(store.webhooks(REALM).await.unwrap(), std::slice::from_ref(&other));
    assert_eq!(store.deliveries(row.id, None, None, 10).await.unwrap().rows, []);
    assert_eq!(store.deliveries(other.id, None, None, 10).await.unwrap().rows.len(), 5);
}

pub async fn a_webhook_is_heard_although_others_wait_with_many(backend: &impl Backend) {
    let (store, sample, row) = set_up(backend).await;
    let dead: Vec<_> = (20..30)
        .map(|number| put(&webhook(number, &["client.changed"])))
        .collect();
    sample.put(&store, dead).await;
    for second in 0..6 {
        let line = sample.audit_at("client.changed", at(second));
        sample.put(&store, vec![Write::Audit(Box::new(line))]).await;
    }
    let line = sample.audit_at("grant.ended", at(9));
    sample.put(&store, vec![Write::Audit(Box::new(line.clone()))]).await;
    // It is the newest, and of those that were tried as seldom the others have more than there is room for.
    for tries in [0, 1] {
        let to = state(Some(line.at), tries);
        let key = (row.id, line.id);
        sample.put(&store, vec![Write::MoveDelivery { key, to }]).await;
        let found = store.deliveries_due(at(10), 20, 5).await.unwrap();
        let of = |id| found.iter().filter(|one| one.webhook == id).count();
        assert_eq!((found.len(), of(row.id)), (20, 1));
        let others = (20..30).map(|number| of(WebhookId::from_bytes([number; 16])));
        assert!(others.into_iter().all(|count| (1..=2).contains(&count)));
    }
}

pub async fn deliveries_that_are_over_leave_and_due_ones_stay(backend: &impl Backend) {
    let (store, sample, row) = set_up(backend).await;
    let over = told(&store, &sample, "grant.ended").await;
    let waits = told(&store, &sample, "grant.ended").await;
    let to = state(None, 9);
    let key = (row.id, over.id);
    sample.put(&store, vec![Write::MoveDelivery { key, to }]).await;
    let purge = |before| Write::Purge {
        kind: PurgeKind::Delivery,
        before,
        limit: 10,
    };
    assert_eq!(sample.put(&store, vec![purge(over.at)]).await, 0);
    let later = over.at.plus(grantd_protocol::Seconds(1));
    assert_eq!(sample.put(&store, vec![purge(later)]).await, 1);
    let left = store.deliveries(row.id, None, None, 10).await.unwrap().rows;
    assert_eq!(left.iter().map(|one| one.event.id).collect::<Vec<_>>(), [waits.id]);
    // The line itself stays: it is the audit log's.
    assert_eq!(store.audit(REALM, None, 10).await.unwrap().rows.len(), 2);
}
