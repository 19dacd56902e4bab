use super::*;
use crate::admin::actor::actor;
use crate::fixture::{NOW, client, realm_with, scopes};
use grantd_jose::{Algorithm, SigningKey};
use grantd_protocol::entropy::counted::Counted;

fn with_deed<T>(bounds: &str, decide: impl FnOnce(&Deed<'_>) -> T) -> T {
    let realm = realm_with(|realm| realm.catalogue = std::mem::take(&mut realm.catalogue).with_own());
    let (actor, entropy, secrets) = (actor(None, &[bounds]), Counted::default(), Counted::default());
    decide(&Deed {
        realm: &realm,
        actor: &actor,
        address: Some("192.0.2.1"),
        now: NOW,
        entropy: &entropy,
        secrets: &secrets,
    })
}

fn body(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn pointers(refused: Refused) -> Vec<String> {
    match refused {
        Refused::Invalid(wrong) => wrong.into_iter().map(|wrong| wrong.pointer).collect(),
        other => panic!("{other}"),
    }
}

#[test]
fn a_new_client_has_a_drawn_id_and_a_secret_of_which_the_hash_is_kept() {
    let wanted = json!({ "name": "Books", "grant_types": ["client_credentials"], "scopes": ["invoices:read"] });
    let edit = with_deed("grantd:*", |deed| create(&body(wanted), deed)).unwrap();
    let Made { record, secret } = edit.after;
    let secret = secret.unwrap();
    assert!(record.secrets.first().unwrap().hash.matches(secret.expose().as_bytes()));
    assert_eq!(record.default_scopes.as_str(), "invoices:read");
    let written = format!("{:?}", edit.change);
    assert!(!written.contains(secret.expose()));
    assert!(
        edit.change
            .writes
            .iter()
            .any(|write| matches!(write, Write::Audit(line) if line.action == "client.created"))
    );
}

#[test]
fn what_a_client_signs_with_is_an_algorithm_that_is_accepted() {
    for (alg, is_good) in [("ES256", true), ("none", false), ("HS256", false), ("", false)] {
        let wanted = json!({
            "name": "Books", "grant_types": ["client_credentials"], "scopes": ["invoices:read"],
            "token_endpoint_auth_signing_alg": alg,
        });
        match with_deed("grantd:*", |deed| create(&body(wanted), deed)) {
            Ok(edit) => {
                let held = edit.after.record.openid.token_endpoint_auth_signing_alg;
                assert!(is_good && held.is_some_and(|held| held.as_str() == alg), "{alg}");
            }
            Err(refused) => {
                assert_eq!(pointers(refused), ["/token_endpoint_auth_signing_alg"], "{alg}");
                assert!(!is_good, "{alg}");
            }
        }
    }
}

#[test]
fn an_algorithm_is_one_of_the_keys_own_when_it_comes_and_not_looked_at_again() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let keys: Value = serde_json::from_str(&key.public_jwk().to_json()).unwrap();
    let wanted = |alg: &str| {
        json!({
            "name": "Books", "grant_types": ["client_credentials"], "scopes": ["invoices:read"],
            "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [keys] },
            "token_endpoint_auth_signing_alg": alg,
        })
    };
    let refused = with_deed("grantd:*", |deed| create(&body(wanted("PS256")), deed));
    assert_eq!(pointers(refused.unwrap_err()), ["/token_endpoint_auth_signing_alg"]);
    let made = with_deed("grantd:*", |deed| create(&body(wanted("ES256")), deed)).unwrap();
    let mut record = made.after.record;
    let change = |record: &ClientRecord, patch: Value| with_deed("grantd:*", |deed| update(record, &body(patch), deed));
    let refused = change(&record, json!({ "token_endpoint_auth_signing_alg": "RS256" }));
    assert_eq!(pointers(refused.unwrap_err()), ["/token_endpoint_auth_signing_alg"]);
    // One that was registered before the rule can be disabled all the same.
    record.openid.token_endpoint_auth_signing_alg = Some(Algorithm::RS256);
    assert!(!change(&record, json!({ "enabled": false })).unwrap().after.enabled);
}

#[test]
fn every_mistake_of_a_client_is_named_where_it_is() {
    let wanted = json!({
        "name": "x", "grant_types": ["authorization_code", "client_credentials"], "token_endpoint_auth_method": "none",
        "redirect_uris": ["javascript:alert(1)"], "scopes": ["nonsense"], "default_scopes": ["invoices:read"],
    });
    let refused = with_deed("grantd:*", |deed| create(&body(wanted), deed)).unwrap_err();
    assert_eq!(
        pointers(refused),
        ["/redirect_uris/0", "/grant_types", "/scopes/0", "/default_scopes/0"]
    );
    let refused = with_deed("grantd:*", |deed| create(&body(json!({ "client_id": "mine" })), deed)).unwrap_err();
    assert_eq!(pointers(refused), ["/name", "/client_id"]);
    let shown = json!({ "name": "x", "verified_domain": "Bank.example" });
    let refused = with_deed("grantd:*", |deed| create(&body(shown), deed)).unwrap_err();
    assert_eq!(pointers(refused), ["/verified_domain"]);
}

#[test]
fn a_client_with_more_than_the_actor_holds_is_not_theirs_to_make_change_or_end() {
    let beyond = Refused::Beyond("grantd:keys:write".into());
    let wanted = json!({ "name": "x", "scopes": ["grantd:keys:write"] });
    let made = with_deed("grantd:clients:*", |deed| {
        create(&body(wanted.clone()), deed).map(|_| ())
    });
    assert_eq!(made.unwrap_err(), beyond);
    let mut stronger = client();
    stronger.scopes = scopes("grantd:keys:write");
    let redirect = json!({ "redirect_uris": ["https://evil.example/cb"] });
    let changed = with_deed("grantd:clients:*", |deed| {
        update(&stronger, &body(redirect), deed).map(|_| ())
    });
    assert_eq!(changed.unwrap_err(), beyond);
    let rotated = with_deed("grantd:clients:*", |deed| {
        rotate(&stronger, Seconds(0), deed).map(|_| ())
    });
    assert_eq!(rotated.unwrap_err(), beyond);
    let ended = with_deed("grantd:clients:*", |deed| delete(&stronger, deed).map(|_| ()));
    assert_eq!(ended.unwrap_err(), beyond);
}

#[test]
fn an_address_from_before_a_rule_keeps_nobody_from_disabling_the_client() {
    let mut before = client();
    before.redirect_uris = vec!["HTTPS://app.example/cb".to_owned()];
    let patched = |patch| {
        with_deed("grantd:*", |deed| {
            update(&before, &body(patch), deed).map(|edit| edit.after)
        })
    };
    assert!(!patched(json!({ "enabled": false })).unwrap().enabled);
    let more = json!({ "redirect_uris": ["HTTPS://app.example/cb", "HTTPS://app.example/other"] });
    assert_eq!(pointers(patched(more).unwrap_err()), ["/redirect_uris/1"]);
}

#[test]
fn after_a_rotation_two_secrets_live_and_the_old_one_ends_when_it_was_said() {
    let before = client();
    let kept = with_deed("grantd:*", |deed| rotate(&before, Seconds(3600), deed))
        .unwrap()
        .after
        .record;
    let ends: Vec<_> = kept.secrets.iter().map(|secret| secret.expires_at).collect();
    assert_eq!(ends, [None, Some(NOW.plus(Seconds(3600)))]);
    let again = with_deed("grantd:*", |deed| rotate(&kept, Seconds(3600), deed))
        .unwrap()
        .after
        .record;
    assert_eq!(again.secrets.len(), 2);
    let at_once = with_deed("grantd:*", |deed| rotate(&before, Seconds(0), deed))
        .unwrap()
        .after
        .record;
    assert_eq!(at_once.secrets.len(), 1);
}

#[test]
fn overlaps_are_the_ones_that_are_offered() {
    assert_eq!(overlap(&body(json!({}))), Ok(Seconds(86_400)));
    assert_eq!(overlap(&body(json!({ "keep_old_seconds": 0 }))), Ok(Seconds(0)));
    for wrong in [json!(5), json!("3600"), json!(-1), json!(1e9)] {
        assert!(overlap(&body(json!({ "keep_old_seconds": wrong }))).is_err(), "{wrong}");
    }
}

#[test]
fn a_client_that_becomes_public_loses_its_secrets() {
    let before = client();
    let patch = json!({ "token_endpoint_auth_method": "none", "grant_types": ["authorization_code"] });
    let after = with_deed("grantd:*", |deed| update(&before, &body(patch), deed))
        .unwrap()
        .after;
    assert!(after.secrets.is_empty() && after.version == before.version + 1);
}

#[test]
fn a_client_of_a_list_may_have_an_id_and_a_place_but_no_other_place_than_there_is() {
    let there = Around {
        place: Some(crate::fixture::membership("acme", "viewer").tenant),
        is_users: false,
    };
    let wanted = |more: Value| {
        let mut wanted =
            body(json!({ "name": "Books", "grant_types": ["client_credentials"], "scopes": ["invoices:read"] }));
        wanted.extend(body(more));
        wanted
    };
    let here = wanted(json!({ "client_id": "old-books", "tenant": "acme", "role": "viewer" }));
    let edit = with_deed("grantd:*", |deed| create_listed(&here, &there, deed)).unwrap();
    let record = edit.after.record;
    assert_eq!(
        (&*record.client_id, record.default_scopes.as_str()),
        ("old-books", "invoices:read")
    );
    assert!(
        edit.change
            .guards
            .iter()
            .any(|guard| matches!(guard, Guard::TenantAt { .. })),
        "the tenant may not go away meanwhile"
    );
    for (more, pointer) in [
        (json!({ "client_id": "with space" }), "/client_id"),
        (json!({ "client_id": "" }), "/client_id"),
        (json!({ "tenant": "gone", "role": "viewer" }), "/tenant"),
        (json!({ "tenant": "acme" }), "/role"),
        (json!({ "client_secret": "mine" }), "/client_secret"),
    ] {
        let refused = with_deed("grantd:*", |deed| {
            create_listed(&wanted(more), &Around::default(), deed)
        })
        .unwrap_err();
        assert!(pointers(refused).iter().any(|at| at == pointer), "{pointer}");
    }
    let taken = Around {
        is_users: true,
        ..there
    };
    let refused = with_deed("grantd:*", |deed| create_listed(&here, &taken, deed)).unwrap_err();
    assert_eq!(pointers(refused), ["/client_id"], "the id of a user");
}

#[test]
fn a_new_client_starts_with_what_the_realm_says_and_one_that_asks_for_nothing_with_nothing() {
    let started = |realm: &Realm, wanted: Value| {
        let (actor, entropy) = (actor(None, &["grantd:*"]), Counted::default());
        let deed = crate::fixture::deed(realm, &actor, &entropy);
        create(&body(wanted), &deed).unwrap().after.record
    };
    let machine = || json!({ "name": "Books", "grant_types": ["client_credentials"] });
    let none = realm_with(|_| {});
    assert!(started(&none, machine()).scopes.is_empty());
    let all = realm_with(|realm| realm.new_client_permissions = crate::realm::NewClientPermissions::All);
    let client = started(&all, machine());
    assert_eq!(
        (client.scopes.clone(), client.default_scopes),
        (all.starting_permissions(), client.scopes)
    );
    let mut chosen = machine();
    chosen["scopes"] = json!([]);
    assert!(started(&all, chosen).scopes.is_empty(), "none was said to be right");
    assert!(started(&all, json!({ "name": "An API" })).scopes.is_empty());
}
