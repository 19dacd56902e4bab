//! Details and single claims on their way through refreshes: they can be narrowed for a token, never widened, and end with
//! what permits them. What is said here of refreshes is the same code for the exchange of a code.

use super::*;
use crate::details::AuthorizationDetails;
use crate::fixture::{payment, realm_with};
use crate::record::ReleasedClaims;
use crate::record::code::DelegationMore;
use serde_json::{Value, json};

fn details(creditor: &str, actions: &[&str], locations: Option<&str>) -> Value {
    let mut detail = json!({
        "type": "payment", "creditor": creditor, "actions": actions, "amount": { "value": "1", "currency": "EUR" },
    });
    if let Some(location) = locations {
        detail["locations"] = json!([location]);
    }
    detail
}

fn paying(allowed: &Value) -> impl FnOnce(&mut Refresh) {
    let allowed = allowed.to_string();
    move |refresh| {
        refresh.around.realm = realm_with(|realm| realm.details = vec![payment()]);
        refresh.around.client.openid.authorization_details_types = vec!["payment".to_owned()];
        let (client, realm) = (refresh.around.client.clone(), refresh.around.realm.clone());
        let details = AuthorizationDetails::read(Some(&allowed), &client, &realm).unwrap();
        refresh.family().delegation.more = DelegationMore::of(details, ReleasedClaims::default());
    }
}

fn told(approved: &Approved) -> Value {
    let details = approved.more.as_ref().and_then(|more| more.details.as_ref());
    serde_json::to_value(details).unwrap()
}

#[test]
fn a_refresh_gives_the_details_that_were_allowed_or_a_part_of_them() {
    let allowed = json!([
        details("Grocer", &["initiate", "cancel"], None),
        details("Baker", &["cancel"], None)
    ]);
    let all = approved(|refresh| paying(&allowed)(refresh));
    assert_eq!(told(&all), allowed);
    let part = json!([details("Grocer", &["cancel"], None)]);
    let narrowed = approved(|refresh| {
        paying(&allowed)(refresh);
        refresh.around.send("authorization_details", &part.to_string());
    });
    assert_eq!(told(&narrowed), part);
    let family = narrowed.family.unwrap();
    assert_eq!(
        serde_json::to_value(family.delegation.details()).unwrap(),
        allowed,
        "the family keeps what was allowed"
    );
}

#[test]
fn a_refresh_does_not_widen_the_details() {
    let allowed = json!([details("Grocer", &["cancel"], None)]);
    for more in [
        details("Grocer", &["cancel", "initiate"], None),
        details("Thief", &["cancel"], None),
        details("Grocer", &["cancel"], Some(API)),
    ] {
        let code = refused(|refresh| {
            paying(&allowed)(refresh);
            refresh.around.send("authorization_details", &json!([more]).to_string());
        });
        assert_eq!(code, ErrorCode::InvalidAuthorizationDetails, "{more}");
    }
    let from_nothing = refused(|refresh| {
        paying(&allowed)(refresh);
        refresh.family().delegation.more = None;
        refresh.around.send("authorization_details", &allowed.to_string());
    });
    assert_eq!(from_nothing, ErrorCode::InvalidAuthorizationDetails);
}

#[test]
fn details_of_a_type_that_was_taken_back_are_gone() {
    let allowed = json!([details("Grocer", &["cancel"], None)]);
    let without = approved(|refresh| {
        paying(&allowed)(refresh);
        refresh.around.client.openid.authorization_details_types.clear();
    });
    assert_eq!(without.more, None);
}

#[test]
fn a_token_has_the_details_for_its_own_api() {
    let here = details("Grocer", &["cancel"], Some(API));
    let allowed = json!([here, details("Baker", &["cancel"], Some(OTHER_API))]);
    let token = approved(|refresh| {
        paying(&allowed)(refresh);
        refresh.family().delegation.resource = format!("{API} {OTHER_API}").into();
        refresh.around.send("resource", API);
    });
    assert_eq!(told(&token), json!([here]));
}

#[test]
fn claims_are_told_for_as_long_as_their_scopes_are_allowed() {
    let claiming = |refresh: &mut Refresh| {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let claims = ReleasedClaims {
            userinfo: names(&["email"]),
            id_token: names(&["name", "email", "birthdate"]),
        };
        refresh.family().delegation.more = DelegationMore::of(None, claims);
        refresh.around.grant.as_mut().unwrap().scope = scopes("openid email profile invoices:read invoices:write");
    };
    let told = approved(claiming);
    assert_eq!(told.more.unwrap().claims, ["email"]);
    let claims = told.id_token.unwrap().claims;
    assert_eq!(
        Value::Object(claims),
        json!({ "name": "Ada Lovelace", "email": "ada@example.com" })
    );
    let narrowed = approved(|refresh| {
        claiming(refresh);
        refresh.around.grant.as_mut().unwrap().scope = scopes("openid profile invoices:read invoices:write");
    });
    assert_eq!(narrowed.more, None);
    assert_eq!(narrowed.id_token.unwrap().claims.keys().collect::<Vec<_>>(), ["name"]);
    let not_the_clients = approved(|refresh| {
        claiming(refresh);
        refresh.around.client.scopes = scopes("openid invoices:read invoices:write");
    });
    assert!(not_the_clients.more.is_none() && not_the_clients.id_token.unwrap().claims.is_empty());
}
