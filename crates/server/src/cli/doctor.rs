//! `grantd doctor`: looks at a running installation from outside and says what is wrong with it.

mod probe;

use super::CliFault;
use super::print;
use clap::Subcommand;
use probe::{Answer, Target};

/// Look at a running installation from outside.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ask a protected API without a credential, in every way that tries to get past the gate.
    Gate {
        /// An address of the API that needs a permission, as its callers know it.
        url: String,
        /// Connect here instead of where the address leads: HOST:PORT.
        #[arg(long)]
        connect: Option<String>,
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
    get(
        "a spoofed original address",
        "",
        &[
            ("X-Original-URL", "/"),
            ("X-Original-URI", "/"),
            ("X-Original-Method", "OPTIONS"),
        ],
    ),
    get(
        "a spoofed forwarded address",
        "",
        &[
            ("X-Forwarded-Uri", "/"),
            ("X-Forwarded-Method", "OPTIONS"),
            ("X-Forwarded-Host", "localhost"),
            ("X-Forwarded-Proto", "https"),
        ],
    ),
    get(
        "a rewritten address",
        "",
        &[("X-Rewrite-URL", "/"), ("X-HTTP-Method-Override", "OPTIONS")],
    ),
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
/// Wrong usage; nobody answers; or a try that passed.
pub async fn run(command: Command) -> Result<(), CliFault> {
    let Command::Gate { url, connect } = command;
    let target = Target::parse(&url, connect.as_deref())
        .ok_or_else(|| CliFault::usage("the address must be http://HOST[:PORT]/PATH or https://, without a query"))?;
    let mut wrong = 0_usize;
    for one in TRIES {
        let answer = target
            .ask(one.method, one.suffix, one.headers)
            .await
            .map_err(|error| CliFault::other(format!("{}: {error}", one.name)))?;
        let verdict = judge(&answer, one.name == "no credential");
        wrong += usize::from(verdict.is_err());
        match verdict {
            Ok(()) => print::line(&format!("ok     {}  {}", answer.status, one.name)),
            Err(why) => print::line(&format!("WRONG  {}  {}: {why}", answer.status, one.name)),
        }
    }
    if wrong == 0 {
        print::line("Nothing passed without a credential.");
        Ok(())
    } else {
        Err(CliFault::other(format!(
            "{wrong} of {} tries did not end as they must",
            TRIES.len()
        )))
    }
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
        };
        judge(&answer, must).is_ok()
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
