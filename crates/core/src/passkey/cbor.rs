//! The part of CBOR (RFC 8949) in which authenticators write: definite lengths, no tags, no floats (CTAP 2 section 8). Every
//! byte comes from outside, so depth and number of items are bounded. Must not know what the items mean.

/// The deepest nesting: an attestation statement is a map with lists in it.
const MAX_DEPTH: usize = 4;
/// The most items of one map or list.
const MAX_ITEMS: u64 = 64;

/// One item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Item<'a> {
    /// An integer, positive or negative.
    Int(i64),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Text.
    Text(&'a str),
    /// A list.
    List(Vec<Item<'a>>),
    /// A map, in the order in which it is written; no key is there twice.
    Map(Vec<(Item<'a>, Item<'a>)>),
    /// `true` or `false`.
    Flag(bool),
    /// `null`.
    Null,
}

impl<'a> Item<'a> {
    /// What a map has under a text.
    pub(super) fn named(&self, name: &str) -> Option<&Item<'a>> {
        self.under(&Item::Text(name))
    }

    /// What a map has under a number.
    pub(super) fn numbered(&self, number: i64) -> Option<&Item<'a>> {
        self.under(&Item::Int(number))
    }

    fn under(&self, key: &Item<'_>) -> Option<&Item<'a>> {
        let Self::Map(members) = self else { return None };
        members.iter().find(|(own, _)| own == key).map(|(_, value)| value)
    }

    /// The number.
    pub(super) const fn int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// The bytes.
    pub(super) const fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// The item at the front, and what follows it.
pub(super) fn item(input: &[u8]) -> Option<(Item<'_>, &[u8])> {
    nested(input, MAX_DEPTH)
}

fn nested(input: &[u8], depth: usize) -> Option<(Item<'_>, &[u8])> {
    let (first, rest) = input.split_first()?;
    let (argument, rest) = argument(first & 0x1f, rest)?;
    let number = || i64::try_from(argument).ok();
    match first >> 5 {
        0 => Some((Item::Int(number()?), rest)),
        1 => Some((Item::Int(-1 - number()?), rest)),
        2 => {
            let (bytes, rest) = rest.split_at_checked(usize::try_from(argument).ok()?)?;
            Some((Item::Bytes(bytes), rest))
        }
        3 => {
            let (bytes, rest) = rest.split_at_checked(usize::try_from(argument).ok()?)?;
            Some((Item::Text(std::str::from_utf8(bytes).ok()?), rest))
        }
        4 => list(argument, rest, depth.checked_sub(1)?),
        5 => map(argument, rest, depth.checked_sub(1)?),
        7 => simple(*first, rest),
        _ => None,
    }
}

/// The number in an item's head (RFC 8949 section 3); `None` for an indefinite length, and for one that has a shorter spelling.
fn argument(short: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    let (len, least) = match short {
        0..24 => return Some((u64::from(short), rest)),
        24 => (1, 24),
        25 => (2, 0x100),
        26 => (4, 0x1_0000),
        27 => (8, 0x1_0000_0000),
        _ => return None,
    };
    let (bytes, rest) = rest.split_at_checked(len)?;
    let value = bytes.iter().fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
    (value >= least).then_some((value, rest))
}

fn simple(first: u8, rest: &[u8]) -> Option<(Item<'_>, &[u8])> {
    let item = match first {
        0xf4 => Item::Flag(false),
        0xf5 => Item::Flag(true),
        0xf6 => Item::Null,
        _ => return None,
    };
    Some((item, rest))
}

fn list(len: u64, mut rest: &[u8], depth: usize) -> Option<(Item<'_>, &[u8])> {
    if len > MAX_ITEMS {
        return None;
    }
    let mut items = Vec::new();
    for _ in 0..len {
        let (item, after) = nested(rest, depth)?;
        items.push(item);
        rest = after;
    }
    Some((Item::List(items), rest))
}

fn map(len: u64, mut rest: &[u8], depth: usize) -> Option<(Item<'_>, &[u8])> {
    if len > MAX_ITEMS {
        return None;
    }
    let mut members: Vec<(Item<'_>, Item<'_>)> = Vec::new();
    for _ in 0..len {
        let (key, after) = nested(rest, depth)?;
        let (value, after) = nested(after, depth)?;
        // Of two readers one would see the first and one the last.
        if members.iter().any(|(own, _)| *own == key) {
            return None;
        }
        members.push((key, value));
        rest = after;
    }
    Some((Item::Map(members), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_rfc_8949_appendix_a() {
        let whole = |bytes: &'static [u8]| item(bytes).filter(|(_, rest)| rest.is_empty()).map(|(item, _)| item);
        assert_eq!(whole(&[0x17]), Some(Item::Int(23)));
        assert_eq!(whole(&[0x18, 0x18]), Some(Item::Int(24)));
        assert_eq!(whole(&[0x1a, 0, 0x0f, 0x42, 0x40]), Some(Item::Int(1_000_000)));
        assert_eq!(whole(&[0x39, 0x03, 0xe7]), Some(Item::Int(-1000)));
        assert_eq!(whole(&[0x44, 1, 2, 3, 4]), Some(Item::Bytes(&[1, 2, 3, 4])));
        assert_eq!(whole(b"\x62\xc3\xbc"), Some(Item::Text("\u{fc}")));
        assert_eq!(whole(b"\x64IETF"), Some(Item::Text("IETF")));
        let map = whole(&[0xa2, 1, 2, 3, 0x82, 4, 0xf5]).unwrap();
        assert_eq!(map.numbered(1).and_then(Item::int), Some(2));
        assert_eq!(map.numbered(3), Some(&Item::List(vec![Item::Int(4), Item::Flag(true)])));
        assert_eq!(map.named("x"), None);
    }

    #[test]
    fn what_authenticators_do_not_write_is_refused() {
        let deep = [vec![0x81; 6], vec![0x00]].concat();
        for bad in [
            &[][..],
            &[0x44, 1, 2],
            &[0x5f, 0x41, 1, 0xff],
            &[0x9f, 0xff],
            &[0x18, 0x05],
            &[0x59, 0x00, 0x01, 0x01],
            &[0xa2, 1, 2, 1, 3],
            &[0xc0, 0x00],
            &[0xf9, 0x3c, 0x00],
            &[0x61, 0xff],
            &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &deep,
        ] {
            assert_eq!(item(bad), None, "{bad:?}");
        }
    }
}
