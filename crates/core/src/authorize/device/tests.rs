use super::*;
use crate::authorize::decide;
use crate::authorize::decide::Next;
use crate::fixture::{
    API, after, at_the_issuer, authenticated, client, client_with, params, realm, realm_with, scopes, session_facts,
};
use crate::record::CodeRecord;
use grantd_protocol::entropy::counted::Counted;
use grantd_protocol::{ErrorCode, ScopeSet};

fn begun(sent: &[(&str, &str)], client: &ClientRecord) -> Result<Waiting, OAuthError> {
    at_the_issuer(&realm(), |context| {
        begin(&params(sent), &authenticated(client), context, &Counted::default())
    })
}

fn waiting() -> DeviceRecord {
    begun(&[("scope", "openid invoices:read")], &client()).unwrap().record
}

fn asked(device: &DeviceRecord) -> Option<AuthorizationRequest> {
    at_the_issuer(&realm(), |context| question(device, Some(Arc::new(client())), context))
}

fn facts() -> Facts {
    Facts {
        session: Some(session_facts()),
        ..Facts::default()
    }
}

fn answer(duration: Duration) -> ConsentAnswer {
    ConsentAnswer {
        shown: Some(scopes("openid invoices:read").into()),
        tenant: None,
        ticked: ScopeSet::empty(),
        duration,
    }
}

fn allowed(device: &DeviceRecord, duration: Duration) -> Change {
    let request = asked(device).unwrap();
    at_the_issuer(&realm(), |context| {
        allow(
            device,
            &request,
            &session_facts(),
            &facts(),
            answer(duration),
            context,
            &Counted::default(),
        )
    })
    .unwrap()
}

fn code(change: &Change) -> &CodeRecord {
    let mut codes = change.writes.iter().filter_map(|write| match write {
        Write::InsertCode(code) => Some(&**code),
        _ => None,
    });
    codes.next().unwrap()
}

#[test]
fn a_device_gets_a_code_for_itself_and_one_for_its_user() {
    let waiting = begun(&[("resource", API)], &client()).unwrap();
    assert!(waiting.device_code.expose().starts_with("dc_"));
    let record = &waiting.record;
    assert_eq!(record.scope, scopes("invoices:read"), "the client's defaults");
    assert_eq!(&*record.resource, API);
    assert_eq!((record.interval.get(), record.expires_at), (5, after(600)));
    assert_eq!(waiting.change.guards, [Guard::UserCodeFree(record.user_code)]);
    let other = UserCodeKey::of("other", &waiting.user_code);
    assert_ne!(other, record.user_code, "a code is its realm's own");
}

#[test]
fn what_a_device_asks_is_bounded_like_every_request() {
    let refused = |sent: &[(&str, &str)], client: &ClientRecord| begun(sent, client).unwrap_err().code();
    assert_eq!(refused(&[("scope", "nonsense")], &client()), ErrorCode::InvalidScope);
    assert_eq!(
        refused(&[("scope", "customers:write")], &client()),
        ErrorCode::InvalidScope
    );
    assert_eq!(
        refused(&[("resource", "https://nobody.example")], &client()),
        ErrorCode::InvalidTarget
    );
    assert_eq!(
        refused(&[("scope", "a"), ("scope", "b")], &client()),
        ErrorCode::InvalidRequest
    );
    let unregistered = client_with(|client| client.grant_types = vec![GrantType::AuthorizationCode]);
    assert_eq!(refused(&[], &unregistered), ErrorCode::UnauthorizedClient);
    let closed = realm_with(|realm| realm.grant_types = vec![GrantType::AuthorizationCode]);
    let error = at_the_issuer(&closed, |context| {
        begin(&params(&[]), &authenticated(&client()), context, &Counted::default())
    });
    assert_eq!(error.unwrap_err().code(), ErrorCode::UnsupportedGrantType);
}

#[test]
fn a_user_is_asked_for_a_device_that_waits_here_and_for_no_other() {
    let changes: [fn(&mut DeviceRecord); 5] = [
        |device| device.realm = "another".into(),
        |device| device.issuer = "https://alias.example".into(),
        |device| device.answer = Some(DeviceAnswer::Denied),
        |device| device.answer = Some(DeviceAnswer::Allowed),
        |device| device.expires_at = after(0),
    ];
    assert!(asked(&waiting()).is_some());
    for change in changes {
        let mut device = waiting();
        change(&mut device);
        assert!(asked(&device).is_none(), "{device:?}");
    }
    for client in [
        client_with(|client| client.enabled = false),
        client_with(|client| client.grant_types.clear()),
        client_with(|client| client.client_id = "another".into()),
    ] {
        let asked = at_the_issuer(&realm(), |context| {
            question(&waiting(), Some(Arc::new(client)), context)
        });
        assert!(asked.is_none());
    }
}

#[test]
fn a_user_is_asked_each_time_whatever_they_allowed_before() {
    let request = asked(&waiting()).unwrap();
    let mut facts = facts();
    facts.grants.push(crate::fixture::grant_with(|grant| {
        grant.scope = scopes("openid invoices:read");
        grant.redirect_uri = String::new();
    }));
    let next = at_the_issuer(&realm(), |context| {
        decide(&request, &facts, context, &Counted::default())
    });
    assert!(matches!(next, Next::Consent(_)), "{next:?}");
}

#[test]
fn who_allows_in_the_last_second_leaves_time_for_the_polls() {
    let device = DeviceRecord {
        expires_at: after(1),
        ..waiting()
    };
    let change = allowed(&device, Duration::UntilRemoved);
    let code = code(&change);
    assert_eq!(code.expires_at, after((2 * device.interval.get()).into()));
    assert!(code.keep_until >= code.expires_at);
}

#[test]
fn an_allowed_devices_code_is_its_own_and_outlives_the_browser() {
    let device = waiting();
    let change = allowed(&device, Duration::UntilRemoved);
    let code = code(&change);
    assert_eq!(code.id.as_bytes(), device.id.as_bytes());
    assert_eq!(code.hash.as_bytes(), device.hash.as_bytes());
    assert_eq!(code.expires_at, device.expires_at);
    assert!(code.keep_until >= device.expires_at);
    assert_eq!(code.delegation.session, None);
    assert!(change.guards.contains(&Guard::DeviceAt {
        id: device.id,
        version: 1
    }));
    let answered = change.writes.iter().any(|write| {
        matches!(write, Write::UpdateDevice(row) if row.answer == Some(DeviceAnswer::Allowed) && row.version == 2)
    });
    assert!(answered, "{change:?}");
}

#[test]
fn a_device_is_never_allowed_for_a_browsers_session_alone() {
    for (asked, expected) in [
        (Duration::Session, None),
        (Duration::ThirtyDays, Some(after(30 * 24 * 3600))),
    ] {
        let change = allowed(&waiting(), asked);
        let grant = change.writes.iter().find_map(|write| match write {
            Write::InsertGrant(grant) => Some(grant),
            _ => None,
        });
        let grant = grant.unwrap();
        assert_eq!((grant.session, grant.expires_at), (None, expected));
    }
}

#[test]
fn one_answer_alone_is_taken() {
    let device = waiting();
    let change = deny(&device, ChangeId::from_bytes([1; 16]));
    assert_eq!(
        change.guards,
        [Guard::DeviceAt {
            id: device.id,
            version: 1
        }]
    );
    let [Write::UpdateDevice(row)] = change.writes.as_slice() else {
        panic!("{change:?}")
    };
    assert_eq!((row.answer, row.version), (Some(DeviceAnswer::Denied), 2));
}
