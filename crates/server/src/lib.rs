//! The server: HTTP, configuration, keys and the composition of everything else.

pub mod accounts;
pub mod ambient;
pub mod cli;
pub mod config;
pub mod jobs;
pub mod keys;
pub mod metrics;
pub mod net;
pub mod shutdown;
pub mod telemetry;
