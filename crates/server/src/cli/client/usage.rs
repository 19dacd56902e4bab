//! `grantd client usage` and `grantd client trim`: what a client has and does not use, and taking that away. A trim
//! without `--yes` says what it would take.

use super::{One, changed_meanwhile, described};
use crate::cli::CliFault;
use crate::cli::open::{Opened, open};
use crate::config::Environment;
use grantd_core::admin::usage::{IDLE_DAYS, MOST_DAYS, look, trim, view};
use grantd_core::least_privilege::{Review, Usage};
use grantd_core::record::{ClientRecord, Holder};
use grantd_protocol::Timestamp;
use grantd_store::Store;
use std::fmt::Write as _;
use std::sync::Arc;

/// A client and how long a permission must have been idle.
#[derive(Debug, clap::Args)]
pub struct Asked {
    /// Which client.
    #[command(flatten)]
    one: One,
    /// Days without use after which a permission can be dropped.
    #[arg(long, default_value_t = IDLE_DAYS, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_DAYS)))]
    idle_days: u32,
}

pub(super) async fn show(asked: &Asked, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&asked.one.which, environment).await?;
    let client = opened.client(&asked.one.client_id).await?;
    let review = reviewed(&opened, &client, asked.idle_days).await?;
    let document = view(&client, asked.idle_days, &review);
    asked.one.output.done(&document, text(&review).trim_end());
    Ok(())
}

pub(super) async fn take(asked: &Asked, yes: bool, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&asked.one.which, environment).await?;
    let before = opened.client(&asked.one.client_id).await?;
    let review = reviewed(&opened, &before, asked.idle_days).await?;
    let edit = trim(&before, &review, &opened.deed()).map_err(CliFault::other)?;
    let dropped = review.droppable.join(" ");
    if !yes {
        return Err(CliFault::usage(format!(
            "this takes from '{}': {dropped}; say --yes to do it",
            before.name
        )));
    }
    opened.commit(edit.change, changed_meanwhile).await?;
    let line = format!("took {dropped}\nleft {}", edit.after.scopes.as_str());
    asked.one.output.done(&described(&edit.after), &line);
    Ok(())
}

async fn reviewed(opened: &Opened, client: &ClientRecord, idle_days: u32) -> Result<Review, CliFault> {
    let holder = Holder::Client(Arc::clone(&client.client_id));
    let realm = &opened.realm.realm;
    let uses = opened.store.uses(&realm.name, &holder).await?;
    Ok(look(client, &uses, realm, idle_days, opened.now()))
}

fn text(review: &Review) -> String {
    let mut text = String::new();
    for held in &review.held {
        let told = match held.usage {
            Usage::Used { count, last_used_at } => format!("used {count} times, last at {}", day(last_used_at)),
            Usage::Unused => "unused".to_owned(),
            Usage::Unknown => "unknown".to_owned(),
        };
        let drop = if review.droppable.contains(&held.permission) {
            "  (could be dropped)"
        } else {
            ""
        };
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{:<32} {told}{drop}", held.permission);
    }
    match review.reported_since {
        Some(since) => drop(writeln!(text, "uses were reported since {}", day(since))),
        None => drop(writeln!(text, "no use was ever reported")),
    }
    text
}

fn day(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.secs()).map_or_else(|_| at.secs().to_string(), |at| at.to_string())
}
