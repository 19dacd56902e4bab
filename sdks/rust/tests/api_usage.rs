//! Reports of use: added up, in batches, and never in a request's way.

use crate::support::{api, asking, authorization, facts, reason, until};
use grantd_sdk::testing::{Endpoint, Fault};
use grantd_sdk::verifier::{Reason, UsageSink, Use};
use grantd_sdk::{BoxFuture, Cause};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Takes reports, unless it is told to fail.
#[derive(Clone, Default)]
struct Reports(Arc<Mutex<(bool, Vec<Vec<Use>>)>>);

impl UsageSink for Reports {
    fn send(&self, uses: Vec<Use>) -> BoxFuture<'_, Result<(), Cause>> {
        let mut state = self.0.lock().unwrap();
        let outcome: Result<(), Cause> = if state.0 {
            Err(Arc::new(std::fmt::Error))
        } else {
            Ok(())
        };
        if outcome.is_ok() {
            state.1.push(uses);
        }
        Box::pin(async move { outcome })
    }
}

#[tokio::test]
async fn usage_reports() {
    let (issuer, builder) = api();
    let reports = Reports::default();
    let verifier = builder
        .usage_to(Duration::from_secs(60), reports.clone())
        .build()
        .unwrap();
    let headers = authorization(&format!(
        "Bearer {}",
        issuer.mint(json!({ "scope": "a:* b:read" })).unwrap()
    ));
    let call = async |scopes: &[&str]| verifier.authenticate(&facts(&headers), scopes).await;
    for _ in 0..5 {
        call(&["a:read"]).await.unwrap();
    }
    call(&["a:read", "b:read"]).await.unwrap();
    assert_eq!(reason(call(&["c:read"]).await), Reason::Scope);
    assert_eq!(reports.0.lock().unwrap().1.len(), 0);
    reports.0.lock().unwrap().0 = true;
    issuer.clock().advance(60_000);
    call(&["b:read"]).await.unwrap();
    verifier.flush_usage().await;
    reports.0.lock().unwrap().0 = false;
    verifier.flush_usage().await;
    verifier.flush_usage().await;
    let line = |permission: &str, count| Use {
        client_id: "client".to_owned(),
        permission: permission.to_owned(),
        count,
    };
    assert_eq!(reports.0.lock().unwrap().1, [[line("a:read", 6), line("b:read", 2)]]);
}

#[tokio::test]
async fn usage_reports_go_to_the_server_in_batches_and_what_failed_goes_again() {
    let (issuer, builder) = api();
    let verifier = asking(builder).usage(Duration::from_secs(60)).build().unwrap();
    let headers = authorization(&format!("Bearer {}", issuer.mint(json!({ "scope": "*" })).unwrap()));
    for permission in 0..250 {
        let permission = format!("p{permission:03}:read");
        verifier.authenticate(&facts(&headers), &[&permission]).await.unwrap();
    }
    verifier.authenticate(&facts(&headers), &["p000:read"]).await.unwrap();
    issuer.fail_next(Endpoint::Usage, Fault::status(503));
    issuer.fail_next(Endpoint::Usage, Fault::status(200));
    issuer.fail_next(Endpoint::Usage, Fault::Network);
    for _ in 0..2 {
        verifier.flush_usage().await;
    }
    let seen = issuer.seen();
    let sent: Vec<_> = seen
        .iter()
        .filter(|request| request.endpoint == Endpoint::Usage)
        .collect();
    let ids: Vec<&str> = sent.iter().map(|request| &*request.form["report_id"]).collect();
    assert!(ids[0] == ids[1] && ids[1] != ids[2] && ids[2] == ids[3], "{ids:?}");
    let reports: Vec<Vec<Value>> = sent
        .iter()
        .map(|request| serde_json::from_str(&request.form["uses"]).unwrap())
        .collect();
    assert_eq!(reports.iter().map(Vec::len).collect::<Vec<_>>(), [200, 200, 50, 50]);
    assert_eq!(
        reports[1][0],
        json!({ "client_id": "client", "permission": "p000:read", "count": 2 })
    );
    assert_eq!(reports[2], reports[3], "what was taken is not reported twice");
    let basic = seen.last().unwrap().headers["authorization"].to_str().unwrap();
    assert!(basic.starts_with("Basic "));
}

#[tokio::test]
async fn usage_reports_to_a_server_that_takes_none_name_for_each_credential_what_it_used() {
    let (issuer, builder) = api();
    issuer.set_metadata("grantd_usage_endpoint", Value::Null);
    let verifier = asking(builder).usage(Duration::from_secs(60)).build().unwrap();
    let headers = authorization(&format!("Bearer {}", issuer.mint_opaque(json!({ "scope": "a:*" }))));
    verifier.authenticate(&facts(&headers), &["a:read"]).await.unwrap();
    verifier.authenticate(&facts(&headers), &["a:write"]).await.unwrap();
    assert_eq!(issuer.count(Endpoint::Introspection), 1);
    verifier.flush_usage().await;
    assert_eq!(issuer.seen().last().unwrap().form["scope"], "a:read a:write");
}

#[tokio::test]
async fn usage_reports_end() {
    const HOUR: i64 = 3_600_000;
    let (issuer, builder) = api();
    let verifier = asking(builder).usage(Duration::from_secs(48 * 3600)).build().unwrap();
    let token = issuer.mint(json!({ "scope": "*" })).unwrap();
    let principal = verifier.verify(&token).await.unwrap();
    let count = |permission: &str| verifier.authorize(&principal, &[permission]).unwrap();
    let flush = async |dropped: u64| {
        verifier.flush_usage().await;
        assert_eq!(verifier.usage_dropped(), dropped);
    };
    issuer.fail_always(Endpoint::Usage, Fault::Network);
    count("a:read");
    count("a:read");
    flush(0).await;
    count("b:read");
    issuer.clock().advance(12 * HOUR - 1);
    flush(0).await;
    issuer.clock().advance(1);
    flush(2).await;
    // What the metadata says now is known once they were fetched beside a call.
    let learn = async || {
        let asked = issuer.count(Endpoint::Metadata);
        issuer.clock().advance(HOUR);
        let _ = verifier.verify("opaque").await;
        until(|| issuer.count(Endpoint::Metadata) > asked).await;
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    };
    issuer.set_metadata("grantd_usage_endpoint", Value::Null);
    learn().await;
    flush(3).await;
    let address = format!("{}/usage", issuer.issuer());
    issuer.set_metadata("grantd_usage_endpoint", address);
    learn().await;
    issuer.mend();
    count("c:read");
    issuer.fail_next(Endpoint::Usage, Fault::refusal("invalid_request"));
    flush(4).await;
    let seen = issuer.seen();
    let sent = seen.iter().filter(|request| request.endpoint == Endpoint::Usage);
    let mut ids: Vec<&str> = sent.map(|request| &*request.form["report_id"]).collect();
    ids.dedup();
    assert_eq!(ids.len(), 3, "each report under one name: {ids:?}");
    for number in 0..10_007 {
        count(&format!("p{number}:read"));
    }
    let before = issuer.count(Endpoint::Usage);
    flush(11).await;
    assert_eq!(issuer.count(Endpoint::Usage), before + 50);
}
