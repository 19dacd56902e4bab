//! The configuration from outside: files in, types or problems out.

mod commands;
mod dialects;
mod endpoints;
mod examples;
mod mistakes;
mod overlay;
mod platforms;
mod portal;
mod profile;
mod random;
mod schema;
mod upstreams;
