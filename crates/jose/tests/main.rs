//! The crate from outside: published vectors, differential tests, properties, and every refusal by name.

mod claims;
mod differential;
mod issuing;
mod jwk_refusals;
mod jwk_sets;
mod jws_refusals;
mod keys;
mod properties;
mod rfc_vectors;
mod wycheproof_vectors;
