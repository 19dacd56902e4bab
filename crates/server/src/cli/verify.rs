//! `grantd verify`: whether an access token is good, and exactly why not. It looks at the text, at the signature and at what
//! the store knows, and goes on after a mistake where it can. Changes nothing about tokens.

use super::CliFault;
use super::keys::ring;
use super::open::{Opened, Which, open};
use super::output::Output;
use super::print;
use crate::clients::ClientCache;
use crate::config::Environment;
use crate::fate::Fates;
use crate::keys::Ring;
use grantd_core::record::AccessFacts;
use grantd_core::token::why_not::why_not;
use grantd_jose::{Claims, HeaderPolicy, Jws, constant_time_eq};
use grantd_protocol::id::AccessId;
use grantd_protocol::{Bearer, Namespace};
use grantd_store::{AnyStore, Store};
use serde_json::{Value, json};
use std::io::Read as _;

/// The longest token that is read, in bytes.
const MAX_TOKEN: u64 = 16 * 1024;

/// Say whether an access token is good, and why not.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which server and realm.
    #[command(flatten)]
    which: Which,
    /// The token; - reads it from standard input, where no other program sees it.
    token: String,
    /// The API that it must be for.
    #[arg(long, value_name = "URI")]
    audience: Option<String>,
    /// How the answer looks.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// What was found out.
#[derive(Default)]
struct Findings {
    /// What is wrong, in the order in which it was seen.
    wrong: Vec<String>,
    /// What the token says, as far as its signature vouches for it.
    claims: Option<Value>,
}

impl Findings {
    fn complain(&mut self, wrong: impl Into<String>) {
        self.wrong.push(wrong.into());
    }
}

/// Runs the command.
///
/// # Errors
/// The token is not good; or the store or the configuration.
pub async fn run(args: Args, environment: &Environment) -> Result<(), CliFault> {
    let text = token(&args.token)?;
    let opened = open(&args.which, environment).await?;
    let (ring, _) = ring(args.which.clone(), environment).await?;
    let findings = look(&text, &args, &opened, &ring).await?;
    match args.output {
        Output::Json => print::json(&json!({
            "valid": findings.wrong.is_empty(), "why_not": findings.wrong, "claims": findings.claims,
        })),
        Output::Text => {
            if let Some(claims) = &findings.claims {
                print::line(&serde_json::to_string_pretty(claims).unwrap_or_default());
            }
            findings
                .wrong
                .iter()
                .for_each(|wrong| print::line(&format!("no: {wrong}")));
            if findings.wrong.is_empty() {
                print::line("good");
            }
        }
    }
    match findings.wrong.len() {
        0 => Ok(()),
        1 => Err(CliFault::other("the token is not good")),
        more => Err(CliFault::other(format!("the token is not good, for {more} reasons"))),
    }
}

pub(super) fn token(argument: &str) -> Result<String, CliFault> {
    if argument != "-" {
        return Ok(argument.trim().to_owned());
    }
    let mut text = String::new();
    let read = std::io::stdin().take(MAX_TOKEN + 1).read_to_string(&mut text);
    read.map_err(CliFault::usage)?;
    Ok(text.trim().to_owned())
}

async fn look(text: &str, args: &Args, opened: &Opened, ring: &Ring<AnyStore>) -> Result<Findings, CliFault> {
    let mut findings = Findings::default();
    let realm = &opened.realm.realm;
    let row = if let Some(bearer) = Bearer::parse(Namespace::Access, &realm.access.prefix, text) {
        let found = opened.store.access(AccessId::from_bytes(bearer.id)).await?;
        found.filter(|facts| {
            let stored = facts.token.hash.as_ref();
            stored.is_some_and(|hash| constant_time_eq(hash.as_bytes(), bearer.hash.as_bytes()))
        })
    } else {
        let Some(claims) = signed(text, opened, ring, &mut findings) else {
            return Ok(findings);
        };
        let id = said(&claims, args, opened, &mut findings);
        findings.claims = Some(Value::Object(claims.into_members()));
        match id {
            Some(id) => opened
                .store
                .access(id)
                .await?
                .filter(|facts| facts.token.hash.is_none()),
            None => return Ok(findings),
        }
    };
    match row.filter(|facts| facts.token.realm == realm.name) {
        Some(facts) => known(facts, args, opened, &mut findings).await?,
        None => findings.complain(format!(
            "the realm '{}' has no such token: it was never issued here, or it ended so long ago that it was removed",
            realm.name
        )),
    }
    Ok(findings)
}

/// The claims, if one of the realm's keys signed them.
fn signed(text: &str, opened: &Opened, ring: &Ring<AnyStore>, findings: &mut Findings) -> Option<Claims> {
    let realm = &opened.realm.realm;
    let jws = match Jws::parse(text, &HeaderPolicy::STRICT) {
        Ok(jws) => jws,
        Err(error) => {
            let prefix = &realm.access.prefix;
            findings.complain(format!(
                "it is neither a JWT ({error}) nor one of the realm's opaque tokens ({prefix}..)"
            ));
            return None;
        }
    };
    let wanted = &realm.access.typ;
    if !jws.header().typ_is(wanted) {
        findings.complain(format!(
            "its header does not say typ {wanted}: it is no access token, perhaps an ID token"
        ));
    }
    let Some(kid) = jws.header().kid() else {
        findings.complain("its header names no key (kid)");
        return None;
    };
    let Some(key) = ring.verifying_key(kid) else {
        findings.complain(format!(
            "the realm has no key {kid:?}: it is another server's or realm's, or was removed after its rotation"
        ));
        return None;
    };
    match jws.verify(&key).map(|verified| verified.claims()) {
        Ok(Ok(claims)) => Some(claims),
        Ok(Err(error)) => {
            findings.complain(format!("its payload is malformed: {error}"));
            None
        }
        Err(error) => {
            findings.complain(format!(
                "the signature does not fit: {error}; something in it was changed"
            ));
            None
        }
    }
}

/// What is wrong with what the token says; gives its id.
fn said(claims: &Claims, args: &Args, opened: &Opened, findings: &mut Findings) -> Option<AccessId> {
    let realm = &opened.realm.realm;
    match claims.required_str("iss") {
        Ok(issuer) if realm.answers_to(issuer) => {}
        Ok(issuer) => findings.complain(format!("its issuer is {issuer}, expected {}", realm.issuer)),
        Err(error) => findings.complain(error.to_string()),
    }
    if claims.required_str("client_id").is_err() {
        findings.complain("it has no client_id: it is no access token, perhaps an ID token");
    }
    if let Some(wanted) = &args.audience {
        let audience = claims.aud().unwrap_or_default();
        if !audience
            .iter()
            .any(|one| grantd_protocol::resource::is_same(one, wanted))
        {
            findings.complain(format!("it is for {}, expected {wanted}", audience.join(" and ")));
        }
    }
    let id = claims.required_str("jti").ok().and_then(AccessId::parse);
    if id.is_none() {
        findings.complain("its jti is none of an access token");
    }
    id
}

/// What is wrong with a token that the store knows.
async fn known(facts: AccessFacts, args: &Args, opened: &Opened, findings: &mut Findings) -> Result<(), CliFault> {
    let clients = ClientCache::default();
    let fates = Fates {
        store: &opened.store,
        clients: &clients,
        realm: &opened.realm.realm,
        now: opened.now(),
    };
    let facts = fates.of(facts).await?;
    let client = fates.client(&facts.token.client_id).await?;
    for why in why_not(&facts, client.as_deref(), fates.now) {
        findings.complain(why.to_string());
    }
    if findings.claims.is_some() {
        return Ok(());
    }
    let token = &facts.token;
    if let Some(wanted) = &args.audience
        && !token
            .audience
            .split(' ')
            .any(|one| grantd_protocol::resource::is_same(one, wanted))
    {
        findings.complain(format!(
            "it is for {}, expected {wanted}",
            token.audience.replace(' ', " and ")
        ));
    }
    findings.claims = Some(json!({
        "jti": token.id.to_string(), "iss": token.issuer, "sub": token.subject, "client_id": token.client_id,
        "aud": token.audience, "scope": token.scope.as_str(), "iat": token.issued_at.secs(), "exp": token.expires_at.secs(),
        "tenant": token.tenant,
    }));
    Ok(())
}
