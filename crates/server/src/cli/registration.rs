//! `grantd registration`: the tokens that let somebody register clients where the realm asks for one.

use super::CliFault;
use super::open::{Which, open};
use super::output::Output;
use super::print;
use crate::config::Environment;
use crate::keys::Purpose;
use crate::oauth::register::initial_access::seal;
use clap::Subcommand;
use grantd_core::change::Change;
use grantd_core::registration::RegistrationMode;
use grantd_core::registration::initial_access::{InitialAccess, MAX_LIFETIME, MAX_USES, taken_back};
use grantd_protocol::Seconds;
use grantd_protocol::entropy::draw_alphanumeric;
use grantd_protocol::id::ChangeId;
use serde_json::json;

/// Let somebody register clients.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Initial access tokens.
    #[command(subcommand)]
    Token(Token),
}

/// Initial access tokens.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make one; it is shown once.
    Create {
        /// Which server and realm.
        #[command(flatten)]
        which: Which,
        /// How long it counts, in hours.
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=8760))]
        hours: u32,
        /// How many clients may be registered with it.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_USES)))]
        uses: u16,
        /// How the answer looks.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Take one back, by the id that was shown with it. Clients that were registered with it stay.
    Revoke {
        /// Which server and realm.
        #[command(flatten)]
        which: Which,
        /// Its id.
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
        Command::Token(Token::Create {
            which,
            hours,
            uses,
            output,
        }) => create(&which, Seconds(hours * 3600), uses, output, environment).await,
        Command::Token(Token::Revoke { which, id, output }) => revoke(&which, &id, output, environment).await,
    }
}

async fn create(
    which: &Which,
    lifetime: Seconds,
    uses: u16,
    output: Output,
    environment: &Environment,
) -> Result<(), CliFault> {
    let sealer = which.master_key(environment)?.sealer(Purpose::InitialAccess);
    let opened = open(which, environment).await?;
    let realm = &opened.realm.realm;
    let token = InitialAccess {
        id: draw_alphanumeric(opened.entropy(), 12),
        realm: realm.name.to_string(),
        expires_at: opened.now().plus(lifetime),
        uses,
    };
    let detail = json!({ "uses": uses, "expires_at": token.expires_at.secs() });
    let writes = vec![opened.audit("registration_token.created", &token.id, detail)];
    let change = Change::new(ChangeId::draw(opened.now(), opened.entropy()), writes);
    opened.commit(change, || "try again".to_owned()).await?;
    let text = seal(&sealer, &token, opened.entropy());
    match output {
        Output::Json => print::json(&json!({
            "id": token.id,
            "initial_access_token": text.expose(),
            "expires_at": token.expires_at.secs(),
            "uses": uses,
        })),
        Output::Text => {
            print::line(&format!("id:    {}", token.id));
            print::line(&format!("token: {}", text.expose()));
            print::note("The token is not shown again.");
        }
    }
    if realm.registration.mode != RegistrationMode::InitialAccessToken {
        print::note(&format!(
            "The realm {} does not ask for one: see [registration] mode.",
            realm.name
        ));
    }
    Ok(())
}

async fn revoke(which: &Which, id: &str, output: Output, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(which, environment).await?;
    let mark = taken_back(&opened.realm.realm.name, id, opened.now().plus(MAX_LIFETIME));
    let writes = vec![mark.write(), opened.audit("registration_token.revoked", id, json!({}))];
    let change = Change::new(ChangeId::draw(opened.now(), opened.entropy()), writes);
    opened.commit(change, || "try again".to_owned()).await?;
    output.done(&json!({ "revoked": id }), &format!("revoked {id}"));
    Ok(())
}
