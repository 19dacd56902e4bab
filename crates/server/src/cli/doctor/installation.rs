//! The installation: its configuration, store, keys and operators, and whether its issuers answer as themselves.

use crate::cli::CliFault;
use crate::cli::http::{Target, metadata_url};
use crate::cli::open::{Which, store};
use crate::cli::output::Output;
use crate::cli::print;
use crate::config::{self, Environment, RealmConfig};
use crate::keys::{MasterKey, all_open};
use grantd_core::record::KeyState;
use grantd_store::{AnyStore, Store};
use serde_json::{Value, json};
use std::sync::Arc;

/// Which installation.
#[derive(Debug, clap::Args)]
pub struct Installation {
    /// Which server and realm.
    #[command(flatten)]
    which: Which,
    /// How the answer looks.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// One thing that was looked at: what, and how it is or what to do.
struct Check {
    name: String,
    found: Result<String, CliFault>,
}

/// Runs the command.
///
/// # Errors
/// The first thing that is wrong, with its exit code.
pub(super) async fn run(args: &Installation, environment: &Environment) -> Result<(), CliFault> {
    // Without a configuration there is nothing to look at.
    let realms = realms(&args.which, environment)?;
    let mut checks = vec![loosened(&realms)];
    let master = args.which.master_key(environment);
    let opened = match args.which.storage(environment) {
        Ok(storage) => store(&storage, false).await,
        Err(fault) => Err(fault),
    };
    if let (Ok(master), Ok(store)) = (&master, &opened) {
        for realm in &realms {
            checks.push(keys(realm, store, master).await);
            checks.push(operators(realm, store).await);
        }
    }
    checks.push(Check {
        name: "master key".to_owned(),
        found: master.map(|_| "it is there".to_owned()),
    });
    checks.push(Check {
        name: "storage".to_owned(),
        found: opened.map(|_| "it answers, and its schema is this program's".to_owned()),
    });
    for realm in &realms {
        checks.push(issuer(realm).await);
    }
    told(checks, args.output)
}

fn realms(which: &Which, environment: &Environment) -> Result<Vec<Arc<RealmConfig>>, CliFault> {
    match (&which.config, &which.realm) {
        (Some(file), None) => Ok(config::load_server(file, environment)?.realms),
        _ => Ok(vec![which.realm(environment)?]),
    }
}

fn loosened(realms: &[Arc<RealmConfig>]) -> Check {
    let keys: Vec<&str> = realms
        .iter()
        .flat_map(|realm| realm.loosenings.iter().map(|loosening| loosening.key.as_str()))
        .collect();
    Check {
        name: "configuration".to_owned(),
        found: Ok(if keys.is_empty() {
            "valid, and no rule is loosened".to_owned()
        } else {
            format!("valid; loosened by {}", keys.join(", "))
        }),
    }
}

async fn keys(realm: &RealmConfig, store: &AnyStore, master: &MasterKey) -> Check {
    let look = async {
        let keys = store.keys(&realm.realm.name).await?;
        all_open(&keys, master)?;
        let active = keys.iter().filter(|key| key.state == KeyState::Active).count();
        if active == 0 {
            return Ok("none yet; the first start makes them".to_owned());
        }
        Ok(format!("{} opened, {active} of them sign", keys.len()))
    };
    Check {
        name: format!("signing keys of {}", realm.realm.name),
        found: look.await,
    }
}

async fn operators(realm: &RealmConfig, store: &AnyStore) -> Check {
    let look = async {
        let mut wrong = Vec::new();
        for username in realm.realm.operators.keys() {
            match store.user_by_key(&realm.realm.name, username).await? {
                None => wrong.push(format!("{username} has no account")),
                Some(user) if !user.enabled => wrong.push(format!("{username} is disabled")),
                Some(_) => {}
            }
        }
        if wrong.is_empty() {
            let count = realm.realm.operators.len();
            return Ok(if count == 0 {
                "the realm names none, so it has no console".to_owned()
            } else {
                format!("{count} can log in")
            });
        }
        let fix = "grantd admin recover makes an account and lets its operator in";
        Err(CliFault::other(format!("{}; {fix}", wrong.join(", "))))
    };
    Check {
        name: format!("operators of {}", realm.realm.name),
        found: look.await,
    }
}

/// Whether whoever follows the issuer's address comes to this issuer.
async fn issuer(realm: &RealmConfig) -> Check {
    let issuer = &realm.realm.issuer;
    let look = async {
        let url = metadata_url(issuer).ok_or_else(|| format!("{issuer} is no address"))?;
        let target = Target::parse(&url, None).ok_or_else(|| format!("{url} is no address"))?;
        let answer = target.ask("GET", "", &[]).await?;
        if answer.status != 200 {
            return Err(format!("{url} answers with {}", answer.status));
        }
        match answer.members().get("issuer").and_then(Value::as_str) {
            Some(said) if *said == **issuer => Ok(format!("{url} is its own")),
            Some(said) => Err(format!("{url} says that it is {said}")),
            None => Err(format!("{url} is somebody else's")),
        }
    };
    Check {
        name: format!("issuer of {}", realm.realm.name),
        found: look.await.map_err(CliFault::other),
    }
}

fn told(checks: Vec<Check>, output: Output) -> Result<(), CliFault> {
    let detail = |check: &Check| match &check.found {
        Ok(detail) => detail.clone(),
        Err(fault) => fault.to_string(),
    };
    match output {
        Output::Json => {
            let row = |check: &Check| json!({ "name": check.name, "ok": check.found.is_ok(), "detail": detail(check) });
            print::json(&json!({ "checks": checks.iter().map(row).collect::<Vec<_>>() }));
        }
        Output::Text => {
            for check in &checks {
                let mark = if check.found.is_ok() { "ok   " } else { "WRONG" };
                print::line(&format!("{mark}  {}: {}", check.name, detail(check)));
            }
        }
    }
    let wrong = checks
        .into_iter()
        .find_map(|check| Some((check.name, check.found.err()?)));
    match wrong {
        None => Ok(()),
        Some((name, fault)) => Err(CliFault {
            message: format!("{name}: {}", fault.message),
            ..fault
        }),
    }
}
