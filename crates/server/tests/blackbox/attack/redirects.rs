//! Rows A08 to A58: redirect URIs that are not the registered one, byte for byte.

use super::stage::{Stage, accepted, stays_here};
use super::{Rows, rows};

pub(super) const ROWS: Rows = rows! {
    "A08" => async |s| refused(s, "https://RP.EXAMPLE/cb").await,
    "A09" => async |s| refused(s, "https://rp.example/CB").await,
    "A10" => async |s| refused(s, "http://rp.example/cb").await,
    "A12" => async |s| refused(s, "https://rp.example:8443/cb").await,
    "A13" => async |s| refused(s, "https://rp.example/cb/").await,
    "A14" => async |s| refused(s, "https://rp.example//cb").await,
    "A16" => async |s| refused(s, "https://rp.example/x/../cb").await,
    "A17" => async |s| refused(s, "https://rp.example/cb/..%2f..%2fevil").await,
    "A18" => async |s| refused(s, "https://rp.example/cb%252f..%252f").await,
    "A20" => async |s| refused(s, "https://rp.example/c%62").await,
    "A21" => async |s| refused(s, "https://rp.example/cb%20").await,
    "A22" => async |s| refused(s, "https://rp.example/cb?x=1").await,
    "A24" => async |s| refused(s, "https://rp.example/cb#frag").await,
    "A25" => async |s| refused(s, "https://rp.example/cb#").await,
    "A26" => async |s| refused(s, "https://u:p@rp.example/cb").await,
    "A28" => async |s| refused(s, "https://rp.example@evil.example/cb").await,
    "A29" => async |s| refused(s, "https://rp.example.evil.example/cb").await,
    "A30" => async |s| refused(s, "https://evilrp.example/cb").await,
    "A32" => async |s| refused(s, "https://sub.rp.example/cb").await,
    "A33" => async |s| refused(s, "https://rp.example./cb").await,
    "A34" => async |s| refused(s, "https://r\u{440}.example/cb").await,
    "A36" => async |s| refused(s, "https:\\\\evil.example").await,
    "A37" => async |s| refused(s, "//evil.example").await,
    "A38" => async |s| refused(s, "https://rp.example/\tevil").await,
    "A40" => async |s| refused(s, "https://rp.example/cb\0").await,
    "A41" => async |s| refused(s, "javascript:alert(1)").await,
    "A42" => async |s| refused(s, "data:text/html,x").await,
    "A44" => async |s: &'static Stage| { stays_here(s.flow("ledger-web").with("redirect_uri", "").also("redirect_uri", "")).await; },
    "A45" => async |s: &'static Stage| { stays_here(s.flow("ledger-web").with("redirect_uri", "")).await; },
    "A46" => too_long,
    "A48" => async |s| ported(s, "native-4", "http://127.0.0.1:51234/callback").await,
    "A49" => async |s| ported(s, "native-6", "http://[::1]:51234/callback").await,
    "A50" => async |s| refused_for(s, "native-4", "http://127.0.0.1:51234/other").await,
    "A52" => async |s| refused_for(s, "native-4", "http://127.0.0.1:51234/callback?x=1").await,
    "A53" => localhost_only_where_registered,
    "A54" => async |s| refused_for(s, "native-4", "http://127.0.0.1.evil.example:3000/callback").await,
    "A56" => nonsense_ports,
    "A57" => async |s| refused_for(s, "web-loopback", "http://127.0.0.1:51234/callback").await,
    "A58" => async |s| refused_for(s, "native-4", "http://localhost:3000/callback").await,
};

async fn refused(stage: &Stage, uri: &str) {
    refused_for(stage, "rp", uri).await;
}

async fn refused_for(stage: &Stage, client: &str, uri: &str) {
    let page = stays_here(stage.flow(client).with("redirect_uri", uri)).await;
    let leading = page.addresses().into_iter().find(|address| address.contains(uri));
    assert_eq!(leading, None);
}

async fn ported(stage: &Stage, client: &str, uri: &str) {
    accepted(stage.flow(client).with("redirect_uri", uri)).await;
}

async fn localhost_only_where_registered(stage: &Stage) {
    ported(stage, "ledger-desktop", "http://localhost:51234/callback").await;
    refused_for(stage, "native-4", "http://localhost:51234/callback").await;
}

async fn nonsense_ports(stage: &Stage) {
    for port in [":0", ":65536", ":", ":-1", ":+80", ":08080"] {
        refused_for(stage, "native-4", &format!("http://127.0.0.1{port}/callback")).await;
    }
}

async fn too_long(stage: &Stage) {
    // As much as the client sends in an address, then all of it in a body.
    let uri = |length| format!("https://rp.example/cb{}", "x".repeat(length));
    let mut flow = stage.flow("rp").with("redirect_uri", &uri(60_000));
    assert_eq!(flow.ask().await.status, 414);
    flow.set("redirect_uri", &uri(64 * 1024));
    let (url, params) = (flow.realm.authorize(), flow.params.clone());
    let posted = flow.browser.post(&url, &params).await;
    assert!(matches!(posted.status, 400 | 413), "{}", posted.status);
    assert_eq!(posted.header("location"), None);
}
