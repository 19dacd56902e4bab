//! Starting grantd for a measurement: the realm it serves, where it stores, and what its line on standard output says.
//!
//! Everything that this package assumes about grantd's command line and realm files is here and in [`crate::seed`].

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::serving::{Running, sibling};

/// Longest wait for a server that has ten million tokens to open.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the product keeps its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// In its data directory.
    Sqlite,
    /// In a PostgreSQL database.
    Postgres {
        /// `postgres://..`
        url: String,
        /// Its name in the server.
        database: String,
        /// The server's first process, whose processor time counts as the product's.
        pid: u32,
    },
}

/// What signs the realm's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// ECDSA on P-256.
    Es256,
    /// RSA 2048, PKCS #1 v1.5.
    Rs256,
}

/// What a realm of the measurement is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// What signs its tokens.
    pub algorithm: Algorithm,
    /// How many permissions it knows, and its clients have.
    pub permissions: usize,
    /// Whether its JWTs have places in status lists.
    pub status_lists: bool,
}

impl Algorithm {
    /// The JOSE name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

/// A server that is to be started, as often as needed, on the same data.
#[derive(Debug, Clone)]
pub struct Product {
    /// The binary.
    pub binary: PathBuf,
    /// Data directory: SQLite's database, keys.
    pub data: PathBuf,
    /// Where tokens go.
    pub storage: Storage,
    /// The realm file.
    pub realm: PathBuf,
    /// Fixed once, because the issuer is part of what is stored.
    pub listen: SocketAddr,
}

/// A product that serves.
#[derive(Debug)]
pub struct Serving {
    /// The process.
    pub running: Running,
    /// What it said when it was ready.
    pub ready: Ready,
    /// Processes whose time is the product's.
    pub watch: Vec<u32>,
}

/// The line of `grantd dev -o json`, as far as the measurement needs it.
#[derive(Debug, Clone, Deserialize)]
pub struct Ready {
    /// The realms it serves.
    pub realms: Vec<Realm>,
}

/// One realm.
#[derive(Debug, Clone, Deserialize)]
pub struct Realm {
    /// Its name.
    pub name: String,
    /// Its issuer identifier.
    pub issuer: String,
    /// Where its endpoints are (RFC 8414).
    pub metadata: Metadata,
    /// People who can log in.
    #[serde(default)]
    pub users: Vec<User>,
    /// Its demo clients.
    #[serde(default)]
    pub clients: Vec<DemoClient>,
    /// Where its operators are, and one of them.
    pub console: Option<Console>,
}

/// The operators' console.
#[derive(Debug, Clone, Deserialize)]
pub struct Console {
    /// Its first page.
    pub url: String,
    /// Who may go there.
    #[serde(flatten)]
    pub operator: User,
}

/// The endpoints that are measured.
#[derive(Debug, Clone, Deserialize)]
pub struct Metadata {
    /// RFC 6749 section 3.1.
    pub authorization_endpoint: String,
    /// RFC 6749 section 3.2.
    pub token_endpoint: String,
    /// RFC 9126 section 5.
    pub pushed_authorization_request_endpoint: String,
    /// RFC 7662.
    pub introspection_endpoint: String,
    /// RFC 7009.
    pub revocation_endpoint: String,
    /// RFC 7517 section 5.
    pub jwks_uri: String,
}

/// A demo user.
#[derive(Debug, Clone, Deserialize)]
pub struct User {
    /// What the login form takes.
    pub username: String,
    /// The password of the demo, printed by the server itself.
    pub password: String,
    /// The tenants that the user can act for.
    #[serde(default)]
    pub tenants: Vec<String>,
}

/// A demo client, the model for those of the measurement.
#[derive(Debug, Clone, Deserialize)]
pub struct DemoClient {
    /// `client_id`.
    pub client_id: String,
    /// Its secret, if it has one.
    #[serde(default)]
    pub client_secret: Option<String>,
    /// What it may do.
    #[serde(default)]
    pub grant_types: Vec<String>,
    /// What it may ask for.
    #[serde(default)]
    pub scopes: Vec<String>,
}

impl Product {
    /// A product with a data directory below `scratch` and a realm file in it.
    ///
    /// # Errors
    /// When the binary is missing or the files cannot be written.
    pub fn new(scratch: &Path, shape: Shape, storage: Storage) -> Result<Self> {
        let binary = sibling("grantd").context("there is no grantd to measure (`--scenario ceilings` needs none)")?;
        let data = scratch.join("data");
        std::fs::create_dir_all(&data)?;
        let realm = scratch.join("bench.toml");
        let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let product = Self {
            binary,
            data,
            storage,
            realm,
            listen,
        };
        product.reshape(shape)?;
        Ok(product)
    }

    /// Writes the realm file, for the next start.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn reshape(&self, shape: Shape) -> Result<()> {
        Ok(std::fs::write(&self.realm, realm_file(shape, self.listen))?)
    }

    /// Starts it and waits until it is ready to serve.
    ///
    /// # Errors
    /// When it does not start, or its line is not that of the contract.
    pub fn start(&self) -> Result<Serving> {
        let mut command = self.command(&["dev", "-o", "json"]);
        command
            .arg("--realm")
            .arg(&self.realm)
            .arg("--listen")
            .arg(self.listen.to_string());
        let (running, line) = Running::start(&mut command, PATIENCE)?;
        let ready: Ready = serde_json::from_str(&line).with_context(|| format!("`grantd dev -o json` said: {line}"))?;
        let mut watch = vec![running.pid()];
        if let Storage::Postgres { pid, .. } = self.storage {
            watch.push(pid);
        }
        Ok(Serving { running, ready, watch })
    }

    /// `grantd` with `arguments` and the options that say where the data is.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).arg("--data").arg(&self.data);
        if let Storage::Postgres { url, .. } = &self.storage {
            command.arg("--storage").arg(url);
        }
        // Its log would share the terminal with the table, and the disk with what is measured.
        command.env("RUST_LOG", "warn");
        command
    }
}

impl Ready {
    /// The one realm of the measurement.
    ///
    /// # Errors
    /// When there is none.
    pub fn realm(&self) -> Result<&Realm> {
        self.realms.first().context("grantd serves no realm")
    }
}

/// The address and the path of an endpoint; on loopback a name is as good as its address.
///
/// # Errors
/// When it is not a plain `http` address with a port.
pub fn endpoint(url: &str) -> Result<(SocketAddr, String)> {
    let rest = url
        .strip_prefix("http://")
        .with_context(|| format!("{url} is not http"))?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.replace("localhost", "127.0.0.1");
    let Ok(address) = host.parse() else {
        bail!("{url} names no address and port")
    };
    Ok((
        address,
        if path.is_empty() {
            "/".to_owned()
        } else {
            path.to_owned()
        },
    ))
}

/// A realm as platforms have them, apart from what the measurement is about, and from lives that are long enough that
/// nothing expires during a run.
fn realm_file(shape: Shape, listen: SocketAddr) -> String {
    let mut file = include_str!("../realm.toml")
        .replace("{{algorithm}}", shape.algorithm.name())
        .replace("{{status_lists}}", if shape.status_lists { "true" } else { "false" })
        .replace("{{origin}}", &format!("http://{listen}"));
    // Two are in the file; the model of the clients has all others too.
    let more: Vec<String> = (2..shape.permissions)
        .map(|number| format!("area{number:03}:read"))
        .collect();
    let scopes: String = more.iter().map(|name| format!(", \"{name}\"")).collect();
    file = file.replace(
        r#"["orders:read", "orders:write"]"#,
        &format!(r#"["orders:read", "orders:write"{scopes}]"#),
    );
    for name in more {
        file.push_str(&format!(
            "\n[[permissions]]\nname = \"{name}\"\ngroup = \"Areas\"\ndescription = \"See {name}\"\nrisk = \"read\"\n"
        ));
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_split_into_address_and_path() {
        let (address, path) = endpoint("http://localhost:8080/demo/token").unwrap();
        assert_eq!(
            (address.to_string().as_str(), path.as_str()),
            ("127.0.0.1:8080", "/demo/token")
        );
        assert_eq!(endpoint("http://127.0.0.1:1").unwrap().1, "/");
        assert!(endpoint("https://127.0.0.1:1/").is_err());
        assert!(endpoint("http://example.com/").is_err());
    }

    #[test]
    fn the_realm_has_as_many_permissions_as_are_asked_for() {
        for permissions in [2, 300] {
            let shape = Shape {
                algorithm: Algorithm::Es256,
                permissions,
                status_lists: true,
            };
            let file = realm_file(shape, "127.0.0.1:1".parse().unwrap());
            assert_eq!(file.matches("[[permissions]]").count(), permissions);
            assert!(permissions == 2 || file.contains(r#", "area299:read"]"#), "{file}");
            assert!(!file.contains("{{"), "{file}");
        }
    }

    #[test]
    fn the_ready_line_of_the_contract_is_understood() {
        let line = r#"{"realms":[{"name":"demo","issuer":"http://127.0.0.1:1/demo","metadata":{
          "issuer":"x","authorization_endpoint":"a","token_endpoint":"t","introspection_endpoint":"i","jwks_uri":"j",
          "pushed_authorization_request_endpoint":"p","revocation_endpoint":"r"},"console":{"url":"u","username":"a","password":"b"},
          "users":[{"username":"ada","password":"p","tenants":["one"]}],
          "clients":[{"name":"n","client_id":"c","client_secret":"s","redirect_uris":[],"grant_types":["client_credentials"],
          "scopes":["orders:read"]}],"service_accounts":[],"api_keys":[]}],
          "console":{"url":"u","username":"a","password":"b"},"metrics":"m","pid":1}"#;
        let ready: Ready = serde_json::from_str(line).unwrap();
        assert_eq!(ready.realm().unwrap().metadata.token_endpoint, "t");
        assert_eq!(ready.realm().unwrap().users.first().unwrap().tenants, ["one"]);
        assert_eq!(ready.realm().unwrap().console.as_ref().unwrap().operator.username, "a");
    }
}
