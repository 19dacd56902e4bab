//! A hundred racers present one proof of possession: one gets a token, ninety-nine are told that the proof was used.

use super::{Arena, LENIENT, RACERS, rounds};
use crate::harness::Key;
use crate::harness::key::{fresh, now};
use crate::stage::{MACHINE, race};
use grantd_jose::Algorithm;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_used_once_on_sqlite() {
    present(&Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_used_once_on_postgres() {
    present(&Arena::postgres(1).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_used_once_across_three_processes() {
    present(&Arena::postgres(3).await).await;
}

async fn present(arena: &Arena) {
    let key = Key::new(Algorithm::ES256);
    for _ in 0..rounds() {
        let proof = proof(&key);
        let request = |node: &_| {
            let form = [("grant_type", "client_credentials")];
            LENIENT.form(node, "token", MACHINE, &form).with_header("dpop", &proof)
        };
        let replies = race(arena.racers(request)).await;
        assert_eq!(replies.len(), RACERS);
        let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
        for reply in lost {
            assert_eq!(reply.error().as_deref(), Some("invalid_dpop_proof"), "{}", reply.body);
        }
        assert_eq!(won.len(), 1, "winners");
        assert_eq!(won[0].text("token_type"), "DPoP");
    }
}

/// A new proof of the key at the token endpoint.
pub(super) fn proof(key: &Key) -> String {
    let claims = json!({
        "jti": fresh(), "htm": "POST", "htu": format!("{}/token", LENIENT.issuer()), "iat": now(),
    });
    key.sign(&json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": key.public}), &claims)
}
