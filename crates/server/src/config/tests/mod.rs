//! The configuration from outside: files in, types or problems out.

mod examples;
mod mistakes;
