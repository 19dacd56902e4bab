//! How users, and their sessions, are named to a client (OpenID Connect Core section 8): by the name that every client
//! gets, or by one that only its sector gets. Whatever leaves this server for a client or an API names users by this, and
//! by this alone; records keep the user's own id. Must not know in what token the name stands.

use crate::realm::Realm;
use crate::record::ClientRecord;
use grantd_protocol::id::SessionId;
use std::sync::Arc;

/// `sub` of a user for a client.
#[must_use]
pub fn of_user(realm: &Realm, client: &ClientRecord, user: &Arc<str>) -> Arc<str> {
    named(realm, client, "sub", user).map_or_else(|| Arc::clone(user), Arc::from)
}

/// `sid` of a session for a client: one name for all would tell sectors that their users are the same.
#[must_use]
pub fn of_session(realm: &Realm, client: &ClientRecord, session: SessionId) -> String {
    let own = session.to_string();
    named(realm, client, "sid", &own).unwrap_or(own)
}

/// The name for the client's sector; `None` where it gets the one that everybody gets.
fn named(realm: &Realm, client: &ClientRecord, kind: &str, of: &str) -> Option<String> {
    let openid = &client.openid;
    if openid.subject_type.is_public() {
        return None;
    }
    // A client whose sector became uncertain is one of its own, rather than one that gets everybody's names.
    let sector = openid.sector(&client.redirect_uris);
    let sector = sector.unwrap_or_else(|| format!("client {}", client.client_id));
    Some(realm.openid.pairwise.name(kind, &realm.name, &sector, of))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{client_with, realm_with};
    use crate::realm::PairwiseKey;
    use crate::record::SubjectType;

    fn pairwise(redirect_uri: &str) -> ClientRecord {
        client_with(|client| {
            client.openid.subject_type = SubjectType::Pairwise;
            client.redirect_uris = vec![redirect_uri.to_owned()];
        })
    }

    #[test]
    fn an_ordinary_client_gets_the_users_own_id() {
        let (realm, user) = (realm_with(|_| {}), Arc::from("ada"));
        assert_eq!(of_user(&realm, &client_with(|_| {}), &user), user);
    }

    #[test]
    fn a_sector_has_names_of_its_own_that_never_change() {
        let (realm, user) = (realm_with(|_| {}), Arc::from("ada"));
        let one = of_user(&realm, &pairwise("https://a.example/cb"), &user);
        assert_eq!(one, of_user(&realm, &pairwise("https://a.example/other"), &user));
        assert_ne!(one, of_user(&realm, &pairwise("https://b.example/cb"), &user));
        assert_ne!(
            one,
            of_user(&realm, &pairwise("https://a.example/cb"), &Arc::from("bob"))
        );
        assert_ne!(one, user);
        // A change here would change every name that clients know.
        assert_eq!(&*one, "l-vWpGlgZ9eb6O55jDbVQA2k36fCCQ7U632g7Ej0Mgw");
    }

    #[test]
    fn another_key_or_realm_gives_other_names() {
        let (client, user) = (pairwise("https://a.example/cb"), Arc::from("ada"));
        let one = of_user(&realm_with(|_| {}), &client, &user);
        let keyed = realm_with(|realm| realm.openid.pairwise = PairwiseKey::new(&[1; 32]));
        let named = realm_with(|realm| realm.name = "other".into());
        assert_ne!(one, of_user(&keyed, &client, &user));
        assert_ne!(one, of_user(&named, &client, &user));
        assert_eq!(format!("{:?}", keyed.openid.pairwise), "PairwiseKey(..)");
    }

    #[test]
    fn a_client_without_a_certain_sector_is_one_of_its_own() {
        let (realm, user) = (realm_with(|_| {}), Arc::from("ada"));
        let one = pairwise("com.example.app:/cb");
        let mut other = one.clone();
        other.client_id = "another".into();
        assert_ne!(of_user(&realm, &one, &user), of_user(&realm, &other, &user));
        assert_ne!(of_user(&realm, &one, &user), user);
    }

    #[test]
    fn sessions_have_names_for_sectors_too() {
        let realm = realm_with(|_| {});
        let session = SessionId::from_bytes([7; 16]);
        let one = of_session(&realm, &pairwise("https://a.example/cb"), session);
        assert_ne!(one, of_session(&realm, &pairwise("https://b.example/cb"), session));
        assert_eq!(of_session(&realm, &client_with(|_| {}), session), session.to_string());
    }
}
