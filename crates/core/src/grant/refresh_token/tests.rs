//! A family moves on, a lost reply is answered again, a replay ends it (OAuth 2.1 section 4.3, RFC 9700 4.14).

mod keys;
mod particulars;
mod scope;
mod standing;

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
            rotated_for,
            idle_expires_at,
        },
    ] = approved.writes.as_slice()
    else {
        panic!("{:?}", approved.writes);
    };
    assert_eq!((*id, *to, *at, *rotated_for), (FAMILY, 6, NOW, None));
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
fn a_shortened_idle_lifetime_reaches_a_family_with_its_next_use_but_never_before_the_access_token() {
    let idle_end = |approved: &Approved| match approved.writes.as_slice() {
        [Write::RotateFamily { idle_expires_at, .. } | Write::TouchFamily { idle_expires_at, .. }] => *idle_expires_at,
        other => panic!("{other:?}"),
    };
    let short = approved(|refresh| refresh.around.realm.refresh.idle = Seconds(700));
    assert_eq!(idle_end(&short), after(700), "it was 80,000 seconds before");
    let stepped_back = approved(|refresh| {
        refresh.around.realm.refresh.idle = Seconds(700);
        refresh.family().idle_expires_at = after(760);
    });
    assert_eq!(idle_end(&stepped_back), after(760), "the clock was stepped back");
    let stepped_far = approved(|refresh| {
        refresh.around.realm.refresh.idle = Seconds(700);
        refresh.family().idle_expires_at = after(1001);
    });
    assert_eq!(idle_end(&stepped_far), after(700), "further than a clock steps");
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
