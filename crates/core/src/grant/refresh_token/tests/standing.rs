//! What a family hangs off must still stand.

use super::*;

#[test]
fn leaving_the_tenant_ends_refresh() {
    assert_eq!(
        refused(|refresh| refresh.family().delegation.tenant = Some("acme".into())),
        ErrorCode::InvalidGrant
    );
}

#[test]
fn a_changed_password_ends_refresh() {
    let changed_at = |at: Timestamp| {
        Refresh::with(move |refresh| refresh.around.user.as_mut().unwrap().password_changed_at = at).decide()
    };
    assert_eq!(plain_refusal(changed_at(after(-3999))), ErrorCode::InvalidGrant);
    assert_eq!(plain_refusal(changed_at(NOW)), ErrorCode::InvalidGrant);
    assert!(changed_at(after(-4000)).is_ok(), "made with the password of then");
}

#[test]
fn a_disabled_or_deleted_user_ends_refresh() {
    for spoil in [(|refresh| refresh.around.user = None) as fn(&mut Refresh), |refresh| {
        refresh.around.user.as_mut().unwrap().enabled = false
    }] {
        assert_eq!(refused(spoil), ErrorCode::InvalidGrant);
    }
}

#[test]
fn an_ended_grant_ends_refresh() {
    for spoil in [
        (|refresh| refresh.around.grant = None) as fn(&mut Refresh),
        |refresh| refresh.around.grant.as_mut().unwrap().ended_at = Some(after(-1)),
        |refresh| refresh.around.grant.as_mut().unwrap().expires_at = Some(NOW),
    ] {
        assert_eq!(refused(spoil), ErrorCode::InvalidGrant);
    }
}

#[test]
fn logout_ends_only_what_is_not_offline() {
    let logged_out = |offline: bool| {
        Refresh::with(move |refresh| {
            refresh.family().offline = offline;
            refresh.around.session.as_mut().unwrap().ended_at = Some(after(-1));
        })
        .decide()
    };
    assert_eq!(plain_refusal(logged_out(false)), ErrorCode::InvalidGrant);
    assert!(logged_out(true).is_ok());
}

#[test]
fn an_expired_session_is_no_logout() {
    approved(|refresh| refresh.around.session.as_mut().unwrap().expires_at = after(-1));
}

#[test]
fn a_grant_for_this_session_alone_ends_with_it_offline_or_not() {
    for end in [
        (|session| session.ended_at = Some(after(-1))) as fn(&mut crate::record::SessionRecord),
        |session| session.expires_at = NOW,
    ] {
        assert_eq!(
            refused(|refresh| {
                refresh.family().offline = true;
                refresh.around.grant.as_mut().unwrap().session = Some(SESSION);
                end(refresh.around.session.as_mut().unwrap());
            }),
            ErrorCode::InvalidGrant
        );
    }
}

#[test]
fn no_access_token_outlives_the_session_that_it_was_allowed_for() {
    let lifetime = |bound: bool| {
        let approved = approved(|refresh| {
            refresh.around.grant.as_mut().unwrap().session = bound.then_some(SESSION);
            refresh.around.session.as_mut().unwrap().expires_at = after(7);
        });
        approved.lifetime.get()
    };
    assert_eq!((lifetime(true), lifetime(false)), (7, 600));
}

#[test]
fn a_later_consent_for_another_session_does_not_shorten_an_offline_family() {
    approved(|refresh| {
        refresh.family().offline = true;
        refresh.around.grant.as_mut().unwrap().session = Some(grantd_protocol::id::SessionId::from_bytes([9; 16]));
        refresh.around.session.as_mut().unwrap().expires_at = after(-1);
    });
}

#[test]
fn a_session_that_the_token_depends_on_is_guarded() {
    assert!(guards(&approved(|_| {}), &Guard::SessionLive(SESSION)));
    assert!(!guards(
        &approved(|refresh| refresh.family().offline = true),
        &Guard::SessionLive(SESSION)
    ));
    assert!(!guards(
        &approved(|refresh| refresh.around.session = None),
        &Guard::SessionLive(SESSION)
    ));
}
