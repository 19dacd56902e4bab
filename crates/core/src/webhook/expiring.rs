//! Client secrets whose end is near. That is said ahead, so that somebody can carry another one over in time, and said once,
//! whichever of several nodes sees it first. Must not know who listens.

use crate::change::{Change, Guard, Write};
use crate::record::{AuditRecord, ClientRecord, ClientSecret};
use crate::single_use::SingleUse;
use grantd_protocol::id::{AuditId, ChangeId};
use grantd_protocol::{Entropy, Seconds, Timestamp};
use serde_json::json;
use std::sync::Arc;

/// The action of the line that says it.
pub const SECRET_EXPIRING: &str = "secret.expiring";

/// How long before its end a secret is spoken of, the last time first.
const AHEAD: [Seconds; 2] = [Seconds(86_400), Seconds(7 * 86_400)];

/// What says of a client's secrets that they end soon, as a change for each that is due: it is applied once, and only to the
/// client as it was seen.
#[must_use]
pub fn expiring(client: &ClientRecord, now: Timestamp, entropy: &dyn Entropy) -> Vec<Change> {
    if !client.auth_method.has_secret() {
        return Vec::new();
    }
    let said = |secret: &ClientSecret| {
        let end = secret.expires_at?;
        let ahead = due(end, now)?;
        Some(say(client, secret, (end, ahead), now, entropy))
    };
    client.secrets.iter().filter_map(said).collect()
}

/// How long ahead it is due to be said now: of several times that were missed the last alone. What is over is not near.
fn due(end: Timestamp, now: Timestamp) -> Option<Seconds> {
    let is_near = |ahead: &Seconds| end.minus(*ahead) <= now;
    (now < end).then(|| AHEAD.into_iter().find(is_near)).flatten()
}

fn say(
    client: &ClientRecord,
    secret: &ClientSecret,
    (end, ahead): (Timestamp, Seconds),
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Change {
    let (realm, client_id) = (&client.realm, &client.client_id);
    let outlives = |other: &&ClientSecret| other.expires_at.is_none_or(|its| end < its);
    let line = AuditRecord {
        id: AuditId::draw(now, entropy),
        realm: Arc::clone(realm),
        at: now,
        actor: "system".to_owned(),
        action: SECRET_EXPIRING.to_owned(),
        target: format!("client:{client_id}"),
        address: None,
        detail: json!({
            "name": client.name,
            "secret": secret.created_at.millis().to_string(),
            "last_four": secret.last_four,
            "expires_at": end.secs(),
            "others": client.secrets.iter().filter(outlives).count(),
        }),
    };
    let mut change = Change {
        id: ChangeId::draw(now, entropy),
        guards: vec![Guard::ClientAt {
            realm: Arc::clone(realm),
            client_id: Arc::clone(client_id),
            version: client.version,
        }],
        writes: vec![Write::Audit(Box::new(line))],
    };
    // An end that was moved is another one, and is spoken of again.
    let made = secret.created_at.millis();
    let what = format!("{made} {} {}", end.millis(), ahead.get());
    change.spend(&[SingleUse::announced(realm, client_id, &what, end)]);
    change
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::SeenKey;
    use crate::fixture::{NOW, after, client_with};
    use crate::record::TokenEndpointAuthMethod;
    use crate::webhook::EVENTS;
    use grantd_protocol::entropy::counted::Counted;

    const DAY: i64 = 86_400;

    /// A client whose only secret ends so many seconds after [`NOW`].
    fn ending(seconds: i64) -> ClientRecord {
        client_with(|client| client.secrets[0].expires_at = Some(after(seconds)))
    }

    /// Under which names it would be said at an instant.
    fn said(client: &ClientRecord, now: Timestamp) -> Vec<SeenKey> {
        let changes = expiring(client, now, &Counted::default());
        let name = |change: &Change| match change.guards.as_slice() {
            [Guard::ClientAt { .. }, Guard::Unseen(key)] => *key,
            other => panic!("{other:?}"),
        };
        changes.iter().map(name).collect()
    }

    #[test]
    fn it_is_said_a_week_and_a_day_ahead_and_neither_before_nor_when_it_is_over() {
        let client = ending(30 * DAY);
        let at = |days: i64, seconds: i64| said(&client, after((30 - days) * DAY + seconds));
        assert!(at(7, -1).is_empty() && at(0, 0).is_empty() && at(0, 1).is_empty());
        let (week, day) = (at(7, 0), at(1, 0));
        assert_eq!((week.len(), day.len()), (1, 1));
        assert_ne!(week, day);
        // Whoever looks again looks for the same two.
        assert_eq!((at(1, -1), at(0, -1)), (week, day));
    }

    #[test]
    fn what_was_missed_is_not_said_beside_what_is_due() {
        assert_eq!(said(&ending(DAY), NOW).len(), 1);
    }

    #[test]
    fn a_secret_without_an_end_and_one_that_nobody_needs_are_not_spoken_of() {
        assert!(said(&client_with(|_| {}), NOW).is_empty());
        let signs = |client: &mut ClientRecord| client.auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
        let mut client = ending(DAY);
        signs(&mut client);
        assert!(said(&client, NOW).is_empty());
    }

    #[test]
    fn each_secret_is_spoken_of_by_itself_and_again_when_its_end_is_moved() {
        let mut client = ending(DAY);
        let mut other = client.secrets[0].clone();
        other.created_at = after(-5);
        client.secrets.push(other);
        let both = said(&client, NOW);
        assert!(both.len() == 2 && both[0] != both[1]);
        client.secrets[1].expires_at = Some(after(DAY / 2));
        let moved = said(&client, NOW);
        assert!(moved[0] == both[0] && moved[1] != both[1]);
    }

    #[test]
    fn the_line_names_the_secret_and_does_not_hold_it() {
        let mut client = ending(DAY);
        let mut newer = client.secrets[0].clone();
        newer.expires_at = None;
        client.secrets.insert(0, newer);
        let [change] = &*expiring(&client, NOW, &Counted::default()) else {
            panic!("one of the two ends")
        };
        let [Write::Audit(line), Write::Remember { expires_at, .. }] = change.writes.as_slice() else {
            panic!("{:?}", change.writes)
        };
        assert!(EVENTS.contains(&&*line.action));
        assert_eq!(line.target, format!("client:{}", client.client_id));
        assert_eq!(line.detail["expires_at"], after(DAY).secs());
        assert_eq!(line.detail["last_four"], client.secrets[1].last_four);
        assert_eq!(line.detail["others"], 1);
        assert!(
            *expires_at > after(DAY),
            "it is remembered for as long as it could be said"
        );
    }
}
