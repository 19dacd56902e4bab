//! Random sequences of what users, clients, operators and the clock do, run against the real decisions over a tiny
//! store, and compared step by step with a small model of what must be true. Two operations can also race: the first
//! is decided on facts that the second one changes before the first is committed.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test: what does not hold must stop it"
)]

mod reference;
mod server;
mod setting;
mod store;

use proptest::prelude::*;
use reference::{Expected, Reference};
use server::{Outcome, Server};
use setting::Rules;

/// One step. Numbers choose among what exists, modulo its count, so that every shrunk sequence still makes sense.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Login {
        user: usize,
    },
    /// The user is asked and allows, or, if `silent`, only where no page is needed.
    Approve {
        user: usize,
        client: usize,
        offline: bool,
        length: Length,
        silent: bool,
    },
    Exchange {
        code: usize,
        client: usize,
        right_verifier: bool,
    },
    Refresh {
        family: usize,
        which: Which,
        client: usize,
    },
    RevokeAccess {
        token: usize,
    },
    RevokeRefresh {
        family: usize,
        which: Which,
    },
    EndGrant {
        user: usize,
        client: usize,
    },
    Logout {
        user: usize,
    },
    ChangePassword {
        user: usize,
    },
    SetUser {
        user: usize,
        enabled: bool,
    },
    SetClient {
        client: usize,
        enabled: bool,
    },
    Clock {
        seconds: i64,
    },
    Restart,
    Purge,
    /// The first is decided, the second happens, the first is committed.
    Race(Box<Op>, Box<Op>),
}

/// Which of a family's refresh tokens is presented.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    /// So many generations before the present one.
    Back(u32),
    /// The one of this generation.
    Generation(u32),
}

/// What the user chooses at consent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Length {
    UntilRemoved,
    ThirtyDays,
    Session,
}

/// The client that an operation comes from: mostly the right one.
fn client() -> impl Strategy<Value = usize> {
    prop_oneof![9 => Just(RIGHT), 1 => 0..setting::CLIENTS]
}

/// Stands for "the client it belongs to".
pub(crate) const RIGHT: usize = usize::MAX;

/// Stands for the one that was made last.
pub(crate) const NEWEST: usize = usize::MAX;

/// Which of `count` things a number chooses; there must be one.
pub(crate) fn chosen(number: usize, count: usize) -> usize {
    if number == NEWEST { count - 1 } else { number % count }
}

fn one_of(count: usize) -> impl Strategy<Value = usize> {
    prop_oneof![3 => Just(NEWEST), 2 => 0..count]
}

fn token_op() -> impl Strategy<Value = Op> {
    let length = prop_oneof![
        Just(Length::UntilRemoved),
        Just(Length::ThirtyDays),
        Just(Length::Session)
    ];
    let which = prop_oneof![6 => Just(0_u32), 3 => Just(1), 1 => 2..4_u32].prop_map(Which::Back);
    prop_oneof![
        3 => (0..setting::USERS, 0..setting::CLIENTS, any::<bool>(), length, any::<bool>()).prop_map(
            |(user, client, offline, length, silent)| Op::Approve { user, client, offline, length, silent }
        ),
        4 => (one_of(5), client(), prop::bool::weighted(0.9)).prop_map(|(code, client, right_verifier)| {
            Op::Exchange { code, client, right_verifier }
        }),
        7 => (one_of(4), which, client()).prop_map(|(family, which, client)| Op::Refresh { family, which, client }),
    ]
}

fn ending_op() -> impl Strategy<Value = Op> {
    let user = 0..setting::USERS;
    prop_oneof![
        one_of(8).prop_map(|token| Op::RevokeAccess { token }),
        (one_of(4), 0..3_u32).prop_map(|(family, back)| Op::RevokeRefresh {
            family,
            which: Which::Back(back)
        }),
        (user.clone(), 0..setting::CLIENTS).prop_map(|(user, client)| Op::EndGrant { user, client }),
        user.clone().prop_map(|user| Op::Logout { user }),
        user.clone().prop_map(|user| Op::ChangePassword { user }),
        (user, any::<bool>()).prop_map(|(user, enabled)| Op::SetUser { user, enabled }),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let seconds = prop::sample::select(vec![
        1, 5, 9, 11, 30, 61, 400, 3600, 20_000, 90_000, 2_600_000, -1, -30, -400, -3600,
    ]);
    let second = prop_oneof![2 => token_op(), 3 => ending_op()];
    prop_oneof![
        12 => token_op(),
        3 => ending_op(),
        2 => (0..setting::USERS).prop_map(|user| Op::Login { user }),
        1 => (0..setting::USERS).prop_map(|user| Op::SetUser { user, enabled: true }),
        1 => (0..setting::CLIENTS, prop::bool::weighted(0.7))
            .prop_map(|(client, enabled)| Op::SetClient { client, enabled }),
        3 => seconds.prop_map(|seconds| Op::Clock { seconds }),
        1 => Just(Op::Restart),
        1 => Just(Op::Purge),
        10 => (token_op(), second).prop_map(|(first, second)| Op::Race(Box::new(first), Box::new(second))),
    ]
}

fn run(rules: Rules, ops: &[Op]) {
    let mut server = Server::new(rules);
    let mut reference = Reference::new(rules);
    for user in 0..setting::USERS {
        step(&mut server, &mut reference, &Op::Login { user });
    }
    for op in ops {
        match op {
            Op::Race(first, second) => race(&mut server, &mut reference, first, second),
            op => step(&mut server, &mut reference, op),
        }
        agree_about_everything(&server, &reference, op);
    }
}

fn step(server: &mut Server, reference: &mut Reference, op: &Op) {
    let expected = reference.expect(op);
    let outcome = server.run(op);
    compare(reference, expected, &outcome, op);
    reference.apply(op, &outcome);
}

fn race(server: &mut Server, reference: &mut Reference, first: &Op, second: &Op) {
    // What it presents does not change while the other happens.
    let first = &server.resolved(first);
    let decision = server.decide(first);
    if decision.change.is_none() {
        // A refusal that writes nothing is over before the other begins.
        let expected = reference.expect(first);
        compare(reference, expected, &decision.outcome, first);
        step(server, reference, second);
        return;
    }
    let before = reference.expect(first);
    step(server, reference, second);
    let outcome = server.finish(first, decision);
    // What was a replay before stays one; a token or a code must still be right afterwards.
    let expected = match outcome {
        Outcome::Replay if before == Expected::Replay => before,
        _ => reference.expect(first),
    };
    compare(reference, expected, &outcome, first);
    reference.apply(first, &outcome);
}

fn compare(reference: &Reference, expected: Expected, outcome: &Outcome, op: &Op) {
    let agrees = match (expected, outcome) {
        (Expected::Good, Outcome::Refused) | (Expected::Replay, Outcome::Refused) => reference.has_forgotten,
        (Expected::Good, Outcome::Replay) => false,
        (Expected::Good, _) => true,
        (Expected::Refused, outcome) => matches!(outcome, Outcome::Refused),
        (Expected::Replay, outcome) => matches!(outcome, Outcome::Replay),
    };
    assert!(agrees, "{op:?}: expected {expected:?}, got {outcome:?}");
}

/// What every code, refresh token and access token that was ever issued is good for now.
fn agree_about_everything(server: &Server, reference: &Reference, after: &Op) {
    for token in 0..server.access.len() {
        let (live, expected) = (server.is_live(token), reference.is_live(token));
        let agrees = live == expected || (reference.has_forgotten && !live);
        assert!(agrees, "after {after:?}: access token {token} is live: {live}");
    }
    for code in 0..server.codes.len() {
        let op = Op::Exchange {
            code,
            client: RIGHT,
            right_verifier: true,
        };
        compare(reference, reference.expect(&op), &server.decide(&op).outcome, &op);
    }
    for family in 0..server.families.len() {
        for back in 0..3 {
            let op = Op::Refresh {
                family,
                which: Which::Back(back),
                client: RIGHT,
            };
            compare(reference, reference.expect(&op), &server.decide(&op).outcome, &op);
        }
    }
}

/// 2000, unless whoever runs it by hand wants more.
fn cases() -> ProptestConfig {
    let config = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() {
        config.cases
    } else {
        2000
    };
    ProptestConfig { cases, ..config }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn whatever_happens_only_what_must_be_good_is_good(
        rules in setting::rules(),
        ops in prop::collection::vec(op(), 1..60),
    ) {
        run(rules, &ops);
    }
}
