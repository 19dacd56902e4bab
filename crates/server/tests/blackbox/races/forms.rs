//! Forms that are sent many times at once: guesses at a password share one limit, however many arrive together and
//! wherever; a consent form that is posted twice is an annoyance, never an error of the server.

use super::{Arena, STRICT, rounds};
use crate::stage::{Member, Prepared, race};
use std::time::Duration;

/// Guesses at one name that may follow each other without a pause.
const GUESSES: usize = 20;
/// The pause after which another guess is free again.
const REFILL: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn guesses_in_parallel_share_one_limit_on_sqlite() {
    guess(&Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_in_parallel_share_one_limit_across_three_processes() {
    guess(&Arena::postgres(3).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_form_posted_many_times_at_once_never_fails_on_sqlite() {
    allow(&Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_form_posted_many_times_at_once_never_fails_across_three_processes() {
    allow(&Arena::postgres(3).await).await;
}

#[expect(
    clippy::disallowed_methods,
    reason = "guesses become free again with time: the bound follows the time taken"
)]
async fn guess(arena: &Arena) {
    let began = std::time::Instant::now();
    let mut forms: Vec<Prepared> = Vec::new();
    for node in arena.nodes.iter().cycle().take(60) {
        forms.push(
            Member::unknown(STRICT)
                .login_form(node, "ada@example.com", "wrong")
                .await,
        );
    }
    let mut looked_at = 0;
    // The second wave meets a limit that is used up already.
    for _ in 0..2 {
        for reply in race(forms.clone()).await {
            match reply.status {
                422 => looked_at += 1,
                429 => {}
                status => panic!("{status}: {}", reply.body),
            }
        }
    }
    let allowed = GUESSES + usize::try_from(began.elapsed().as_secs() / REFILL.as_secs()).expect("a number");
    assert!(
        (1..=allowed).contains(&looked_at),
        "{looked_at} guesses were looked at, {allowed} are allowed"
    );
}

async fn allow(arena: &Arena) {
    let mut member = Member::log_in(arena.first(), STRICT).await;
    for _ in 0..rounds() {
        let mut forms = Vec::new();
        for node in arena.nodes.iter().cycle().take(12) {
            // The same form at every process: what differs is where it goes.
            let form = match forms.first() {
                None => member.fresh_consent(node).await,
                Some(first) => Prepared::clone(first).to(node),
            };
            forms.push(form);
        }
        let replies = race(forms).await;
        for reply in &replies {
            assert!(reply.status < 500, "{}: {}", reply.status, reply.body);
        }
        assert!(
            replies
                .iter()
                .any(|reply| reply.status == 200 && reply.body.contains("id=\"continue\""))
        );
    }
}
