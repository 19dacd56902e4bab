//! Why an access token is not good, for whoever runs the server: introspection tells a caller no more than that it is not.

use crate::record::{AccessFacts, ClientRecord};
use crate::token::introspect::{is_beyond_role, is_issued_to, is_within};
use grantd_protocol::Timestamp;

/// One reason. A token can have several.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WhyNot {
    /// Its time is over.
    #[error("it expired at {}", .0.secs())]
    Expired(Timestamp),
    /// Somebody ended it.
    #[error("it was ended at {}: revoked, or deleted by hand", .0.secs())]
    Ended(Timestamp),
    /// See [`AccessFacts::family_ended`].
    #[error("its family was ended: the refresh token beside it was revoked, or used twice")]
    FamilyEnded,
    /// See [`AccessFacts::grant_ended`].
    #[error("what the user allowed was ended, or the session that it was allowed for")]
    GrantEnded,
    /// See [`AccessFacts::user_disabled`].
    #[error("its user is disabled or gone")]
    UserDisabled,
    /// See [`AccessFacts::tenant_lost`].
    #[error("its tenant is disabled or gone, or its user left it")]
    TenantLost,
    /// See [`AccessFacts::subject_ended`].
    #[error("a token that it was made of is over")]
    SubjectEnded,
    /// See [`AccessFacts::app_blocked`].
    #[error("its tenant blocked the application that exchanged it")]
    AppBlocked,
    /// Its client was deleted.
    #[error("its client is gone")]
    ClientGone,
    /// Its client was disabled.
    #[error("its client is disabled")]
    ClientDisabled,
    /// An id that came back.
    #[error("it was issued to an earlier client of the same id")]
    EarlierClient,
    /// For tokens made by hand.
    #[error("its client may no longer do what it permits")]
    BeyondClient,
    /// For tokens made by hand.
    #[error("its maker's role does not permit any more what it says")]
    BeyondRole,
}

/// Every reason why a token is not good at `now`; none for one that is. `client` is the client it was issued to, as it stands
/// now, and the facts are those [`as_of_now`](super::introspect::as_of_now). Says the same as
/// [`is_live`](super::introspect::is_live).
#[must_use]
pub fn why_not(facts: &AccessFacts, client: Option<&ClientRecord>, now: Timestamp) -> Vec<WhyNot> {
    let token = &facts.token;
    let if_so = |holds: bool, why: WhyNot| holds.then_some(why);
    let of_client = match client {
        None => [Some(WhyNot::ClientGone), None, None],
        Some(client) => [
            if_so(!client.enabled, WhyNot::ClientDisabled),
            if_so(!is_issued_to(token, client), WhyNot::EarlierClient),
            if_so(
                !is_beyond_role(token) && !is_within(client, token),
                WhyNot::BeyondClient,
            ),
        ],
    };
    let of_token = [
        if_so(token.expires_at <= now, WhyNot::Expired(token.expires_at)),
        token.ended_at.map(WhyNot::Ended),
        if_so(facts.family_ended, WhyNot::FamilyEnded),
        if_so(facts.grant_ended, WhyNot::GrantEnded),
        if_so(facts.user_disabled, WhyNot::UserDisabled),
        if_so(facts.tenant_lost, WhyNot::TenantLost),
        if_so(facts.subject_ended, WhyNot::SubjectEnded),
        if_so(facts.app_blocked, WhyNot::AppBlocked),
        if_so(is_beyond_role(token), WhyNot::BeyondRole),
    ];
    of_token.into_iter().chain(of_client).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::token_endpoint::access_facts;
    use crate::fixture::{NOW, after, client, client_with};
    use crate::token::introspect::is_live;

    fn facts_with(change: impl FnOnce(&mut AccessFacts)) -> AccessFacts {
        let mut facts = access_facts();
        change(&mut facts);
        facts
    }

    #[test]
    fn each_reason_is_named_by_itself_and_is_one_for_introspection_too() {
        let end = access_facts().token.expires_at;
        let cases: [(AccessFacts, WhyNot); 8] = [
            (facts_with(|facts| facts.token.expires_at = NOW), WhyNot::Expired(NOW)),
            (facts_with(|facts| facts.token.ended_at = Some(NOW)), WhyNot::Ended(NOW)),
            (facts_with(|facts| facts.family_ended = true), WhyNot::FamilyEnded),
            (facts_with(|facts| facts.grant_ended = true), WhyNot::GrantEnded),
            (facts_with(|facts| facts.user_disabled = true), WhyNot::UserDisabled),
            (facts_with(|facts| facts.tenant_lost = true), WhyNot::TenantLost),
            (facts_with(|facts| facts.subject_ended = true), WhyNot::SubjectEnded),
            (facts_with(|facts| facts.app_blocked = true), WhyNot::AppBlocked),
        ];
        for (facts, why) in cases {
            assert_eq!(why_not(&facts, Some(&client()), NOW), [why]);
            assert!(!is_live(&facts, Some(&client()), NOW), "{why}");
        }
        assert_eq!(why_not(&access_facts(), Some(&client()), end), [WhyNot::Expired(end)]);
    }

    #[test]
    fn reasons_of_its_client_are_reasons() {
        let disabled = client_with(|client| client.enabled = false);
        let later = client_with(|client| client.created_at = after(3600));
        for (client, why) in [
            (None, WhyNot::ClientGone),
            (Some(&disabled), WhyNot::ClientDisabled),
            (Some(&later), WhyNot::EarlierClient),
        ] {
            assert_eq!(why_not(&access_facts(), client, NOW), [why]);
            assert!(!is_live(&access_facts(), client, NOW), "{why}");
        }
    }

    #[test]
    fn what_a_role_or_a_client_lost_its_tokens_made_by_hand_lost() {
        use crate::fixture::{membership, realm_with, scopes};
        use crate::token::introspect::as_of_now;
        let place = membership("acme", "owner");
        let judged = |role: &str, client: &str| {
            let realm = realm_with(|realm| {
                realm.roles.insert("owner".into(), scopes(role));
            });
            let facts = facts_with(|facts| {
                facts.token.name = Some("export".into());
                facts.token.hash = None;
                facts.token.tenant = Some("acme".into());
                facts.token.scope = scopes("invoices:read invoices:write");
            });
            let facts = as_of_now(facts, Some(&place), false, &realm);
            let client = client_with(|one| one.scopes = scopes(client));
            let why = why_not(&facts, Some(&client), NOW);
            assert_eq!(why.is_empty(), is_live(&facts, Some(&client), NOW));
            why
        };
        assert_eq!(judged("*", "*"), []);
        assert_eq!(judged("invoices:read", "*"), [WhyNot::BeyondRole]);
        assert_eq!(judged("customers:read", "invoices:read"), [WhyNot::BeyondRole]);
        assert_eq!(judged("*", "invoices:read"), [WhyNot::BeyondClient]);
    }

    #[test]
    fn a_good_token_has_no_reason_and_a_bad_one_all_of_its_own() {
        assert!(is_live(&access_facts(), Some(&client()), NOW));
        assert_eq!(why_not(&access_facts(), Some(&client()), NOW), []);
        let facts = facts_with(|facts| (facts.family_ended, facts.user_disabled) = (true, true));
        assert_eq!(
            why_not(&facts, None, NOW),
            [WhyNot::FamilyEnded, WhyNot::UserDisabled, WhyNot::ClientGone]
        );
    }
}
