//! Which applications a tenant's members may use, and what a request for one writes.

use super::*;
use crate::admin::Actor;
use crate::authorize::consent::ConsentProblem;
use crate::authorize::{ConsentAnswer, Duration, Next};
use crate::fixture::authorization::{Screen, request_with};
use crate::fixture::{
    self, GRANT, NOW, SESSION, USER, client, client_with, decided, grant_with, membership, realm, session_facts,
};
use grantd_protocol::ScopeSet;
use grantd_protocol::entropy::counted::Counted;

fn foreign() -> ClientRecord {
    client_with(|client| client.origin = ClientOrigin::Portal)
}

fn tenant(apps: AppPolicy) -> TenantRecord {
    TenantRecord {
        apps,
        ..membership("acme", "viewer").tenant
    }
}

/// A user of acme in front of a request of an application that is not the platform's.
fn screen(policy: AppPolicy, apps: &[TenantAppRecord]) -> Screen {
    let mut screen = Screen::new();
    screen.realm.tenants.enabled = true;
    screen.request = request_with(foreign(), &[]);
    let mut place = membership("acme", "owner");
    place.tenant = tenant(policy);
    screen.realm.roles.insert("owner".into(), fixture::scopes("*"));
    screen.facts.memberships = vec![place];
    screen.facts.apps = apps.to_vec();
    screen
}

fn yes() -> ConsentAnswer {
    ConsentAnswer {
        shown: None,
        tenant: None,
        ticked: ScopeSet::empty(),
        duration: Duration::UntilRemoved,
    }
}

#[test]
fn the_platforms_own_applications_need_nobodys_word() {
    let realm = realm();
    let blocked = [decided("acme", AppState::Blocked)];
    let strict = tenant(AppPolicy::Approval);
    assert_eq!(admission(&client(), &strict, &blocked, &realm), Admission::Admitted);
    let machine = client_with(|client| {
        client.origin = ClientOrigin::Portal;
        client.tenant = Some("acme".into());
    });
    assert_eq!(admission(&machine, &strict, &blocked, &realm), Admission::Admitted);
    for origin in [
        ClientOrigin::Portal,
        ClientOrigin::Dynamic,
        ClientOrigin::MetadataDocument,
    ] {
        let theirs = client_with(|client| client.origin = origin);
        assert_eq!(admission(&theirs, &strict, &blocked, &realm), Admission::Blocked);
    }
}

#[test]
fn an_operators_client_of_a_publisher_elsewhere_is_not_the_platforms() {
    let realm = fixture::realm_with(|realm| realm.issuer = "https://id.pay.example:8443/eu".into());
    let of = |domain: &str| {
        let client = client_with(|client| client.verified_domain = Some(domain.to_owned()));
        is_foreign(&client, "acme", &realm)
    };
    assert!(!of("pay.example") && !of("id.pay.example"));
    assert!(of("ledgerly.example") && of("ay.example") && of("other.id.pay.example"));
}

#[test]
fn a_decision_comes_before_the_policy_and_is_one_tenants_alone() {
    use Admission::{Admitted, Blocked, Unasked, Waiting};
    let (open, strict) = (AppPolicy::Open, AppPolicy::Approval);
    for (policy, known, expected) in [
        (open, None, Admitted),
        (open, Some(AppState::Waiting), Admitted),
        (open, Some(AppState::Allowed), Admitted),
        (open, Some(AppState::Blocked), Blocked),
        (strict, None, Unasked),
        (strict, Some(AppState::Waiting), Waiting),
        (strict, Some(AppState::Allowed), Admitted),
        (strict, Some(AppState::Blocked), Blocked),
    ] {
        let rows: Vec<_> = known.map(|state| decided("acme", state)).into_iter().collect();
        let found = admission(&foreign(), &tenant(policy), &rows, &realm());
        assert_eq!(found, expected, "{policy:?} {known:?}");
    }
    let elsewhere = [decided("globex", AppState::Blocked)];
    assert_eq!(admission(&foreign(), &tenant(open), &elsewhere, &realm()), Admitted);
}

#[test]
fn a_permission_ends_where_somebody_else_may_be_behind_the_application_and_a_block_does_not() {
    let strict = tenant(AppPolicy::Approval);
    let of = |state, handed_over: grantd_protocol::Timestamp| {
        let client = client_with(|client| {
            client.origin = ClientOrigin::MetadataDocument;
            client.changed_hands_at = Some(handed_over);
        });
        admission(&client, &strict, &[decided("acme", state)], &realm())
    };
    let decided_at = decided("acme", AppState::Allowed).decided_at.unwrap();
    assert_eq!(of(AppState::Allowed, decided_at), Admission::Admitted);
    let later = decided_at.plus(grantd_protocol::Seconds(1));
    assert_eq!(of(AppState::Allowed, later), Admission::Unasked);
    assert_eq!(of(AppState::Blocked, later), Admission::Blocked);
}

#[test]
fn what_a_user_allows_is_guarded_by_the_tenant_they_allow_it_in() {
    let approval = screen(AppPolicy::Open, &[]).allow(&yes()).unwrap();
    let guarded = Guard::TenantAt {
        realm: "main".into(),
        id: "acme".into(),
        version: 1,
    };
    assert!(approval.change.guards.contains(&guarded));
    let mut own = screen(AppPolicy::Approval, &[decided("acme", AppState::Blocked)]);
    own.request = request_with(client(), &[]);
    let approval = own.allow(&yes()).unwrap();
    assert!(!approval.change.guards.contains(&guarded), "the platform's own is not");
}

#[test]
fn nobody_allows_what_their_tenant_does_not_admit() {
    for (apps, expected) in [
        (vec![], Admission::Unasked),
        (vec![decided("acme", AppState::Waiting)], Admission::Waiting),
        (vec![decided("acme", AppState::Blocked)], Admission::Blocked),
    ] {
        let screen = screen(AppPolicy::Approval, &apps);
        match screen.allow(&yes()) {
            Err(ConsentProblem::Barred(barrier)) => assert_eq!(barrier.admission, expected),
            other => panic!("{other:?}"),
        }
    }
    let allowed = screen(AppPolicy::Approval, &[decided("acme", AppState::Allowed)]);
    assert!(allowed.allow(&yes()).is_ok());
}

#[test]
fn with_one_tenant_a_user_is_told_at_once_and_asks_by_allowing() {
    let next = |apps: &[TenantAppRecord]| screen(AppPolicy::Approval, apps).next();
    assert!(matches!(next(&[]), Next::Consent(_)));
    for state in [AppState::Waiting, AppState::Blocked] {
        assert!(matches!(next(&[decided("acme", state)]), Next::Barred(_)), "{state:?}");
    }
}

#[test]
fn what_was_allowed_before_is_not_remembered_past_a_block_or_an_approval() {
    let remembered = |policy, apps: &[TenantAppRecord]| {
        let mut screen = screen(policy, apps);
        screen.facts.grants = vec![grant_with(|grant| grant.tenant = Some("acme".into()))];
        screen.next()
    };
    match remembered(AppPolicy::Open, &[]) {
        Next::Approve(approval) => {
            let is_guarded = |guard: &Guard| matches!(guard, Guard::TenantAt { .. });
            assert!(approval.change.guards.iter().any(is_guarded));
            assert!(
                approval
                    .change
                    .guards
                    .contains(&Guard::GrantAt { id: GRANT, version: 3 })
            );
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(remembered(AppPolicy::Approval, &[]), Next::Consent(_)));
    let blocked = [decided("acme", AppState::Blocked)];
    assert!(matches!(remembered(AppPolicy::Open, &blocked), Next::Barred(_)));
}

#[test]
fn where_nobody_may_be_shown_a_page_the_client_learns_whether_a_page_could_help() {
    let silent = |apps: &[TenantAppRecord]| {
        let mut screen = screen(AppPolicy::Approval, apps);
        screen.request = request_with(foreign(), &[("prompt", "none")]);
        screen.facts.grants = vec![grant_with(|grant| grant.tenant = Some("acme".into()))];
        match screen.next() {
            Next::Refuse(error) => error.code(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(silent(&[]), ErrorCode::ConsentRequired);
    assert_eq!(
        silent(&[decided("acme", AppState::Waiting)]),
        ErrorCode::ConsentRequired
    );
    assert_eq!(silent(&[decided("acme", AppState::Blocked)]), ErrorCode::AccessDenied);
}

/// What a request writes, of a barrier in this state.
fn asked(admission: Admission, waiting: usize) -> Option<Change> {
    let (realm, actor, entropy) = (realm(), Actor::oneself(&USER.into()), Counted::default());
    let barrier = Barrier {
        tenant: tenant(AppPolicy::Approval),
        admission,
    };
    let deed = fixture::deed(&realm, &actor, &entropy);
    ask(&barrier, &foreign(), &session_facts(), waiting, &deed)
}

#[test]
fn a_request_is_written_down_once_and_in_the_name_of_who_asked() {
    let change = asked(Admission::Unasked, 0).unwrap();
    let (row, audit) = match change.writes.as_slice() {
        [Write::PutTenant(tenant), Write::PutTenantApp(row), Write::Audit(audit)] if tenant.version == 2 => {
            (row, audit)
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(
        (row.state, row.asked_by.as_deref(), row.asked_at),
        (AppState::Waiting, Some(USER), Some(NOW))
    );
    assert_eq!((&*audit.action, &*audit.target), ("app.requested", "app:acme/webapp"));
    assert_eq!(audit.actor, format!("user:{USER}"));
    // Whoever asked first changed the tenant's version: the second finds the request there.
    assert!(
        change
            .guards
            .iter()
            .any(|guard| matches!(guard, Guard::TenantAt { version: 1, .. }))
    );
    assert!(change.guards.contains(&Guard::SessionLive(SESSION)));
    assert!(
        change
            .guards
            .iter()
            .any(|guard| matches!(guard, Guard::ClientExists { .. }))
    );
    for admission in [Admission::Waiting, Admission::Blocked] {
        assert!(asked(admission, 0).is_none(), "{admission:?}");
    }
}

#[test]
fn requests_that_nobody_answers_do_not_pile_up() {
    let most = MOST_WAITING as usize;
    assert!(asked(Admission::Unasked, most - 1).is_some());
    assert!(asked(Admission::Unasked, most).is_none());
}
