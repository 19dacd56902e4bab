//! `grantd token`: access tokens, from the command line: made by hand for a user, listed, and ended. Everything is
//! audited, and a running server sees it at once. Without a subcommand it is the token of `grantd login`.

use super::CliFault;
use super::keys::ring;
use super::login;
use super::open::{Opened, Shape, Which, open};
use super::output::{Output, Shown};
use super::start::with_names;
use crate::config::Environment;
use crate::status::lease_one;
use clap::Subcommand;
use grantd_core::grant::Context;
use grantd_core::record::AccessRecord;
use grantd_core::token::by_hand::{MadeToken, NewToken, end, make};
use grantd_core::token::introspect::named;
use grantd_core::token::mint::AccessToken;
use grantd_protocol::id::{AccessId, ChangeId};
use grantd_protocol::{ScopeSet, Seconds, Secret};
use grantd_store::{AccessFilter, Store};
use serde_json::{Value, json};

/// Print the token of `grantd login`, or manage access tokens.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// What to do with the tokens of a server.
    #[command(subcommand)]
    command: Option<Command>,
    /// Whose token to print.
    #[command(flatten)]
    login: login::Which,
}

/// Manage access tokens.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a token that acts for a user; it is shown once.
    Create(Box<Create>),
    /// List the access tokens of a realm, newest first.
    List(Box<List>),
    /// End a token at once.
    Delete {
        /// Which server and realm.
        #[command(flatten)]
        which: Which,
        /// The token's id, as the list shows it; not the token.
        id: String,
        /// How the answer looks.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
}

/// A token to make.
#[derive(Debug, clap::Args)]
pub struct Create {
    /// Which server and realm.
    #[command(flatten)]
    which: Which,
    /// The client that it belongs to.
    #[arg(long, value_name = "CLIENT_ID")]
    client: String,
    /// Whom it acts for, as they log in.
    #[arg(long, value_name = "USERNAME")]
    user: String,
    /// The tenant it acts in.
    #[arg(long)]
    tenant: Option<String>,
    /// What its maker calls it.
    #[arg(long)]
    name: String,
    /// A permission or a pattern; repeatable.
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<String>,
    /// How long it lives, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
    lifetime_seconds: u32,
    /// How the answer looks.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Tokens to list.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Which server and realm.
    #[command(flatten)]
    which: Which,
    /// Those of this client only.
    #[arg(long, value_name = "CLIENT_ID")]
    client: Option<String>,
    /// Those that act for this user or client only: its id, as `sub` says it.
    #[arg(long, value_name = "SUB")]
    subject: Option<String>,
    /// Those of this tenant only.
    #[arg(long)]
    tenant: Option<String>,
    /// Those that somebody made by hand only.
    #[arg(long)]
    made_by_hand: bool,
    /// Those that are good now only.
    #[arg(long)]
    live: bool,
    /// Begin behind this token.
    #[arg(long, value_name = "ID")]
    before: Option<String>,
    /// How much, and how it looks.
    #[command(flatten)]
    shape: Shape,
}

/// Runs a command.
///
/// # Errors
/// What is told to the caller.
pub async fn run(args: Args, environment: &Environment) -> Result<(), CliFault> {
    let Some(command) = args.command else {
        return login::token(&args.login, environment).await;
    };
    match command {
        Command::Create(asked) => create(&asked, environment).await,
        Command::List(asked) => list(*asked, environment).await,
        Command::Delete { which, id, output } => {
            let opened = open(&which, environment).await?;
            delete(&opened, id_of(&id)?, output).await
        }
    }
}

fn id_of(text: &str) -> Result<AccessId, CliFault> {
    AccessId::parse(text).ok_or_else(|| CliFault::usage(format!("'{text}' is no token's id; `token list` shows them")))
}

async fn create(asked: &Create, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&asked.which, environment).await?;
    // The token says the user's name for the client's sector, as every other of the client's does.
    let realm = &with_names(&opened.realm, &*asked.which.master_key(environment)?).realm;
    let client = opened.client(&asked.client).await?;
    let user = opened.user(&asked.user).await?;
    let places = opened.store.memberships(&realm.name, &user.id).await?;
    let place = places
        .iter()
        .find(|place| asked.tenant.as_deref() == Some(&*place.tenant.id));
    let apps = opened
        .store
        .apps_of(&realm.name, &user.id, &client.client_id)
        .await
        .map_err(CliFault::storage)?;
    let new = NewToken {
        name: asked.name.clone(),
        tenant: asked.tenant.as_deref().map(Into::into),
        scope: ScopeSet::parse(&asked.scopes.join(" ")).map_err(CliFault::usage)?,
        lifetime: Seconds(asked.lifetime_seconds),
        through: None,
        status: lease_one(&opened.store, &opened.clock, opened.entropy(), &opened.realm, &client)
            .await
            .map_err(CliFault::storage)?,
    };
    let context = Context {
        realm,
        issuer: &realm.issuer,
        now: opened.now(),
    };
    let made = make(new, &client, &user, place, &apps, &context, opened.entropy()).map_err(CliFault::usage)?;
    let MadeToken {
        access,
        record,
        mut change,
    } = made;
    // Signed before it is committed: a signing failure leaves nothing behind.
    let token = match access {
        AccessToken::Opaque(text) => text,
        AccessToken::Jwt(payload) => {
            let (ring, _) = ring(asked.which.clone(), environment).await?;
            Secret::new(
                ring.signer(realm.access.algorithm)?
                    .sign(&realm.access.typ, &payload)
                    .map_err(CliFault::other)?,
            )
        }
    };
    let audit = opened.audit(
        "token.created",
        &record.id.to_string(),
        json!({ "after": described(&record) }),
    );
    change.writes.push(audit);
    opened
        .commit(change, || {
            "the user is disabled or was changed at the same time".to_owned()
        })
        .await?;
    let secret = Shown {
        member: "access_token",
        label: "access_token: ",
        what: "token",
        secret: &token,
    };
    let line = format!("id:           {}", record.id);
    let mut shown = described(&record);
    if let Some(sub) = shown.get_mut("sub") {
        *sub = json!(named(&record, Some(&client), realm));
    }
    asked.output.made(shown, &line, Some(secret));
    Ok(())
}

async fn list(asked: List, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&asked.which, environment).await?;
    let filter = AccessFilter {
        client_id: asked.client,
        subject: asked.subject,
        tenant: asked.tenant,
        made_by_hand: asked.made_by_hand,
        live_at: asked.live.then(|| opened.now()),
    };
    let before = asked.before.as_deref().map(id_of).transpose()?;
    let realm = &opened.realm.realm.name;
    let page = opened
        .store
        .access_list(realm, &filter, before, asked.shape.limit())
        .await?;
    let line = |token: &AccessRecord| {
        let name = token.name.as_deref().unwrap_or("-");
        format!("{}  {:<26} {:<26} {name}", token.id, token.client_id, token.subject)
    };
    let go_on = |last: &AccessRecord| format!("--before {}", last.id);
    asked.shape.output.page("tokens", &page, described, line, go_on);
    Ok(())
}

async fn delete(opened: &Opened, id: AccessId, output: Output) -> Result<(), CliFault> {
    let realm = &opened.realm.realm.name;
    let found = opened.store.access(id).await?;
    let token = found.map(|facts| facts.token).filter(|token| token.realm == *realm);
    let token = token.ok_or_else(|| CliFault::other(format!("the realm '{realm}' has no access token {id}")))?;
    let now = opened.now();
    // A token that is over already is over: that is what was asked for.
    if let Some(mut change) = end(&token, now, ChangeId::draw(now, opened.entropy())) {
        let audit = opened.audit("token.deleted", &id.to_string(), json!({ "before": described(&token) }));
        change.writes.push(audit);
        opened
            .commit(change, || "the token ended at the same time".to_owned())
            .await?;
    }
    output.done(&json!({ "deleted": id.to_string() }), &format!("deleted {id}"));
    Ok(())
}

/// What may be shown of a token.
fn described(token: &AccessRecord) -> Value {
    json!({
        "id": token.id.to_string(),
        "name": token.name,
        "client_id": token.client_id,
        "sub": token.subject,
        "tenant": token.tenant,
        "scopes": token.scope.iter().collect::<Vec<_>>(),
        "issued_at": token.issued_at.secs(),
        "expires_at": token.expires_at.secs(),
        "ended_at": token.ended_at.map(grantd_protocol::Timestamp::secs),
    })
}
