//! What a request may ask of the answer: a level of authentication, a signature, details.

use super::*;

#[test]
fn acr_values_say_which_level_where_claims_only_say_that_there_must_be_one() {
    let level = |sent: &[(&str, &str)]| {
        let sent: Vec<_> = [("scope", "openid")].iter().chain(sent).copied().collect();
        send(&sent).level.map(|wish| (wish.names.join(" "), wish.essential))
    };
    let essential = ("claims", r#"{"id_token":{"acr":{"essential":true}}}"#);
    let named = ("claims", r#"{"id_token":{"acr":{"essential":true,"value":"two"}}}"#);
    assert_eq!(level(&[]), None);
    assert_eq!(level(&[("acr_values", "one two")]), Some(("one two".into(), false)));
    assert_eq!(level(&[essential]), Some((String::new(), true)));
    assert_eq!(level(&[essential, ("acr_values", "one")]), Some(("one".into(), true)));
    assert_eq!(level(&[named, ("acr_values", "one")]), Some(("two".into(), true)));
}

#[test]
fn signed_answers_are_had_by_name_unless_the_realm_has_none() {
    for (name, mode) in [
        ("jwt", ResponseMode::QueryJwt),
        ("query.jwt", ResponseMode::QueryJwt),
        ("form_post.jwt", ResponseMode::FormPostJwt),
    ] {
        assert_eq!(send(&[("response_mode", name)]).response_mode, mode);
        let off = Asked::with_realm(|realm| realm.signed_responses = false);
        let error = off.send(&[("response_mode", name)]).unwrap_err();
        assert_eq!(
            (error.rule, error.error.code()),
            ("response_mode", ErrorCode::InvalidRequest)
        );
        assert_eq!(error.callback.mode(), ResponseMode::Query);
    }
    for bad in ["fragment", "fragment.jwt", "JWT", "query.jwt ", "jwt.query"] {
        assert_eq!(
            refused(&[("response_mode", bad)]),
            ("response_mode", ErrorCode::InvalidRequest)
        );
    }
}

#[test]
fn an_error_goes_back_signed_where_the_answer_would_have() {
    let error = Asked::new()
        .send(&[("response_mode", "form_post.jwt"), ("scope", "nonsense")])
        .unwrap_err();
    assert_eq!(error.callback.mode(), ResponseMode::FormPostJwt);
}

#[test]
fn details_are_read_before_anybody_is_asked() {
    let asked = Asked {
        realm: realm_with(|realm| realm.details = vec![crate::fixture::payment()]),
        client: client_with(|client| client.openid.authorization_details_types = vec!["payment".to_owned()]),
        issuer: ISSUER,
    };
    let good = r#"[{"type":"payment","creditor":"x","amount":{"value":"1","currency":"EUR"}}]"#;
    let sent = |text| asked.send(&[("authorization_details", text)]);
    assert!(sent(good).unwrap().details.is_some());
    let error = sent("[{}]").unwrap_err();
    assert_eq!(
        (error.rule, error.error.code()),
        ("authorization_details", ErrorCode::InvalidAuthorizationDetails)
    );
    let twice = asked.send(&[("authorization_details", good), ("authorization_details", good)]);
    assert_eq!(twice.unwrap_err().error.code(), ErrorCode::InvalidRequest);
}
