//! Secrets of clients that came from another server: what must be compared slowly, and what is kept once one was
//! proved. Nothing is compared here; whoever does it takes a bounded time for it, and counts it first.

use super::{Credential, Presented};
use crate::change::{Change, Guard, Write};
use crate::realm::Realm;
use crate::record::{ClientRecord, SecretProof};
use crate::stored_hash::HashText;
use grantd_protocol::id::ChangeId;
use grantd_protocol::{Secret, Timestamp};
use std::sync::Arc;

/// Two secrets at the most are alive, and HTTP Basic can be read in two ways.
const MOST: usize = 4;

/// One comparison that could prove the client.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What was presented.
    pub text: Secret,
    /// What it is compared with.
    pub hash: HashText,
    position: usize,
}

/// The comparisons that could prove `client`, after the quick ones did not: none where another method, another client
/// or a disabled one was presented, or where all of its secrets are quick.
#[must_use]
pub fn candidates(presented: &Presented, client: &ClientRecord, realm: &Realm, now: Timestamp) -> Vec<Candidate> {
    if !presented.may_prove(client, realm) {
        return Vec::new();
    }
    let mut texts: Vec<&str> = match &presented.proof {
        Credential::None | Credential::Assertion(_) => Vec::new(),
        Credential::Basic(credentials) => credentials.secrets().collect(),
        Credential::Post(text) => vec![text.expose()],
    };
    texts.dedup();
    let alive = client.secrets.iter().enumerate().filter_map(|(position, secret)| {
        let hash = match &secret.hash {
            SecretProof::Imported(hash) => hash,
            SecretProof::Quick(_) => return None,
        };
        secret
            .expires_at
            .is_none_or(|end| now < end)
            .then_some((position, hash))
    });
    alive
        .flat_map(|(position, hash)| {
            texts.iter().map(move |text| Candidate {
                text: Secret::new((*text).to_owned()),
                hash: hash.clone(),
                position,
            })
        })
        .take(MOST)
        .collect()
}

/// The client after the candidate proved it, and the change that makes it so: the secret is kept from now on as ours are.
/// Where the client changed since it was read, the proof is of nothing and the change does not commit.
#[must_use]
pub fn adopt(client: &ClientRecord, proved: &Candidate, change: ChangeId) -> (ClientRecord, Change) {
    let mut after = client.clone();
    after.version += 1;
    if let Some(secret) = after.secrets.get_mut(proved.position) {
        secret.hash = SecretProof::Quick(proved.text.hash());
    }
    let change = Change {
        id: change,
        guards: vec![Guard::ClientAt {
            realm: Arc::clone(&client.realm),
            client_id: Arc::clone(&client.client_id),
            version: client.version,
        }],
        writes: vec![Write::UpdateClient(Box::new(after.clone()))],
    };
    (after, change)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client_auth::authenticate;
    use crate::fixture;

    const HASH: &str = "$2b$12$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

    fn imported() -> ClientRecord {
        let mut client = fixture::client();
        for secret in &mut client.secrets {
            secret.hash = SecretProof::Imported(HashText::new(HASH.to_owned()).unwrap());
        }
        client
    }

    fn posted(secret: &str) -> Presented {
        let params = fixture::params(&[("client_id", fixture::CLIENT), ("client_secret", secret)]);
        Presented::read(&params, None).unwrap()
    }

    #[test]
    fn an_imported_secret_proves_nothing_until_it_was_compared_slowly() {
        let realm = fixture::realm();
        let client = imported();
        let presented = posted("U*U");
        assert!(authenticate(&presented, Some(&Arc::new(client.clone())), &fixture::setting(&realm)).is_err());
        let found = candidates(&presented, &client, &realm, fixture::NOW);
        assert_eq!(found.len(), 1);
        let (after, change) = adopt(&client, &found[0], ChangeId::from_bytes([1; 16]));
        assert!(authenticate(&presented, Some(&Arc::new(after.clone())), &fixture::setting(&realm)).is_ok());
        assert_eq!((after.version, change.guards.len()), (client.version + 1, 1));
        assert!(!serde_json::to_string(&after).unwrap().contains("$2b$"));
    }

    #[test]
    fn the_text_itself_of_an_imported_hash_proves_nothing() {
        let realm = fixture::realm();
        let presented = posted(HASH);
        assert!(authenticate(&presented, Some(&Arc::new(imported())), &fixture::setting(&realm)).is_err());
    }

    #[test]
    fn nothing_is_compared_for_a_client_that_could_not_be_proved_in_this_way() {
        let realm = fixture::realm();
        let compared = |change: fn(&mut ClientRecord)| {
            let mut client = imported();
            change(&mut client);
            candidates(&posted("U*U"), &client, &realm, fixture::NOW).len()
        };
        assert_eq!(compared(|_| {}), 1);
        assert_eq!(compared(|client| client.enabled = false), 0);
        assert_eq!(compared(|client| client.client_id = "another".into()), 0);
        assert_eq!(compared(|client| client.realm = "another".into()), 0);
        assert_eq!(
            compared(|client| client.auth_method = crate::record::TokenEndpointAuthMethod::None),
            0
        );
        assert_eq!(compared(|client| client.secrets[0].expires_at = Some(fixture::NOW)), 0);
    }

    #[test]
    fn an_imported_secret_survives_the_store_as_it_is() {
        let json = serde_json::to_string(&imported()).unwrap();
        let again: ClientRecord = serde_json::from_str(&json).unwrap();
        assert!(matches!(&again.secrets[0].hash, SecretProof::Imported(text) if text.expose() == HASH));
        let own: ClientRecord = serde_json::from_str(&serde_json::to_string(&fixture::client()).unwrap()).unwrap();
        assert!(matches!(&own.secrets[0].hash, SecretProof::Quick(_)));
    }
}
