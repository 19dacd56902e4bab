//! Webhooks and their deliveries.

use super::parts::{flag, instant, many_of, members, object, one_of, text, texts};
use grantd_core::webhook::EVENTS;
use serde_json::{Value, json};

fn webhook(with_secret: bool) -> Value {
    let mut properties = members(json!({
        "id": text(), "url": text(), "events": texts(), "enabled": flag(), "created_at": instant(), "old_secret_ends_at": instant(),
    }));
    let mut example = json!({
        "id": "0190aaaa0000700080000000000000ba", "url": "https://hooks.example/grantd", "events": ["grant.ended"],
        "enabled": true, "created_at": 1_800_000_000,
    });
    if with_secret {
        let value = json!({ "type": "string", "description": "What messages are signed with, shown once." });
        properties.insert("secret".to_owned(), value);
        if let Some(example) = example.as_object_mut() {
            example.insert("secret".to_owned(), "whsec_...".into());
        }
    }
    let says = "An address that is told of what is done. Messages have the form of Standard Webhooks.";
    object(
        says,
        &["id", "url", "events", "enabled", "created_at"],
        Value::Object(properties),
        example,
    )
}

/// A body that describes one.
fn described(says: &str, required: &[&str]) -> Value {
    object(
        says,
        required,
        json!({
            "url": { "type": "string", "format": "uri", "maxLength": 1024 }, "events": many_of(EVENTS), "enabled": {
                "type": "boolean",
                "description": "Whether it is told anything. What is done while it is not, it never hears of.",
            },
        }),
        json!({ "url": "https://hooks.example/grantd", "events": ["grant.ended", "grant.narrowed"] }),
    )
}

pub(super) fn webhooks() -> Vec<(&'static str, Value)> {
    let says = "A webhook to make: a public https address, and the actions of the audit log that it hears of.";
    vec![
        ("Webhook", webhook(false)),
        ("WebhookWithSecret", webhook(true)),
        ("NewWebhook", described(says, &["url", "events"])),
        ("WebhookPatch", described("What of a webhook shall change.", &[])),
        (
            "Replayed",
            object(
                "How many messages are told again, and whether there are more that failed.",
                &["count", "more"],
                json!({ "count": { "type": "integer", "minimum": 0 }, "more": flag() }),
                json!({ "count": 3, "more": false }),
            ),
        ),
        (
            "Delivery",
            object(
                "One message to a webhook. Of an answer nothing is kept but its status.",
                &["event_id", "type", "target", "created_at", "state", "tries"],
                json!({
                    "event_id": text(), "type": one_of(EVENTS), "target": text(), "created_at": instant(),
                    "state": one_of(&["pending", "delivered", "failed"]), "tries": { "type": "integer", "minimum": 0 },
                    "status": { "type": "integer" }, "tried_at": instant(), "next_try_at": instant(),
                    "delivered_at": instant(),
                }),
                json!({
                    "event_id": "0190aaaa0000700080000000000000bb", "type": "grant.ended",
                    "target": "grant:0190aaaa0000700080000000000000ac", "created_at": 1_800_000_000, "state": "delivered",
                    "tries": 1, "status": 204, "tried_at": 1_800_000_001, "delivered_at": 1_800_000_001,
                }),
            ),
        ),
    ]
}
