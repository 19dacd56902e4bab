//! `grantd import`: what another server issued, from JSON lines. Every line is an object of its own; a line that cannot be
//! taken over is reported by its number and stops no other. The same file again changes nothing, so that a run that was
//! interrupted is simply run again. What an object may be is decided in the core.

mod facts;
mod report;
mod source;

use super::CliFault;
use super::json_lines::Next;
use super::open::{Opened, Which, open};
use super::output::Output;
use super::progress::Progress;
use crate::config::Environment;
use facts::Sight;
use futures_util::future::join_all;
use grantd_core::admin::import::exports::Origin;
use grantd_core::admin::import::{Outcome, Wanted, decide, read, read_exported};
use grantd_core::admin::{Refused, Wrong};
use grantd_store::{CommitError, Store};
use report::Report;
use serde_json::{Map, Value};
use source::Source;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Objects that are taken over at the same time; their commits share transactions in the store.
const AT_ONCE: usize = 128;
/// How often a lost race is decided again.
const ATTEMPTS: usize = 16;

/// Take over what another server issued.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which server and realm.
    #[command(flatten)]
    which: Which,
    /// The file of JSON lines, or - for standard input. A line refers to earlier ones: tenants and clients come before
    /// users, users before members, and refresh tokens last.
    file: PathBuf,
    /// The file is what this server exported: hydra, keycloak or auth0. Mistakes are told by the number of the object in it,
    /// clients first.
    #[arg(long, value_name = "SERVER")]
    from: Option<Origin>,
    /// Say what would happen, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// How the answer looks.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Runs the command.
///
/// # Errors
/// What is told to the caller: the file, the store, or that some lines were not taken over.
pub async fn run(args: Args, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&args.which, environment).await?;
    let mut source = Source::open(&args.file, args.from)?;
    let sight = Sight::new(&opened.store, &opened.realm.realm.name, args.dry_run);
    let mut report = Report::new(args.dry_run);
    let progress = Progress::of(source.unit(), source.whole(), args.output);
    let mut batch: Vec<(usize, Wanted)> = Vec::with_capacity(AT_ONCE);
    for number in 1.. {
        let object = match source.next()? {
            Next::Object(object) => object,
            Next::Blank => continue,
            Next::End => break,
        };
        match object.and_then(|object| understand(&opened, object, args.from)) {
            Ok((wanted, left_out)) => {
                report.leaves_out(number, left_out);
                // What a line refers to was committed before it is looked at.
                let another_kind = batch.last().is_some_and(|(_, last)| last.kind() != wanted.kind());
                if another_kind || batch.len() == AT_ONCE {
                    take_over(&opened, &sight, &mut batch, &mut report).await?;
                }
                batch.push((number, wanted));
            }
            Err(refused) => report.refused(number, refused),
        }
        progress.at(source.taken());
    }
    take_over(&opened, &sight, &mut batch, &mut report).await?;
    drop(progress);
    report.show(args.output);
    report.outcome()
}

/// What an object is, and what of it is left out.
fn understand(
    opened: &Opened,
    mut members: Map<String, Value>,
    from: Option<Origin>,
) -> Result<(Wanted, Vec<Wrong>), Refused> {
    let kind = members.remove("kind");
    let kind = kind.as_ref().and_then(Value::as_str).unwrap_or_default();
    match from {
        // Whoever wrote the line can mend it.
        None => read(kind, &members, &opened.deed()).map(|wanted| (wanted, Vec::new())),
        Some(_) => read_exported(kind, &members, &opened.deed()),
    }
}

/// Takes a batch over: what shares something that changes one after the other, all else at the same time.
async fn take_over(
    opened: &Opened,
    sight: &Sight<'_>,
    batch: &mut Vec<(usize, Wanted)>,
    report: &mut Report,
) -> Result<(), CliFault> {
    let mut groups: BTreeMap<String, Vec<(usize, Wanted)>> = BTreeMap::new();
    for (number, wanted) in batch.drain(..) {
        let group = wanted.contended().unwrap_or_else(|| format!("line {number}"));
        groups.entry(group).or_default().push((number, wanted));
    }
    let done = join_all(groups.into_values().map(|group| async move {
        let mut done = Vec::with_capacity(group.len());
        for (number, wanted) in group {
            let outcome = take_over_one(opened, sight, &wanted).await?;
            done.push((number, wanted.kind(), outcome));
        }
        Ok::<_, CliFault>(done)
    }))
    .await;
    // What was done is counted before the first fault is told.
    let mut fault = None;
    for group in done {
        match group {
            Ok(group) => group
                .into_iter()
                .for_each(|(number, kind, outcome)| report.count(number, kind, outcome)),
            Err(failed) => fault = fault.or(Some(failed)),
        }
    }
    match fault {
        None => Ok(()),
        Some(fault) => {
            report.show(Output::Text);
            Err(fault)
        }
    }
}

/// Whether the object was made (or would be) or was there.
type Taken = Result<bool, Refused>;

async fn take_over_one(opened: &Opened, sight: &Sight<'_>, wanted: &Wanted) -> Result<Taken, CliFault> {
    for _ in 0..ATTEMPTS {
        let facts = sight.facts(wanted, opened).await?;
        let change = match decide(wanted, &facts, &opened.deed()) {
            Ok(Outcome::New(change)) => change,
            Ok(Outcome::Present) => return Ok(Ok(false)),
            Err(refused) => return Ok(Err(refused)),
        };
        if sight.is_dry() {
            sight.remember(*change);
            return Ok(Ok(true));
        }
        match opened.store.commit(*change).await {
            Ok(_) => return Ok(Ok(true)),
            Err(CommitError::Conflict) => {}
            Err(CommitError::Fault(fault)) => return Err(fault.into()),
        }
    }
    Err(CliFault::other(
        "somebody else keeps changing the same objects; run the import again",
    ))
}
