//! What a client could do without: which of its permissions were not used, and taking those away. It never claims more
//! than what was reported.

use super::client::{list, reach, replace};
use super::deed::{Deed, Edit};
use super::fields::Fields;
use super::refused::Refused;
use crate::least_privilege::{Held, Review, Usage, review};
use crate::permission::Catalogue;
use crate::realm::Realm;
use crate::realm::tightenings::Tightening;
use crate::record::{ClientRecord, UseRecord};
use grantd_protocol::scope::{covers, is_pattern};
use grantd_protocol::{ScopeSet, Seconds, Timestamp};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Days without use after which a permission is proposed to be dropped, where nobody says.
pub const IDLE_DAYS: u32 = 30;
/// Days that can be asked about.
pub const MOST_DAYS: u32 = 365;

/// Reviews a client: `idle_days` without use make a permission droppable.
#[must_use]
pub fn look(client: &ClientRecord, uses: &[UseRecord], realm: &Realm, idle_days: u32, now: Timestamp) -> Review {
    let idle = Seconds(idle_days.min(MOST_DAYS) * 86_400);
    review(&client.scopes, &realm.catalogue, uses, client.created_at, idle, now)
}

/// Whether a client would miss something if it were [trimmed](trim) now, where the realm tries that out: `wanted` is what it
/// asked for by name, or used.
#[must_use]
pub fn would_miss(client: &ClientRecord, uses: &[UseRecord], realm: &Realm, wanted: &ScopeSet, now: Timestamp) -> bool {
    realm.tightenings.reports(Tightening::UnusedPermissions)
        && look(client, uses, realm, IDLE_DAYS, now)
            .droppable
            .iter()
            .any(|permission| wanted.covers(permission))
}

/// The days that a body names.
///
/// # Errors
/// [`Refused::Invalid`].
pub fn idle_days(body: &Map<String, Value>) -> Result<u32, Refused> {
    let mut fields = Fields::new(body);
    let mut days = None;
    fields.optional_seconds("idle_days", 1..=MOST_DAYS, &mut days);
    Refused::unless_none(fields.finish())?;
    Ok(days.map_or(IDLE_DAYS, Seconds::get))
}

/// Takes from a client what it could do without. A pattern that covers some of it becomes the list of what is left.
/// Nobody gets anything, so the actor need not hold what is taken.
///
/// # Errors
/// [`Refused::State`] where nothing was unused for so long, as far as anybody knows; [`Refused::Unknown`] for a client out of
/// the actor's reach.
pub fn trim(before: &ClientRecord, review: &Review, deed: &Deed<'_>) -> Result<Edit<ClientRecord>, Refused> {
    reach(before, deed)?;
    if review.droppable.is_empty() {
        let text = "nothing can be dropped: it was used, or its use was not reported for so long";
        return Err(Refused::State(text.to_owned()));
    }
    let mut after = before.clone();
    let catalogue = &deed.realm.catalogue;
    for scopes in [&mut after.scopes, &mut after.default_scopes, &mut after.optional_scopes] {
        *scopes = without(scopes, &review.droppable, catalogue);
    }
    if deed.actor.developer().is_none()
        && let Some(own) = &mut after.development
    {
        own.is_let_have(&after.scopes);
    }
    Ok(replace(before, after, "client.trimmed", deed))
}

fn without(scopes: &ScopeSet, droppable: &[Arc<str>], catalogue: &Catalogue) -> ScopeSet {
    let goes = |scope: &str| droppable.iter().any(|name| **name == *scope);
    let mut left: Vec<&str> = Vec::new();
    for scope in scopes.iter() {
        if !is_pattern(scope) {
            left.extend((!goes(scope)).then_some(scope));
        } else if droppable.iter().any(|name| covers(scope, name)) {
            let covered = catalogue.permissions().iter().map(|permission| &*permission.name);
            left.extend(covered.filter(|name| covers(scope, name) && !goes(name)));
        } else {
            left.push(scope);
        }
    }
    left.into_iter().collect()
}

/// A review as the API shows it.
#[must_use]
pub fn view(client: &ClientRecord, idle_days: u32, review: &Review) -> Value {
    let permissions: Vec<Value> = review.held.iter().map(held).collect();
    let mut value = json!({
        "client_id": client.client_id,
        "granted": list(&client.scopes),
        "idle_days": idle_days,
        "permissions": permissions,
        "droppable": review.droppable,
    });
    if let (Some(members), Some(since)) = (value.as_object_mut(), review.reported_since) {
        members.insert("reported_since".to_owned(), json!(since.secs()));
    }
    value
}

fn held(held: &Held) -> Value {
    match held.usage {
        Usage::Used { count, last_used_at } => json!({
            "permission": held.permission, "usage": "used", "count": count, "last_used_at": last_used_at.secs(),
        }),
        Usage::Unused => json!({ "permission": held.permission, "usage": "unused" }),
        Usage::Unknown => json!({ "permission": held.permission, "usage": "unknown" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::Actor;
    use crate::fixture::{self, after, client_with, scopes};
    use crate::record::Holder;
    use grantd_protocol::entropy::counted::Counted;

    fn trimmed(granted: &str, used: &[&str]) -> Result<ClientRecord, Refused> {
        trimmed_by(&Actor::command_line(), granted, used)
    }

    fn trimmed_by(actor: &Actor, granted: &str, used: &[&str]) -> Result<ClientRecord, Refused> {
        let realm = fixture::realm();
        let before = client_with(|client| {
            client.created_at = after(-90 * 86_400);
            client.scopes = scopes(granted);
            client.default_scopes = scopes(granted);
        });
        let uses: Vec<UseRecord> = used
            .iter()
            .map(|permission| UseRecord {
                realm: Arc::clone(&realm.name),
                holder: Holder::Client(Arc::clone(&before.client_id)),
                permission: Some((*permission).into()),
                count: 1,
                first_used_at: after(-60 * 86_400),
                last_used_at: after(-86_400),
            })
            .collect();
        let entropy = Counted::default();
        let deed = fixture::deed(&realm, actor, &entropy);
        let review = look(&before, &uses, &realm, IDLE_DAYS, fixture::NOW);
        trim(&before, &review, &deed).map(|edit| edit.after)
    }

    #[test]
    fn a_pattern_becomes_the_list_of_what_was_used() {
        let after = trimmed("invoices:* customers:read openid", &["invoices:read"]).unwrap();
        assert_eq!(after.scopes, scopes("invoices:read openid"));
        assert_eq!((after.default_scopes, after.version), (after.scopes, 2));
    }

    #[test]
    fn a_pattern_that_loses_nothing_stays_a_pattern() {
        let after = trimmed("invoices:* customers:read", &["invoices:read", "invoices:write"]).unwrap();
        assert_eq!(after.scopes, scopes("invoices:*"));
    }

    #[test]
    fn nothing_is_taken_where_nothing_was_reported() {
        assert!(matches!(
            trimmed("invoices:* customers:read", &[]),
            Err(Refused::State(_))
        ));
    }

    #[test]
    fn permissions_of_the_server_itself_are_never_taken_since_nobody_reports_their_use() {
        let after = trimmed("invoices:read customers:read grantd:clients:read", &["invoices:read"]).unwrap();
        assert_eq!(after.scopes, scopes("invoices:read grantd:clients:read"));
    }

    #[test]
    fn what_may_more_than_the_actor_is_not_theirs_to_trim() {
        let weak = crate::admin::actor::actor(None, &["grantd:clients:*"]);
        let refused = trimmed_by(
            &weak,
            "invoices:read customers:read grantd:clients:* grantd:keys:write",
            &["invoices:read"],
        );
        assert!(matches!(refused, Err(Refused::Beyond(_))), "{refused:?}");
    }

    #[test]
    fn who_asks_for_or_uses_what_trimming_takes_away_would_miss_it() {
        let realm = |rules: &[Tightening]| fixture::realm_with(|realm| realm.tightenings.reported = rules.to_vec());
        let client = client_with(|client| {
            client.created_at = after(-90 * 86_400);
            client.scopes = scopes("invoices:*");
        });
        let used = |permission: &str, last: i64| UseRecord {
            realm: Arc::clone(&client.realm),
            holder: Holder::Client(Arc::clone(&client.client_id)),
            permission: Some(permission.into()),
            count: 1,
            first_used_at: after(-60 * 86_400),
            last_used_at: after(last * 86_400),
        };
        let uses = [used("invoices:read", -1), used("invoices:write", -31)];
        let tried = realm(&[Tightening::UnusedPermissions]);
        let missed = |wanted: &str, realm: &Realm| would_miss(&client, &uses, realm, &scopes(wanted), fixture::NOW);
        assert!(missed("invoices:write", &tried));
        assert!(missed("openid invoices:*", &tried), "a pattern asks for it, too");
        assert!(!missed("openid invoices:read", &tried));
        assert!(
            !missed("invoices:write", &realm(&[Tightening::Pkce])),
            "it is not tried out"
        );
        assert!(
            !would_miss(&client, &[], &tried, &scopes("invoices:write"), fixture::NOW),
            "nobody reports"
        );
    }
}
