use super::*;
use crate::fixture::token_endpoint::{Around, FAMILY, ends_the_family};
use crate::fixture::{CLIENT, ISSUER, NOW, after, authenticated, delegation, make_public, scopes};
use crate::grant::TokenRequest;
use crate::record::{CodeRecord, UserCodeKey};
use grantd_protocol::entropy::counted::Counted;
use grantd_protocol::id::{CodeId, DeviceId};

const DEVICE: DeviceId = DeviceId::from_bytes([8; 16]);

/// A device that began to wait a minute ago, and one of its polls.
struct Poll {
    around: Around,
    device: Option<DeviceRecord>,
    code: Option<CodeRecord>,
    text: String,
}

impl Poll {
    fn new() -> Self {
        let around = Around::new();
        let prefix = &around.realm.device.prefix;
        let (text, hash) = Bearer::mint(Namespace::DeviceCode, prefix, *DEVICE.as_bytes(), &Counted::default());
        let device = DeviceRecord {
            id: DEVICE,
            version: 1,
            hash,
            user_code: UserCodeKey([0; 32]),
            realm: "main".into(),
            issuer: ISSUER.into(),
            client_id: CLIENT.into(),
            scope: scopes("invoices:read"),
            resource: around.realm.default_resource.clone(),
            details: None,
            interval: Seconds(5),
            polled_at: None,
            answer: None,
            created_at: after(-60),
            expires_at: after(540),
        };
        Self {
            around,
            device: Some(device),
            code: None,
            text: text.expose().to_owned(),
        }
    }

    fn with(change: impl FnOnce(&mut DeviceRecord)) -> Self {
        let mut poll = Self::new();
        change(poll.device.as_mut().unwrap());
        poll
    }

    /// The same once a user allowed it.
    fn allowed() -> Self {
        let mut poll = Self::new();
        let device = poll.device.take().unwrap();
        let mut delegation = delegation();
        delegation.session = None;
        poll.code = Some(CodeRecord {
            id: CodeId::from_bytes(*DEVICE.as_bytes()),
            hash: device.hash,
            family: FAMILY,
            delegation,
            redirect_uri: String::new(),
            challenge: None,
            created_at: after(-10),
            expires_at: device.expires_at,
            spent_at: None,
            keep_until: after(1200),
        });
        poll.around.session = None;
        poll
    }

    fn decide(&self) -> Result<Approved, Refusal> {
        let params = self.around.params(&[
            ("grant_type", GrantType::DeviceCode.as_str()),
            ("device_code", &self.text),
        ]);
        let request = match TokenRequest::parse(&params)? {
            TokenRequest::DeviceCode(request) => request,
            other => panic!("{other:?}"),
        };
        let facts = Facts {
            code: self.code.clone().map(|code| CodeFacts {
                code,
                grant: self.around.grant.clone(),
                session: self.around.session.clone(),
                user: self.around.user.clone(),
            }),
            device: self.device.clone(),
            membership: self.around.membership.clone(),
            salt: [5; 16],
        };
        let client = authenticated(&self.around.client);
        self.around.decide(|context| decide(&request, &client, &facts, context))
    }

    fn refusal(&self) -> Refusal {
        self.decide().unwrap_err()
    }

    fn error(&self) -> ErrorCode {
        self.refusal().error.code()
    }
}

/// The row that a refusal writes, which must be guarded by the version it was decided on.
fn written(refusal: &Refusal) -> &DeviceRecord {
    assert_eq!(refusal.guards, [Guard::DeviceAt { id: DEVICE, version: 1 }]);
    match refusal.writes.as_slice() {
        [Write::UpdateDevice(row)] => {
            assert_eq!(row.version, 2);
            row
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_device_that_nobody_answered_is_told_so_and_its_poll_is_remembered() {
    let refusal = Poll::new().refusal();
    assert_eq!(refusal.error.code(), ErrorCode::AuthorizationPending);
    let row = written(&refusal);
    assert_eq!((row.polled_at, row.interval, row.answer), (Some(NOW), Seconds(5), None));
}

#[test]
fn a_poll_that_comes_too_early_makes_every_further_wait_five_seconds_longer() {
    let refusal = Poll::with(|device| device.polled_at = Some(after(-3))).refusal();
    assert_eq!(refusal.error.code(), ErrorCode::SlowDown);
    let row = written(&refusal);
    assert_eq!((row.interval, row.polled_at), (Seconds(10), Some(after(-3))));
    let told = |seconds: i64| {
        Poll::with(|device| {
            device.interval = Seconds(10);
            device.polled_at = Some(after(-seconds));
        })
        .error()
    };
    assert_eq!(
        (told(8), told(10)),
        (ErrorCode::SlowDown, ErrorCode::AuthorizationPending)
    );
}

#[test]
fn a_second_of_jitter_is_not_too_early() {
    let poll = |seconds: i64| Poll::with(|device| device.polled_at = Some(after(-seconds))).error();
    assert_eq!(
        (poll(4), poll(3)),
        (ErrorCode::AuthorizationPending, ErrorCode::SlowDown)
    );
}

#[test]
fn the_slowest_device_is_refused_without_a_write() {
    let refusal = Poll::with(|device| {
        device.interval = SLOWEST;
        device.polled_at = Some(after(-1));
    })
    .refusal();
    assert_eq!(refusal.error.code(), ErrorCode::SlowDown);
    assert!(refusal.writes.is_empty() && refusal.guards.is_empty());
}

#[test]
fn a_clock_that_was_stepped_back_does_not_silence_a_device() {
    let poll = Poll::with(|device| device.polled_at = Some(after(4000)));
    assert_eq!(poll.error(), ErrorCode::AuthorizationPending);
}

#[test]
fn a_denied_device_is_told_so() {
    let poll = Poll::with(|device| device.answer = Some(DeviceAnswer::Denied));
    let refusal = poll.refusal();
    assert_eq!(refusal.error.code(), ErrorCode::AccessDenied);
    assert!(refusal.writes.is_empty());
}

#[test]
fn a_device_that_nobody_answered_in_time_is_told_to_begin_again() {
    let expiring = |seconds: i64| Poll::with(|device| device.expires_at = after(seconds)).error();
    assert_eq!(
        (expiring(1), expiring(0)),
        (ErrorCode::AuthorizationPending, ErrorCode::ExpiredToken)
    );
}

#[test]
fn a_device_code_is_good_for_its_client_realm_issuer_and_secret_alone() {
    let changes: [fn(&mut DeviceRecord); 4] = [
        |device| device.client_id = "another".into(),
        |device| device.realm = "another".into(),
        |device| device.issuer = "https://alias.example".into(),
        |device| device.hash = SecretHash::of(b"another"),
    ];
    for change in changes {
        let refusal = Poll::with(change).refusal();
        assert_eq!(refusal.error.code(), ErrorCode::InvalidGrant);
        assert!(refusal.writes.is_empty(), "a stranger's poll is not remembered");
        let mut allowed = Poll::allowed();
        let mut device = Poll::new().device.unwrap();
        change(&mut device);
        let code = allowed.code.as_mut().unwrap();
        code.hash = device.hash;
        code.delegation.client_id = device.client_id;
        code.delegation.realm = device.realm;
        code.delegation.issuer = device.issuer;
        assert_eq!(allowed.error(), ErrorCode::InvalidGrant);
    }
    let mut unknown = Poll::new();
    unknown.device = None;
    assert_eq!(unknown.error(), ErrorCode::InvalidGrant);
}

#[test]
fn other_kinds_of_values_are_no_device_codes() {
    let mut poll = Poll::new();
    let (code, _) = Bearer::mint(Namespace::Code, "dc_", *DEVICE.as_bytes(), &Counted::default());
    for text in ["x", "", code.expose()] {
        poll.text = text.to_owned();
        let expected = if text.is_empty() {
            ErrorCode::InvalidRequest
        } else {
            ErrorCode::InvalidGrant
        };
        assert_eq!(poll.error(), expected, "{text}");
    }
}

#[test]
fn a_client_that_may_not_use_the_grant_is_refused() {
    let mut poll = Poll::new();
    poll.around
        .client
        .grant_types
        .retain(|one| *one != GrantType::DeviceCode);
    assert_eq!(poll.error(), ErrorCode::UnauthorizedClient);
    poll.around
        .realm
        .grant_types
        .retain(|one| *one != GrantType::DeviceCode);
    assert_eq!(poll.error(), ErrorCode::UnsupportedGrantType);
}

#[test]
fn an_allowed_device_gets_a_family_once() {
    let approved = Poll::allowed().decide().unwrap();
    let id = CodeId::from_bytes(*DEVICE.as_bytes());
    assert!(approved.guards.contains(&Guard::CodeUnspent(id)));
    assert_eq!(approved.refresh_generation, Some(0));
    let family = approved.family.unwrap();
    assert!(family.offline, "no browser's session is behind it");
    let mut used = Poll::allowed();
    used.code.as_mut().unwrap().spent_at = Some(after(-1));
    assert!(ends_the_family(used.decide()));
}

#[test]
fn a_public_device_needs_no_verifier_since_its_code_never_saw_a_browser() {
    let mut poll = Poll::allowed();
    make_public(&mut poll.around.client);
    assert!(poll.decide().is_ok());
}

#[test]
fn a_withdrawn_grant_reaches_a_device_that_has_not_come_for_its_tokens() {
    let mut poll = Poll::allowed();
    poll.around.grant.as_mut().unwrap().ended_at = Some(after(-1));
    assert_eq!(poll.error(), ErrorCode::InvalidGrant);
}
