//! A challenge is answered once, however many send the answer together and wherever. The authenticator does not count, so that
//! nothing but the challenge can stop the second.

use super::{Arena, RACERS, STRICT, rounds};
use crate::harness::authenticator::{Authenticator, Said};
use crate::stage::{Member, race};

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
    for _ in 0..rounds() {
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
        let replies = race(arena.racers(|node| browser.post(node, "login", &fields))).await;
        assert_eq!(replies.len(), RACERS);
        let mut inside = 0;
        for reply in replies {
            match reply.status {
                303 => inside += 1,
                422 => {}
                status => panic!("{status}: {}", reply.body),
            }
        }
        assert_eq!(inside, 1, "sessions of one challenge");
    }
}
