//! `grantd login`, `grantd token`, `grantd logout`: a person at this computer logs in at any issuer by the device flow (RFC
//! 8628), and scripts use the token.

mod file;

use super::CliFault;
use super::http::{Answer, Target, metadata_url};
use super::output::Output;
use super::print;
use crate::ambient::{Clock as _, SystemClock};
use crate::config::Environment;
use file::{Kept, Login};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// How often a device asks where the server does not say (RFC 8628 section 3.2), and by how much slower when it is told so.
const INTERVAL: u64 = 5;
/// A token that lives shorter than this is renewed before it is handed out, in seconds.
const NEARLY_OVER: i64 = 60;
/// The longest that a device waits for its user, in seconds.
const MOST_PATIENCE: u64 = 1800;

/// Log in at an issuer, with a code that is typed in a browser anywhere.
#[derive(Debug, clap::Args)]
pub struct LogIn {
    /// The issuer's address.
    issuer: String,
    /// A public client of it that may use the device grant.
    #[arg(long, value_name = "CLIENT_ID")]
    client_id: String,
    /// What to ask for; repeatable.
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// The API that the token is for.
    #[arg(long, value_name = "URI")]
    resource: Option<String>,
    /// How the answer looks.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Which login.
#[derive(Debug, clap::Args)]
pub struct Which {
    /// The issuer that was logged in at; may be left out after one login.
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// How the answer looks.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Runs `grantd login`.
///
/// # Errors
/// The issuer does not answer, has no device flow, or its user said no.
pub async fn log_in(args: LogIn, environment: &Environment) -> Result<(), CliFault> {
    let kept = Kept::at(environment)?;
    let metadata = metadata(&args.issuer).await?;
    let asked = endpoint(&metadata, "device_authorization_endpoint")?;
    let scope = args.scopes.join(" ");
    let mut form = vec![("client_id", args.client_id.as_str())];
    form.extend((!scope.is_empty()).then_some(("scope", scope.as_str())));
    form.extend(args.resource.as_deref().map(|resource| ("resource", resource)));
    let answer = answered(asked.post(&form).await)?;
    let told = answer.members();
    let (Some(code), Some(page), Some(typed)) = (
        text(&told, "device_code"),
        text(&told, "verification_uri"),
        text(&told, "user_code"),
    ) else {
        return Err(refused(&answer));
    };
    let whole = text(&told, "verification_uri_complete");
    args.output.done(
        &json!({ "verification_uri": page, "verification_uri_complete": whole, "user_code": typed }),
        &format!(
            "Open {page} and type {typed}{}",
            whole.map_or(String::new(), |url| format!(", or open {url}"))
        ),
    );
    let tokens = wait(&args, &metadata, code, &told).await?;
    let login = Login::of(&args.issuer, &args.client_id, &tokens, now())
        .ok_or_else(|| CliFault::other("the issuer's answer has no access token"))?;
    let (scope, expires_at) = (login.scope.clone(), login.expires_at);
    kept.put(login)?;
    args.output.done(
        &json!({ "logged_in": true, "issuer": args.issuer, "scope": scope, "expires_at": expires_at }),
        "Logged in. `grantd token` prints the token.",
    );
    Ok(())
}

/// Asks until the user has answered.
async fn wait(
    args: &LogIn,
    metadata: &Map<String, Value>,
    code: &str,
    told: &Map<String, Value>,
) -> Result<Map<String, Value>, CliFault> {
    let number = |name: &str| told.get(name).and_then(Value::as_u64);
    let mut interval = number("interval").unwrap_or(INTERVAL).clamp(1, 60);
    let mut patience = number("expires_in").unwrap_or(MOST_PATIENCE).min(MOST_PATIENCE);
    let token = endpoint(metadata, "token_endpoint")?;
    let mut form = vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", code),
        ("client_id", args.client_id.as_str()),
    ];
    form.extend(args.resource.as_deref().map(|resource| ("resource", resource)));
    while patience > 0 {
        tokio::time::sleep(Duration::from_secs(interval)).await;
        patience = patience.saturating_sub(interval);
        let answer = answered(token.post(&form).await)?;
        let members = answer.members();
        match text(&members, "error") {
            None if answer.status == 200 => return Ok(members),
            Some("authorization_pending") => {}
            Some("slow_down") => interval += INTERVAL,
            Some("access_denied") => return Err(CliFault::other("it was not allowed")),
            Some("expired_token") => break,
            _ => return Err(refused(&answer)),
        }
    }
    Err(CliFault::other("nobody answered in time; log in again"))
}

/// Runs `grantd token` without a subcommand.
///
/// # Errors
/// Nobody is logged in, or the login is over.
pub async fn token(which: &Which, environment: &Environment) -> Result<(), CliFault> {
    let kept = Kept::at(environment)?;
    let mut login = kept.get(which.issuer.as_deref())?;
    if login.expires_at - NEARLY_OVER <= now() {
        let Some(refresh) = login.refresh_token.clone() else {
            return Err(CliFault::other("the token has expired; log in again"));
        };
        let metadata = metadata(&login.issuer).await?;
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.as_str()),
            ("client_id", login.client_id.as_str()),
        ];
        let answer = answered(endpoint(&metadata, "token_endpoint")?.post(&form).await)?;
        let mut tokens = answer.members();
        if answer.status != 200 {
            return Err(CliFault::other(format!("{}; log in again", refused(&answer))));
        }
        // A server that does not rotate says nothing of the old one.
        tokens.entry("refresh_token").or_insert_with(|| json!(refresh));
        login = Login::of(&login.issuer, &login.client_id, &tokens, now())
            .ok_or_else(|| CliFault::other("the issuer's answer has no access token"))?;
        kept.put(login.clone())?;
    }
    let value = json!({ "access_token": login.access_token, "expires_at": login.expires_at, "issuer": login.issuer });
    which.output.done(&value, &login.access_token);
    Ok(())
}

/// Runs `grantd logout`.
///
/// # Errors
/// Nobody is logged in. What the issuer answers does not matter: the login is forgotten in any case.
pub async fn log_out(which: &Which, environment: &Environment) -> Result<(), CliFault> {
    let kept = Kept::at(environment)?;
    let login = kept.get(which.issuer.as_deref())?;
    let ended = end(&login).await;
    kept.forget(&login.issuer)?;
    if let Err(fault) = &ended {
        print::note(&format!("The issuer was not told: {fault}"));
    }
    let value = json!({ "logged_out": login.issuer, "revoked": ended.is_ok() });
    which.output.done(&value, &format!("logged out of {}", login.issuer));
    Ok(())
}

async fn end(login: &Login) -> Result<(), CliFault> {
    let metadata = metadata(&login.issuer).await?;
    let token = login.refresh_token.as_ref().unwrap_or(&login.access_token);
    let form = [("token", token.as_str()), ("client_id", login.client_id.as_str())];
    let answer = answered(endpoint(&metadata, "revocation_endpoint")?.post(&form).await)?;
    if answer.status == 200 {
        Ok(())
    } else {
        Err(refused(&answer))
    }
}

async fn metadata(issuer: &str) -> Result<Map<String, Value>, CliFault> {
    let url = metadata_url(issuer).ok_or_else(|| CliFault::usage(format!("'{issuer}' is no address")))?;
    let answer = answered(target(&url)?.ask("GET", "", &[]).await)?;
    let metadata = answer.members();
    // RFC 8414 section 3.3: another's document would send what is secret somewhere else.
    if text(&metadata, "issuer") != Some(issuer) {
        return Err(CliFault::other(format!("{url} is not the document of {issuer}")));
    }
    Ok(metadata)
}

fn endpoint(metadata: &Map<String, Value>, name: &str) -> Result<Target, CliFault> {
    let url = text(metadata, name).ok_or_else(|| CliFault::other(format!("the issuer has no {name}")))?;
    target(url)
}

fn target(url: &str) -> Result<Target, CliFault> {
    let target = Target::parse(url, None).ok_or_else(|| CliFault::usage(format!("'{url}' is no address")))?;
    if target.is_open() {
        return Err(CliFault::usage(format!(
            "{url} can be overheard; an issuer elsewhere has https"
        )));
    }
    Ok(target)
}

fn answered(answer: Result<Answer, String>) -> Result<Answer, CliFault> {
    answer.map_err(|error| CliFault::other(format!("the issuer does not answer: {error}")))
}

fn refused(answer: &Answer) -> CliFault {
    let members = answer.members();
    let says = text(&members, "error_description").or_else(|| text(&members, "error"));
    CliFault::other(match says {
        Some(says) => format!("the issuer refuses: {says}"),
        None => format!("the issuer answers with {}", answer.status),
    })
}

fn text<'m>(members: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    members.get(name)?.as_str()
}

fn now() -> i64 {
    SystemClock.now().secs()
}
