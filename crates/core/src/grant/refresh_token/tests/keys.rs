//! Whom a successor is told again: whoever proves what the request proved that made it, and nobody else (RFC 9449 section 5,
//! OAuth 2.1 section 4.3.1).

use super::*;
use crate::record::{Binding, CertificateThumbprint};
use grantd_jose::Thumbprint;

const KEY: Binding = Binding::Key(Thumbprint::from_bytes([1; 32]));
const OTHER_KEY: Binding = Binding::Key(Thumbprint::from_bytes([2; 32]));

/// The predecessor's token a second after a request that proved `first` was answered, from one that proves `proved`.
fn retried(first: Option<Binding>, proved: Option<Binding>) -> impl FnOnce(&mut Refresh) {
    move |refresh| {
        retry(1)(refresh);
        refresh.family().rotated_for = first;
        refresh.proved = proved;
    }
}

#[test]
fn a_retry_in_the_grace_proves_what_the_lost_request_proved() {
    let certificate = Some(Binding::Certificate(CertificateThumbprint::of(b"a certificate")));
    let all = [None, Some(KEY), Some(OTHER_KEY), certificate];
    for first in all {
        for proved in all {
            let decided = Refresh::with(retried(first, proved)).decide();
            if first == proved {
                let again = decided.unwrap();
                assert_eq!((again.refresh_generation, again.bound_to), (Some(5), proved));
            } else {
                assert_eq!(plain_refusal(decided), ErrorCode::InvalidGrant, "{first:?} {proved:?}");
            }
        }
    }
}

/// A row of before there was a place for the key of the rotation.
#[test]
fn a_bound_family_whose_rotation_says_no_key_was_rotated_for_its_own() {
    let retried = |proved| {
        Refresh::with(|refresh| {
            retried(None, proved)(refresh);
            refresh.family().delegation.bound_to = Some(KEY);
        })
    };
    assert_eq!(retried(Some(KEY)).decide().unwrap().refresh_generation, Some(5));
    for proved in [None, Some(OTHER_KEY)] {
        let refused = plain_refusal(retried(proved).decide());
        assert_eq!(refused, ErrorCode::InvalidGrant, "{proved:?}");
    }
}

#[test]
fn beyond_the_grace_a_replay_ends_the_family_whichever_key_it_proves() {
    for proved in [None, Some(KEY), Some(OTHER_KEY)] {
        let replay = Refresh::with(|refresh| {
            retried(Some(KEY), proved)(refresh);
            refresh.family().rotated_at = after(-10);
        });
        assert!(ends_the_family(replay.decide()), "{proved:?}");
    }
}

#[test]
fn a_confidential_client_changes_its_key_with_a_rotation_that_remembers_the_new_one() {
    let moved = approved(|refresh| {
        refresh.family().rotated_for = Some(KEY);
        refresh.proved = Some(OTHER_KEY);
    });
    assert_eq!((moved.refresh_generation, moved.bound_to), (Some(6), Some(OTHER_KEY)));
    let [Write::RotateFamily { rotated_for, .. }] = moved.writes.as_slice() else {
        panic!("{:?}", moved.writes);
    };
    assert_eq!(*rotated_for, Some(OTHER_KEY));
}

#[test]
fn a_bound_family_is_neither_used_nor_ended_without_its_key() {
    for presented in [2, 4, 5] {
        for proved in [None, Some(OTHER_KEY)] {
            let thief = Refresh::with(|refresh| {
                refresh.presented = presented;
                refresh.proved = proved;
                refresh.family().delegation.bound_to = Some(KEY);
            });
            assert!(!ends_the_family(thief.decide()), "{presented} {proved:?}");
        }
    }
}
