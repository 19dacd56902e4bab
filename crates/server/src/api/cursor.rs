//! Where the next page begins: the last key of the page before, bound to the list and the filters it belongs to. It is
//! no secret and needs no seal: whoever makes one up begins at a place of their choice in a list that they may read.

use grantd_jose::{base64url_decode, base64url_encode};

/// The longest cursor that is looked at: one of a sorted list has a name and an id in it.
const MAX: usize = 4096;

/// The cursor behind `key`.
pub(super) fn encode(filter: &[u8; 8], key: &str) -> String {
    base64url_encode([filter.as_slice(), key.as_bytes()].concat())
}

/// The key; `None` for a cursor of another list, other filters, or nothing at all.
pub(super) fn decode(filter: &[u8; 8], text: &str) -> Option<String> {
    if text.len() > MAX {
        return None;
    }
    let bytes = base64url_decode(text).ok()?;
    let key = bytes.strip_prefix(filter.as_slice())?;
    // No key has a NUL, and PostgreSQL takes no text with one.
    String::from_utf8(key.to_vec())
        .ok()
        .filter(|key| !key.is_empty() && !key.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_belongs_to_its_filter() {
        let cursor = encode(&[1; 8], "client-7");
        assert_eq!(decode(&[1; 8], &cursor).as_deref(), Some("client-7"));
        for other in [
            decode(&[2; 8], &cursor),
            decode(&[1; 8], "!!"),
            decode(&[1; 8], ""),
            decode(&[1; 8], "AAAA"),
            decode(&[1; 8], &encode(&[1; 8], "client\0")),
        ] {
            assert_eq!(other, None);
        }
    }
}
