//! The server: HTTP, configuration, keys and the composition of everything else.

pub mod cli;
pub mod config;
