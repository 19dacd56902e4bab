//! Least privilege: which permissions a client or an API key holds and does not use, as far as anybody can know. A
//! permission is *unused* only where uses are reported at all; an API that verifies JWTs by itself and reports nothing
//! leaves it *unknown*.

use crate::admin::permission::is_own;
use crate::permission::Catalogue;
use crate::record::UseRecord;
use grantd_protocol::{ScopeSet, Seconds, Timestamp};
use std::sync::Arc;

/// What is known of one permission's use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Usage {
    /// It was used.
    Used {
        /// How often.
        count: u64,
        /// The last time.
        last_used_at: Timestamp,
    },
    /// Others were, it was not.
    Unused,
    /// Nothing was ever reported of this holder.
    Unknown,
}

/// One permission that is held.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// The permission.
    pub permission: Arc<str>,
    /// What is known of its use.
    pub usage: Usage,
}

/// What a holder could do without.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Review {
    /// Every permission it holds, patterns spelled out, in the catalogue's order.
    pub held: Vec<Held>,
    /// What to switch off: not used for the time asked about. Empty where uses were not reported for that long yet.
    pub droppable: Vec<Arc<str>>,
    /// Since when uses were reported.
    pub reported_since: Option<Timestamp>,
}

/// Reviews what is `granted` (to whoever was made at `created_at`) against what was counted of it. A permission that
/// was not used for `idle` is proposed to be dropped, if uses were reported during all of that time.
#[must_use]
pub fn review(
    granted: &ScopeSet,
    catalogue: &Catalogue,
    uses: &[UseRecord],
    created_at: Timestamp,
    idle: Seconds,
    now: Timestamp,
) -> Review {
    let reported = || uses.iter().filter(|row| row.permission.is_some());
    let reported_since = reported().map(|row| row.first_used_at).min();
    let long_ago = now.minus(idle);
    let watched = created_at <= long_ago && reported_since.is_some_and(|since| since <= long_ago);
    let permissions = catalogue.permissions().iter();
    let held: Vec<Held> = permissions
        .filter(|permission| granted.covers(&permission.name))
        .map(|permission| {
            let row = reported().find(|row| row.permission.as_ref() == Some(&permission.name));
            let usage = match row {
                Some(row) => Usage::Used {
                    count: row.count,
                    last_used_at: row.last_used_at,
                },
                // Nobody reports the use of the server's own permissions.
                None if reported_since.is_some() && !is_own(&permission.name) => Usage::Unused,
                None => Usage::Unknown,
            };
            let permission = Arc::clone(&permission.name);
            Held { permission, usage }
        })
        .collect();
    let idle = |held: &&Held| match held.usage {
        Usage::Used { last_used_at, .. } => last_used_at < long_ago,
        Usage::Unused => true,
        Usage::Unknown => false,
    };
    let droppable = held.iter().filter(idle).map(|held| Arc::clone(&held.permission));
    Review {
        droppable: if watched { droppable.collect() } else { Vec::new() },
        held,
        reported_since,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{NOW, after, realm, scopes};
    use crate::record::Holder;

    const MONTH: Seconds = Seconds(30 * 86_400);

    fn used(permission: Option<&str>, first: i64, last: i64) -> UseRecord {
        UseRecord {
            realm: "main".into(),
            holder: Holder::Client("webapp".into()),
            permission: permission.map(Into::into),
            count: 2,
            first_used_at: after(first * 86_400),
            last_used_at: after(last * 86_400),
        }
    }

    fn reviewed(granted: &str, uses: &[UseRecord], created: i64) -> Review {
        let created_at = after(created * 86_400);
        review(&scopes(granted), &realm().catalogue, uses, created_at, MONTH, NOW)
    }

    fn droppable(review: &Review) -> Vec<&str> {
        review.droppable.iter().map(|name| &**name).collect()
    }

    #[test]
    fn without_any_report_everything_is_unknown_and_nothing_is_dropped() {
        // The credential was seen, which says nothing of its permissions.
        let review = reviewed("invoices:*", &[used(None, -90, -1)], -90);
        let known: Vec<_> = review.held.iter().map(|held| held.usage).collect();
        assert_eq!(known, [Usage::Unknown, Usage::Unknown]);
        assert!(review.droppable.is_empty() && review.reported_since.is_none());
    }

    #[test]
    fn what_was_not_used_for_so_long_is_dropped_and_patterns_are_spelled_out() {
        let uses = [
            used(Some("invoices:read"), -90, -1),
            used(Some("customers:read"), -90, -31),
        ];
        let review = reviewed("invoices:* customers:read", &uses, -90);
        assert_eq!(review.held.len(), 3);
        assert_eq!(droppable(&review), ["invoices:write", "customers:read"]);
        assert_eq!(review.reported_since, Some(after(-90 * 86_400)));
    }

    #[test]
    fn nothing_is_dropped_before_it_was_watched_for_so_long() {
        let lately = [used(Some("invoices:read"), -29, -1)];
        assert!(
            reviewed("invoices:*", &lately, -90).droppable.is_empty(),
            "reports are new"
        );
        let long = [used(Some("invoices:read"), -90, -1)];
        assert!(
            reviewed("invoices:*", &long, -29).droppable.is_empty(),
            "the holder is new"
        );
        let held = reviewed("invoices:*", &lately, -90).held;
        assert_eq!(held.last().map(|held| held.usage), Some(Usage::Unused));
    }

    #[test]
    fn uses_of_what_is_not_held_any_more_are_not_shown() {
        let uses = [used(Some("customers:write"), -90, -1), used(Some("gone:away"), -90, -1)];
        let review = reviewed("invoices:read", &uses, -90);
        assert_eq!(review.held.len(), 1);
        assert_eq!(droppable(&review), ["invoices:read"]);
    }
}
