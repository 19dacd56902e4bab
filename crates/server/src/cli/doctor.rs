//! `grantd doctor`: looks at an installation, or at an API behind the gate, and says what is wrong with it.

pub mod installation;
mod tries;

use super::CliFault;
use super::http::{self, Answer, Target};
use super::output::Output;
use super::print;
use crate::config::Environment;
use clap::Subcommand;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tries::{BESIDE, PLAIN, TRIES, Try};

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
        /// A token or key with which the call passes: whether more comes through beside a good call is seen only so. - reads it
        /// from standard input.
        #[arg(long, value_name = "TOKEN")]
        credential: Option<String>,
        /// Where the API itself listens, HOST:PORT: nobody may answer there. To be asked from where callers are.
        #[arg(long, value_name = "HOST:PORT")]
        api: Option<String>,
        /// How the answer looks.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
}

/// Runs the command.
///
/// # Errors
/// Wrong usage; nobody answers; or what is wrong.
pub async fn run(args: Args, environment: &Environment) -> Result<(), CliFault> {
    match args.command {
        None => installation::run(&args.installation, environment).await,
        Some(Command::Gate {
            url,
            connect,
            credential,
            api,
            output,
        }) => {
            let target = target(&url, connect.as_deref())?;
            let credential = credential.as_deref().map(super::verify::token).transpose()?;
            let direct = match api {
                Some(api) => Some(places(&api).await?),
                None => None,
            };
            gate(&target, credential.as_deref(), direct.as_deref(), output).await
        }
    }
}

fn target(url: &str, connect: Option<&str>) -> Result<Target, CliFault> {
    Target::parse(url, connect)
        .ok_or_else(|| CliFault::usage("the address must be http://HOST[:PORT]/PATH or https://, without a query"))
}

/// The API itself: a name that leads nowhere would look like an API that nobody reaches.
async fn places(api: &str) -> Result<Vec<SocketAddr>, CliFault> {
    let places = http::places(api).await;
    places.map_err(|error| CliFault::usage(format!("--api {api} leads nowhere, it must be HOST:PORT: {error}")))
}

/// What was found out, one line each.
#[derive(Default)]
struct Found {
    tries: Vec<Value>,
    wrong: usize,
    is_json: bool,
}

impl Found {
    fn add(&mut self, name: &str, status: Option<u16>, verdict: Result<(), &'static str>) {
        self.wrong += usize::from(verdict.is_err());
        if !self.is_json {
            let status = status.map_or_else(|| "-  ".to_owned(), |status| status.to_string());
            print::line(&match verdict {
                Ok(()) => format!("ok     {status}  {name}"),
                Err(why) => format!("WRONG  {status}  {name}: {why}"),
            });
        }
        self.tries.push(json!({
            "name": name, "status": status, "ok": verdict.is_ok(), "detail": verdict.err(),
        }));
    }

    fn ended(self) -> Result<(), CliFault> {
        let all = self.tries.len();
        if self.is_json {
            print::json(&json!({ "tries": self.tries }));
        }
        if self.wrong > 0 {
            return Err(CliFault::other(format!(
                "{} of {all} tries did not end as they must",
                self.wrong
            )));
        }
        if !self.is_json {
            print::line("Nothing passed without a credential.");
        }
        Ok(())
    }
}

async fn gate(
    target: &Target,
    credential: Option<&str>,
    direct: Option<&[SocketAddr]>,
    output: Output,
) -> Result<(), CliFault> {
    let mut found = Found {
        is_json: output == Output::Json,
        ..Found::default()
    };
    for one in TRIES.iter().chain(BESIDE) {
        let answer = answer(target, one, None).await?;
        let verdict = judge(&answer, one.name == PLAIN.name);
        found.add(one.name, Some(answer.status), verdict);
    }
    if let Some(credential) = credential {
        let bearer = format!("Bearer {credential}");
        let good = answer(target, &PLAIN, Some(&bearer)).await?;
        found.add("the credential", Some(good.status), judge_good(&good));
        for one in BESIDE {
            let answer = answer(target, one, Some(&bearer)).await?;
            let name = format!("{}, beside a good call", one.name);
            found.add(&name, Some(answer.status), judge_beside(&answer));
        }
    }
    if let Some(direct) = direct {
        let is_there = http::is_there(direct).await.map_err(CliFault::other)?;
        // Whatever it would say, and in whichever protocol: who is connected asks it without the gate.
        let verdict = if is_there {
            Err("it takes connections from here, without the proxy and its gate")
        } else {
            Ok(())
        };
        found.add("the API without its proxy", None, verdict);
    }
    found.ended()
}

async fn answer(target: &Target, one: &Try, bearer: Option<&str>) -> Result<Answer, CliFault> {
    let credential = bearer.map(|bearer| ("Authorization", bearer));
    let headers: Vec<(&str, &str)> = one.headers.iter().copied().chain(credential).collect();
    let asked = target.look(one.method, one.suffix, &headers).await;
    asked.map_err(|error| CliFault::other(format!("{}: {error}", one.name)))
}

/// Whoever is in another protocol is behind the gate, with whatever he asks for there.
const UPGRADED: &str = "the connection became something else, in which nobody judges what is asked";

fn judge(answer: &Answer, must_challenge: bool) -> Result<(), &'static str> {
    match answer.status {
        101 => Err(UPGRADED),
        100..=399 => Err("it passed; the API was reached without a good credential"),
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

const fn judge_good(answer: &Answer) -> Result<(), &'static str> {
    match answer.status {
        401 | 403 => Err("it does not open the address, so what comes through beside a good call is not seen"),
        500..=599 => Err("the proxy, the gate or the API failed; look at its log"),
        _ => Ok(()),
    }
}

/// A WebSocket is what the address may be for.
const fn judge_beside(answer: &Answer) -> Result<(), &'static str> {
    if answer.status == 101 && !answer.is_websocket {
        Err(UPGRADED)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, challenges_bearer: bool, must: bool) -> bool {
        let answer = Answer {
            status,
            challenges_bearer,
            is_websocket: false,
            body: Vec::new(),
        };
        judge(&answer, must).is_ok()
    }

    #[test]
    fn only_a_refusal_is_right_and_the_first_one_must_say_how_to_go_on() {
        assert!(judged(401, true, true) && judged(401, false, false) && judged(403, false, false));
        assert!(judged(400, false, false) && judged(404, false, false));
        for status in [101, 200, 204, 302, 500, 503] {
            assert!(!judged(status, true, false), "{status}");
        }
        assert!(!judged(401, false, true) && !judged(403, true, true));
    }

    #[test]
    fn a_good_call_is_one_that_neither_the_gate_refuses_nor_anybody_fails_at() {
        let judged = |status| {
            let (challenges_bearer, is_websocket, body) = (false, false, Vec::new());
            judge_good(&Answer {
                status,
                challenges_bearer,
                is_websocket,
                body,
            })
            .is_ok()
        };
        for (status, is_good) in [
            (200, true),
            (404, true),
            (401, false),
            (403, false),
            (500, false),
            (503, false),
        ] {
            assert_eq!(judged(status), is_good, "{status}");
        }
    }
}
