//! The server: HTTP, configuration, keys and the composition of everything else.

pub mod accounts;
pub mod ambient;
pub mod api;
pub mod app;
pub mod cli;
pub mod clients;
pub mod config;
pub mod dispatch;
pub mod error;
pub mod interaction;
pub mod jobs;
pub mod keys;
pub mod metrics;
pub mod net;
pub mod new_client;
pub mod oauth;
pub mod rate;
pub mod realm;
pub mod reply;
pub mod request;
pub mod router;
pub mod shutdown;
pub mod telemetry;
pub mod usage;
pub mod wire;
