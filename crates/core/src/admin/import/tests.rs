use super::*;
use crate::admin::Actor;
use crate::change::{Guard, Write};
use crate::fixture;
use crate::realm::Realm;
use crate::refresh_value::RefreshText;
use grantd_protocol::entropy::counted::Counted;
use grantd_protocol::{ScopeSet, Seconds};
use serde_json::json;

const BCRYPT: &str = "$2b$12$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

fn with_deed<T>(realm: &Realm, work: impl FnOnce(&Deed<'_>) -> T) -> T {
    let (actor, entropy) = (Actor::command_line(), Counted::default());
    work(&fixture::deed(realm, &actor, &entropy))
}

fn in_realm<T>(work: impl FnOnce(&Deed<'_>) -> T) -> T {
    with_deed(&fixture::realm(), work)
}

fn reading(kind: &str, object: &Value, deed: &Deed<'_>) -> Result<Wanted, Refused> {
    read(kind, object.as_object().unwrap(), deed)
}

fn pointers(refused: Refused) -> Vec<String> {
    match refused {
        Refused::Invalid(wrong) => wrong.into_iter().map(|wrong| wrong.pointer).collect(),
        other => panic!("{other}"),
    }
}

fn client() -> Value {
    json!({
        "client_id": "3675930941412424316", "name": "Ledger", "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": ["https://app.example/cb"], "scopes": ["invoices:read"], "secrets": [{ "hash": BCRYPT }],
    })
}

fn token() -> Value {
    json!({
        "sha256": "00".repeat(32), "client_id": fixture::CLIENT, "user": fixture::USER, "scopes": ["invoices:read"],
        "issued_at": fixture::NOW.secs() - 100, "expires_at": fixture::NOW.secs() + 100,
    })
}

fn without_tenants() -> Realm {
    fixture::realm_with(|realm| realm.tenants.enabled = false)
}

fn facts_of_token() -> Facts {
    Facts {
        client: Some(fixture::client()),
        user: Some(crate::record::UserRecord {
            password_changed_at: Timestamp::from_secs(0),
            ..fixture::user()
        }),
        ..Facts::default()
    }
}

fn writes(outcome: Outcome) -> Vec<Write> {
    match outcome {
        Outcome::New(change) => change.writes,
        Outcome::Present => panic!("it was there"),
    }
}

#[test]
fn a_client_keeps_its_id_and_the_hash_of_its_secret() {
    in_realm(|deed| {
        let wanted = reading("client", &client(), deed).unwrap();
        let made = writes(decide(&wanted, &Facts::default(), deed).unwrap());
        let [Write::InsertClient(record), Write::Audit(line)] = made.as_slice() else {
            panic!("{made:?}")
        };
        assert_eq!(
            (&*record.client_id, record.created_at),
            ("3675930941412424316", deed.now)
        );
        assert!(serde_json::to_string(record).unwrap().contains("$2b$12$"));
        assert!(!line.detail.to_string().contains("$2b$"), "a hash in the audit log");
    });
}

#[test]
fn what_is_there_stays_as_it_is() {
    in_realm(|deed| {
        let facts = Facts {
            client: Some(fixture::client()),
            ..Facts::default()
        };
        let wanted = reading("client", &client(), deed).unwrap();
        assert!(matches!(decide(&wanted, &facts, deed), Ok(Outcome::Present)));
    });
}

#[test]
fn no_client_has_the_id_of_a_user_and_no_user_that_of_a_client() {
    in_realm(|deed| {
        let facts = Facts {
            user: Some(fixture::user()),
            ..Facts::default()
        };
        let wanted = reading("client", &client(), deed).unwrap();
        assert_eq!(pointers(decide(&wanted, &facts, deed).unwrap_err()), ["/client_id"]);
        let facts = Facts {
            client: Some(fixture::client()),
            ..Facts::default()
        };
        let wanted = reading("user", &json!({ "id": "webapp", "username": "x" }), deed).unwrap();
        assert_eq!(pointers(decide(&wanted, &facts, deed).unwrap_err()), ["/id"]);
    });
}

#[test]
fn every_mistake_of_a_client_is_named() {
    let wrong = |change: fn(&mut Value)| {
        let mut object = client();
        change(&mut object);
        in_realm(|deed| pointers(reading("client", &object, deed).unwrap_err()))
    };
    assert_eq!(
        wrong(|it| it["client_id"] = json!("https://evil.example/client")),
        ["/client_id", "/client_id"]
    );
    assert_eq!(wrong(|it| it["client_id"] = json!("a b")), ["/client_id"]);
    assert_eq!(wrong(|it| it["secrets"] = json!([])), ["/secrets"]);
    assert_eq!(
        wrong(|it| it["secrets"] = json!([{ "hash": "hunter2" }])),
        ["/secrets/0/hash", "/secrets"]
    );
    assert_eq!(
        wrong(|it| it["secrets"][0]["hash"] = json!(BCRYPT.replace("12", "31"))).len(),
        2
    );
    assert_eq!(
        wrong(|it| it["secrets"][0]["secret"] = json!("clear text")),
        ["/secrets/0/secret"]
    );
    assert_eq!(
        wrong(|it| it["token_endpoint_auth_method"] = json!("none")),
        ["/secrets"]
    );
    assert_eq!(
        wrong(|it| it["scopes"] = json!(["unknown"])),
        ["/scopes/0", "/default_scopes/0"][..1]
    );
    assert_eq!(wrong(|it| it["tenant"] = json!("acme")), ["/role"]);
    assert_eq!(wrong(|it| it["dialect"] = json!("klingon")), ["/dialect"]);
    assert_eq!(wrong(|it| it["created_at"] = json!(1)), ["/created_at"]);
}

#[test]
fn a_user_keeps_the_id_and_the_hash_and_mistakes_do_not_repeat_the_hash() {
    in_realm(|deed| {
        let object = json!({ "id": "auth0|5f7c", "username": " Ada ", "password_hash": BCRYPT });
        let wanted = reading("user", &object, deed).unwrap();
        let made = writes(decide(&wanted, &Facts::default(), deed).unwrap());
        let Some(Write::InsertUser(record)) = made.first() else {
            panic!("{made:?}")
        };
        assert_eq!((&*record.id, record.username.as_str()), ("auth0|5f7c", "Ada"));
        assert_eq!(record.password_changed_at, Timestamp::from_secs(0));
        let broken = json!({ "id": "x", "username": "x", "password_hash": "$unknown$abcdef" });
        let refused = reading("user", &broken, deed).unwrap_err();
        assert!(!format!("{refused:?}").contains("abcdef"));
        assert_eq!(pointers(refused), ["/password_hash"]);
    });
}

#[test]
fn a_name_that_somebody_else_has_is_a_mistake_and_not_an_overwrite() {
    in_realm(|deed| {
        let facts = Facts {
            namesake: Some(fixture::user()),
            ..Facts::default()
        };
        let wanted = reading("user", &json!({ "id": "new", "username": "ada" }), deed).unwrap();
        assert_eq!(pointers(decide(&wanted, &facts, deed).unwrap_err()), ["/username"]);
    });
}

#[test]
fn an_imported_key_is_spent_by_its_import() {
    let realm = without_tenants();
    with_deed(&realm, |deed| {
        let object = json!({ "sha256": "ab".repeat(32), "name": "CI", "scopes": ["invoices:read"] });
        let wanted = reading("api_key", &object, deed).unwrap();
        let Outcome::New(change) = decide(&wanted, &Facts::default(), deed).unwrap() else {
            panic!("it is new")
        };
        assert!(matches!(change.guards.as_slice(), [Guard::Unseen(_)]));
        let Some(Write::InsertApiKey(record)) = change.writes.first() else {
            panic!("{change:?}")
        };
        assert_eq!(record.id, crate::api_key::imported_id(&realm.name, &[0xab; 32]));
        let facts = Facts {
            imported: true,
            ..Facts::default()
        };
        assert!(matches!(decide(&wanted, &facts, deed), Ok(Outcome::Present)));
    });
}

#[test]
fn an_imported_key_permits_nothing_of_the_server_itself() {
    let realm = without_tenants();
    with_deed(&realm, |deed| {
        for scope in ["grantd:*", "openid", "unknown"] {
            let object = json!({ "sha256": "ab".repeat(32), "name": "CI", "scopes": [scope] });
            assert_eq!(
                pointers(reading("api_key", &object, deed).unwrap_err()),
                ["/scopes"],
                "{scope}"
            );
        }
    });
}

#[test]
fn a_refresh_token_becomes_a_family_that_its_text_finds_and_proves() {
    let realm = without_tenants();
    with_deed(&realm, |deed| {
        let text = "foreign token 1";
        let mut object = token();
        let hex: String = grantd_jose::sha256(text.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        object["sha256"] = json!(hex);
        let wanted = reading("refresh_token", &object, deed).unwrap();
        let Outcome::New(change) = decide(&wanted, &facts_of_token(), deed).unwrap() else {
            panic!("it is new")
        };
        let [Write::InsertGrant(grant), Write::InsertFamily(family), ..] = change.writes.as_slice() else {
            panic!("{change:?}")
        };
        assert_eq!((family.delegation.grant, family.generation), (grant.id, Some(0)));
        let presented = RefreshText::read(&realm, text);
        let key = crate::refresh_value::RefreshKey::new(&[7; 32]);
        assert!(presented.family() == family.id && key.made(family, &presented));
        for other in ["foreign token 2", "", &hex] {
            let other = RefreshText::read(&realm, other);
            assert!(other.family() != family.id && !key.made(family, &other));
        }
        let elsewhere = fixture::realm_with(|realm| realm.name = "other".into());
        assert!(RefreshText::read(&elsewhere, text).family() != family.id);
    });
}

#[test]
fn a_second_token_widens_the_grant_of_the_first_and_never_one_that_the_user_gave_here() {
    let realm = without_tenants();
    with_deed(&realm, |deed| {
        let wanted = reading("refresh_token", &token(), deed).unwrap();
        let granted = |redirect_uri: &str| {
            let mut facts = facts_of_token();
            facts.grant = Some(GrantRecord {
                scope: ScopeSet::parse("customers:read").unwrap(),
                redirect_uri: redirect_uri.to_owned(),
                ended_at: None,
                expires_at: None,
                tenant: None,
                ..fixture::grant()
            });
            writes(decide(&wanted, &facts, deed).unwrap())
        };
        assert!(matches!(granted("").first(), Some(Write::UpdateGrant { .. })));
        assert!(matches!(
            granted("https://rp.example/cb").first(),
            Some(Write::InsertFamily(_))
        ));
    });
}

#[test]
fn a_refresh_token_that_could_not_be_used_is_a_mistake() {
    let realm = without_tenants();
    with_deed(&realm, |deed| {
        let misfits = |change: fn(&mut Facts)| {
            let mut facts = facts_of_token();
            change(&mut facts);
            let wanted = reading("refresh_token", &token(), deed).unwrap();
            pointers(decide(&wanted, &facts, deed).unwrap_err())
        };
        assert_eq!(misfits(|facts| facts.client = None), ["/client_id"]);
        assert_eq!(
            misfits(|facts| facts.client.as_mut().unwrap().grant_types.clear()),
            ["/client_id"]
        );
        assert_eq!(
            misfits(|facts| facts.client.as_mut().unwrap().scopes = ScopeSet::empty()),
            ["/scopes"]
        );
        assert_eq!(misfits(|facts| facts.user = None), ["/user"]);
        assert_eq!(misfits(|facts| facts.user.as_mut().unwrap().enabled = false), ["/user"]);
        let changed = |facts: &mut Facts| facts.user.as_mut().unwrap().password_changed_at = fixture::NOW;
        assert_eq!(misfits(changed), ["/issued_at"]);
        let wrong = |name: &str, value: Value| {
            let mut object = token();
            object[name] = value;
            pointers(reading("refresh_token", &object, deed).unwrap_err())
        };
        assert_eq!(wrong("sha256", json!("zz")), ["/sha256"]);
        assert_eq!(wrong("scopes", json!(["unknown"])), ["/scopes"]);
        assert_eq!(wrong("resources", json!(["https://unknown.example"])), ["/resources"]);
        assert_eq!(wrong("issuer", json!("https://evil.example")), ["/issuer"]);
        assert_eq!(wrong("issued_at", json!(fixture::NOW.secs() + 10)), ["/issued_at"]);
        assert_eq!(wrong("expires_at", json!(fixture::NOW.secs())), ["/expires_at"]);
        assert_eq!(wrong("tenant", json!("acme")), ["/tenant"]);
    });
}

#[test]
fn an_absolute_limit_of_the_realm_holds_for_what_was_issued_elsewhere() {
    let realm = fixture::realm_with(|realm| {
        realm.tenants.enabled = false;
        realm.refresh.absolute = Some(Seconds(50));
    });
    with_deed(&realm, |deed| {
        let refused = reading("refresh_token", &token(), deed).unwrap_err();
        assert_eq!(pointers(refused), ["/expires_at"]);
    });
}

#[test]
fn an_unknown_kind_is_told_the_known_ones() {
    in_realm(|deed| {
        let refused = reading("widget", &json!({}), deed).unwrap_err();
        assert!(format!("{refused:?}").contains("refresh_token"));
    });
}
