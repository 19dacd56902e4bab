//! The bits of a realm's lists, one a token: 0 is good, 1 is over. A list in which nobody is over takes no memory, and a
//! bit that changes costs its list alone.

use super::keeping::{Changed, Keeping, KeptList};
use crate::record::status_place::{LIST_SIZE, StatusPlace};
use grantd_protocol::Timestamp;
use std::collections::BTreeMap;

pub(super) const BYTES: usize = (LIST_SIZE / 8) as usize;
/// A list is compressed in so many pieces: more of them make a change cheaper, and each costs some bytes on the way.
pub(super) const PIECES: usize = 8;
/// Bytes of a piece.
pub(super) const PIECE: usize = BYTES / PIECES;

/// Every list in which a token is over.
#[derive(Default, Debug)]
pub struct StatusLists {
    lists: BTreeMap<u64, List>,
    /// Counts changes of all lists: a list that was forgotten and comes back has another version.
    changes: u64,
}

#[derive(Debug)]
struct List {
    bits: Box<[u8]>,
    version: u64,
    /// The versions at which its pieces changed last; 0 for a piece that nobody was ever over in.
    pieces: [u64; PIECES],
    /// When the last of the tokens that are over would have expired: until then the bits mean something.
    until: Timestamp,
}

/// A piece of a list that is not what was compressed.
#[derive(Debug)]
pub struct Stale {
    /// Which piece.
    pub(super) piece: usize,
    /// What it is now.
    pub(super) version: u64,
    /// Its bits.
    pub(super) bits: Vec<u8>,
}

impl StatusLists {
    /// Says of a token that it is over, or that it is good (again: a client that was disabled comes back). `expires_at` is
    /// when it dies by itself. Returns whether that was news.
    pub fn mark(&mut self, place: StatusPlace, is_over: bool, expires_at: Timestamp) -> bool {
        if !is_over && !self.lists.contains_key(&place.list()) {
            return false;
        }
        let list = self.lists.entry(place.list()).or_insert_with(|| List {
            bits: vec![0; BYTES].into_boxed_slice(),
            version: 0,
            pieces: [0; PIECES],
            until: expires_at,
        });
        let mask = 1_u8 << (place.index() % 8);
        let at = usize::try_from(place.index() / 8).unwrap_or(BYTES);
        let byte = list.bits.get_mut(at);
        let Some(byte) = byte.filter(|byte| (**byte & mask != 0) != is_over) else {
            return false;
        };
        *byte ^= mask;
        list.until = list.until.max(expires_at);
        self.changes += 1;
        list.version = self.changes;
        if let Some(piece) = list.pieces.get_mut(at / PIECE) {
            *piece = self.changes;
        }
        true
    }

    /// Whether a token is over, as far as is known.
    #[must_use]
    pub fn is_over(&self, place: StatusPlace) -> bool {
        let byte = self.lists.get(&place.list()).and_then(|list| {
            let at = usize::try_from(place.index() / 8).ok()?;
            list.bits.get(at)
        });
        byte.is_some_and(|byte| byte & (1 << (place.index() % 8)) != 0)
    }

    /// Counts the changes of a list; 0 where nobody in it is over.
    #[must_use]
    pub fn version(&self, list: u64) -> u64 {
        self.lists.get(&list).map_or(0, |list| list.version)
    }

    /// What of a list, which anybody may ask for whether or not somebody in it is over, is not as it was at these versions
    /// of its pieces.
    pub(super) fn changed(&self, list: u64, packed: impl Iterator<Item = u64>) -> Vec<Stale> {
        let list = self.lists.get(&list);
        let now = list.map_or([0; PIECES], |list| list.pieces);
        let both = now.into_iter().zip(packed).enumerate();
        let changed = both.filter(|(_, (now, packed))| now != packed);
        let bits = |piece: usize| list.and_then(|list| list.bits.chunks(PIECE).nth(piece));
        changed
            .map(|(piece, (version, _))| Stale {
                piece,
                version,
                bits: bits(piece).map_or_else(|| vec![0; PIECE], <[u8]>::to_vec),
            })
            .collect()
    }

    /// Takes what was found out anew instead of what is here. Versions go on, so that no two states ever share one.
    pub fn become_like(&mut self, mut fresh: Self) {
        for list in fresh.lists.values_mut() {
            list.version += self.changes;
            for piece in list.pieces.iter_mut().filter(|piece| **piece != 0) {
                *piece += self.changes;
            }
        }
        self.changes += fresh.changes;
        self.lists = fresh.lists;
    }

    /// Drops lists all of whose bits are of tokens that have expired meanwhile. To be called with the instant before which
    /// expired tokens are nobody's business any more.
    pub fn forget_expired(&mut self, before: Timestamp) {
        self.lists.retain(|_, list| before <= list.until);
    }

    /// What of all lists is not as it is in `keeping`: copies of the lists that are others by now, and which of them are left.
    #[must_use]
    pub fn changed_since(&self, keeping: &Keeping) -> Changed {
        let lists = self.lists.iter();
        let others = lists.filter(|(number, list)| keeping.version(**number) != Some(list.version));
        Changed {
            all: self.lists.keys().copied().collect(),
            lists: others
                .map(|(number, list)| (*number, list.version, list.until, list.bits.clone()))
                .collect(),
        }
    }

    /// What was kept; `None` where it cannot be read.
    #[must_use]
    pub fn restored(kept: &[KeptList]) -> Option<Self> {
        let mut lists = Self::default();
        for kept in kept {
            lists.changes += 1;
            let list = List {
                bits: kept.bits()?,
                version: lists.changes,
                pieces: [lists.changes; PIECES],
                until: kept.until(),
            };
            lists.lists.insert(kept.list(), list);
        }
        Some(lists)
    }

    /// How many lists somebody is over in.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lists.len()
    }

    /// Whether nobody is over at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }
}
