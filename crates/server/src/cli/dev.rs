//! `grantd dev`: a working server in one command, for trying out and for tests. Loopback only.

use super::CliFault;
use super::fault::ExitCode;
use super::open::{MASTER_KEY, dev_storage, store};
use super::output::Output;
use super::print;
use super::seed::{Seeder, seed};
use super::start::{self, Mode, bind, build};
use crate::certificate::CertificateHeader;
use crate::config::{self, Cidr, Environment, Rate, RateLimits, RateRules, RealmConfig, Storage};
use crate::keys::MasterKey;
use clap::Args as ClapArgs;
use grantd_protocol::ScopeSet;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Run a development server with demo realms, users and applications.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// A realm's file; repeatable. The built-in demo realm where none is given.
    #[arg(long = "realm", value_name = "FILE")]
    realms: Vec<PathBuf>,
    /// Where to listen; loopback only. The port also replaces the one in the realms' localhost addresses.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8400")]
    listen: SocketAddr,
    /// Where data is kept; `:memory:` keeps nothing.
    #[arg(long, value_name = "DIR", default_value = "grantd-data")]
    data: PathBuf,
    /// Keep the data in a database elsewhere: postgres://user@host/database.
    #[arg(long, value_name = "URL")]
    storage: Option<String>,
    /// How the announcement looks; `json` prints one line on standard output when the server is ready, nothing else.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Who runs a realm whose file names nobody.
const OPERATOR: &str = "operator";

/// Guessing passwords is slowed down everywhere.
const GUESSES: RateRules = RateRules {
    per_client: None,
    per_user: Some(Rate {
        interval: Duration::from_secs(30),
        burst: 20,
    }),
    per_address: Some(Rate {
        interval: Duration::from_secs(3),
        burst: 200,
    }),
};

fn loopback() -> Result<Vec<Cidr>, CliFault> {
    ["127.0.0.0/8", "::1"]
        .into_iter()
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(CliFault::usage)
}

/// Runs the server until it is told to stop.
///
/// # Errors
/// What is told to the caller.
pub async fn run(args: Args, environment: &Environment) -> Result<(), CliFault> {
    if !args.listen.ip().is_loopback() {
        return Err(CliFault::usage(format!(
            "grantd dev listens on loopback only, and {} is not; for anything else there is grantd serve",
            args.listen.ip()
        )));
    }
    let mut server = config::server_without_file(environment)?;
    if !environment.contains_key("GRANTD__LOG__LEVEL") {
        server.log = config::Log {
            level: config::LogLevel::Warn,
            format: config::LogFormat::Text,
        };
    }
    start::log(&server)?;
    let listener = bind(args.listen).await?;
    let address = listener.local_addr().map_err(CliFault::other)?;
    let mut listeners = vec![listener];
    // `localhost` is both addresses to many clients, and some try only the first. A machine may have no IPv6; another
    // program at that port would get what is meant for this one.
    if address.ip().is_ipv4() {
        match bind(SocketAddr::new(std::net::Ipv6Addr::LOCALHOST.into(), address.port())).await {
            Ok(second) => listeners.push(second),
            Err(fault) if fault.code == ExitCode::Address => return Err(fault),
            Err(_) => {}
        }
    }
    server.realms = realms(&args.realms, address.port())?;
    server.storage = dev_storage(args.storage.as_deref(), &args.data)?;
    // Whoever tries things out on loopback is not to be slowed down by limits against strangers.
    server.rate_limits = RateLimits {
        device: GUESSES,
        login: GUESSES,
        ..RateLimits::OFF
    };
    // Proxies that are tried out here stand on this machine.
    server.trusted_proxies = loopback()?;
    // As a proxy of one's own would say it; there is no TLS here to show a certificate to.
    server.client_certificate_header = CertificateHeader::ClientCert;
    let in_memory = args.data == Path::new(":memory:");
    let master = if in_memory {
        Arc::new(MasterKey::draw(&crate::ambient::SystemEntropy))
    } else {
        Arc::new(master_key(&args.data)?)
    };
    let store = store(&server.storage, true).await?;
    let built = build(&server, store, master, Mode::Development).await?;
    let seeded = seed_all(&built, &server.realms).await?;
    let running = super::run::run(&server, built, listeners, Mode::Development).await?;
    announce(&args, &server.realms, &seeded, (address, running.internal));
    running.until_stopped().await
}

fn realms(files: &[PathBuf], port: u16) -> Result<Vec<Arc<RealmConfig>>, CliFault> {
    let mut realms = Vec::new();
    for file in files {
        realms.push(config::load_realm(file)?);
    }
    if files.is_empty() {
        realms.push(config::built_in_demo_realm()?);
    }
    for (index, realm) in realms.iter().enumerate() {
        if realms
            .iter()
            .skip(index + 1)
            .any(|other| other.realm.name == realm.realm.name)
        {
            return Err(CliFault::usage(format!("two realms are named '{}'", realm.realm.name)));
        }
    }
    Ok(realms
        .into_iter()
        .map(|realm| Arc::new(with_operator(realm.rewrite_localhost_port(port))))
        .collect())
}

/// A realm that nobody runs gets somebody, so that there is a console to look at.
fn with_operator(mut realm: RealmConfig) -> RealmConfig {
    if realm.realm.operators.is_empty() {
        let all = ScopeSet::parse("grantd:*").unwrap_or_default();
        Arc::make_mut(&mut realm.realm)
            .operators
            .insert(OPERATOR.to_owned(), all.into());
    }
    realm
}

fn master_key(data: &Path) -> Result<MasterKey, CliFault> {
    std::fs::create_dir_all(data).map_err(|cause| CliFault {
        code: ExitCode::Storage,
        message: format!("cannot create {}: {cause}", data.display()),
    })?;
    Ok(MasterKey::load_or_create(
        &data.join(MASTER_KEY),
        &crate::ambient::SystemEntropy,
    )?)
}

async fn seed_all(built: &start::Built, realms: &[Arc<RealmConfig>]) -> Result<Vec<Value>, CliFault> {
    let app = &built.app;
    let seeder = Seeder {
        store: &app.store,
        master: &built.master,
        passwords: &app.passwords,
        entropy: &*app.entropy,
        now: app.now(),
    };
    let serving = app.serving();
    let mut seeded = Vec::new();
    for config in realms {
        let mut value = seed(&seeder, config).await?;
        let served = serving.realms.iter().find(|served| served.name() == &config.realm.name);
        let metadata = served
            .and_then(|served| served.documents(&config.realm.issuer))
            .map(|documents| &documents.authorization_server.members);
        if let Some(members) = value.as_object_mut() {
            members.insert("name".into(), json!(config.realm.name));
            members.insert("issuer".into(), json!(config.realm.issuer));
            members.insert("metadata".into(), json!(metadata));
        }
        seeded.push(value);
    }
    Ok(seeded)
}

fn announce(
    args: &Args,
    realms: &[Arc<RealmConfig>],
    seeded: &[Value],
    (listen, internal): (SocketAddr, Option<SocketAddr>),
) {
    let metrics = internal.map(|address| format!("http://{address}/metrics"));
    // One is enough to say where to go; every realm has its own.
    let console = seeded
        .iter()
        .find_map(|realm| realm.get("console").filter(|console| !console.is_null()));
    match args.output {
        Output::Json => print::json(&json!({
            "realms": seeded, "console": console, "listen": listen, "metrics": metrics, "pid": std::process::id()
        })),
        Output::Text => {
            for (config, value) in realms.iter().zip(seeded) {
                describe(config, value);
            }
            if let Some(metrics) = metrics {
                print::line(&format!("Metrics:  {metrics}"));
            }
            let storage = if args.data == Path::new(":memory:") {
                "nowhere (in memory)".to_owned()
            } else {
                args.data.display().to_string()
            };
            print::line(&format!(
                "Data:     {}\nStop it with Ctrl-C.",
                args.storage.as_ref().map_or(storage, |_| "PostgreSQL".to_owned())
            ));
        }
    }
}

/// Addresses, logins, and a line of curl that works as pasted.
fn describe(config: &RealmConfig, value: &Value) {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let list = |name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    print::line(&format!("\n{}  {}", config.branding.display_name, config.realm.issuer));
    for user in list("users") {
        print::line(&format!(
            "  user      {:<24} password  {}",
            text(&user, "username"),
            text(&user, "password")
        ));
    }
    if let Some(console) = value.get("console").filter(|console| !console.is_null()) {
        print::line(&format!(
            "  console   {:<24} password  {}   {}",
            text(console, "username"),
            text(console, "password"),
            text(console, "url")
        ));
    }
    for client in list("clients").iter().chain(&list("service_accounts")) {
        let secret = client.get("client_secret").and_then(Value::as_str);
        let method = text(client, "token_endpoint_auth_method");
        let secret = match (secret, method.as_str()) {
            (Some(secret), _) => format!("secret  {secret}"),
            (None, "" | "none") => "(public, no secret)".to_owned(),
            (None, method) => format!("({method}, no secret)"),
        };
        print::line(&format!(
            "  client    {:<24} {secret}   {}",
            text(client, "client_id"),
            text(client, "name")
        ));
    }
    let machine = list("clients")
        .into_iter()
        .find(|client| text(client, "kind") == "machine" && !text(client, "client_secret").is_empty());
    if let Some(machine) = machine {
        print::line(&format!(
            "\n  curl -s -u {}:{} -d grant_type=client_credentials {}\n",
            text(&machine, "client_id"),
            text(&machine, "client_secret"),
            config.endpoints.url(config::Endpoint::Token)
        ));
    }
    if matches!(config.demo.users.as_slice(), []) {
        print::note(&format!("The realm {} has no demo users.", config.realm.name));
    }
}

/// Whether a storage keeps nothing.
#[must_use]
pub const fn is_memory(storage: &Storage) -> bool {
    matches!(storage, Storage::Memory)
}
