//! `grantd client create`: one client from arguments, or many from a file of JSON lines.

use super::{described, shown_once};
use crate::cli::CliFault;
use crate::cli::open::{Opened, Which, open};
use crate::cli::output::Output;
use crate::config::Environment;
use crate::new_client::{NewClient, make};
use clap::ValueEnum;
use futures_util::future::join_all;
use grantd_core::client_auth::private_key_jwt::KEY_RULES;
use grantd_core::realm::Realm;
use grantd_core::record::client::GrantType;
use grantd_core::record::{
    CertificateSubject, ClientDuties, ClientOpenid, ClientRecord, TokenEndpointAuthMethod, TokenFormat,
};
use grantd_jose::JwkSet;
use grantd_protocol::redirect_uri::ApplicationType;
use grantd_protocol::{ScopeSet, Secret};
use serde_json::json;
use std::io::BufRead as _;
use std::path::PathBuf;

/// How many clients of an import are written at the same time.
const AT_ONCE: usize = 256;

/// What kind of program a client is; each sets what is right for it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Kind {
    /// A program on a web server: a secret, the code flow, refresh tokens.
    Web,
    /// A program on a device: no secret, the code flow, refresh tokens.
    Native,
    /// A program in a browser: no secret, the code flow.
    Spa,
    /// A program that acts for itself: a secret, client credentials.
    Machine,
    /// An API that introspects tokens: a secret, no grant.
    ResourceServer,
}

/// A new client.
#[derive(Debug, clap::Args)]
pub struct Create {
    /// Which server and realm.
    #[command(flatten)]
    which: Which,
    /// The name that users see.
    #[arg(long, required_unless_present = "from_jsonl")]
    name: Option<String>,
    /// What kind of program it is.
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
    /// Make many: a file of JSON lines with the members `name`, `grant_types`, `token_endpoint_auth_method`, scopes,
    /// and, where wanted, `client_id`, `redirect_uris`, `default_scopes`, `token_format`, `jwks`, `dialect`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "redirect_uris", "scopes"])]
    from_jsonl: Option<PathBuf>,
    /// How the answer looks.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Token formats on the command line.
#[derive(Clone, Copy, Debug, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Opaque.
    Opaque,
    /// JWT.
    Jwt,
}
pub(super) async fn create(create: Create, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&create.which, environment).await?;
    let wanted = match &create.from_jsonl {
        Some(file) => read_lines(file)?,
        None => vec![from_arguments(&create, &opened.realm.realm)?],
    };
    let mut wanted = wanted.into_iter();
    loop {
        // Commits that come together share one transaction in the store: a thousand clients take a second, not a minute.
        let some = wanted.by_ref().take(AT_ONCE).map(|new| create_one(&opened, new));
        let some = join_all(some).await;
        if some.is_empty() {
            return Ok(());
        }
        // What was made is shown before the first failure is told: a secret that is not shown is lost.
        let mut failed = None;
        for made in some {
            match made {
                Ok((record, secret)) => shown_once(&record, secret.as_ref(), create.output),
                Err(fault) => failed = failed.or(Some(fault)),
            }
        }
        if let Some(fault) = failed {
            return Err(fault);
        }
    }
}

async fn create_one(opened: &Opened, new: NewClient) -> Result<(ClientRecord, Option<Secret>), CliFault> {
    let name = new.name.clone();
    if let Some(dialect) = new.dialect.as_deref().filter(|name| !opened.realm.dialects.knows(name)) {
        let message = format!("client '{name}': '{dialect}' is not one of the realm's dialects");
        return Err(CliFault::usage(message));
    }
    let made = make(new, &opened.realm.realm, opened.now(), opened.entropy());
    let (record, mut change, secret) = made.map_err(|error| CliFault::usage(format!("client '{name}': {error}")))?;
    change.writes.push(opened.audit(
        "client.created",
        &record.client_id,
        json!({ "after": described(&record) }),
    ));
    opened
        .commit(change, || format!("there is a client '{}' already", record.client_id))
        .await?;
    Ok((record, secret))
}

fn from_arguments(create: &Create, realm: &Realm) -> Result<NewClient, CliFault> {
    let scopes = if create.scopes.is_empty() && !matches!(create.kind, Kind::ResourceServer) {
        realm.starting_permissions()
    } else {
        scope_set(&create.scopes)?
    };
    let default_scopes = if create.default_scopes.is_empty() {
        scopes.clone()
    } else {
        scope_set(&create.default_scopes)?
    };
    let mut new = of_kind(create.kind, create.name.clone().unwrap_or_default());
    new.redirect_uris.clone_from(&create.redirect_uris);
    new.scopes = scopes;
    new.default_scopes = default_scopes;
    new.resources = create
        .resources
        .iter()
        .map(|resource| resource.as_str().into())
        .collect();
    new.token_format = create.token_format.map(Into::into);
    new.duties = ClientDuties {
        pushes: create.require_pushed,
        signs: create.require_signed,
        binds: create.require_dpop,
        binds_to_certificate: create.require_certificate,
    };
    new.dialect = create.dialect.as_deref().map(Into::into);
    if let Some(file) = &create.jwks {
        if new.auth_method == TokenEndpointAuthMethod::None {
            return Err(CliFault::usage(
                "--jwks is for clients that can keep a private key to themselves",
            ));
        }
        new.jwks = Some(read_keys(file)?);
        new.auth_method = if create.self_signed {
            TokenEndpointAuthMethod::SelfSignedTlsClientAuth
        } else {
            TokenEndpointAuthMethod::PrivateKeyJwt
        };
    }
    let by_name = create.certificate_subject.clone().map(CertificateSubject::Name);
    let by_dns = create.certificate_dns.clone().map(CertificateSubject::Dns);
    if let Some(subject) = by_name.or(by_dns) {
        if !subject.is_well_formed() {
            return Err(CliFault::usage("the certificate's name is malformed"));
        }
        new.certificate_subject = Some(subject);
        new.auth_method = TokenEndpointAuthMethod::TlsClientAuth;
    }
    new.service = create
        .tenant
        .as_deref()
        .zip(create.role.as_deref())
        .map(|(tenant, role)| (tenant.into(), role.into()));
    Ok(new)
}

fn read_keys(file: &PathBuf) -> Result<JwkSet, CliFault> {
    let wrong = |problem: &dyn std::fmt::Display| CliFault::usage(format!("{}: {problem}", file.display()));
    let text = std::fs::read(file).map_err(|cause| wrong(&cause))?;
    JwkSet::parse_with(&text, KEY_RULES).map_err(|error| wrong(&error))
}

fn scope_set(texts: &[String]) -> Result<ScopeSet, CliFault> {
    ScopeSet::parse(&texts.join(" ")).map_err(CliFault::usage)
}

/// What is right for a kind of program.
fn of_kind(kind: Kind, name: String) -> NewClient {
    let (auth_method, grant_types) = match kind {
        Kind::Web => (
            TokenEndpointAuthMethod::ClientSecretBasic,
            vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        ),
        Kind::Native | Kind::Spa => (
            TokenEndpointAuthMethod::None,
            vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        ),
        Kind::Machine => (
            TokenEndpointAuthMethod::ClientSecretBasic,
            vec![GrantType::ClientCredentials],
        ),
        Kind::ResourceServer => (TokenEndpointAuthMethod::ClientSecretBasic, Vec::new()),
    };
    NewClient {
        name,
        client_id: None,
        client_secret: None,
        application_type: if matches!(kind, Kind::Native) {
            ApplicationType::Native
        } else {
            ApplicationType::Web
        },
        auth_method,
        jwks: None,
        certificate_subject: None,
        duties: ClientDuties::default(),
        openid: ClientOpenid::default(),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        grant_types,
        scopes: ScopeSet::empty(),
        default_scopes: ScopeSet::empty(),
        optional_scopes: ScopeSet::empty(),
        token_format: None,
        service: None,
        resources: Vec::new(),
        dialect: None,
    }
}

impl From<Format> for TokenFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Opaque => Self::Opaque,
            Format::Jwt => Self::Jwt,
        }
    }
}

/// One line of an import.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    #[serde(default)]
    client_id: Option<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    grant_types: Vec<GrantType>,
    token_endpoint_auth_method: TokenEndpointAuthMethod,
    #[serde(default)]
    token_format: Option<Format>,
    #[serde(default)]
    jwks: Option<JwkSet>,
    scopes: Vec<String>,
    #[serde(default)]
    default_scopes: Option<Vec<String>>,
    #[serde(default)]
    dialect: Option<String>,
}

fn read_lines(file: &PathBuf) -> Result<Vec<NewClient>, CliFault> {
    let reader = std::fs::File::open(file).map_err(|cause| CliFault::usage(format!("{}: {cause}", file.display())))?;
    let mut clients = Vec::new();
    for (index, line) in std::io::BufReader::new(reader).lines().enumerate() {
        let at =
            |problem: &dyn std::fmt::Display| CliFault::usage(format!("{}:{}: {problem}", file.display(), index + 1));
        let line = line.map_err(|cause| at(&cause))?;
        if line.trim().is_empty() {
            continue;
        }
        let line: Line = serde_json::from_str(&line).map_err(|cause| at(&cause))?;
        clients.push(from_line(line)?);
    }
    Ok(clients)
}

fn from_line(line: Line) -> Result<NewClient, CliFault> {
    let scopes = scope_set(&line.scopes)?;
    Ok(NewClient {
        client_id: line.client_id.map(Into::into),
        auth_method: line.token_endpoint_auth_method,
        jwks: line.jwks,
        redirect_uris: line.redirect_uris,
        grant_types: line.grant_types,
        default_scopes: line
            .default_scopes
            .map_or(Ok(scopes.clone()), |scopes| scope_set(&scopes))?,
        scopes,
        token_format: line.token_format.map(Into::into),
        dialect: line.dialect.map(Into::into),
        ..of_kind(Kind::Web, line.name)
    })
}
