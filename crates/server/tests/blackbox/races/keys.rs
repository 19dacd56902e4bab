//! Three processes find an empty database, and no master key, at the same moment: they agree on one schema, one master
//! key, and one active key for each algorithm.

use super::{STRICT, stage};
use crate::harness::postgres::fresh_database;
use std::collections::BTreeMap;

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_together_make_one_active_key_for_each_algorithm() {
    for _ in 0..3 {
        let stage = stage(Some(fresh_database().await));
        let (first, second, third) = tokio::join!(stage.start(), stage.start(), stage.start());
        let file = stage.realm(0).display().to_string();
        let listed = stage
            .json(&["keys", "list", "--output", "json", "--realm", &file])
            .await;
        let mut active = BTreeMap::new();
        for key in listed["keys"].as_array().expect("a list of keys") {
            if key["state"] == "active" {
                let alg = key["alg"].as_str().expect("an algorithm").to_owned();
                let before = active.insert(alg, key["kid"].as_str().expect("a key id").to_owned());
                assert_eq!(before, None, "two active keys: {listed}");
            }
        }
        assert_eq!(active.keys().collect::<Vec<_>>(), ["ES256", "RS256"]);
        for node in [&first, &second, &third] {
            let reply = STRICT.keys(node).send().await.expect("a reply");
            let published: Vec<_> = reply.json()["keys"].as_array().expect("keys").clone();
            for kid in active.values() {
                assert!(
                    published.iter().any(|key| key["kid"] == **kid),
                    "{kid} is not published: {}",
                    reply.body
                );
            }
        }
    }
}
