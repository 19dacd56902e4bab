//! Status lists as an API reads them that verifies tokens by itself: it knows the token and the published keys, and nothing
//! of this server. What introspection calls inactive, the list calls over.

use crate::harness::flow::post_as;
use crate::harness::own::Own;
use crate::harness::postgres::fresh_database;
use crate::harness::realm::demo;
use crate::harness::{Agent, Flow, Launch, Realm, Server};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantd_core::change::{Change, Write};
use grantd_core::status_list::StatusPlace;
use grantd_jose::{Algorithm, HeaderPolicy, JwkSet, Jws, VerifyingKey};
use grantd_protocol::entropy::counted::Counted;
use grantd_protocol::id::{AccessId, ChangeId};
use grantd_store::Store as _;
use grantd_store::sqlite::{Options, SqliteStore};
use serde_json::Value;
use std::time::Duration;

/// What an API does with a token: looks at its bit, in a list whose signature it checks.
pub(crate) async fn is_over(realm: &Realm, token: &str) -> bool {
    let (uri, index) = place(token);
    let bits = bits(realm, &uri).await;
    bits[index / 8] >> (index % 8) & 1 == 1
}

/// The bits of a list whose signature was checked.
async fn bits(realm: &Realm, uri: &str) -> Vec<u8> {
    let reply = Agent::new().get(uri).await;
    let keys = Agent::new().get(&realm.endpoint("jwks_uri")).await;
    let list = verified(&reply.expect(200).body, keys.body.as_bytes());
    assert_eq!(
        (&list["sub"], &list["iss"]),
        (&Value::from(uri), &Value::from(realm.issuer()))
    );
    assert_eq!(list["status_list"]["bits"], 1);
    let packed = URL_SAFE_NO_PAD
        .decode(list["status_list"]["lst"].as_str().unwrap())
        .unwrap();
    miniz_oxide::inflate::decompress_to_vec_zlib(&packed).unwrap()
}

/// The address of a token's list, and its index there.
pub(crate) fn place(token: &str) -> (String, usize) {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    let place = &claims["status"]["status_list"];
    let uri = place["uri"].as_str().unwrap_or_else(|| panic!("no place in {claims}"));
    (uri.to_owned(), usize::try_from(place["idx"].as_u64().unwrap()).unwrap())
}

fn verified(list: &str, keys: &[u8]) -> Value {
    let jws = Jws::parse(list, &HeaderPolicy::STRICT).unwrap();
    assert!(jws.header().typ_is("statuslist+jwt"));
    let keys = JwkSet::parse(keys, 50).unwrap();
    let key = keys
        .candidates(jws.header().kid(), Algorithm::ES256)
        .next()
        .expect("a published key");
    let key = VerifyingKey::from_jwk(key, &[Algorithm::ES256]).unwrap();
    jws.verify(&key).expect("the list's signature");
    let claims = URL_SAFE_NO_PAD.decode(list.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&claims).unwrap()
}

/// Waits for what a list says of a token.
pub(crate) async fn until(realm: &Realm, token: &str, over: bool) {
    let seen = async {
        while is_over(realm, token).await != over {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let seen = tokio::time::timeout(Duration::from_secs(60), seen).await;
    seen.unwrap_or_else(|_| panic!("the list never says {over}"));
}

async fn machine_token(realm: &Realm) -> String {
    let form = [("grant_type", "client_credentials")];
    let reply = post_as(&realm.client("nightly-export"), &realm.token(), &form).await;
    reply.expect(200).json()["access_token"].as_str().unwrap().to_owned()
}

async fn what_ends_is_seen(own: Own) {
    let realm = own.realm();
    let (mut first, mut second) = (
        Flow::logged_in_as(&realm, "ledger-web", 0).await,
        Flow::logged_in_as(&realm, "ledger-web", 1).await,
    );
    let (given_up, granted) = (first.tokens().await, second.tokens().await);
    let machine = machine_token(&realm).await;
    let made = [
        "token",
        "create",
        "--client",
        "ledger-web",
        "--tenant",
        "acme-berlin",
        "--scope",
        "invoices:read",
    ];
    let user = realm.user(0).username;
    let made = own.json(&[&made[..], &["--name", "T", "--user", &user]].concat());
    let by_hand = made["access_token"]
        .as_str()
        .unwrap_or_else(|| panic!("{made}"))
        .to_owned();
    let all = [given_up.access(), granted.access(), &machine, &by_hand];
    for token in all {
        until(&realm, token, false).await;
    }
    let mut places: Vec<_> = all.iter().map(|token| place(token)).collect();
    places.sort();
    places.dedup();
    assert_eq!(places.len(), 4);

    // The family, by its refresh token.
    let revoke = realm.endpoint("revocation_endpoint");
    first
        .post_as_client(&revoke, &[("token", given_up.refresh())])
        .await
        .expect(200);
    until(&realm, given_up.access(), true).await;
    assert!(!is_over(&realm, granted.access()).await);
    // A tenant, for as long as it is disabled.
    own.json(&["tenant", "disable", "acme-berlin"]);
    until(&realm, &by_hand, true).await;
    own.json(&["tenant", "enable", "acme-berlin"]);
    until(&realm, &by_hand, false).await;
    // One token.
    own.json(&["token", "delete", made["id"].as_str().unwrap()]);
    until(&realm, &by_hand, true).await;
    // A grant.
    let grants = own.json(&["grant", "list", "--username", &realm.user(1).username]);
    own.json(&["grant", "end", grants["grants"][0]["id"].as_str().unwrap()]);
    until(&realm, granted.access(), true).await;
    // A client.
    assert!(!is_over(&realm, &machine).await);
    own.json(&["client", "delete", "nightly-export", "--yes"]);
    until(&realm, &machine, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_ends_a_token_is_seen_in_its_list_on_sqlite() {
    what_ends_is_seen(Own::start(None)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_ends_a_token_is_seen_in_its_list_on_postgres() {
    what_ends_is_seen(Own::start(Some(fresh_database().await))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_loses_no_bit_and_gives_no_place_twice() {
    let server = Server::start(Launch::demo());
    let mut flow = Flow::logged_in_as(&server.realm(), "ledger-web", 0).await;
    let tokens = flow.tokens().await;
    let revoke = flow.realm.endpoint("revocation_endpoint");
    flow.post_as_client(&revoke, &[("token", tokens.refresh())])
        .await
        .expect(200);
    let server = server.restart_after_crash();
    let realm = server.realm();
    let (uri, before) = place(tokens.access());
    let (_, after) = place(&machine_token(&realm).await);
    assert!(after > before, "{after} {before}");
    // The port is another one, and so is what is signed; the bits are not.
    let (_, path) = uri.split_once("/status").unwrap();
    let moved = format!("{}/status{path}", realm.issuer());
    let seen = async {
        loop {
            let reply = Agent::new().get(&moved).await;
            if reply.status == 200 {
                return reply.body;
            }
            // Before it has looked at every token it signs nothing.
            reply.expect(503);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let list = tokio::time::timeout(Duration::from_secs(60), seen).await.unwrap();
    let keys = Agent::new().get(&realm.endpoint("jwks_uri")).await;
    let list = verified(&list, keys.body.as_bytes());
    let packed = URL_SAFE_NO_PAD
        .decode(list["status_list"]["lst"].as_str().unwrap())
        .unwrap();
    let bits = miniz_oxide::inflate::decompress_to_vec_zlib(&packed).unwrap();
    assert_eq!(bits[before / 8] >> (before % 8) & 1, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_public_may_be_kept_and_is_asked_for_again_by_its_tag() {
    let realm = demo().realm();
    let token = machine_token(&realm).await;
    until(&realm, &token, false).await;
    let (uri, _) = place(&token);
    let mut api = Agent::new();
    let list = api.get(&uri).await;
    assert_eq!(
        list.expect(200).header("content-type"),
        Some("application/statuslist+jwt")
    );
    assert_eq!(list.header("cache-control"), Some("public, max-age=60"));
    assert_eq!(list.header("access-control-allow-origin"), Some("*"));
    let etag = list.header("etag").expect("a tag").to_owned();
    // Other tests end tokens of this server: the tag of now.
    let again = api.http.get(&uri).header("If-None-Match", &etag);
    let again = api.send(again).await;
    if again.header("etag") == Some(&etag) {
        assert_eq!((again.status, again.body.as_str()), (304, ""));
    }
    let asked = api.http.get(&uri).header("If-None-Match", "\"another\"");
    assert_eq!(api.send(asked).await.status, 200);
    // Nobody has a place in these, and some are no numbers.
    let (lists, _) = uri.rsplit_once('/').unwrap();
    for wrong in [
        "",
        "/",
        "/1",
        "/00",
        "/-1",
        "/x",
        "/0/0",
        "/18446744073709551615",
        "/99999999999999999999",
    ] {
        let reply = api.get(&format!("{lists}{wrong}")).await;
        assert_eq!(reply.status, 404, "{wrong}");
    }
    assert_eq!(api.post(&uri, &[("a", "b")]).await.status, 405);
}

/// A start costs what has ended since, and not what lives: it goes on from what was kept. A row that ended without a note, as
/// none ever does, is found only by who looks at every token.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_goes_on_from_what_was_kept_and_does_not_look_at_every_token() {
    const HIDDEN: u64 = 900_000;
    let data = tempfile::tempdir().unwrap();
    let launch = Launch::demo().data(data.path());
    let mut server = Server::start(launch.clone());
    let realm = server.realm();
    let (ended, living) = (machine_token(&realm).await, machine_token(&realm).await);
    revoke(&realm, &ended).await;
    until(&realm, &ended, true).await;
    let open = || SqliteStore::open(&data.path().join("grantd.db"), &Options::default()).unwrap();
    let store = open();
    let seen = store.changes_after(None).await.unwrap().last().unwrap().position;
    let kept = async {
        while store
            .kept_status()
            .await
            .unwrap()
            .is_none_or(|kept| kept.position < seen)
        {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), kept)
        .await
        .expect("it is kept");
    server.stop();
    let mut hidden = store.access(id(&living)).await.unwrap().unwrap().token;
    let (now, entropy) = (hidden.issued_at, Counted::default());
    hidden.id = AccessId::draw(now, &entropy);
    hidden.status = Some(StatusPlace(HIDDEN));
    hidden.ended_at = Some(now);
    let change = ChangeId::draw(now, &entropy);
    let hide = vec![Write::InsertAccess(Box::new(hidden))];
    store.commit(Change::new(change, hide)).await.unwrap();
    drop(store);

    let server = Server::start(launch);
    let realm = server.realm();
    let (uri, index) = place(&ended);
    let uri = format!(
        "{}/{}",
        realm.endpoint("jwks_uri").replace("/jwks.json", "/status"),
        uri.rsplit('/').next().unwrap()
    );
    let first = async {
        while Agent::new().get(&uri).await.status != 200 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), first)
        .await
        .expect("a list");
    let is_set = |bits: &[u8], index: usize| bits[index / 8] >> (index % 8) & 1 == 1;
    let found = bits(&realm, &uri).await;
    assert!(is_set(&found, index), "what was known is known");
    assert!(
        !is_set(&found, usize::try_from(HIDDEN).unwrap()),
        "it looked at every token"
    );
    // And it goes on, with a token of the issuer that it has now.
    let next = machine_token(&realm).await;
    revoke(&realm, &next).await;
    until(&realm, &next, true).await;
}

async fn revoke(realm: &Realm, token: &str) {
    let url = realm.endpoint("revocation_endpoint");
    let reply = post_as(&realm.client("nightly-export"), &url, &[("token", token)]).await;
    reply.expect(200);
}

/// The row of a JWT.
fn id(token: &str) -> AccessId {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    AccessId::parse(claims["jti"].as_str().unwrap()).unwrap()
}
