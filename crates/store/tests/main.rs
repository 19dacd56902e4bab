//! One suite, every backend. What a guard, a write and a read mean is said in `suite`; `backend` says how each store
//! is made. A new backend adds one module there.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]
#![expect(unreachable_pub, reason = "one binary, several modules")]

mod backend;
mod postgres;
mod suite;
