//! The crate from outside: published vectors, differential tests, properties, and every refusal by name.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy permits both inside test functions only, not in the helpers beside them"
)]

mod claims;
mod differential;
mod header_refusals;
mod issuing;
mod jwk_refusals;
mod jwk_sets;
mod jws_refusals;
mod keys;
mod properties;
mod rfc_vectors;
mod wycheproof_vectors;
