//! A list as it is sent: zlib's format around DEFLATE (section 4.1 of the draft), put together from pieces that are compressed
//! each for itself. A bit that changes costs its piece, not the list. It must not know whose bits they are.

use super::bits::{PIECE, PIECES, Stale, StatusLists};
use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress_to_output, create_comp_flags_from_zip_params,
};
use std::sync::Arc;

/// How hard a piece is compressed. More saves a few bytes in a hundred and takes many times as long.
const LEVEL: i32 = 6;
/// RFC 1950 section 2.2: DEFLATE with the largest window, no dictionary, the default level.
const HEADER: [u8; 2] = [0x78, 0x9C];
/// RFC 1951 section 3.2.3: a last block that is empty.
const END: [u8; 2] = [0x03, 0x00];
/// RFC 1950 section 8.2.
const MODULUS: u32 = 65_521;
/// So many bytes can be summed before the sums must be reduced.
const UNREDUCED: usize = 5552;

/// A list's pieces, compressed. It begins as a list in which nobody is over; a clone shares them.
#[derive(Clone, Debug)]
pub struct Packed(Vec<Piece>);

#[derive(Clone, Debug)]
struct Piece {
    version: u64,
    deflated: Arc<[u8]>,
    sum: Sum,
}

impl Default for Packed {
    fn default() -> Self {
        let nobody = Piece::of(0, &[0; PIECE]);
        Self(vec![nobody; PIECES])
    }
}

impl Packed {
    /// What of a list is not as it is here.
    #[must_use]
    pub fn changed(&self, lists: &StatusLists, list: u64) -> Vec<Stale> {
        lists.changed(list, self.0.iter().map(|piece| piece.version))
    }

    /// Compresses anew what has [changed](Self::changed).
    pub fn renew(&mut self, changed: &[Stale]) {
        for stale in changed {
            if let Some(piece) = self.0.get_mut(stale.piece) {
                *piece = Piece::of(stale.version, &stale.bits);
            }
        }
    }

    /// What a list carries as `lst`, before base64url.
    #[must_use]
    pub fn zlib(&self) -> Vec<u8> {
        let length = self.0.iter().map(|piece| piece.deflated.len()).sum::<usize>();
        let mut out = Vec::with_capacity(HEADER.len() + length + END.len() + 4);
        out.extend(HEADER);
        let mut sum = Sum::default();
        for piece in &self.0 {
            out.extend_from_slice(&piece.deflated);
            sum = sum.then(piece.sum);
        }
        out.extend(END);
        out.extend(sum.to_be_bytes());
        out
    }
}

impl Piece {
    fn of(version: u64, bits: &[u8]) -> Self {
        // No bits of a window: DEFLATE alone. A flush ends on a whole byte, and what comes after it looks back at nothing.
        let mut compressor = CompressorOxide::new(create_comp_flags_from_zip_params(LEVEL, 0, 0));
        let mut deflated = Vec::new();
        let mut keep = |bytes: &[u8]| {
            deflated.extend_from_slice(bytes);
            true
        };
        let (status, _) = compress_to_output(&mut compressor, bits, TDEFLFlush::Full, &mut keep);
        debug_assert_eq!(status, TDEFLStatus::Okay);
        Self {
            version,
            deflated: deflated.into(),
            sum: Sum::of(bits),
        }
    }
}

/// Adler-32 of some bytes (RFC 1950 section 8.2).
#[derive(Clone, Copy, Debug)]
struct Sum {
    low: u32,
    high: u32,
    /// How many bytes, as far as that matters.
    length: u32,
}

impl Default for Sum {
    fn default() -> Self {
        Self {
            low: 1,
            high: 0,
            length: 0,
        }
    }
}

impl Sum {
    fn of(bytes: &[u8]) -> Self {
        let mut sum = Self::default();
        for some in bytes.chunks(UNREDUCED) {
            for byte in some {
                sum.low += u32::from(*byte);
                sum.high += sum.low;
            }
            sum.low %= MODULUS;
            sum.high %= MODULUS;
        }
        sum.length = u32::try_from(bytes.len() % MODULUS as usize).unwrap_or(0);
        sum
    }

    /// The sum of these bytes with others behind them: the others' began at 1, and should have begun at `low`.
    fn then(self, next: Self) -> Self {
        let reduced = |number: u64| u32::try_from(number % u64::from(MODULUS)).unwrap_or(0);
        let ahead = u64::from(self.low + MODULUS - 1);
        Self {
            low: reduced(ahead + u64::from(next.low)),
            high: reduced(u64::from(self.high) + u64::from(next.high) + ahead * u64::from(next.length)),
            length: reduced(u64::from(self.length) + u64::from(next.length)),
        }
    }

    fn to_be_bytes(self) -> [u8; 4] {
        ((self.high << 16) | self.low).to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_sum_is_that_of_the_standard() {
        // Known from RFC 1950's own users: "Wikipedia" has 0x11E60398.
        assert_eq!(Sum::of(b"Wikipedia").to_be_bytes(), [0x11, 0xE6, 0x03, 0x98]);
        assert_eq!(Sum::default().to_be_bytes(), [0, 0, 0, 1]);
    }

    proptest! {
        #[test]
        fn a_sum_of_two_parts_is_the_sum_of_the_whole(
            one in prop::collection::vec(any::<u8>(), 0..20_000),
            two in prop::collection::vec(any::<u8>(), 0..20_000),
        ) {
            let whole = [one.as_slice(), &two].concat();
            prop_assert_eq!(Sum::of(&one).then(Sum::of(&two)).to_be_bytes(), Sum::of(&whole).to_be_bytes());
        }
    }
}
