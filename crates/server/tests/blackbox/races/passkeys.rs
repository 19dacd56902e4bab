//! A challenge is answered once, however many send the answer together and wherever. The authenticator does not count, so that
//! nothing but the challenge can stop the second.

use super::{Arena, STRICT};
use crate::harness::authenticator::{Authenticator, Said};
use crate::stage::{Member, race};

/// Racers of one round: what an address may send at once bounds them.
const RACERS: usize = 6;
/// Rounds, within what an address may send in a minute.
const ROUNDS: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn a_passkeys_challenge_is_answered_once_on_sqlite() {
    answer(&Arena::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkeys_challenge_is_answered_once_across_three_processes() {
    answer(&Arena::postgres(3).await).await;
}

async fn answer(arena: &Arena) {
    let mut owner = Member::log_in(arena.first(), STRICT).await;
    let mut authenticator = Authenticator::new();
    owner.add_passkey(arena.first(), &mut authenticator).await;
    let mut sessions = 0;
    for _ in 0..ROUNDS {
        let mut browser = Member::unknown(STRICT);
        let page = browser.login_page(arena.first()).await;
        let said = Said {
            counter: 0,
            ..Said::login(&page, &STRICT.issuer())
        };
        let answer = authenticator.assert(&said);
        let form = page.form_with("passkey-submit");
        let ticket = &form
            .fields
            .iter()
            .find(|(name, _)| name == "request")
            .expect("a ticket")
            .1;
        let mut fields = vec![("request", ticket.as_str())];
        fields.extend(answer.iter().map(|(name, value)| (*name, value.as_str())));
        let racers = arena.racers(|node| browser.post(node, "login", &fields));
        let replies = race(racers.into_iter().take(RACERS).collect()).await;
        let mut inside = 0;
        for reply in replies {
            match reply.status {
                303 => inside += 1,
                // So many at once from one address may have to wait.
                422 | 429 => {}
                status => panic!("{status}: {}", reply.body),
            }
        }
        assert!(inside <= 1, "{inside} sessions of one challenge");
        sessions += inside;
    }
    assert!(sessions > 0, "nobody got in");
}
