//! Where logins are kept: a file of the person who logged in, which nobody else can read.

use crate::cli::CliFault;
use crate::config::Environment;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::io::Write as _;
use std::path::PathBuf;

/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// One login. Never printed as a whole.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Login {
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) access_token: String,
    pub(super) refresh_token: Option<String>,
    /// Seconds since 1970.
    pub(super) expires_at: i64,
    pub(super) scope: Option<String>,
}

impl Login {
    /// What a token endpoint answered at `now`; `None` without an access token.
    pub(super) fn of(issuer: &str, client_id: &str, tokens: &Map<String, Value>, now: i64) -> Option<Self> {
        let text = |name: &str| tokens.get(name).and_then(Value::as_str).map(str::to_owned);
        let lives = tokens.get("expires_in").and_then(Value::as_i64).unwrap_or(0);
        Some(Self {
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            access_token: text("access_token")?,
            refresh_token: text("refresh_token"),
            expires_at: now.saturating_add(lives),
            scope: text("scope"),
        })
    }
}

/// The file.
pub(super) struct Kept(PathBuf);

impl Kept {
    /// `grantd/logins.json` in the directory for configuration of whoever runs the command.
    pub(super) fn at(environment: &Environment) -> Result<Self, CliFault> {
        let named = |name: &str| {
            environment
                .get(name)
                .filter(|path| path.starts_with('/'))
                .map(PathBuf::from)
        };
        let home = named("XDG_CONFIG_HOME").or_else(|| named("HOME").map(|home| home.join(".config")));
        let home = home.ok_or_else(|| CliFault::usage("neither XDG_CONFIG_HOME nor HOME says where to keep logins"))?;
        Ok(Self(home.join("grantd/logins.json")))
    }

    /// The login at an issuer, or the only one.
    pub(super) fn get(&self, issuer: Option<&str>) -> Result<Login, CliFault> {
        let mut logins = self.read()?;
        match issuer {
            Some(issuer) => logins.retain(|login| login.issuer == issuer),
            None if logins.len() > 1 => {
                let issuers: Vec<&str> = logins.iter().map(|login| login.issuer.as_str()).collect();
                return Err(CliFault::usage(format!(
                    "say which with --issuer: {}",
                    issuers.join(", ")
                )));
            }
            None => {}
        }
        let only = logins.into_iter().next();
        only.ok_or_else(|| CliFault::other("nobody is logged in there; run grantd login"))
    }

    /// Keeps a login, in the place of an earlier one at the same issuer.
    pub(super) fn put(&self, login: Login) -> Result<(), CliFault> {
        let mut logins = self.read()?;
        logins.retain(|other| other.issuer != login.issuer);
        logins.push(login);
        self.write(&logins)
    }

    /// Forgets the login at an issuer.
    pub(super) fn forget(&self, issuer: &str) -> Result<(), CliFault> {
        let mut logins = self.read()?;
        logins.retain(|other| other.issuer != issuer);
        self.write(&logins)
    }

    fn read(&self) -> Result<Vec<Login>, CliFault> {
        match std::fs::metadata(&self.0) {
            Err(_) => return Ok(Vec::new()),
            Ok(found) if found.len() > MAX_FILE => return Err(self.wrong(&"is too large")),
            Ok(_) => {}
        }
        let text = std::fs::read(&self.0).map_err(|cause| self.wrong(&cause))?;
        // What is wrong with it could repeat a token.
        serde_json::from_slice(&text).map_err(|_| self.wrong(&"is damaged; remove it and log in again"))
    }

    /// Written aside and given its name once it is whole: a command that runs at the same time finds the old one or the new.
    fn write(&self, logins: &[Login]) -> Result<(), CliFault> {
        let folder = self.0.parent().ok_or_else(|| self.wrong(&"has no directory"))?;
        std::fs::create_dir_all(folder).map_err(|cause| self.wrong(&cause))?;
        let mut file = tempfile::Builder::new()
            .prefix(".logins-")
            .tempfile_in(folder)
            .map_err(|cause| self.wrong(&cause))?;
        let text = serde_json::to_vec_pretty(logins).map_err(CliFault::other)?;
        file.write_all(&text).map_err(|cause| self.wrong(&cause))?;
        file.persist(&self.0)
            .map(drop)
            .map_err(|refused| self.wrong(&refused.error))
    }

    fn wrong(&self, problem: &dyn std::fmt::Display) -> CliFault {
        CliFault::usage(format!("{}: {problem}", self.0.display()))
    }
}
