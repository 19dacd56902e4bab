//! `grantd api-key`: API keys, from the command line. Everything is audited, and a running server sees it at once.

use super::CliFault;
use super::open::{Opened, Shape, Which, open};
use super::output::{Output, Shown};
use crate::config::Environment;
use clap::Subcommand;
use grantd_core::admin::api_key::State;
use grantd_core::api_key::{Maker, NewApiKey, end, make};
use grantd_core::record::{ApiKeyFacts, ApiKeyRecord};
use grantd_protocol::id::{ApiKeyId, ChangeId};
use grantd_protocol::{ScopeSet, Seconds, Timestamp};
use grantd_store::{ApiKeyFilter, Store};
use serde_json::{Value, json};

/// Manage API keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a key; it is shown once.
    Create {
        /// Which server and realm.
        #[command(flatten)]
        which: Which,
        /// What people call it.
        #[arg(long)]
        name: String,
        /// A permission or a pattern; repeatable.
        #[arg(long = "scope", value_name = "SCOPE", required = true)]
        scopes: Vec<String>,
        /// The tenant it acts in.
        #[arg(long)]
        tenant: Option<String>,
        /// How long it lives, in seconds; as long as the realm allows where absent.
        #[arg(long, value_name = "SECONDS")]
        lifetime_seconds: Option<u32>,
        /// How the answer looks.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// List the keys of a realm, newest first.
    List {
        /// Which server and realm.
        #[command(flatten)]
        which: Which,
        /// Those of this tenant only.
        #[arg(long)]
        tenant: Option<String>,
        /// Those that are good now only.
        #[arg(long)]
        live: bool,
        /// Begin behind this key.
        #[arg(long, value_name = "ID")]
        before: Option<String>,
        /// How much, and how it looks.
        #[command(flatten)]
        shape: Shape,
    },
    /// End a key at once.
    Revoke {
        /// Which server and realm.
        #[command(flatten)]
        which: Which,
        /// The key's id, as the list shows it; not the key.
        id: String,
        /// How the answer looks.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
}

/// Runs a command.
///
/// # Errors
/// What is told to the caller.
pub async fn run(command: Command, environment: &Environment) -> Result<(), CliFault> {
    match command {
        Command::Create {
            which,
            name,
            scopes,
            tenant,
            lifetime_seconds,
            output,
        } => {
            let opened = open(&which, environment).await?;
            let now = opened.now();
            let new = NewApiKey {
                tenant: tenant.map(Into::into),
                name,
                scope: ScopeSet::parse(&scopes.join(" ")).map_err(CliFault::usage)?,
                expires_at: lifetime_seconds.map(|seconds| now.plus(Seconds(seconds))),
            };
            create(&opened, new, now, output).await
        }
        Command::List {
            which,
            tenant,
            live,
            before,
            shape,
        } => {
            let opened = open(&which, environment).await?;
            let filter = ApiKeyFilter {
                tenant,
                live_at: live.then(|| opened.now()),
            };
            let before = before.as_deref().map(id_of).transpose()?;
            list(&opened, &filter, before, &shape).await
        }
        Command::Revoke { which, id, output } => {
            let opened = open(&which, environment).await?;
            revoke(&opened, id_of(&id)?, output).await
        }
    }
}

fn id_of(text: &str) -> Result<ApiKeyId, CliFault> {
    ApiKeyId::parse(text).ok_or_else(|| CliFault::usage(format!("'{text}' is no key's id; `api-key list` shows them")))
}

async fn create(opened: &Opened, new: NewApiKey, now: Timestamp, output: Output) -> Result<(), CliFault> {
    let realm = &opened.realm.realm;
    let tenant = match &new.tenant {
        Some(tenant) => opened.store.tenant(&realm.name, tenant).await?,
        None => None,
    };
    let maker = Maker {
        actor: "cli",
        role: None,
        role_name: None,
        user: None,
    };
    let made = make(new, &maker, tenant.as_ref(), realm, now, opened.entropy()).map_err(CliFault::usage)?;
    let mut change = made.change;
    let id = made.record.id.to_string();
    change
        .writes
        .push(opened.audit("api_key.created", &id, json!({ "after": described(&made.record) })));
    opened
        .commit(change, || "the key was not made; try again".to_owned())
        .await?;
    let secret = Shown {
        member: "key",
        label: "key: ",
        what: "key",
        secret: &made.secret,
    };
    output.made(described(&made.record), &format!("id:  {id}"), Some(secret));
    Ok(())
}

async fn list(opened: &Opened, filter: &ApiKeyFilter, before: Option<ApiKeyId>, shape: &Shape) -> Result<(), CliFault> {
    let realm = &opened.realm.realm.name;
    let page = opened.store.api_keys(realm, filter, before, shape.limit()).await?;
    let now = opened.now();
    let line = |facts: &ApiKeyFacts| {
        let key = &facts.key;
        let (state, tenant) = (state(facts, now), key.tenant.as_deref().unwrap_or("-"));
        let (id, last_four) = (key.id, &key.last_four);
        format!("{id}  …{last_four:<4}  {state:<8} {tenant:<16} {}", key.name)
    };
    let go_on = |last: &ApiKeyFacts| format!("--before {}", last.key.id);
    shape
        .output
        .page("api_keys", &page, |facts| listed(facts, now), line, go_on);
    Ok(())
}

async fn revoke(opened: &Opened, id: ApiKeyId, output: Output) -> Result<(), CliFault> {
    let realm = &opened.realm.realm.name;
    let found = opened.store.api_key(id).await?;
    let key = found.map(|facts| facts.key).filter(|key| key.realm == *realm);
    let key = key.ok_or_else(|| CliFault::other(format!("the realm '{realm}' has no API key {id}")))?;
    let now = opened.now();
    // A key that is over already is over: that is what was asked for.
    if let Some(mut change) = end(&key, now, ChangeId::draw(now, opened.entropy())) {
        let audit = opened.audit("api_key.revoked", &id.to_string(), json!({ "before": described(&key) }));
        change.writes.push(audit);
        opened
            .commit(change, || "the key was changed at the same time; try again".to_owned())
            .await?;
    }
    output.done(&json!({ "revoked": id.to_string() }), &format!("revoked {id}"));
    Ok(())
}

const fn secs(at: Option<Timestamp>) -> Option<i64> {
    match at {
        Some(at) => Some(at.secs()),
        None => None,
    }
}

/// What may be shown of a key.
fn described(key: &ApiKeyRecord) -> Value {
    json!({
        "id": key.id.to_string(),
        "name": key.name,
        "last_four": key.last_four,
        "tenant": key.tenant,
        "scopes": key.scope.iter().collect::<Vec<_>>(),
        "created_by": key.created_by,
        "created_at": key.created_at.secs(),
        "expires_at": secs(key.expires_at),
        "ended_at": secs(key.ended_at),
    })
}

fn listed(facts: &ApiKeyFacts, now: Timestamp) -> Value {
    let mut value = described(&facts.key);
    if let Some(members) = value.as_object_mut() {
        members.insert("state".into(), state(facts, now).into());
        members.insert("last_used_at".into(), secs(facts.last_used_at).into());
    }
    value
}

fn state(facts: &ApiKeyFacts, now: Timestamp) -> &'static str {
    State::of(facts, now).as_str()
}
