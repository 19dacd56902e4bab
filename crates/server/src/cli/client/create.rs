//! `grantd client create`: one client from arguments, or many from a file of JSON lines. What a client may be is decided in
//! the core, as for the admin API.

use super::kind::Kind;
use super::{lines, shown_once};
use crate::cli::CliFault;
use crate::cli::open::{Opened, Which, open};
use crate::cli::output::Output;
use crate::config::Environment;
use clap::ValueEnum;
use grantd_core::admin::Refused;
use grantd_core::admin::client::{Around, Made, create_listed, named};
use grantd_core::client_auth::private_key_jwt::KEY_RULES;
use grantd_jose::JwkSet;
use grantd_store::{CommitError, Store};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// How often a lost race is decided again.
const ATTEMPTS: usize = 16;
/// What says the same as a line of a file would.
const ALONE: [&str; 16] = [
    "name",
    "redirect_uris",
    "scopes",
    "default_scopes",
    "optional_scopes",
    "resources",
    "jwks",
    "require_pushed",
    "require_signed",
    "require_dpop",
    "require_certificate",
    "certificate_subject",
    "certificate_dns",
    "token_format",
    "dialect",
    "tenant",
];

/// A new client.
#[derive(Debug, clap::Args)]
pub struct Create {
    /// Which server and realm.
    #[command(flatten)]
    which: Which,
    /// The name that users see.
    #[arg(long, required_unless_present = "from_jsonl")]
    name: Option<String>,
    /// What kind of program it is; with --from-jsonl, where a line does not say.
    #[arg(long, value_enum, default_value = "web")]
    kind: Kind,
    /// Where codes may be sent; repeatable.
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// The most it may ever be permitted; repeatable, or separated by spaces. Patterns such as invoices:* are allowed.
    /// Where absent, what the realm's new clients start with.
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// What a request without scope asks for; all of its scopes where absent.
    #[arg(long = "default-scope", value_name = "SCOPE")]
    default_scopes: Vec<String>,
    /// What a user may leave out at consent; repeatable.
    #[arg(long = "optional-scope", value_name = "SCOPE")]
    optional_scopes: Vec<String>,
    /// A resource that it is, and may introspect tokens for; repeatable.
    #[arg(long = "resource", value_name = "URI")]
    resources: Vec<String>,
    /// Its public keys, a file with a JWK set: it then proves itself by what it signs (private_key_jwt), not by a secret.
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// It must push its authorization requests.
    #[arg(long)]
    require_pushed: bool,
    /// It must sign its authorization requests.
    #[arg(long)]
    require_signed: bool,
    /// Its tokens must be bound to a key (DPoP).
    #[arg(long)]
    require_dpop: bool,
    /// Its tokens must be bound to its certificate (RFC 8705).
    #[arg(long, conflicts_with = "require_dpop")]
    require_certificate: bool,
    /// It authenticates with a certificate of an authority of the realm, whose subject has this name (RFC 4514), such as
    /// CN=billing,O=Acme.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["jwks", "certificate_dns", "self_signed"])]
    certificate_subject: Option<String>,
    /// The same, with this DNS name among the certificate's alternative ones.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["jwks", "self_signed"])]
    certificate_dns: Option<String>,
    /// It authenticates with a certificate of its own, with one of the keys in --jwks.
    #[arg(long, requires = "jwks")]
    self_signed: bool,
    /// Opaque or JWT access tokens, where it differs from the realm.
    #[arg(long, value_enum)]
    token_format: Option<Format>,
    /// How it spells requests: one of the realm's dialects, or `standard`; the realm's own where absent.
    #[arg(long)]
    dialect: Option<String>,
    /// The tenant that a machine client acts in.
    #[arg(long, requires = "role")]
    tenant: Option<String>,
    /// The role that it has there.
    #[arg(long, requires = "tenant")]
    role: Option<String>,
    /// Make many: a file of JSON lines, or - for standard input. A line has the members that a new client has in the admin
    /// API, and, where wanted, `kind`, `client_id`, and `tenant` with `role`. Where a line is wrong, none is made.
    #[arg(long, value_name = "FILE", conflicts_with_all = ALONE)]
    from_jsonl: Option<PathBuf>,
    /// How the answer looks.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Token formats on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// Opaque.
    Opaque,
    /// JWT.
    Jwt,
}

pub(super) async fn create(create: Create, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&create.which, environment).await?;
    if let Some(file) = &create.from_jsonl {
        return lines::create(file, create.kind, &opened, create.output).await;
    }
    let mut members = members(&create)?;
    create.kind.fill_in(&mut members, &opened.realm.realm);
    let made = create_one(&opened, &members).await?;
    shown_once(&made.record, made.secret.as_ref(), create.output);
    Ok(())
}

/// Makes a client of its members.
pub(super) async fn create_one(opened: &Opened, members: &Map<String, Value>) -> Result<Made, CliFault> {
    for _ in 0..ATTEMPTS {
        let around = around(opened, members).await?;
        let edit = create_listed(members, &around, &opened.deed()).map_err(crate::cli::refused)?;
        match opened.store.commit(edit.change).await {
            Ok(_) => return Ok(edit.after),
            Err(CommitError::Fault(fault)) => return Err(fault.into()),
            // Its tenant changes with everybody who gets a place there.
            Err(CommitError::Conflict) => {
                let record = &edit.after.record;
                if opened.store.client(&record.realm, &record.client_id).await?.is_some() {
                    let id = &record.client_id;
                    return Err(CliFault::other(format!("there is a client '{id}' already")));
                }
            }
        }
    }
    Err(CliFault::other("somebody else keeps changing the tenant; try again"))
}

/// What is wrong with a client before anything is made.
pub(super) async fn judge(opened: &Opened, members: &Map<String, Value>) -> Result<Result<(), Refused>, CliFault> {
    let around = around(opened, members).await?;
    Ok(create_listed(members, &around, &opened.deed()).map(drop))
}

async fn around(opened: &Opened, members: &Map<String, Value>) -> Result<Around, CliFault> {
    let realm = &opened.realm.realm.name;
    let mut around = Around::default();
    if let Some(tenant) = named(members, "tenant") {
        around.place = opened.store.tenant(realm, tenant).await?;
    }
    if let Some(id) = named(members, "client_id") {
        around.is_users = opened.store.user(realm, id).await?.is_some();
    }
    Ok(around)
}

/// The members that the arguments say, as a body of the admin API says them.
fn members(create: &Create) -> Result<Map<String, Value>, CliFault> {
    let mut members = Map::new();
    let mut say = |name: &str, value: Option<Value>| {
        members.extend(value.map(|value| (name.to_owned(), value)));
    };
    let text = |text: &Option<String>| text.as_ref().map(|text| json!(text));
    let some = |list: &[String]| (!list.is_empty()).then(|| json!(list));
    // Several may stand in one argument.
    let scopes = |list: &[String]| {
        let scopes: Vec<&str> = list.iter().flat_map(|text| text.split(' ')).collect();
        (!list.is_empty()).then(|| json!(scopes))
    };
    let held = |held: bool| held.then_some(Value::Bool(true));
    say("name", text(&create.name));
    say("redirect_uris", some(&create.redirect_uris));
    say("scopes", scopes(&create.scopes));
    say("default_scopes", scopes(&create.default_scopes));
    say("optional_scopes", scopes(&create.optional_scopes));
    say("resources", some(&create.resources));
    say("require_pushed_authorization_requests", held(create.require_pushed));
    say("require_signed_request_object", held(create.require_signed));
    say("dpop_bound_access_tokens", held(create.require_dpop));
    say(
        "tls_client_certificate_bound_access_tokens",
        held(create.require_certificate),
    );
    say("tls_client_auth_subject_dn", text(&create.certificate_subject));
    say("tls_client_auth_san_dns", text(&create.certificate_dns));
    say("dialect", text(&create.dialect));
    say("tenant", text(&create.tenant));
    say("role", text(&create.role));
    say(
        "token_format",
        create.token_format.map(|format| match format {
            Format::Opaque => json!("opaque"),
            Format::Jwt => json!("jwt"),
        }),
    );
    if let Some(file) = &create.jwks {
        if matches!(create.kind, Kind::Native | Kind::Spa | Kind::Mcp) {
            return Err(CliFault::usage(
                "--jwks is for clients that can keep a private key to themselves",
            ));
        }
        say("jwks", Some(json!(read_keys(file)?)));
    }
    say(
        "token_endpoint_auth_method",
        create.self_signed.then(|| json!("self_signed_tls_client_auth")),
    );
    Ok(members)
}

fn read_keys(file: &PathBuf) -> Result<JwkSet, CliFault> {
    let wrong = |problem: &dyn std::fmt::Display| CliFault::usage(format!("{}: {problem}", file.display()));
    let text = std::fs::read(file).map_err(|cause| wrong(&cause))?;
    JwkSet::parse_with(&text, KEY_RULES).map_err(|error| wrong(&error))
}
