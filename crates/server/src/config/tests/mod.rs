//! The configuration from outside: files in, types or problems out.

mod commands;
mod endpoints;
mod examples;
mod mistakes;
mod overlay;
mod random;
mod schema;
