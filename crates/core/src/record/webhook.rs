//! Addresses that want to hear of what was done in a realm, and what is still to be told them. What was done is a line of the
//! audit log: the change that writes the line makes it due for everybody who asked for its action.

use super::AuditRecord;
use grantd_protocol::Timestamp;
use grantd_protocol::id::{AuditId, WebhookId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One address.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WebhookRecord {
    /// The row.
    pub id: WebhookId,
    /// The realm's name.
    pub realm: Arc<str>,
    /// Raised by each change.
    pub version: u64,
    /// Where it is told.
    pub url: String,
    /// Of which actions, as the audit log calls them.
    pub events: Vec<String>,
    /// Whether it is told anything now. What is done while it is not told is not kept for it.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// What messages are signed with, sealed under the master key.
    pub secret: String,
    /// What they were signed with before, sealed, and until when they are signed with it as well.
    pub previous: Option<(String, Timestamp)>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// One line that one address is to hear of.
#[derive(Clone, PartialEq, Debug)]
pub struct DeliveryRecord {
    /// To whom.
    pub webhook: WebhookId,
    /// Of what.
    pub event: AuditRecord,
    /// How far it is.
    pub state: DeliveryState,
}

/// How far a delivery is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DeliveryState {
    /// When it is tried next; `None` once it is over, one way or the other.
    pub due_at: Option<Timestamp>,
    /// How often it was tried.
    pub tries: u32,
    /// When it was tried last.
    pub tried_at: Option<Timestamp>,
    /// The status of the last answer; `None` where there was none.
    pub status: Option<u16>,
    /// When it was taken.
    pub delivered_at: Option<Timestamp>,
}

/// What became of a delivery, or will.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeliveryFate {
    /// It is still tried.
    Pending,
    /// It was taken.
    Delivered,
    /// It was given up.
    Failed,
}

impl WebhookRecord {
    /// The actions as stores look for one in them: each between spaces, and none where nothing is to be heard.
    #[must_use]
    pub fn events_text(&self) -> String {
        if self.enabled {
            format!(" {} ", self.events.join(" "))
        } else {
            String::new()
        }
    }

    /// Whether it wants to hear of an action.
    #[must_use]
    pub fn hears(&self, action: &str) -> bool {
        self.enabled && self.events.iter().any(|one| one == action)
    }
}

impl DeliveryState {
    /// What became of it.
    #[must_use]
    pub const fn fate(&self) -> DeliveryFate {
        match (self.due_at, self.delivered_at) {
            (Some(_), _) => DeliveryFate::Pending,
            (None, Some(_)) => DeliveryFate::Delivered,
            (None, None) => DeliveryFate::Failed,
        }
    }
}

impl DeliveryFate {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Failed];

    /// As the admin API says it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// Rows that were written before it could be anything else.
const fn yes() -> bool {
    true
}

/// The key of a delivery.
pub type DeliveryKey = (WebhookId, AuditId);
