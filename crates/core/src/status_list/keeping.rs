//! Lists as they are kept for the next process. A list is compressed when it has changed and not else, and by nobody who holds up
//! those who ask for it: its bits are copied first. It must not know whose bits they are, nor where they are kept.

use super::bits::BYTES;
use grantd_jose::{base64url_decode, base64url_encode};
use grantd_protocol::Timestamp;
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};

/// How hard a list is compressed that stays here: the most zeros for the least work.
const LEVEL: u8 = 1;

/// A list as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub struct KeptList {
    list: u64,
    /// Milliseconds since 1970.
    until: i64,
    /// Compressed, as base64url.
    bits: String,
}

/// Every list of a realm that somebody is over in, as it was when it was kept last. It is written as a sequence of
/// [`KeptList`].
#[derive(Default, Debug)]
pub struct Keeping(BTreeMap<u64, (u64, KeptList)>);

/// What of the lists is not as it was [kept](Keeping).
#[derive(Debug)]
pub struct Changed {
    /// The lists that there are.
    pub(super) all: BTreeSet<u64>,
    /// Those that are others by now: number, version, until when they mean something, and bits.
    pub(super) lists: Vec<(u64, u64, Timestamp, Box<[u8]>)>,
}

impl Changed {
    /// How many lists are to be compressed anew.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.lists.len()
    }

    /// Whether none is.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }
}

impl Keeping {
    /// Compresses what has [changed](super::StatusLists::changed_since), and forgets the lists that are gone.
    pub fn renew(&mut self, changed: Changed) {
        self.0.retain(|number, _| changed.all.contains(number));
        for (list, version, until, bits) in changed.lists {
            let kept = KeptList {
                list,
                until: until.millis(),
                bits: base64url_encode(compress_to_vec_zlib(&bits, LEVEL)),
            };
            self.0.insert(list, (version, kept));
        }
    }

    /// Whether nobody is over.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The version of a list that is kept.
    pub(super) fn version(&self, list: u64) -> Option<u64> {
        self.0.get(&list).map(|(version, _)| *version)
    }
}

impl Serialize for Keeping {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.values().map(|(_, list)| list))
    }
}

impl KeptList {
    pub(super) const fn list(&self) -> u64 {
        self.list
    }

    pub(super) const fn until(&self) -> Timestamp {
        Timestamp::from_millis(self.until)
    }

    /// The bits; `None` where they cannot be read.
    pub(super) fn bits(&self) -> Option<Box<[u8]>> {
        let bits = decompress_to_vec_zlib_with_limit(&base64url_decode(&self.bits).ok()?, BYTES).ok()?;
        (bits.len() == BYTES).then(|| bits.into_boxed_slice())
    }
}
