//! The built binary from outside, through what it promises and nothing else.

mod races;
mod stage;
