//! Configuration: files and environment, parsed once into valid types. Every mistake is reported, with its file, line,
//! key and likely fix. Must not know a store, a socket or HTTP.

pub mod problem;
pub mod realm;
pub mod server;

pub use problem::{Loosening, Place, Problem, Problems};
pub use realm::{Branding, Demo, Document, Endpoint, Endpoints, RealmConfig, Route, Target};
pub use server::{
    Cidr, Limits, LogFormat, LogLevel, MasterKey, Rate, RateLimits, RateRules, ServerConfig, Storage, Tls,
};

use std::collections::BTreeMap;
use std::path::Path;

/// The environment as it was when the process began; read once, in `main`.
pub type Environment = BTreeMap<String, String>;

/// Reads `grantd.toml`, the environment that overrides it, and the realms it names. A reload calls this again and
/// keeps what it had on an error.
///
/// # Errors
/// Everything that is wrong in any of the files and the environment.
pub fn load_server(file: &Path, environment: &Environment) -> Result<ServerConfig, Problems> {
    let _ = (file, environment);
    Err(Problems::of_file("grantd.toml", "not read yet".to_owned(), None))
}

/// The configuration of a process without a file: the defaults, and the environment that overrides them. It has no
/// realm; `grantd dev` adds them.
///
/// # Errors
/// Everything that is wrong in the environment.
pub fn server_without_file(environment: &Environment) -> Result<ServerConfig, Problems> {
    let _ = environment;
    Err(Problems::of_file("grantd.toml", "not read yet".to_owned(), None))
}

/// Reads one realm's file, and the permissions file it may name.
///
/// # Errors
/// Everything that is wrong in them.
pub fn load_realm(file: &Path) -> Result<RealmConfig, Problems> {
    let _ = file;
    Err(Problems::of_file("grantd.toml", "not read yet".to_owned(), None))
}

/// The demo realm that is part of the program.
///
/// # Errors
/// None in a tested build; a mistake in the embedded file would be reported like one in any other.
pub fn built_in_demo_realm() -> Result<RealmConfig, Problems> {
    Err(Problems::of_file("grantd.toml", "not read yet".to_owned(), None))
}
