//! Who may change what registered itself.

use super::*;
use crate::registration::manage::{current, delete, replace};

#[test]
fn a_replacement_rotates_the_token_keeps_the_secret_and_cannot_choose_it() {
    let realm = realm();
    let wanted = read(json!({ "redirect_uris": ["https://app.example/cb"] })).unwrap();
    let first = registered(&realm, &wanted, None);
    let (client, secret) = (&first.record, first.given.secret.as_ref().unwrap());
    let put = |members: Value| {
        let members = object(members);
        let wanted = Wanted::read(Members(&members), &realm).unwrap();
        replace(client, Members(&members), &wanted, setting(&realm), &later())
    };
    let uris = json!(["https://app.example/new"]);
    let good = put(json!({ "client_id": &*client.client_id, "client_secret": secret.expose(), "redirect_uris": uris, "scope": "invoices:read grantd:clients:write" })).unwrap();
    assert_eq!(good.record.redirect_uris, ["https://app.example/new"]);
    assert_eq!(good.record.version, client.version + 1);
    assert_eq!(good.record.default_scopes.as_str(), "invoices:read");
    assert!(good.given.secret.is_none() && good.record.secrets.len() == 1);
    let old = first.given.token.as_ref().unwrap();
    assert!(authorize(Some(&good.record), old.expose()).is_err());
    assert!(authorize(Some(&good.record), good.given.token.as_ref().unwrap().expose()).is_ok());
    for bad in [
        json!({ "redirect_uris": uris }),
        json!({ "client_id": "another", "redirect_uris": uris }),
        json!({ "client_id": &*client.client_id, "client_secret": "chosen", "redirect_uris": uris }),
    ] {
        assert!(put(bad.clone()).is_err(), "{bad}");
    }
    let public =
        put(json!({ "client_id": &*client.client_id, "redirect_uris": uris, "token_endpoint_auth_method": "none" }))
            .unwrap();
    assert!(public.record.secrets.is_empty());
}

#[test]
fn only_the_clients_own_token_manages_it() {
    let (realm, wanted) = (realm(), read(public(json!({}))).unwrap());
    let first = registered(&realm, &wanted, None);
    let token = first.given.token.as_ref().unwrap();
    let mut disabled = first.record.clone();
    disabled.enabled = false;
    let mut operators = first.record.clone();
    operators.origin = ClientOrigin::Console;
    for client in [None, Some(&disabled), Some(&operators)] {
        assert!(authorize(client, token.expose()).is_err());
    }
    for wrong in ["", "gd_reg_", "Bearer", &format!("{}x", token.expose())] {
        assert!(authorize(Some(&first.record), wrong).is_err(), "{wrong}");
    }
    let change = delete(&first.record, setting(&realm), &Counted::default());
    assert!(matches!(&change.writes[0], Write::DeleteClient { .. }));
    assert!(matches!(&change.guards[..], [Guard::ClientAt { .. }]));
}

#[test]
fn a_registration_is_told_as_it_applies_now() {
    let mut realm = realm();
    realm.registration.grant_types = GrantType::ALL.to_vec();
    let wanted = read(public(json!({ "scope": "invoices:read customers:*" }))).unwrap();
    let registered = registered(&realm, &wanted, None).record;
    let told = |realm: &Realm| {
        let told = describe(&current(&registered, realm).unwrap(), &Given::default());
        json!([told["grant_types"], told["response_types"], told["scope"]])
    };
    let all = json!([
        ["authorization_code", "refresh_token"],
        ["code"],
        "invoices:read customers:*"
    ]);
    assert_eq!(told(&realm), all);
    realm.registration.grant_types = vec![GrantType::RefreshToken];
    realm.registration.scopes = scopes("openid invoices:*");
    assert_eq!(told(&realm), json!([["refresh_token"], [], "invoices:read"]));
    realm.registration.grant_types = GrantType::ALL.to_vec();
    realm.registration.scopes = scopes("*");
    assert_eq!(told(&realm), all);
}
