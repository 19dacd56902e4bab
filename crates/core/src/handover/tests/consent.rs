//! What the platform's app answers for a user about what an application may do.

use super::*;

/// A screen with a user in two tenants, and the question that the app gets of it.
fn asked(sent: &[(&str, &str)]) -> (Screen, ConsentQuestion) {
    let screen = in_tenants(sent);
    let question = question_of(&screen);
    (screen, question)
}

fn in_tenants(sent: &[(&str, &str)]) -> Screen {
    let mut screen = Screen::new();
    screen.request = request(sent);
    screen.realm.tenants.enabled = true;
    screen.realm.roles.insert("owner".into(), scopes("*"));
    screen.facts.memberships = vec![membership("berlin", "owner"), membership("tokyo", "owner")];
    screen
}

fn question_of(screen: &Screen) -> ConsentQuestion {
    let Next::Consent(prompt) = screen.next() else {
        panic!("no consent")
    };
    let session = screen.facts.session.as_ref().unwrap();
    ConsentQuestion::new(handed(Back::Request("q".to_owned())), &screen.request, session, &prompt)
}

fn given(screen: &Screen, question: &ConsentQuestion, value: Value) -> Result<ConsentGiven, Refused> {
    let (actor, entropy): (Actor, _) = (actor(None, ANSWERS), Counted::default());
    let edit = accept(question, &body(value), &fixture::deed(&screen.realm, &actor, &entropy))?;
    Ok(edit.after.answer.unwrap())
}

#[test]
fn only_what_was_asked_can_be_allowed() {
    let (screen, question) = asked(&[]);
    let tried = |value: Value| given(&screen, &question, value).map(|_| ());
    for other in ["invoices:write", "*", "invoices:*", "grantd:users:write", "profile"] {
        let refused = tried(json!({ "scopes": ["openid", other], "tenant": "berlin" }));
        assert_eq!(pointers(&refused.unwrap_err()), ["/scopes"], "{other}");
    }
    assert_eq!(
        pointers(&tried(json!({ "tenant": "berlin" })).unwrap_err()),
        ["/scopes"]
    );
    assert_eq!(
        pointers(&tried(json!({ "scopes": ["openid"] })).unwrap_err()),
        ["/tenant"]
    );
    let foreign = tried(json!({ "scopes": ["openid"], "tenant": "paris" }));
    assert_eq!(pointers(&foreign.unwrap_err()), ["/tenant"]);
    let details = json!({ "scopes": ["openid"], "tenant": "berlin", "authorization_details": [{ "type": "payment" }] });
    assert_eq!(pointers(&tried(details).unwrap_err()), ["/authorization_details"]);
    let nothing = json!({ "scopes": ["openid"], "tenant": "berlin", "authorization_details": [] });
    assert_eq!(tried(nothing), Ok(()));
}

#[test]
fn details_that_nobody_speaks_of_are_not_allowed() {
    let mut screen = in_tenants(&[]);
    screen.realm.details = vec![payment()];
    let client = client_with(|client| client.openid.authorization_details_types = vec!["payment".to_owned()]);
    let text = r#"[{"type":"payment","creditor":"Grocer","amount":{"value":"1","currency":"EUR"}}]"#;
    screen.request.details = AuthorizationDetails::read(Some(text), &client, &screen.realm).unwrap();
    let question = question_of(&screen);
    let tried = |value: Value| given(&screen, &question, value);
    let silent = tried(json!({ "scopes": ["openid"], "tenant": "berlin" }));
    assert_eq!(pointers(&silent.unwrap_err()), ["/authorization_details"]);
    let whole: Value = serde_json::from_str(text).unwrap();
    for (said, left) in [(json!([]), None), (whole, screen.request.details.clone())] {
        let answer = json!({ "scopes": ["openid"], "tenant": "berlin", "authorization_details": said });
        let kept = tried(answer).unwrap().details(screen.request.details.as_ref());
        assert_eq!(kept.unwrap(), left);
    }
}

#[test]
fn the_only_tenant_of_a_question_is_the_one_of_its_answer() {
    let mut screen = in_tenants(&[]);
    screen.facts.memberships = vec![membership("berlin", "owner")];
    let question = question_of(&screen);
    let answer = given(&screen, &question, json!({ "scopes": ["invoices:read"] })).unwrap();
    assert_eq!(answer.answer().tenant.as_deref(), Some("berlin"));
    assert!(screen.allow(&answer.answer()).is_ok());
    // Moved to another tenant before the browser was back.
    screen.facts.memberships = vec![membership("tokyo", "owner")];
    assert!(screen.allow(&answer.answer()).is_err());
}

#[test]
fn what_the_app_answers_is_decided_as_on_our_own_page() {
    let (screen, question) = asked(&[]);
    let answer = given(
        &screen,
        &question,
        json!({ "scopes": ["invoices:read"], "tenant": "tokyo" }),
    )
    .unwrap();
    let approval = screen.allow(&answer.answer()).unwrap();
    let grant = approval.change.writes.iter().find_map(|write| match write {
        Write::InsertGrant(grant) => Some(grant),
        _ => None,
    });
    let grant = grant.unwrap();
    assert_eq!(
        (&grant.scope, grant.tenant.as_deref()),
        (&scopes("invoices:read"), Some("tokyo"))
    );
    // What the user may do has become less since the app answered.
    let mut demoted = screen;
    demoted.facts.memberships = vec![membership("berlin", "owner")];
    assert!(demoted.allow(&answer.answer()).is_err());
    demoted.facts.memberships = vec![membership("tokyo", "nothing")];
    let (realm, facts) = (&demoted.realm, &demoted.facts);
    let refused = fixture::at_the_issuer(realm, |context| {
        let session = facts.session.as_ref().unwrap();
        allow(
            &demoted.request,
            session,
            facts,
            &answer.answer(),
            context,
            &Counted::default(),
        )
    });
    assert!(refused.is_err());
}

#[test]
fn a_refusal_reaches_the_client_in_words_that_fit_the_protocol() {
    let rejection = |value: Value| Rejection::read(&body(value));
    assert_eq!(rejection(json!({})).unwrap().error().code(), ErrorCode::AccessDenied);
    let odd = rejection(json!({ "error": "login_required", "error_description": "say \"hi\" \u{fc}" })).unwrap();
    assert_eq!(odd.error().code(), ErrorCode::LoginRequired);
    assert_eq!(odd.error().description(), "say 'hi' ?");
    for bad in ["server_error", "invalid_client", "AccessDenied"] {
        assert!(rejection(json!({ "error": bad })).is_err(), "{bad}");
    }
    assert_eq!(REASONS.len(), 6);
    for reason in REASONS {
        assert_eq!(
            rejection(json!({ "error": reason })).unwrap().error().code().as_str(),
            *reason
        );
    }
}
