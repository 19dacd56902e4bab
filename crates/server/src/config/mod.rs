//! Configuration: files and environment, parsed once into valid types. Every mistake is reported, with its file, line,
//! key and likely fix. Must not know a store, a socket or HTTP.

mod document;
mod field;
mod kind;
mod load;
mod overlay;
pub mod problem;
mod reading;
pub mod realm;
mod schema;
mod section;
pub mod server;
mod show;
mod suggest;
#[cfg(test)]
mod tests;

pub use load::{
    Shown, load_realm, load_server, parse_realm, parse_server, server_without_file, show_realm, show_server,
};
pub use problem::{Loosening, Place, Problem, Problems};
pub(crate) use realm::gate::MAX_SCOPES as MAX_GATE_SCOPES;
pub use realm::{
    Branding, Case, Demo, Dialect, Dialects, Document, Endpoint, Endpoints, ErrorShape, RealmConfig, Route, Separator,
    Target, metadata_url,
};
pub use server::{Cidr, Limits, Log, LogFormat, LogLevel, Mail, MailSecurity, Purge, Rate, RateLimits, RateRules};
pub use server::{ServerConfig, Storage, Tls};

use std::collections::BTreeMap;
use std::path::Path;

/// The environment as it was when the process began; read once, in `main`.
pub type Environment = BTreeMap<String, String>;

/// The text of the demo realm that is part of the program.
pub const DEMO_REALM: &str = include_str!("../../../../examples/realms/demo.toml");

/// The demo realm that is part of the program.
///
/// # Errors
/// None in a tested build; a mistake in the embedded file would be reported like one in any other.
pub fn built_in_demo_realm() -> Result<RealmConfig, Problems> {
    parse_realm(Path::new("<built-in>"), DEMO_REALM)
}

/// The JSON Schema of `grantd.toml`.
#[must_use]
pub fn server_schema() -> serde_json::Value {
    schema::document("grantd.toml", &section::rehearse(server::read::read))
}

/// The JSON Schema of a realm's file.
#[must_use]
pub fn realm_schema() -> serde_json::Value {
    let fields = section::rehearse(|section| realm::read::read(section, Path::new("")));
    schema::document("grantd realm", &fields)
}

/// The JSON Schema of a file of permissions.
#[must_use]
pub fn permissions_schema() -> serde_json::Value {
    schema::document(
        "grantd permissions",
        &section::rehearse(realm::catalogue::read_document),
    )
}
