//! `grantd gate config`: the configuration with which a reverse proxy asks the gate, written from the realm's own routes, so
//! that hosts and addresses agree.

mod caddy;
mod envoy;
mod haproxy;
mod nginx;
mod plan;
mod traefik;

use super::CliFault;
use super::print;
use crate::config;
use crate::gate::{Proxy, beside, targets};
use clap::Subcommand;
use plan::Plan;
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
    /// Where the proxy reaches grantd; 127.0.0.1:8400 where nothing is given. Its port is also that of an issuer at localhost.
    #[arg(long, value_name = "HOST:PORT")]
    grantd: Option<String>,
    /// The API's host; those of the realm's routes where none is given.
    #[arg(long)]
    host: Option<String>,
    /// The API's address as its callers know it, without a path, where TLS ends before this proxy: https://api.example.
    #[arg(long, value_name = "URL", conflicts_with = "host")]
    origin: Option<String>,
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
    let plan = plan::plan(args, realm)?;
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

/// The identity headers as configurations spell them: `X-Grantd-Subject`.
fn headers() -> impl Iterator<Item = String> {
    grantd_core::gate::identity::HEADERS.into_iter().map(spelled)
}

/// The headers of which clients have no business to send any: in which proxies tell each other what a request is, and others that
/// a call is not compared with; without those that begin so, which the proxy sees to by itself.
fn taken_off(but: Option<&str>) -> impl Iterator<Item = String> {
    targets::told_by_proxies()
        .chain(beside::never_a_callers())
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
mod tests;
