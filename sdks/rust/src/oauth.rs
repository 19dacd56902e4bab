//! What both sides know of OAuth: an issuer's metadata, how a client proves itself, keys of one's own.

pub(crate) mod credentials;
pub(crate) mod metadata;
pub(crate) mod private_key;
mod private_key_der;
