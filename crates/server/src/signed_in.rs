//! Pages for somebody who is signed in, whichever area they belong to: a user's account, the operators' console. An area
//! says what it is called, where one can go in it, and who may enter; the session, the tickets of its forms, the frame
//! and what a form did are the same for all of them. What an area is about is not known here.

mod area;
mod entrance;
pub(crate) mod fields;
mod kept;
pub(crate) mod listing;
mod refused;
mod visit;
mod whereabouts;
mod wording;

pub(crate) use crate::interaction::login::local;
pub(crate) use area::{Area, Group, Place};
pub(crate) use entrance::{Sent, done, entered, forget_done, seal, sent};
pub(crate) use kept::{Kept, Why, carry, waits_at};
pub(crate) use refused::{KeptOut, answered, kept_out, missing};
pub(crate) use visit::{Page, Visit, mistakes};
pub(crate) use whereabouts::whereabouts;

use crate::api::inside::Denied;
use crate::error::Failure;
use crate::interaction::form::Stop;
use crate::reply::Reply;

/// Why a page cannot be shown as it was asked for.
pub(crate) enum Halt {
    /// Something else is answered: the login form, a form that came too late.
    Instead(Box<Reply>),
    /// The API's answer.
    Denied(Denied),
    /// What went wrong otherwise.
    Failure(Failure),
}

impl From<Denied> for Halt {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<Stop> for Halt {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Reply(reply) => Self::Instead(reply),
            Stop::Failure(failure) => Self::Failure(failure),
        }
    }
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

#[cfg(test)]
mod tests {
    use grantd_pages::Pages;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn every_text_that_all_areas_share_is_there_and_none_is_left_over() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/signed_in");
        let mut used = BTreeSet::new();
        let entries = std::fs::read_dir(sources).unwrap().map(|entry| entry.unwrap().path());
        // Their tests lie in folders beside them.
        for path in entries.filter(|path| path.is_file()) {
            let source = std::fs::read_to_string(path).unwrap();
            let texts = source.split('"').filter(|piece| piece.starts_with("area-"));
            used.extend(texts.map(str::to_owned));
        }
        let known: BTreeSet<String> = Pages::keys_of("area").into_iter().collect();
        assert_eq!(used, known);
    }
}
