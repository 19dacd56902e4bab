//! `grantd gate config`: the configuration with which a reverse proxy asks the gate, written from the realm's own routes, so
//! that hosts and addresses agree.

mod caddy;
mod envoy;
mod haproxy;
mod nginx;
mod traefik;

use super::CliFault;
use super::print;
use crate::config::{self, Endpoint, RealmConfig};
use crate::gate::{Proxy, targets};
use clap::Subcommand;
use grantd_protocol::params::encode_into;
use std::path::PathBuf;

/// Protect an API behind a reverse proxy.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print a proxy's configuration for a realm.
    Config(Args),
}

/// What to print.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The proxy.
    proxy: Proxy,
    /// Print the script that HAProxy's configuration loads instead.
    #[arg(long)]
    script: bool,
    /// The realm's file; the built-in demo realm where none is given.
    #[arg(long, value_name = "FILE")]
    realm: Option<PathBuf>,
    /// Where the API itself listens.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9000")]
    api: String,
    /// Where the proxy reaches grantd.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8400")]
    grantd: String,
    /// The API's host; those of the realm's routes where none is given.
    #[arg(long)]
    host: Option<String>,
    /// The port at which the proxy listens, without TLS.
    #[arg(long, default_value_t = 80)]
    port: u16,
    /// The permissions that every call needs, for a realm without routes.
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// The API that tokens must be for, for a realm without routes.
    #[arg(long)]
    resource: Option<String>,
}

/// What every proxy has to be told.
struct Plan {
    /// The hosts of the API, without ports.
    hosts: Vec<String>,
    port: u16,
    api: String,
    grantd: String,
    /// The host under which grantd answers.
    own_host: String,
    /// Path and query at which the proxy asks.
    gate: String,
}

/// Runs the command.
///
/// # Errors
/// Wrong usage, or a realm's file that is not right.
pub fn run(command: &Command) -> Result<(), CliFault> {
    let Command::Config(args) = command;
    let realm = match &args.realm {
        Some(file) => config::load_realm(file)?,
        None => config::built_in_demo_realm()?,
    };
    let plan = plan(args, &realm)?;
    if args.script && args.proxy != Proxy::Haproxy {
        return Err(CliFault::usage("only HAProxy needs a script"));
    }
    let text = match args.proxy {
        Proxy::Haproxy if args.script => haproxy::script(&plan),
        Proxy::Haproxy => haproxy::text(&plan),
        Proxy::Nginx => nginx::text(&plan),
        Proxy::Traefik => traefik::text(&plan),
        Proxy::Caddy => caddy::text(&plan),
        Proxy::Envoy => envoy::text(&plan),
    };
    print::line(text.trim_end());
    Ok(())
}

fn plan(args: &Args, realm: &RealmConfig) -> Result<Plan, CliFault> {
    let mut hosts: Vec<String> = match &args.host {
        Some(host) => vec![host.clone()],
        None => realm
            .gate
            .hosts()
            .iter()
            .map(|host| without_port(host).to_owned())
            .collect(),
    };
    hosts.dedup();
    for text in hosts.iter().chain([&args.api, &args.grantd]) {
        if !crate::net::is_host(text.as_bytes()) {
            return Err(CliFault::usage(format!("{text:?} is not a host, perhaps with a port")));
        }
    }
    let asked = match (&args.scope, realm.gate.is_empty()) {
        (Some(_), false) => {
            return Err(CliFault::usage(
                "the realm has [[gate.routes]], so --scope means nothing",
            ));
        }
        (None, true) => {
            return Err(CliFault::usage(
                "the realm has no [[gate.routes]]: write some, or name what every call needs with --scope",
            ));
        }
        (Some(_), true) if args.proxy == Proxy::Envoy => {
            return Err(CliFault::usage(
                "Envoy's address cannot say what is needed: write [[gate.routes]]",
            ));
        }
        (scope, _) => scope.as_ref().map(|scope| query(scope, args.resource.as_deref())),
    };
    if hosts.is_empty() {
        return Err(CliFault::usage("name the API's host with --host"));
    }
    let url = realm.endpoints.url(Endpoint::Gate);
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (own_host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Ok(Plan {
        hosts,
        port: args.port,
        api: args.api.clone(),
        grantd: args.grantd.clone(),
        own_host: own_host.to_owned(),
        gate: format!("{path}/{}{}", args.proxy.name(), asked.unwrap_or_default()),
    })
}

fn query(scope: &str, resource: Option<&str>) -> String {
    let mut query = "?scope=".to_owned();
    encode_into(scope, &mut query);
    if let Some(resource) = resource {
        query.push_str("&resource=");
        encode_into(resource, &mut query);
    }
    query
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    }
}

/// The identity headers as configurations spell them: `X-Grantd-Subject`.
fn headers() -> impl Iterator<Item = String> {
    grantd_core::gate::identity::HEADERS.into_iter().map(spelled)
}

/// The headers in which proxies tell each other what a request is, and of which clients have no business to send any; without
/// those that begin so, which the proxy sees to by itself.
fn told_by_proxies(but: Option<&str>) -> impl Iterator<Item = String> {
    targets::told_by_proxies()
        .filter(move |name| but.is_none_or(|but| !name.starts_with(but)))
        .map(spelled)
}

fn spelled(name: &str) -> String {
    let capital = |part: &str| match part.split_at_checked(1) {
        Some((first, rest)) => first.to_ascii_uppercase() + rest,
        None => String::new(),
    };
    name.split('-').map(capital).collect::<Vec<_>>().join("-")
}

/// What stands at the head of each configuration.
const HEAD: &str = "\
# Written by `grantd gate config`. grantd.toml must list this proxy in trusted_proxies, or everything is refused.
# Nobody but this proxy may reach the API, and nobody but proxies the addresses of the gate.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_have_no_business_to_tell_reaches_no_api() {
        let plan = Plan {
            hosts: vec!["api.example".to_owned()],
            port: 80,
            api: "127.0.0.1:9000".to_owned(),
            grantd: "127.0.0.1:8400".to_owned(),
            own_host: "id.example".to_owned(),
            gate: "/gate".to_owned(),
        };
        let (traefik, caddy) = (traefik::text(&plan), caddy::text(&plan));
        for name in told_by_proxies(Some("x-forwarded-host")) {
            assert!(traefik.contains(&format!("          {name}: \"\"\n")), "{name}");
            assert!(caddy.contains(&format!("\t\trequest_header -{name}\n")), "{name}");
        }
        assert!(
            traefik.contains("middlewares: [plain, grantd]"),
            "off, before it is told"
        );
        let script = haproxy::script(&plan);
        for name in targets::told_by_proxies() {
            assert!(script.contains(&format!("\t[\"{name}\"] = true,\n")), "{name}");
        }
    }
}
