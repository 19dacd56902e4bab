//! The testing side: an authorization server, a clock and faults, all inside the test.

mod endpoints;
mod fake_clock;
mod fake_issuer;
mod faults;
mod status;

pub use fake_clock::FakeClock;
pub use fake_issuer::{FakeIssuer, SeenRequest};
pub use faults::{Endpoint, Fault};
