//! What is allowed beyond scopes: details, and single claims.

use super::*;
use crate::authorize::Next;
use crate::details::AuthorizationDetails;
use crate::fixture::{payment, realm_with};

const PAYMENT: &str = r#"[{"type":"payment","creditor":"Grocer","amount":{"value":"1","currency":"EUR"}}]"#;

fn paying() -> Screen {
    let mut screen = with_grant(grant());
    screen.realm = realm_with(|realm| realm.details = vec![payment()]);
    let client = client_with(|client| client.openid.authorization_details_types = vec!["payment".to_owned()]);
    screen.request.details = AuthorizationDetails::read(Some(PAYMENT), &client, &screen.realm).unwrap();
    screen
}

#[test]
fn what_is_asked_in_detail_is_asked_each_time() {
    let mut screen = paying();
    assert!(matches!(screen.next(), Next::Consent(_)));
    screen.request.prompt.none = true;
    assert!(matches!(screen.next(), Next::Refuse(error) if error.code() == ErrorCode::ConsentRequired));
}

#[test]
fn a_code_stands_for_the_details_that_were_allowed() {
    let screen = paying();
    let approval = allowed(&screen, &answer());
    let code = inserted_code(&approval);
    assert_eq!(code.delegation.details(), screen.request.details.as_ref());
    assert!(code.delegation.claims().unwrap().is_empty());
    let plain = allowed(&Screen::new(), &answer());
    assert_eq!(inserted_code(&plain).delegation.more, None);
}

#[test]
fn single_claims_are_shown_and_allowed_as_their_scopes_which_no_token_has() {
    let mut screen = Screen::new();
    screen.request = request(&[(
        "claims",
        r#"{"userinfo":{"email":null},"id_token":{"name":null,"email":null}}"#,
    )]);
    let Next::Consent(prompt) = screen.next() else {
        panic!("it must be asked");
    };
    assert_eq!(prompt.scope, scopes("openid invoices:read email profile"));
    let approval = allowed(&screen, &answer());
    assert_eq!(inserted_grant(&approval).scope, prompt.scope);
    let delegation = &inserted_code(&approval).delegation;
    assert_eq!(delegation.scope, scopes("openid invoices:read"));
    let claims = delegation.claims().unwrap();
    assert_eq!((claims.userinfo.len(), claims.id_token.len()), (1, 2));
}

#[test]
fn a_claim_whose_scope_was_left_out_is_not_told() {
    let mut screen = Screen::new();
    let client = client_with(|client| client.optional_scopes = scopes("email"));
    screen.request = request_with(client, &[("claims", r#"{"userinfo":{"email":null,"name":null}}"#)]);
    let claims = |ticked: &str| {
        let answer = ConsentAnswer {
            ticked: ticked.split(' ').collect(),
            ..answer()
        };
        let approval = allowed(&screen, &answer);
        inserted_code(&approval).delegation.claims().unwrap().userinfo.clone()
    };
    assert_eq!(claims("openid"), ["name"]);
    assert_eq!(claims("email"), ["email", "name"]);
}

#[test]
fn claims_that_were_not_allowed_before_are_asked_for() {
    let claims = ("claims", r#"{"userinfo":{"email":null}}"#);
    let mut screen = with_grant(grant());
    screen.request = request(&[claims]);
    assert!(matches!(screen.next(), Next::Consent(_)));
    let mut screen = with_grant(grant_with(|grant| grant.scope = scopes("openid email invoices:read")));
    screen.request = request(&[claims]);
    assert!(matches!(screen.next(), Next::Approve(_)));
}
