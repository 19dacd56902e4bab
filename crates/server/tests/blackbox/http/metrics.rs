//! What is registered is counted: a metric that nothing feeds is a promise that nobody keeps.

use crate::harness::{Flow, Launch, Server};

/// What every flow feeds. A metric with labels is shown from its first sample on.
const FED: &[&str] = &[
    "grantd_http_requests",
    "grantd_http_request_seconds",
    "grantd_tokens_issued",
    "grantd_requests_refused",
    "grantd_commit_seconds",
    "grantd_process_resident_memory_bytes",
    "grantd_build",
];
/// What the flow does not bring about: a lost race, expired rows, a full listener. Each has a test of its own.
const ELSEWHERE: &[&str] = &["grantd_store_conflicts", "grantd_rows_purged", "grantd_listener_full"];

#[tokio::test]
async fn every_registered_metric_has_samples_after_a_flow() {
    let server = Server::start(Launch::demo());
    let realm = server.realm();
    let client_id = realm.0["clients"][0]["client_id"].as_str().unwrap().to_owned();
    let mut flow = Flow::new(&realm, &client_id);
    flow.tokens().await;
    flow.redeem("nonsense").await.expect(400);

    let text = reqwest::get(server.ready["metrics"].as_str().unwrap())
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let families: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    assert!(families.len() > 5, "{text}");
    for family in families {
        let counted = text.lines().filter(|line| line.starts_with(family)).any(|line| {
            let value = line.rsplit(' ').next().unwrap();
            value.parse::<f64>().unwrap() > 0.0
        });
        assert!(
            counted || ELSEWHERE.contains(&family),
            "{family} counts nothing\n{text}"
        );
    }
    for family in FED {
        assert!(
            text.contains(&format!("# TYPE {family} ")),
            "{family} is not there\n{text}"
        );
    }
}
