//! Commands: arguments in, text and an exit code out.

pub mod config;
pub mod init;
pub mod output;
