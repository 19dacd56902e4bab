//! Exports as those servers write them, and what an import makes of each object.

use super::*;
use crate::admin::Actor;
use crate::admin::import::{Wanted, read, read_exported};
use crate::fixture;
use crate::record::SecretProof;
use grantd_protocol::entropy::counted::Counted;

const KEYCLOAK: &str = r#"{"id":"77c8184b","realm":"shop","clients":[
  {"clientId":"account","name":"${client_account}","publicClient":true,"standardFlowEnabled":true},
  {"clientId":"realm-management","bearerOnly":true},
  {"clientId":"ledger","name":"Ledger","enabled":true,"clientAuthenticatorType":"client-secret","secret":"Qx7fT2vLp9sKd4wZ",
   "redirectUris":["https://ledger.example/cb"],"standardFlowEnabled":true,"serviceAccountsEnabled":true,"publicClient":false},
  {"clientId":"board","name":"${client_board}","redirectUris":["https://board.example/cb"],"standardFlowEnabled":true,"publicClient":true},
  {"clientId":"hidden","secret":"**********","redirectUris":["https://hidden.example/*"],"standardFlowEnabled":true}],
 "users":[
  {"id":"0b5c1f7e-9f6c-4d0a-8a5e-2f6f0c1d2e3f","createdTimestamp":1700000000123,"username":"grace","enabled":true,
   "emailVerified":true,"firstName":"Grace","lastName":"Example","email":"grace@example.com","credentials":[{"type":"password",
   "secretData":"{\"value\":\"QVbFKCPOFDbWjstjUYLzlP06Ak4WGUYtSrlGUe9+Xh8=\",\"salt\":\"Y0ea1poJCyWCd+yPum+ZQQ==\"}",
   "credentialData":"{\"hashIterations\":27500,\"algorithm\":\"pbkdf2-sha256\"}"}]},
  {"id":"1c5c1f7e-9f6c-4d0a-8a5e-2f6f0c1d2e3f","username":"linus","enabled":false,"credentials":[{"type":"password-history"},{"type":"password",
   "secretData":"{\"value\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\",\"salt\":\"AAECAwQFBgcICQoLDA0ODw==\"}",
   "credentialData":"{\"hashIterations\":5,\"algorithm\":\"argon2\",\"additionalParameters\":{\"hashLength\":[\"32\"],\"memory\":[\"7168\"],\"type\":[\"id\"],\"version\":[\"1.3\"],\"parallelism\":[\"1\"]}}"}]},
  {"id":"2d5c1f7e","username":"service-account-ledger","serviceAccountClientId":"ledger"}]}"#;

const HYDRA: &str = r#"{"items":[
  {"client_id":"8f1c2d3e-aaaa-4bbb-8ccc-0123456789ab","client_name":"Ledger","grant_types":["authorization_code","refresh_token","implicit"],
   "redirect_uris":["https://ledger.example/cb"],"scope":"openid offline invoices:read","token_endpoint_auth_method":"client_secret_post",
   "client_secret":"$pbkdf2-sha256$i=25000,l=32$Y0ea1poJCyWCd+yPum+ZQQ$QVbFKCPOFDbWjstjUYLzlP06Ak4WGUYtSrlGUe9+Xh8","jwks":{}},
  {"client_id":"public","client_name":"","grant_types":["authorization_code"],"redirect_uris":["https://app.example/cb"],"scope":"openid",
   "token_endpoint_auth_method":"none","client_secret":""}]}"#;

const AUTH0: &str = r#"[
  {"client_id":"AbCdEf0123456789","global":true,"name":"All Applications"},
  {"client_id":"Zy9xWv8u","name":"Ledger","app_type":"regular_web","client_secret":"s3cr3t-of-the-ledger-app","callbacks":["https://ledger.example/cb"],
   "grant_types":["authorization_code","implicit","refresh_token","password"],"token_endpoint_auth_method":"client_secret_post"},
  {"_id":{"$oid":"5dea9f9c82dd7c0e76e4ec93"},"email_verified":false,"email":"grace@example.com",
   "passwordHash":"$2b$10$Zm9vYmFyYmF6cXV4Li4uL.pzvbAbGQJgHiWh7q9bq6rUQSSqV8G8y","tenant":"shop","connection":"Username-Password-Authentication"},
  {"_id":{"$oid":"6dea9f9c82dd7c0e76e4ec94"},"alt_id":"euclid","identifiers":[{"type":"email","value":"euclid@example.com","verified":true}]}]"#;

/// What is read of each object, or what is wrong with it.
fn taken(origin: Origin, export: &str) -> Vec<Result<Wanted, String>> {
    let (realm, entropy, actor) = (fixture::realm(), Counted::default(), Actor::command_line());
    let deed = fixture::deed(&realm, &actor, &entropy);
    let objects = objects(origin, &serde_json::from_str(export).unwrap());
    let each = objects.into_iter().map(|mut object| {
        let kind = object.remove("kind").unwrap();
        read(kind.as_str().unwrap(), &object, &deed).map_err(|refused| format!("{refused:?}"))
    });
    each.collect()
}

#[test]
fn a_realm_of_keycloak_becomes_its_own_clients_and_users() {
    let taken = taken(Origin::Keycloak, KEYCLOAK);
    assert_eq!(taken.len(), 5);
    let Ok(Wanted::Client(ledger)) = &taken[0] else {
        panic!("{:?}", taken[0])
    };
    assert_eq!((&*ledger.client_id, &*ledger.name), ("ledger", "Ledger"));
    assert_eq!(ledger.grant_types.len(), 3);
    assert_eq!(ledger.secrets[0].last_four, "d4wZ");
    let Ok(Wanted::Client(board)) = &taken[1] else {
        panic!("{:?}", taken[1])
    };
    assert_eq!((&*board.name, board.secrets.len()), ("board", 0));
    // A hidden secret and a wildcard are told, and not made up.
    assert!(taken[2].as_ref().unwrap_err().contains("/secrets"));
    let Ok(Wanted::User(grace)) = &taken[3] else {
        panic!("{:?}", taken[3])
    };
    assert_eq!(
        grace.password_hash.as_deref(),
        Some("$pbkdf2-sha256$i=27500$Y0ea1poJCyWCd+yPum+ZQQ$QVbFKCPOFDbWjstjUYLzlP06Ak4WGUYtSrlGUe9+Xh8")
    );
    assert_eq!(grace.claims["given_name"], "Grace");
    assert_eq!(grace.created_at.secs(), 1_700_000_000);
    let Ok(Wanted::User(linus)) = &taken[4] else {
        panic!("{:?}", taken[4])
    };
    assert!(
        linus
            .password_hash
            .as_deref()
            .unwrap()
            .starts_with("$argon2id$v=19$m=7168,t=5,p=1$")
    );
    assert!(!linus.enabled);
}

#[test]
fn clients_of_hydra_keep_their_hashes_and_their_scopes() {
    let realm_scopes = objects(Origin::Hydra, &serde_json::from_str(HYDRA).unwrap());
    assert_eq!(
        realm_scopes[0]["scopes"],
        json!(["openid", "offline_access", "invoices:read"])
    );
    let taken = taken(Origin::Hydra, HYDRA);
    let Ok(Wanted::Client(ledger)) = &taken[0] else {
        panic!("{:?}", taken[0])
    };
    assert_eq!(ledger.grant_types.len(), 2, "implicit is none of ours");
    assert!(
        matches!(&ledger.secrets[0].hash, SecretProof::Imported(hash) if hash.expose().starts_with("$pbkdf2-sha256$"))
    );
    let Ok(Wanted::Client(public)) = &taken[1] else {
        panic!("{:?}", taken[1])
    };
    assert_eq!((&*public.name, public.secrets.len()), ("public", 0));
}

#[test]
fn what_a_client_of_hydra_registered_to_sign_with_and_cannot_is_left_out_and_told() {
    let (realm, entropy, actor) = (fixture::realm(), Counted::default(), Actor::command_line());
    let deed = fixture::deed(&realm, &actor, &entropy);
    let key = json!({ "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
    let client = |more: Value| {
        let mut client = json!({ "client_id": "signs", "client_name": "Signs", "grant_types": ["client_credentials"],
            "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [key] } });
        client
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let mut object = translated(Origin::Hydra, client);
        object.remove("kind");
        read_exported("client", &object, &deed)
    };
    let left = |more: Value| {
        let (wanted, left) = client(more).unwrap();
        let Wanted::Client(record) = wanted else {
            panic!("{wanted:?}")
        };
        (record, left.into_iter().map(|wrong| wrong.pointer).collect::<Vec<_>>())
    };
    // What it can keep is kept.
    let (record, told) = left(json!({ "token_endpoint_auth_signing_alg": "ES256" }));
    assert_eq!(
        (record.openid.token_endpoint_auth_signing_alg.is_some(), told),
        (true, vec![])
    );
    // Hydra writes RS256 for whoever names nothing.
    for member in ["token_endpoint_auth_signing_alg", "request_object_signing_alg"] {
        let (record, told) = left(json!({ member: "RS256" }));
        assert_eq!(told, [format!("/{member}")]);
        assert_eq!(record.openid.signs_with().map(|(_, signs)| signs), [None, None]);
        assert!(record.jwks.is_some());
    }
    let unlike = if realm.id_token.algorithm.as_str() == "RS256" {
        "ES256"
    } else {
        "RS256"
    };
    let (record, told) = left(json!({ "userinfo_signed_response_alg": unlike }));
    assert_eq!(
        (record.openid.userinfo_signed_response_alg, told),
        (None, vec!["/userinfo_signed_response_alg".to_owned()])
    );
    // With anything else wrong it is not taken over at all.
    let more = json!({ "token_endpoint_auth_signing_alg": "RS256", "backchannel_logout_uri": "ftp://a.example" });
    let refused = format!("{:?}", client(more).unwrap_err());
    assert!(refused.contains("/backchannel_logout_uri"), "{refused}");
}

#[test]
fn clients_and_users_of_auth0_keep_the_ids_that_their_tokens_had() {
    let taken = taken(Origin::Auth0, AUTH0);
    assert_eq!(taken.len(), 3);
    let Ok(Wanted::Client(ledger)) = &taken[0] else {
        panic!("{:?}", taken[0])
    };
    assert_eq!((&*ledger.client_id, ledger.grant_types.len()), ("Zy9xWv8u", 2));
    let users: Vec<_> = taken[1..]
        .iter()
        .map(|one| match one {
            Ok(Wanted::User(user)) => (&*user.id, user.username.as_str(), user.password_hash.is_some()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        users,
        [
            ("auth0|5dea9f9c82dd7c0e76e4ec93", "grace@example.com", true),
            ("auth0|euclid", "euclid@example.com", false)
        ]
    );
}

#[test]
fn who_proved_more_than_a_secret_is_told_and_not_weakened() {
    const SECRET: &str =
        r#""secret":"Qx7fT2vLp9sKd4wZ","redirectUris":["https://a.example/cb"],"standardFlowEnabled":true"#;
    for how in ["client-jwt", "client-secret-jwt", "client-x509"] {
        let realm = format!(r#"{{"clients":[{{"clientId":"a","clientAuthenticatorType":"{how}",{SECRET}}}]}}"#);
        let taken = taken(Origin::Keycloak, &realm);
        assert!(
            taken[0].as_ref().unwrap_err().contains("/token_endpoint_auth_method"),
            "{taken:?}"
        );
    }
    for how in ["otp", "webauthn", "webauthn-passwordless"] {
        let realm = format!(r#"{{"users":[{{"id":"1","username":"ada","credentials":[{{"type":"{how}"}}]}}]}}"#);
        let taken = taken(Origin::Keycloak, &realm);
        assert!(taken[0].as_ref().unwrap_err().contains("/credentials"), "{taken:?}");
    }
    for how in ["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"] {
        let client = format!(
            r#"[{{"client_id":"a","client_secret":"s3cr3t-of-the-ledger-app","callbacks":["https://a.example/cb"],
            "grant_types":["authorization_code"],"client_authentication_methods":{{"{how}":{{"credentials":[{{"id":"c"}}]}}}}}}]"#
        );
        assert!(taken(Origin::Auth0, &client)[0].is_err(), "{how}");
    }
}

#[test]
fn of_a_short_secret_no_end_is_shown() {
    assert_eq!(shown("twelve-chars"), Some("hars"));
    for short in ["", "abc", "abcd", "eleven-char"] {
        assert_eq!(shown(short), None, "{short}");
    }
    assert!(secrets(Some("abcd"), None)[0].get("last_four").is_none());
}

#[test]
fn whatever_an_export_is_nothing_panics() {
    for odd in [
        "null",
        "[]",
        "[null, 1, \"x\"]",
        "{}",
        r#"{"clients":[{}],"users":[{"credentials":[{"type":"password"}]}]}"#,
    ] {
        for origin in [Origin::Hydra, Origin::Keycloak, Origin::Auth0] {
            let _ = taken(origin, odd);
        }
    }
}

/// What an export's one client becomes, before it is read.
fn translated(origin: Origin, client: Value) -> Map<String, Value> {
    objects(origin, &json!([client])).pop().unwrap()
}

#[test]
fn what_a_client_was_held_to_there_it_is_held_to_here() {
    let keycloak = translated(
        Origin::Keycloak,
        json!({ "clients": [{ "clientId": "a", "attributes": {
            "require.pushed.authorization.requests": "true", "dpop.bound.access.tokens": "true",
            "tls.client.certificate.bound.access.tokens": "false",
        } }] }),
    );
    let auth0 = translated(
        Origin::Auth0,
        json!({
            "client_id": "a", "require_pushed_authorization_requests": true, "require_proof_of_possession": true,
            "signed_request_object": { "required": true },
        }),
    );
    for object in [&keycloak, &auth0] {
        assert_eq!(object["require_pushed_authorization_requests"], true);
        assert_eq!(object["dpop_bound_access_tokens"], true);
    }
    assert_eq!(auth0["require_signed_request_object"], true);
    assert!(!keycloak.contains_key("tls_client_certificate_bound_access_tokens"));
}

#[test]
fn lists_of_hydras_tables_are_read_in_each_form_they_had() {
    for listed in [
        json!(["https://a", "https://b"]),
        json!("[\"https://a\",\"https://b\"]"),
        json!("https://a|https://b"),
    ] {
        let client = translated(Origin::Hydra, json!({ "id": "a", "redirect_uris": listed }));
        assert_eq!(client["redirect_uris"], json!(["https://a", "https://b"]));
        assert_eq!(
            client["grant_types"],
            json!(["authorization_code"]),
            "what Hydra takes where none is named"
        );
    }
    let keys = json!({ "keys": [{ "kty": "EC" }] });
    let client = translated(
        Origin::Hydra,
        json!({ "id": "a", "jwks": keys.to_string(), "client_secret_expires_at": 7, "client_secret": "bare-secret-0000" }),
    );
    assert_eq!(
        (&client["jwks"], &client["secrets"][0]["expires_at"]),
        (&keys, &json!(7))
    );
    // What nobody can sign is not asked for.
    for (alg, jwks, taken) in [
        ("RS256", json!(keys), true),
        ("none", json!(keys), false),
        ("RS256", json!(""), false),
    ] {
        let named = json!({ "id": "a", "jwks": jwks, "request_object_signing_alg": alg });
        let client = translated(Origin::Hydra, named);
        assert_eq!(client.contains_key("request_object_signing_alg"), taken, "{alg} {jwks}");
    }
    let client = translated(
        Origin::Hydra,
        json!({ "id": "a", "jwks": "", "redirect_uris": "", "token_endpoint_auth_method": "" }),
    );
    assert!(!client.contains_key("jwks") && !client.contains_key("token_endpoint_auth_method"));
}

#[test]
fn addresses_of_keycloak_that_begin_with_a_slash_continue_the_clients_own() {
    let client = |more: Value| {
        let mut client = json!({ "clientId": "a", "redirectUris": ["/cb", "https://b.example/cb"] });
        client
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        translated(Origin::Keycloak, json!({ "clients": [client] }))
    };
    let found = client(
        json!({ "rootUrl": "https://a.example/", "attributes": { "post.logout.redirect.uris": "https://c##https://d" } }),
    );
    assert_eq!(
        found["redirect_uris"],
        json!(["https://a.example/cb", "https://b.example/cb"])
    );
    assert_eq!(found["post_logout_redirect_uris"], json!(["https://c", "https://d"]));
    let found = client(json!({ "rootUrl": "${authBaseUrl}", "attributes": { "post.logout.redirect.uris": "-" } }));
    assert_eq!(
        found["redirect_uris"],
        json!(["/cb", "https://b.example/cb"]),
        "left to be told"
    );
    assert!(!found.contains_key("post_logout_redirect_uris"));
    let same = client(json!({ "attributes": { "post.logout.redirect.uris": "+" } }));
    assert_eq!(same["post_logout_redirect_uris"], same["redirect_uris"]);
}

#[test]
fn a_password_that_is_no_hash_or_was_for_one_login_is_nobodys_password_here() {
    let user = |more: Value| {
        let mut user = json!({ "id": "1", "username": "ada" });
        user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        translated(Origin::Keycloak, json!({ "users": [user] }))
    };
    let bare = user(json!({ "credentials": [{ "type": "password", "value": "in clear text" }] }));
    assert_eq!(bare["credentials"], json!(["password"]));
    assert!(!json!(bare).to_string().contains("in clear text"));
    let hash = json!([{ "type": "password", "secretData": "{\"value\":\"AAEC\",\"salt\":\"AAEC\"}",
        "credentialData": "{\"hashIterations\":5,\"algorithm\":\"pbkdf2-sha256\"}" }]);
    assert!(user(json!({ "credentials": hash })).contains_key("password_hash"));
    let once = user(json!({ "credentials": hash, "requiredActions": ["VERIFY_EMAIL", "UPDATE_PASSWORD"] }));
    assert!(!once.contains_key("password_hash"));
}
