//! `grantd doctor`: looks at an installation, or at an API behind the gate, and says what is wrong with it.

pub mod installation;

use super::CliFault;
use super::http::{Answer, Target};
use super::output::Output;
use super::print;
use crate::config::Environment;
use clap::Subcommand;
use serde_json::json;

/// Look at an installation and say what is wrong with it.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// What to look at; the installation where nothing is said.
    #[command(subcommand)]
    command: Option<Command>,
    /// Which installation.
    #[command(flatten)]
    installation: installation::Installation,
}

/// What to look at beside the installation itself.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ask a protected API without a credential, in every way that tries to get past the gate.
    Gate {
        /// An address of the API that needs a permission, as its callers know it.
        url: String,
        /// Connect here instead of where the address leads: HOST:PORT.
        #[arg(long)]
        connect: Option<String>,
        /// How the answer looks.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
}

/// One try: what it is called, what is added to the path, and the headers that are sent.
struct Try {
    name: &'static str,
    method: &'static str,
    suffix: &'static str,
    headers: &'static [(&'static str, &'static str)],
}

const fn get(name: &'static str, suffix: &'static str, headers: &'static [(&'static str, &'static str)]) -> Try {
    Try {
        name,
        method: "GET",
        suffix,
        headers,
    }
}

/// None of them has a credential that is good, so none may pass.
const TRIES: &[Try] = &[
    get("no credential", "", &[]),
    get(
        "spoofed identity",
        "",
        &[
            ("X-Grantd-Subject", "admin"),
            ("X-Grantd-Client", "admin"),
            ("X-Grantd-Tenant", "admin"),
            ("X-Grantd-Scopes", "*"),
            ("X-Grantd-Grant", "admin"),
            ("X-Grantd-Token-Id", "admin"),
        ],
    ),
    get("identity with underscores", "", &[("X_Grantd_Subject", "admin")]),
    get("a bearer token that is none", "", &[("Authorization", "Bearer doctor")]),
    get("an API key that is none", "", &[("X-Api-Key", "doctor")]),
    get("a token in the query that is none", "?access_token=doctor", &[]),
    get("what is needed, said by the caller", "?scope=", &[]),
    // Each alone: one that is refused would hide another that is believed.
    get("a spoofed X-Original-URL", "", &[("X-Original-URL", "/")]),
    get("a spoofed X-Original-URI", "", &[("X-Original-URI", "/")]),
    get("a spoofed X-Rewrite-URL", "", &[("X-Rewrite-URL", "/")]),
    get("a spoofed X-Forwarded-Uri", "", &[("X-Forwarded-Uri", "/")]),
    get("a spoofed X-Envoy-Original-Path", "", &[("X-Envoy-Original-Path", "/")]),
    get("a spoofed X-Original-Method", "", &[("X-Original-Method", "OPTIONS")]),
    get("a spoofed X-Forwarded-Method", "", &[("X-Forwarded-Method", "OPTIONS")]),
    get("a spoofed X-Original-Host", "", &[("X-Original-Host", "localhost")]),
    get("a spoofed X-Forwarded-Host", "", &[("X-Forwarded-Host", "localhost")]),
    get(
        "a spoofed Forwarded",
        "",
        &[("Forwarded", "host=localhost;proto=https")],
    ),
    get("a spoofed X-Forwarded-Proto", "", &[("X-Forwarded-Proto", "https")]),
    get(
        "a spoofed X-HTTP-Method-Override",
        "",
        &[("X-HTTP-Method-Override", "OPTIONS")],
    ),
    get("a spoofed X-HTTP-Method", "", &[("X-HTTP-Method", "OPTIONS")]),
    get("a spoofed X-Method-Override", "", &[("X-Method-Override", "OPTIONS")]),
    get(
        "a hop-by-hop identity",
        "",
        &[("Connection", "close, X-Grantd-Subject"), ("X-Grantd-Subject", "admin")],
    ),
    get("a path with dot segments", "/%2e%2e/", &[]),
    get("a path with parameters", ";doctor", &[]),
    Try {
        name: "another method",
        method: "POST",
        suffix: "",
        headers: &[("Content-Length", "0")],
    },
];

/// Runs the command.
///
/// # Errors
/// Wrong usage; nobody answers; or what is wrong.
pub async fn run(args: Args, environment: &Environment) -> Result<(), CliFault> {
    match args.command {
        None => installation::run(&args.installation, environment).await,
        Some(Command::Gate { url, connect, output }) => gate(&url, connect.as_deref(), output).await,
    }
}

async fn gate(url: &str, connect: Option<&str>, output: Output) -> Result<(), CliFault> {
    let target = Target::parse(url, connect)
        .ok_or_else(|| CliFault::usage("the address must be http://HOST[:PORT]/PATH or https://, without a query"))?;
    let mut wrong = 0_usize;
    let mut tries = Vec::with_capacity(TRIES.len());
    for one in TRIES {
        let answer = target
            .ask(one.method, one.suffix, one.headers)
            .await
            .map_err(|error| CliFault::other(format!("{}: {error}", one.name)))?;
        let verdict = judge(&answer, one.name == "no credential");
        wrong += usize::from(verdict.is_err());
        if output == Output::Text {
            print::line(&match verdict {
                Ok(()) => format!("ok     {}  {}", answer.status, one.name),
                Err(why) => format!("WRONG  {}  {}: {why}", answer.status, one.name),
            });
        }
        tries.push(json!({
            "name": one.name, "status": answer.status, "ok": verdict.is_ok(), "detail": verdict.err(),
        }));
    }
    if output == Output::Json {
        print::json(&json!({ "tries": tries }));
    }
    if wrong > 0 {
        let all = TRIES.len();
        return Err(CliFault::other(format!(
            "{wrong} of {all} tries did not end as they must"
        )));
    }
    if output == Output::Text {
        print::line("Nothing passed without a credential.");
    }
    Ok(())
}

fn judge(answer: &Answer, must_challenge: bool) -> Result<(), &'static str> {
    match answer.status {
        200..=399 => Err("it passed; the API was reached without a good credential"),
        500..=599 => Err("the proxy or the gate failed; look at its log"),
        401 if must_challenge && !answer.challenges_bearer => {
            Err("there is no WWW-Authenticate: Bearer, so clients cannot find the server")
        }
        401 => Ok(()),
        _ if must_challenge => {
            Err("a call without a credential must be answered with 401; does the address need a permission?")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, challenges_bearer: bool, must: bool) -> bool {
        let answer = Answer {
            status,
            challenges_bearer,
            body: Vec::new(),
        };
        judge(&answer, must).is_ok()
    }

    #[test]
    fn what_proxies_tell_is_tried_header_by_header() {
        for told in crate::gate::targets::told_by_proxies() {
            let is_alone = |one: &&Try| matches!(one.headers, [(name, _)] if name.eq_ignore_ascii_case(told));
            assert_eq!(TRIES.iter().filter(is_alone).count(), 1, "{told}");
        }
    }

    #[test]
    fn only_a_refusal_is_right_and_the_first_one_must_say_how_to_go_on() {
        assert!(judged(401, true, true) && judged(401, false, false) && judged(403, false, false));
        assert!(judged(400, false, false) && judged(404, false, false));
        for status in [200, 204, 302, 500, 503] {
            assert!(!judged(status, true, false), "{status}");
        }
        assert!(!judged(401, false, true) && !judged(403, true, true));
    }
}
