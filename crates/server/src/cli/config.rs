//! `grantd config check|show|schema`: what the configuration says, and what is wrong with it. Nothing is printed here:
//! the text is handed over.

use super::output::Output;
use crate::config::{self, Environment, Loosening, Place, Problem, Problems, RealmConfig, ServerConfig};
use crate::router::Router;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Arguments of `grantd config`.
#[derive(Clone, Debug, Args)]
pub struct ConfigArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What `grantd config` can do.
#[derive(Clone, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Says whether a configuration is right, and everything that is wrong with it
    Check(FileArgs),
    /// Shows every value in force and where it came from
    Show(FileArgs),
    /// Prints the JSON Schema of a kind of file
    Schema {
        /// The kind of file
        #[arg(default_value = "server")]
        kind: SchemaKind,
    },
}

/// Which file, and how to answer.
#[derive(Clone, Debug, Args)]
pub struct FileArgs {
    /// grantd.toml with the realms it names, or one realm's file
    #[arg(default_value = "grantd.toml")]
    file: PathBuf,
    /// The same, spelled as other commands take it
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    config: Option<PathBuf>,
    /// How to answer
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Output,
}

impl FileArgs {
    fn path(&self) -> &Path {
        self.config.as_ref().unwrap_or(&self.file)
    }
}

/// A kind of configuration file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum SchemaKind {
    /// grantd.toml
    Server,
    /// A realm's file
    Realm,
    /// A file of permissions
    Permissions,
}

/// What to print on standard output. The command succeeded if `wrong` is empty, and ends with exit code 2 otherwise.
#[derive(Clone, Debug)]
pub struct Answer {
    /// For standard output; with JSON it is whole whether or not something is wrong.
    pub text: String,
    /// For standard error, each on its own line.
    pub wrong: Vec<Problem>,
}

/// Runs the command.
#[must_use]
pub fn run(args: &ConfigArgs, environment: &Environment) -> Answer {
    let (result, output) = match &args.command {
        ConfigCommand::Check(args) => (check(args.path(), args.output, environment), args.output),
        ConfigCommand::Show(args) => (show(args.path(), args.output, environment), args.output),
        ConfigCommand::Schema { kind } => (Ok(schema(*kind)), Output::Text),
    };
    match result {
        Ok(text) => Answer {
            text,
            wrong: Vec::new(),
        },
        Err(Problems(wrong)) => {
            let text = match output {
                Output::Text => String::new(),
                Output::Json => pretty(&json!({"ok": false, "problems": wrong.iter().map(problem).collect::<Json>()})),
            };
            Answer { text, wrong }
        }
    }
}

fn check(file: &Path, output: Output, environment: &Environment) -> Result<String, Problems> {
    let found = if is_realm(file) {
        Found::of_realm(&config::load_realm(file)?)
    } else {
        let server = config::load_server(file, environment)?;
        // Two files that are right in themselves can claim one address.
        if let Err(clash) = Router::new(&server.realms) {
            let fix = "give one of them another host or path".to_owned();
            return Err(Problems::of_file(
                &file.display().to_string(),
                clash.to_string(),
                Some(fix),
            ));
        }
        Found::of_server(&server)
    };
    Ok(match output {
        Output::Text => found.to_text(),
        Output::Json => pretty(&found.to_json()),
    })
}

fn show(file: &Path, output: Output, environment: &Environment) -> Result<String, Problems> {
    let shown = if is_realm(file) {
        config::show_realm(file)?
    } else {
        config::show_server(file, environment)?
    };
    Ok(match output {
        Output::Text => shown.toml,
        Output::Json => pretty(&shown.json),
    })
}

fn schema(kind: SchemaKind) -> String {
    pretty(&match kind {
        SchemaKind::Server => config::server_schema(),
        SchemaKind::Realm => config::realm_schema(),
        SchemaKind::Permissions => config::permissions_schema(),
    })
}

/// A realm's file says who issues; `grantd.toml` never does.
fn is_realm(file: &Path) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let top = text
        .lines()
        .map(str::trim_start)
        .take_while(|line| !line.starts_with('['));
    top.filter_map(|line| line.split_once('='))
        .any(|(key, _)| matches!(key.trim(), "issuer" | "display_name"))
}

/// What a check found in order.
struct Found {
    lines: Vec<String>,
    warnings: Vec<String>,
}

impl Found {
    fn of_server(config: &ServerConfig) -> Self {
        let listen: Vec<String> = config.listen.iter().map(ToString::to_string).collect();
        let tls = if config.tls.is_some() {
            "with TLS"
        } else {
            "without TLS"
        };
        let mut lines = vec![
            format!("listens on {} {tls}", listen.join(", ")),
            format!("stores in {}", config.storage),
        ];
        let mut warnings: Vec<String> = config.loosenings.iter().map(Loosening::to_string).collect();
        if config.master_key.is_none() {
            let hint = "there is no master key: set master_key_file or GRANTD__MASTER_KEY before `grantd serve`";
            warnings.push(hint.to_owned());
        }
        if config.realms.is_empty() {
            warnings.push("it names no realm: `grantd serve` needs one at least in realms = [..]".to_owned());
        }
        for realm in &config.realms {
            let found = Self::of_realm(realm);
            lines.extend(found.lines);
            warnings.extend(found.warnings);
            if !realm.demo.clients.is_empty() || !realm.demo.users.is_empty() {
                let name = realm.source.display();
                warnings.push(format!(
                    "{name}: [demo] is seeded by `grantd dev` only; `grantd serve` ignores it"
                ));
            }
        }
        Self { lines, warnings }
    }

    fn of_realm(config: &RealmConfig) -> Self {
        let realm = &config.realm;
        Self {
            lines: vec![format!(
                "realm {} at {}: {}, {}, {}",
                realm.name,
                realm.issuer,
                counted(realm.catalogue.permissions().len(), "permission"),
                counted(realm.roles.len(), "role"),
                counted(realm.resources.len(), "resource"),
            )],
            warnings: config.loosenings.iter().map(Loosening::to_string).collect(),
        }
    }

    fn to_text(&self) -> String {
        let mut text = String::from("ok\n");
        for line in &self.lines {
            let _ = writeln!(text, "  {line}");
        }
        for warning in &self.warnings {
            let _ = writeln!(text, "warning: {warning}");
        }
        text
    }

    fn to_json(&self) -> Json {
        json!({"ok": true, "found": self.lines, "warnings": self.warnings})
    }
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn problem(problem: &Problem) -> Json {
    let (file, line) = match &problem.place {
        Place::File { file, line } => (Some(file.to_string()), Some(*line)),
        Place::Environment(_) | Place::Default => (None, None),
    };
    let members = [
        ("file", file.map(Json::from)),
        ("line", line.map(Json::from)),
        (
            "key",
            Some(Json::from(problem.key.as_str())).filter(|_| !problem.key.is_empty()),
        ),
        ("message", Some(Json::from(problem.message.as_str()))),
        ("fix", problem.fix.as_deref().map(Json::from)),
        ("text", Some(Json::from(problem.to_string()))),
    ];
    members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

fn pretty(json: &Json) -> String {
    format!("{json:#}\n")
}
