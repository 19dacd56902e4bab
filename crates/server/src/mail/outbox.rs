//! The letters of a development server, which are read in its console instead of being sent. It keeps few, in memory: they
//! are gone with the process. Must not be made where mail is real.

use super::Letter;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Letters that are kept; older ones make room.
const MOST: usize = 100;

/// The letters.
#[derive(Default)]
pub struct Outbox(Mutex<Written>);

#[derive(Default)]
struct Written {
    /// How many there ever were: the number of the last one.
    count: u64,
    letters: VecDeque<(u64, Arc<Letter>)>,
}

impl Outbox {
    pub(super) fn keep(&self, letter: Letter) -> Arc<Letter> {
        let letter = Arc::new(letter);
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.count += 1;
        let number = written.count;
        written.letters.push_front((number, Arc::clone(&letter)));
        written.letters.truncate(MOST);
        letter
    }

    /// Those of a realm with their numbers, the newest first.
    #[must_use]
    pub fn of(&self, realm: &str) -> Vec<(u64, Arc<Letter>)> {
        let written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = written.letters.iter().filter(|(_, letter)| *letter.realm == *realm);
        own.cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use grantd_protocol::Timestamp;

    fn letter(realm: &str, text: &str) -> Letter {
        Letter {
            realm: realm.into(),
            written_at: Timestamp::from_secs(1_800_000_000),
            to: "ada@example.com".to_owned(),
            subject: "A new password".to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn the_newest_letters_of_a_realm_are_kept_and_no_other_realms() {
        let outbox = Outbox::default();
        for number in 0..MOST + 3 {
            outbox.keep(letter("demo", &number.to_string()));
        }
        outbox.keep(letter("other", "not yours"));
        let kept = outbox.of("demo");
        // The letter to the other realm has the room of one.
        assert_eq!(kept.len(), MOST - 1);
        let texts = |(number, letter): &(u64, Arc<Letter>)| (*number, letter.text.clone());
        assert_eq!(kept.first().map(texts), Some((103, "102".to_owned())));
        assert_eq!(kept.last().map(texts), Some((5, "4".to_owned())));
        assert!(outbox.of("elsewhere").is_empty());
    }
}
