//! Who is asked, who is not, and where a browser may go.

use super::*;
use crate::fixture::{NOW, at_the_issuer, client_with, params, realm_with, session_facts};
use crate::record::client::ClientOrigin;

const BYE: &str = "https://app.example/bye";

fn client() -> ClientRecord {
    client_with(|client| client.post_logout_redirect_uris = vec![BYE.into(), "https://app.example/bye?x=1".into()])
}

fn hint() -> Hint {
    let session = session_facts().session;
    Hint {
        client_id: client().client_id.to_string(),
        subject: session.user.to_string(),
        session: Some(session.id.to_string()),
    }
}

fn request(pairs: &[(&str, &str)]) -> LogoutRequest {
    LogoutRequest::parse(&params(pairs)).unwrap()
}

fn asked(request: &LogoutRequest, facts: Facts<'_>) -> Result<Next, OAuthError> {
    at_the_issuer(&realm_with(|_| {}), |context| decide(request, facts, context))
}

/// Somebody is logged in, and nothing else is known.
fn logged_in(session: &SessionFacts) -> Facts<'_> {
    Facts {
        hint: None,
        client: None,
        session: Some(session),
        confirmed: false,
    }
}

#[test]
fn without_a_hint_the_user_is_asked() {
    let (session, client) = (session_facts(), client());
    assert_eq!(asked(&request(&[]), logged_in(&session)), Ok(Next::Confirm));
    let named = Facts {
        client: Some(&client),
        ..logged_in(&session)
    };
    let id = client.client_id.to_string();
    assert_eq!(asked(&request(&[("client_id", &id)]), named), Ok(Next::Confirm));
    let confirmed = Facts {
        confirmed: true,
        ..named
    };
    assert_eq!(asked(&request(&[("client_id", &id)]), confirmed), Ok(Next::End(None)));
}

#[test]
fn a_hint_about_this_session_is_enough_and_one_about_another_is_not() {
    let (session, client) = (session_facts(), client());
    let with = |hint: &Hint| {
        let facts = Facts {
            hint: Some(hint),
            client: Some(&client),
            ..logged_in(&session)
        };
        asked(&request(&[]), facts)
    };
    assert_eq!(with(&hint()), Ok(Next::End(None)));
    assert_eq!(
        with(&Hint {
            session: None,
            ..hint()
        }),
        Ok(Next::End(None))
    );
    for other in [
        Hint {
            subject: "somebody".into(),
            ..hint()
        },
        Hint {
            session: Some("another".into()),
            ..hint()
        },
    ] {
        assert_eq!(with(&other), Ok(Next::Confirm), "{other:?}");
    }
}

#[test]
fn the_browser_goes_on_to_a_registered_address_alone() {
    let (session, client, hint) = (session_facts(), client(), hint());
    let facts = Facts {
        hint: Some(&hint),
        client: Some(&client),
        ..logged_in(&session)
    };
    let to = |uri: &str| {
        asked(
            &request(&[("post_logout_redirect_uri", uri), ("state", "a b&c")]),
            facts,
        )
    };
    for (uri, url) in [
        (BYE, "https://app.example/bye?state=a%20b%26c"),
        (
            "https://app.example/bye?x=1",
            "https://app.example/bye?x=1&state=a%20b%26c",
        ),
    ] {
        let go_on = GoOn {
            url: url.into(),
            by_itself: true,
        };
        assert_eq!(to(uri), Ok(Next::End(Some(go_on))));
    }
    for uri in [
        "https://app.example/bye/",
        "https://app.example/bye?",
        "https://APP.example/bye",
        "https://app.example:443/bye",
        "https://evil.example/bye",
        "//evil.example",
        "javascript:alert(1)",
    ] {
        assert_eq!(to(uri).unwrap_err().code(), ErrorCode::InvalidRequest, "{uri}");
    }
}

#[test]
fn without_a_known_client_the_browser_goes_nowhere() {
    let (session, client) = (session_facts(), client());
    let go = |client: Option<&ClientRecord>, id: &str| {
        let facts = Facts {
            client,
            ..logged_in(&session)
        };
        asked(&request(&[("post_logout_redirect_uri", BYE), ("client_id", id)]), facts)
    };
    assert!(go(None, "").is_err());
    assert!(go(None, "unknown").is_err());
    let disabled = ClientRecord {
        enabled: false,
        ..client.clone()
    };
    assert!(go(Some(&disabled), "web").is_err());
    assert!(go(Some(&client), "web").is_ok());
}

#[test]
fn for_a_client_that_proved_nothing_or_that_nobody_vouches_for_the_user_goes_on_by_hand() {
    let (client, hint) = (client(), hint());
    let by_itself = |client: &ClientRecord, hint: Option<&Hint>| {
        let facts = Facts {
            hint,
            client: Some(client),
            session: None,
            confirmed: false,
        };
        let request = request(&[("post_logout_redirect_uri", BYE), ("client_id", &client.client_id)]);
        match asked(&request, facts) {
            Ok(Next::End(Some(go_on))) => go_on.by_itself,
            other => panic!("{other:?}"),
        }
    };
    assert!(by_itself(&client, Some(&hint)));
    assert!(!by_itself(&client, None));
    let dynamic = ClientRecord {
        origin: ClientOrigin::Dynamic,
        ..client
    };
    assert!(!by_itself(&dynamic, Some(&hint)));
}

#[test]
fn a_hint_of_one_client_does_not_speak_for_another() {
    let request = request(&[("client_id", "another")]);
    assert!(request.client(Some(&hint())).is_err());
    assert_eq!(request.client(None), Ok(Some("another")));
}

#[test]
fn a_session_that_is_over_needs_no_question() {
    let mut session = session_facts();
    session.session.ended_at = Some(NOW);
    assert_eq!(asked(&request(&[]), logged_in(&session)), Ok(Next::End(None)));
}

#[test]
fn repeated_and_endless_parameters_are_refused() {
    let long = "x".repeat(9000);
    for pairs in [
        &[("state", "a"), ("state", "b")][..],
        &[("id_token_hint", "a"), ("id_token_hint", "b")],
        &[("id_token_hint", &long)],
        &[("state", &long)],
        &[("post_logout_redirect_uri", &long)],
    ] {
        assert!(LogoutRequest::parse(&params(pairs)).is_err());
    }
}

#[test]
fn a_page_gets_issuer_and_session_where_its_client_needs_them() {
    let realm = realm_with(|_| {});
    let note = SessionClient {
        session: session_facts().session.id,
        client_id: client().client_id,
        realm: "main".into(),
        issuer: "https://id.example".into(),
        user: "ada".into(),
        due_at: None,
        tries: 0,
        expires_at: NOW,
    };
    let mut client = client();
    assert_eq!(frame(&realm, &client, &note), None);
    client.openid.frontchannel_logout_uri = Some("https://app.example/out?a=b".into());
    assert_eq!(
        frame(&realm, &client, &note).as_deref(),
        Some("https://app.example/out?a=b")
    );
    client.openid.frontchannel_logout_session_required = true;
    let address = frame(&realm, &client, &note).unwrap();
    let expected = format!(
        "https://app.example/out?a=b&iss=https%3A%2F%2Fid.example&sid={}",
        note.session
    );
    assert_eq!(address, expected);
}
