//! The way back for an operator who cannot log in any more: for whoever can open the database, and for nobody else.

use super::deed::{Deed, Edit};
use super::user;
use crate::change::Write;
use crate::record::UserRecord;
use serde_json::json;

/// Gives somebody a new password, takes away whatever else proved them, lets them in again where they were shut out, and ends
/// everything that was begun as them, the tokens made by hand too: nothing is left of who was there before. `hash` is that of the password.
#[must_use]
pub fn recover(before: &UserRecord, hash: String, deed: &Deed<'_>) -> Edit<UserRecord> {
    let after = UserRecord {
        version: before.version + 1,
        password_hash: Some(hash),
        password_changed_at: deed.now,
        factors: None,
        enabled: true,
        ..before.clone()
    };
    let detail = json!({ "was_disabled": !before.enabled, "had_other_factors": before.factors.is_some() });
    let audit = deed.audit("user.recovered", user::target(before), detail);
    let writes = vec![
        Write::UpdateUser(Box::new(after.clone())),
        user::end(before, deed),
        user::end_made_by_hand(before, deed),
    ];
    Edit {
        change: deed.change(vec![user::at(before)], writes, audit),
        after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::Actor;
    use crate::change::Guard;
    use crate::fixture;
    use grantd_protocol::entropy::counted::Counted;

    #[test]
    fn whoever_was_shut_out_gets_in_by_the_new_password_alone_and_everything_older_ends() {
        let (realm, entropy, actor) = (fixture::realm(), Counted::default(), Actor::command_line());
        let deed = fixture::deed(&realm, &actor, &entropy);
        let mut before = fixture::user();
        before.enabled = false;
        let edit = recover(&before, "$argon2id$new".to_owned(), &deed);
        assert!(edit.after.enabled && edit.after.factors.is_none());
        assert_eq!(edit.after.password_hash.as_deref(), Some("$argon2id$new"));
        assert_eq!(
            (edit.after.version, edit.after.password_changed_at),
            (before.version + 1, deed.now)
        );
        assert!(matches!(edit.change.guards.as_slice(), [Guard::UserRowAt { .. }]));
        let written = &edit.change.writes;
        assert!(
            written.iter().any(|write| matches!(write, Write::EndUser { .. })),
            "{written:?}"
        );
        assert!(
            written
                .iter()
                .any(|write| matches!(write, Write::EndByHand { tenant: None, .. })),
            "{written:?}"
        );
        assert!(
            written
                .iter()
                .any(|write| matches!(write, Write::Audit(line) if line.action == "user.recovered"))
        );
    }
}
