//! From an approved grant to tokens: exactly these claims, never a null, everything in one change.

use super::*;
use crate::fixture::token_endpoint::{Exchange, FAMILY, Refresh};
use crate::fixture::{
    API, CLIENT, GRANT, ISSUER, NOW, OTHER_API, SESSION, USER, after, at_the_issuer, authenticated, client_with,
    membership, realm_with, refresh_key, scopes,
};
use crate::grant::client_credentials;
use crate::realm::Realm;
use crate::status_list::StatusPlace;
use grantd_jose::Algorithm;
use grantd_protocol::RawParams;
use grantd_protocol::entropy::counted::Counted;
use serde_json::{Value, json};

fn mint_in(realm: &Realm, client: &ClientRecord, approved: Approved) -> Minted {
    at_the_issuer(realm, |context| {
        mint(approved, client, &refresh_key(), context, &Counted::default())
    })
}

fn exchanged(change: impl FnOnce(&mut Exchange)) -> Minted {
    let exchange = Exchange::with(change);
    mint_in(
        &exchange.around.realm,
        &exchange.around.client,
        exchange.decide().unwrap(),
    )
}

fn record(minted: &Minted) -> &AccessRecord {
    match minted.change.writes.last() {
        Some(Write::InsertAccess(record)) => record,
        other => panic!("{other:?}"),
    }
}

fn jwt(minted: &Minted) -> Value {
    match &minted.access {
        AccessToken::Jwt(payload) => serde_json::from_slice(payload).unwrap(),
        AccessToken::Opaque(_) => panic!("it must be a JWT"),
    }
}

fn id_token(minted: &Minted) -> Value {
    let payload = minted.id_token.as_ref().unwrap().payload("access", Algorithm::ES256);
    serde_json::from_slice(&payload).unwrap()
}

fn as_jwt(exchange: &mut Exchange) {
    exchange.around.client.token_format = Some(TokenFormat::Jwt);
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

#[test]
fn everything_is_written_in_one_change() {
    let minted = exchanged(|_| {});
    let kinds: Vec<_> = minted
        .change
        .writes
        .iter()
        .map(|write| match write {
            Write::SpendCode { .. } => "spend",
            Write::InsertFamily(_) => "family",
            Write::InsertAccess(_) => "access",
            _ => "other",
        })
        .collect();
    assert_eq!(kinds, ["spend", "family", "access"]);
    assert!(minted.change.guards.contains(&Guard::GrantLive(GRANT)));
    assert_eq!(
        minted.change.id.as_bytes(),
        record(&minted).id.as_bytes(),
        "a change is named after its token"
    );
}

#[test]
fn the_row_says_what_the_token_is() {
    let minted = exchanged(|_| {});
    let row = record(&minted);
    assert_eq!((&*row.realm, &*row.client_id, &*row.subject), ("main", CLIENT, USER));
    assert_eq!((row.grant, row.family), (Some(GRANT), Some(FAMILY)));
    assert_eq!((&*row.audience, &*row.issuer), (API, ISSUER));
    assert_eq!(row.scope, scopes("openid invoices:read invoices:write"));
    assert_eq!((row.issued_at, row.expires_at, row.ended_at), (NOW, after(600), None));
    assert_eq!(minted.expires_in, Seconds(600));
    assert_eq!(minted.scope, row.scope);
}

#[test]
fn an_opaque_token_is_stored_as_a_hash_of_its_secret() {
    let minted = exchanged(|_| {});
    let AccessToken::Opaque(text) = &minted.access else {
        panic!("{:?}", minted.access);
    };
    let bearer = Bearer::parse(Namespace::Access, "at_", text.expose()).unwrap();
    let row = record(&minted);
    assert_eq!(bearer.id, *row.id.as_bytes());
    assert_eq!(bearer.hash.as_bytes(), row.hash.unwrap().as_bytes());
    assert!(Bearer::parse(Namespace::Code, "at_", text.expose()).is_none());
}

#[test]
fn nothing_minted_shows_a_secret() {
    let minted = exchanged(|_| {});
    let shown = format!("{minted:?}");
    let AccessToken::Opaque(text) = &minted.access else {
        panic!("it must be opaque");
    };
    assert!(!shown.contains(text.expose()) && !shown.contains(minted.refresh.unwrap().expose()));
}

#[test]
fn the_client_chooses_its_format_before_the_realm() {
    let jwt_realm = |exchange: &mut Exchange| exchange.around.realm.access.format = TokenFormat::Jwt;
    assert!(matches!(exchanged(jwt_realm).access, AccessToken::Jwt(_)));
    let opaque = exchanged(|exchange| {
        jwt_realm(exchange);
        exchange.around.client.token_format = Some(TokenFormat::Opaque);
    });
    assert!(matches!(opaque.access, AccessToken::Opaque(_)));
}

#[test]
fn a_jwt_access_token_has_exactly_these_members() {
    let minted = exchanged(as_jwt);
    let row = record(&minted);
    assert!(row.hash.is_none());
    assert_eq!(
        jwt(&minted),
        json!({
            "iss": ISSUER,
            "sub": USER,
            "aud": API,
            "client_id": CLIENT,
            "scope": "openid invoices:read invoices:write",
            "iat": NOW.secs(),
            "exp": NOW.secs() + 600,
            "jti": row.id.to_string(),
            "auth_time": NOW.secs() - 100,
        })
    );
}

#[test]
fn acr_and_tenant_are_there_where_there_is_one() {
    let minted = exchanged(|exchange| {
        as_jwt(exchange);
        exchange.around.realm.tenants.claim = "merchant".into();
        exchange.code().delegation.tenant = Some("acme".into());
        exchange.code().delegation.authentication.acr = Some("urn:mfa".into());
        exchange.around.membership = Some(membership("acme", "owner"));
    });
    let claims = jwt(&minted);
    assert_eq!(
        (&claims["merchant"], &claims["acr"]),
        (&json!("acme"), &json!("urn:mfa"))
    );
    assert_eq!(claims.as_object().unwrap().len(), 11);
    assert_eq!(record(&minted).tenant.as_deref(), Some("acme"));
}

#[test]
fn several_resources_are_an_array_of_audiences() {
    let minted = exchanged(|exchange| {
        as_jwt(exchange);
        exchange.code().delegation.resource = format!("{API} {OTHER_API}").into();
    });
    assert_eq!(jwt(&minted)["aud"], json!([API, OTHER_API]));
}

#[test]
fn a_machines_jwt_has_no_auth_time_and_no_user() {
    let client = client_with(|client| {
        client.token_format = Some(TokenFormat::Jwt);
        client.tenant = Some("acme".into());
    });
    let realm = realm_with(|_| {});
    let request = client_credentials::Request::parse(&RawParams::default()).unwrap();
    let approved = at_the_issuer(&realm, |context| {
        client_credentials::decide(&request, &authenticated(&client), context)
    });
    let minted = mint_in(&realm, &client, approved.unwrap());
    let row = record(&minted);
    assert_eq!(
        jwt(&minted),
        json!({
            "iss": ISSUER,
            "sub": CLIENT,
            "aud": API,
            "client_id": CLIENT,
            "scope": "invoices:read",
            "iat": NOW.secs(),
            "exp": NOW.secs() + 600,
            "jti": row.id.to_string(),
            "tenant": "acme",
        })
    );
    assert!(minted.refresh.is_none() && minted.id_token.is_none());
    assert!(row.grant.is_none() && row.family.is_none());
}

#[test]
fn the_refresh_token_is_the_one_of_the_approved_generation() {
    let refresh = Refresh::new();
    let minted = mint_in(&refresh.around.realm, &refresh.around.client, refresh.decide().unwrap());
    let expected = refresh_key().write(refresh.family.as_ref().unwrap(), 6, "rt_");
    assert_eq!(minted.refresh.unwrap().expose(), expected.expose());
    let without = exchanged(|exchange| exchange.around.realm.refresh.requires_offline_access = true);
    assert!(without.refresh.is_none());
}

fn listed(exchange: &Exchange) -> Minted {
    let mut approved = exchange.decide().unwrap();
    approved.status = Some(StatusPlace(7).below("https://id.example/status"));
    mint_in(&exchange.around.realm, &exchange.around.client, approved)
}

#[test]
fn a_jwt_says_where_its_status_is_published_and_its_row_remembers_the_place() {
    let minted = listed(&Exchange::with(as_jwt));
    let expected = json!({ "status_list": { "idx": 7, "uri": "https://id.example/status/0" } });
    assert_eq!(jwt(&minted)["status"], expected);
    assert_eq!(record(&minted).status, Some(StatusPlace(7)));
    // Without a place there is no claim, and no null.
    let minted = exchanged(as_jwt);
    assert_eq!((jwt(&minted).get("status"), record(&minted).status), (None, None));
}

#[test]
fn an_opaque_token_has_no_place_in_a_list() {
    let opaque = Exchange::with(|exchange| exchange.around.client.token_format = Some(TokenFormat::Opaque));
    assert_eq!(record(&listed(&opaque)).status, None);
}

#[test]
fn every_access_token_is_a_fresh_one() {
    let realm = realm_with(|_| {});
    let client = client_with(|_| {});
    let entropy = Counted::default();
    let ids: std::collections::BTreeSet<_> = (0..50)
        .map(|_| {
            let approved = Refresh::new().decide().unwrap();
            let minted = at_the_issuer(&realm, |context| {
                mint(approved, &client, &refresh_key(), context, &entropy)
            });
            record(&minted).id
        })
        .collect();
    assert_eq!(ids.len(), 50);
}

#[test]
fn an_id_token_has_exactly_these_members() {
    let minted = exchanged(|_| {});
    assert_eq!(
        id_token(&minted),
        json!({
            "iss": ISSUER,
            "sub": USER,
            "aud": CLIENT,
            "azp": CLIENT,
            "iat": NOW.secs(),
            "exp": NOW.secs() + 300,
            "auth_time": NOW.secs() - 100,
            "amr": ["pwd"],
            "nonce": "n-0S6",
            "sid": SESSION.to_string(),
            // BASE64URL(left half of SHA-256("access")), computed elsewhere.
            "at_hash": "oFYf1knNtrqnhAVfBRuteQ",
        })
    );
}

#[test]
fn at_hash_fits_the_signing_algorithm() {
    let minted = exchanged(|_| {});
    let plan = minted.id_token.unwrap();
    let at_hash = |algorithm| {
        let claims: Value = serde_json::from_slice(&plan.payload("access", algorithm)).unwrap();
        claims["at_hash"].as_str().unwrap().to_owned()
    };
    assert_eq!(at_hash(Algorithm::RS256), at_hash(Algorithm::ES256));
    assert_eq!(at_hash(Algorithm::ES256).len(), 22);
    assert_eq!(at_hash(Algorithm::EdDSA).len(), 43, "the left half of SHA-512");
}

#[test]
fn at_hash_is_the_hash_of_this_access_token() {
    let plan = exchanged(|_| {}).id_token.unwrap();
    assert_ne!(
        plan.payload("one", Algorithm::ES256),
        plan.payload("two", Algorithm::ES256)
    );
}

#[test]
fn an_id_token_without_nonce_session_acr_and_amr_leaves_them_out() {
    let minted = exchanged(|exchange| {
        let delegation = &mut exchange.code().delegation;
        delegation.nonce = None;
        delegation.session = None;
        delegation.authentication.amr.clear();
    });
    let claims = id_token(&minted);
    for name in ["nonce", "sid", "acr", "amr"] {
        assert!(claims.get(name).is_none(), "{name}");
    }
}

#[test]
fn no_openid_means_no_id_token() {
    assert!(
        exchanged(|exchange| exchange.code().delegation.scope = scopes("invoices:read"))
            .id_token
            .is_none()
    );
}

#[test]
fn no_member_is_ever_null() {
    for minted in [
        exchanged(as_jwt),
        exchanged(|exchange| {
            as_jwt(exchange);
            exchange.code().delegation.nonce = None;
            exchange.code().delegation.session = None;
        }),
    ] {
        assert!(!has_null(&jwt(&minted)) && !has_null(&id_token(&minted)));
    }
}

#[test]
fn both_tokens_are_of_the_issuer_that_was_addressed() {
    let exchange = Exchange::with(|exchange| {
        as_jwt(exchange);
        exchange.around.issuer = crate::fixture::ALIAS;
        exchange.code().delegation.issuer = crate::fixture::ALIAS.into();
    });
    let approved = exchange.decide().unwrap();
    let issuer = crate::fixture::ALIAS.into();
    let context = Context {
        realm: &exchange.around.realm,
        issuer: &issuer,
        now: NOW,
    };
    let minted = mint(
        approved,
        &exchange.around.client,
        &refresh_key(),
        &context,
        &Counted::default(),
    );
    assert_eq!(jwt(&minted)["iss"], crate::fixture::ALIAS);
    assert_eq!(id_token(&minted)["iss"], crate::fixture::ALIAS);
    assert_eq!(&*record(&minted).issuer, crate::fixture::ALIAS);
}
