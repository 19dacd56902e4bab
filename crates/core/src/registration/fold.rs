//! Identical public registrations are one client. Its id is computed from what was registered, so that racers on any
//! number of nodes arrive at the same one, and the guard of a free id decides between them.

use super::Wanted;
use crate::realm::{ClientIdShape, Realm};
use crate::record::ClientRecord;
use grantd_protocol::SecretHash;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The id of the client with this identity, the `attempt`th candidate. It is no secret: a public client's id proves
/// nothing.
#[must_use]
pub fn client_id(wanted: &Wanted, realm: &Realm, attempt: u32) -> String {
    let input = format!("registration\n{}\n{attempt}\n{}", realm.name, wanted.identity());
    let (length, base) = match realm.client_ids {
        ClientIdShape::Opaque => (super::CLIENT_ID_CHARS, 62),
        ClientIdShape::Digits(digits) => (usize::from(digits), 10),
    };
    let mut text = String::with_capacity(length);
    let mut block = SecretHash::of(input.as_bytes());
    while text.len() < length {
        for byte in block.as_bytes() {
            // As where ids are drawn: bytes that would make some characters likelier are left out, and a number does not
            // begin with 0.
            let leads_with_zero = base == 10 && text.is_empty() && byte % 10 == 0;
            if *byte < 248
                && text.len() < length
                && !leads_with_zero
                && let Some(character) = ALPHABET.get(usize::from(byte % base))
            {
                text.push(char::from(*character));
            }
        }
        block = SecretHash::of(block.as_bytes());
    }
    text
}

/// Whether a client is what the registration would make.
#[must_use]
pub fn is_same(wanted: &Wanted, record: &ClientRecord) -> bool {
    Wanted::of(record).identity() == wanted.identity()
}
