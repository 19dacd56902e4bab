//! The crate from outside: published vectors, differential tests, and every refusal by name.

mod issuing;
