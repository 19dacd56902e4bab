//! A family moves on, a lost reply is answered again, a replay ends it (OAuth 2.1 section 4.3, RFC 9700 4.14).

use super::*;
use crate::fixture::token_endpoint::{Exchange, FAMILY, Refresh, ends_the_family, guards, plain_refusal};
use crate::fixture::{
    ALIAS, API, GRANT, NOW, OTHER_API, SESSION, after, client_with, make_public, membership, refresh_key, scopes,
};
use grantd_protocol::{ErrorCode, Seconds};

fn refused(change: impl FnOnce(&mut Refresh)) -> ErrorCode {
    plain_refusal(Refresh::with(change).decide())
}

fn approved(change: impl FnOnce(&mut Refresh)) -> Approved {
    Refresh::with(change).decide().unwrap()
}

/// The predecessor's token, `seconds` after the rotation to the present generation.
fn retry(seconds: i64) -> impl FnOnce(&mut Refresh) {
    move |refresh| {
        refresh.presented = 4;
        refresh.family().rotated_at = after(-seconds);
    }
}

#[test]
fn the_present_token_moves_the_family_to_its_next_generation() {
    let approved = approved(|_| {});
    assert_eq!(approved.refresh_generation, Some(6));
    assert!(guards(
        &approved,
        &Guard::FamilyAt {
            id: FAMILY,
            generation: Some(5)
        }
    ));
    assert!(guards(&approved, &Guard::GrantLive(GRANT)));
    let [
        Write::RotateFamily {
            id,
            to,
            at,
            idle_expires_at,
        },
    ] = approved.writes.as_slice()
    else {
        panic!("{:?}", approved.writes);
    };
    assert_eq!((*id, *to, *at), (FAMILY, 6, NOW));
    assert_eq!(*idle_expires_at, after(86_400));
}

#[test]
fn within_grace_a_retry_gets_the_same_successor() {
    let first = Refresh::with(|refresh| refresh.presented = 5).decide().unwrap();
    assert_eq!(first.refresh_generation, Some(6));
    // The reply was lost: the same token again, one second later, when the family is at 6.
    let again = Refresh::with(|refresh| {
        refresh.family().generation = Some(6);
        refresh.family().rotated_at = after(-1);
    })
    .decide()
    .unwrap();
    assert_eq!(again.refresh_generation, Some(6));
    let text = |approved: &Approved| {
        let family = approved.family.as_ref().unwrap();
        let token = refresh_key().write(family, approved.refresh_generation.unwrap(), "rt_");
        token.expose().to_owned()
    };
    assert_eq!(text(&first), text(&again), "the very same text");
    let rotates = |write: &Write| matches!(write, Write::RotateFamily { .. });
    assert!(!again.writes.iter().any(rotates), "no second branch");
}

#[test]
fn a_retry_is_guarded_by_its_successor_being_unused() {
    let approved = approved(retry(1));
    assert!(guards(
        &approved,
        &Guard::FamilyAt {
            id: FAMILY,
            generation: Some(5)
        }
    ));
}

#[test]
fn after_grace_a_retry_is_a_replay_and_ends_the_family() {
    assert!(Refresh::with(retry(9)).decide().is_ok());
    assert!(ends_the_family(Refresh::with(retry(10)).decide()));
    assert!(ends_the_family(Refresh::with(retry(3600)).decide()));
}

#[test]
fn with_grace_zero_the_loser_is_a_replay() {
    for seconds in [0, 1, -1] {
        let loser = Refresh::with(|refresh| {
            refresh.around.realm.refresh.grace = Seconds(0);
            retry(seconds)(refresh);
        });
        assert!(
            ends_the_family(loser.decide()),
            "rotated {seconds} s ago, by a clock that may run ahead of ours"
        );
    }
}

#[test]
fn a_clock_that_steps_far_back_does_not_prolong_the_grace() {
    assert!(ends_the_family(Refresh::with(retry(-3600)).decide()));
    assert!(
        Refresh::with(retry(-5)).decide().is_ok(),
        "clocks of two nodes may differ by seconds"
    );
}

#[test]
fn once_the_successor_was_used_its_predecessor_is_a_replay() {
    // 5 was rotated to 6, and 6 to 7, all within a second: 5 is two steps behind.
    let replay = Refresh::with(|refresh| {
        refresh.family().generation = Some(7);
        refresh.family().rotated_at = NOW;
    });
    assert!(ends_the_family(replay.decide()));
}

#[test]
fn any_older_token_is_a_replay_and_ends_the_family() {
    for presented in 0..4 {
        let replay = Refresh::with(|refresh| {
            refresh.presented = presented;
            refresh.family().rotated_at = NOW;
        });
        assert!(ends_the_family(replay.decide()), "{presented}");
    }
}

#[test]
fn a_replay_of_a_family_past_its_end_still_ends_it() {
    // An access token may have been issued just before the absolute end; it must not outlive the replay.
    let replay = Refresh::with(|refresh| {
        refresh.presented = 2;
        refresh.family().absolute_expires_at = Some(after(-1));
    });
    assert!(ends_the_family(replay.decide()));
}

#[test]
fn a_replay_ends_the_family_even_when_the_user_was_disabled() {
    let replay = Refresh::with(|refresh| {
        refresh.presented = 2;
        refresh.around.user = None;
    });
    assert!(ends_the_family(replay.decide()));
}

#[test]
fn a_token_of_another_client_does_not_end_the_family() {
    for presented in [2, 4, 5] {
        let thief = Refresh::with(|refresh| {
            refresh.presented = presented;
            refresh.around.client = client_with(|client| client.client_id = "other".into());
        });
        assert!(!ends_the_family(thief.decide()), "{presented}");
    }
}

#[test]
fn a_tag_that_was_not_made_here_is_refused_and_ends_nothing() {
    let forged = Refresh::with(|refresh| {
        let other = crate::refresh_value::RefreshKey::new(&[8; 32]);
        let text = other.write(refresh.family(), 2, "rt_");
        refresh.around.send("refresh_token", text.expose());
    });
    assert!(!ends_the_family(forged.decide()));
    let other_salt = Refresh::with(|refresh| {
        let mut twin = refresh.family().clone();
        twin.salt = [7; 16];
        refresh
            .around
            .send("refresh_token", refresh_key().write(&twin, 2, "rt_").expose());
    });
    assert!(!ends_the_family(other_salt.decide()));
}

#[test]
fn a_generation_that_never_was_is_refused_and_ends_nothing() {
    assert_eq!(refused(|refresh| refresh.presented = 6), ErrorCode::InvalidGrant);
    assert_eq!(refused(|refresh| refresh.presented = u32::MAX), ErrorCode::InvalidGrant);
}

#[test]
fn the_last_generation_does_not_overflow() {
    assert_eq!(
        refused(|refresh| {
            refresh.family().generation = Some(u32::MAX);
            refresh.presented = u32::MAX;
        }),
        ErrorCode::InvalidGrant
    );
}

#[test]
fn a_family_without_refresh_tokens_takes_none() {
    assert_eq!(
        refused(|refresh| refresh.family().generation = None),
        ErrorCode::InvalidGrant
    );
}

#[test]
fn unknown_garbage_and_a_code_are_invalid_grant() {
    assert_eq!(refused(|refresh| refresh.family = None), ErrorCode::InvalidGrant);
    let code = Exchange::new().text;
    for garbage in ["x", &code, &code.replacen("ac_", "rt_", 1)] {
        assert_eq!(
            refused(|refresh| refresh.around.send("refresh_token", garbage)),
            ErrorCode::InvalidGrant,
            "{garbage}"
        );
    }
    assert_eq!(
        refused(|refresh| refresh.around.send("refresh_token", "")),
        ErrorCode::InvalidRequest
    );
}

#[test]
fn an_ended_family_is_invalid_grant_and_is_not_ended_again() {
    for presented in [2, 4, 5] {
        assert_eq!(
            refused(|refresh| {
                refresh.presented = presented;
                refresh.family().ended_at = Some(after(-1));
            }),
            ErrorCode::InvalidGrant
        );
    }
}

#[test]
fn idle_and_absolute_ends_are_both_there() {
    for (idle, absolute, good) in [
        (1, None, true),
        (0, None, false),
        (1, Some(1), true),
        (1, Some(0), false),
        (0, Some(1), false),
    ] {
        let result = Refresh::with(|refresh| {
            refresh.family().idle_expires_at = after(idle);
            refresh.family().absolute_expires_at = absolute.map(after);
        })
        .decide();
        assert_eq!(result.is_ok(), good, "{idle} {absolute:?}");
        if !good {
            assert!(!ends_the_family(result));
        }
    }
}

#[test]
fn a_retry_within_grace_does_not_revive_an_expired_family() {
    assert_eq!(
        refused(|refresh| {
            retry(1)(refresh);
            refresh.family().absolute_expires_at = Some(NOW);
        }),
        ErrorCode::InvalidGrant
    );
}

#[test]
fn the_idle_end_never_moves_back_and_never_before_the_access_token() {
    let idle_end = |approved: &Approved| match approved.writes.as_slice() {
        [Write::RotateFamily { idle_expires_at, .. } | Write::TouchFamily { idle_expires_at, .. }] => *idle_expires_at,
        other => panic!("{other:?}"),
    };
    let short = approved(|refresh| refresh.around.realm.refresh.idle = Seconds(5));
    assert_eq!(idle_end(&short), after(80_000), "it was later before");
    let access = approved(|refresh| {
        refresh.around.realm.refresh.idle = Seconds(5);
        refresh.family().idle_expires_at = after(1);
    });
    assert_eq!(idle_end(&access), after(600));
    // A retry issues an access token as well, so the row must live as long as that one.
    let repeated = approved(|refresh| {
        retry(1)(refresh);
        refresh.around.realm.refresh.idle = Seconds(5);
        refresh.family().idle_expires_at = after(1);
    });
    assert_eq!(idle_end(&repeated), after(600));
}

#[test]
fn a_refresh_token_of_one_alias_is_refused_at_the_other() {
    for presented in [2, 5] {
        assert_eq!(
            refused(|refresh| {
                refresh.presented = presented;
                refresh.around.issuer = ALIAS;
            }),
            ErrorCode::InvalidGrant
        );
    }
    approved(|refresh| {
        refresh.around.issuer = ALIAS;
        refresh.family().delegation.issuer = ALIAS.into();
    });
}

#[test]
fn a_refresh_token_of_another_realm_is_invalid_grant() {
    assert_eq!(
        refused(|refresh| refresh.family().delegation.realm = "other".into()),
        ErrorCode::InvalidGrant
    );
}

#[test]
fn a_client_that_lost_the_grant_type_is_unauthorized_client() {
    use crate::record::client::GrantType;
    assert_eq!(
        refused(|refresh| refresh.around.client.grant_types = vec![GrantType::AuthorizationCode]),
        ErrorCode::UnauthorizedClient
    );
    assert_eq!(
        refused(|refresh| refresh.around.realm.grant_types = vec![GrantType::AuthorizationCode]),
        ErrorCode::UnsupportedGrantType
    );
}

#[test]
fn narrowing_on_refresh_does_not_narrow_the_grant() {
    let narrow = approved(|refresh| refresh.around.send("scope", "invoices:read"));
    assert_eq!(narrow.scope, scopes("invoices:read"));
    assert!(narrow.id_token.is_none());
    let family = narrow.family.unwrap();
    assert_eq!(family.delegation.scope, scopes("openid invoices:read invoices:write"));
    let written = |write: &Write| matches!(write, Write::UpdateGrant { .. } | Write::InsertFamily(_));
    assert!(!narrow.writes.iter().any(written));
    // And the original again with the next token.
    let wide = approved(|refresh| {
        refresh.family = Some(*family.clone());
        refresh.around.send("scope", "openid invoices:read invoices:write");
    });
    assert_eq!(wide.scope, scopes("openid invoices:read invoices:write"));
}

#[test]
fn a_superset_at_refresh_is_always_refused() {
    use crate::realm::ExcessScope;
    for excess in [ExcessScope::Refuse, ExcessScope::Cut] {
        assert_eq!(
            refused(|refresh| {
                refresh.around.realm.excess_scope = excess;
                // The client may have it, but the user did not allow it here.
                refresh.around.send("scope", "invoices:read customers:read");
            }),
            ErrorCode::InvalidScope
        );
    }
}

#[test]
fn an_unknown_scope_at_refresh_is_invalid_scope_even_under_a_pattern() {
    for allowed in ["openid invoices:read", "invoices:*", "*"] {
        assert_eq!(
            refused(|refresh| {
                refresh.family().delegation.scope = scopes(allowed);
                refresh.around.client.scopes = scopes("*");
                refresh.around.send("scope", "invoices:nonsense");
            }),
            ErrorCode::InvalidScope,
            "{allowed}"
        );
    }
}

#[test]
fn a_pattern_at_refresh_becomes_what_client_and_role_still_hold() {
    let with_client = |held: &'static str| {
        approved(move |refresh| {
            refresh.family().delegation.scope = scopes("invoices:*");
            refresh.around.client.scopes = scopes(held);
        })
        .scope
    };
    assert_eq!(with_client("*"), scopes("invoices:*"));
    assert_eq!(with_client("invoices:read customers:read"), scopes("invoices:read"));
}

#[test]
fn what_was_taken_away_is_cut_and_nothing_left_is_refused() {
    let cut = approved(|refresh| refresh.around.client.scopes = scopes("openid invoices:read"));
    assert_eq!(cut.scope, scopes("openid invoices:read"));
    assert_eq!(
        refused(|refresh| refresh.around.client.scopes = scopes("customers:read")),
        ErrorCode::InvalidScope
    );
    let role = approved(|refresh| {
        refresh.family().delegation.tenant = Some("acme".into());
        refresh.around.membership = Some(membership("acme", "viewer"));
    });
    assert_eq!(role.scope, scopes("openid invoices:read"));
}

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

#[test]
fn who_rotates_is_the_realms_choice() {
    for (rotation, public, rotates) in [
        (Rotation::Always, false, true),
        (Rotation::Always, true, true),
        (Rotation::PublicClients, true, true),
        (Rotation::PublicClients, false, false),
        (Rotation::Off, true, false),
        (Rotation::Off, false, false),
    ] {
        let approved = approved(|refresh| {
            refresh.around.realm.refresh.rotation = rotation;
            if public {
                make_public(&mut refresh.around.client);
            }
        });
        assert_eq!(
            approved.refresh_generation,
            Some(if rotates { 6 } else { 5 }),
            "{rotation:?} {public}"
        );
        let is_rotation = matches!(approved.writes.as_slice(), [Write::RotateFamily { .. }]);
        assert_eq!(is_rotation, rotates);
        assert!(guards(
            &approved,
            &Guard::FamilyAt {
                id: FAMILY,
                generation: Some(5)
            }
        ));
    }
}

#[test]
fn resources_are_narrowed_but_never_widened_at_refresh() {
    let both = "https://api.example https://other.example/v1";
    let narrow = approved(|refresh| {
        refresh.family().delegation.resource = both.into();
        refresh.around.send("resource", OTHER_API);
    });
    assert_eq!(&*narrow.audience, OTHER_API);
    assert_eq!(&*narrow.family.unwrap().delegation.resource, both);
    assert_eq!(
        refused(|refresh| refresh.around.send("resource", OTHER_API)),
        ErrorCode::InvalidTarget
    );
    assert_eq!(&*approved(|_| {}).audience, API);
}

#[test]
fn a_refreshed_id_token_keeps_auth_time_and_has_no_nonce() {
    let approved = approved(|_| {});
    let plan = approved.id_token.unwrap();
    assert_eq!(plan.nonce, None);
    assert_eq!(plan.session, Some(SESSION));
    assert_eq!(approved.authentication.unwrap().at, after(-100));
}
