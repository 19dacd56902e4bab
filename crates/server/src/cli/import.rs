//! `grantd import`: what another server issued, from JSON lines. Every line is an object of its own; a line that cannot be
//! taken over is reported by its number and stops no other. The same file again changes nothing, so that a run that was
//! interrupted is simply run again. What an object may be is decided in the core.

mod facts;
mod report;

use super::CliFault;
use super::open::{Opened, Which, open};
use super::output::Output;
use super::print;
use crate::config::Environment;
use facts::Sight;
use futures_util::future::join_all;
use grantd_core::admin::Refused;
use grantd_core::admin::import::{Outcome, Wanted, decide, read};
use grantd_jose::strict_json;
use grantd_store::{CommitError, Store};
use report::Report;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read as _};
use std::path::PathBuf;

/// Objects that are taken over at the same time; their commits share transactions in the store.
const AT_ONCE: usize = 128;
/// How often a lost race is decided again.
const ATTEMPTS: usize = 16;
/// The longest line, in bytes.
const MAX_LINE: usize = 64 * 1024;
/// After how many lines a long run says how far it is.
const TOLD_EVERY: usize = 50_000;

/// Take over what another server issued.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which server and realm.
    #[command(flatten)]
    which: Which,
    /// The file of JSON lines, or - for standard input. A line refers to earlier ones: tenants and clients come before
    /// users, users before members, and refresh tokens last.
    file: PathBuf,
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
    let mut lines = lines(&args)?;
    let sight = Sight::new(&opened.store, &opened.realm.realm.name, args.dry_run);
    let mut report = Report::new(args.dry_run);
    let mut batch: Vec<(usize, Wanted)> = Vec::with_capacity(AT_ONCE);
    for number in 1.. {
        let Some(line) = next_line(&mut *lines)? else { break };
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match understand(&opened, &line) {
            Ok(wanted) => {
                // What a line refers to was committed before it is looked at.
                let another_kind = batch.last().is_some_and(|(_, last)| last.kind() != wanted.kind());
                if another_kind || batch.len() == AT_ONCE {
                    take_over(&opened, &sight, &mut batch, &mut report).await?;
                }
                batch.push((number, wanted));
            }
            Err(refused) => report.refused(number, refused),
        }
        if number % TOLD_EVERY == 0 {
            print::note(&format!("{number} lines"));
        }
    }
    take_over(&opened, &sight, &mut batch, &mut report).await?;
    report.show(args.output);
    report.outcome()
}

fn lines(args: &Args) -> Result<Box<dyn BufRead + Send>, CliFault> {
    if args.file.as_os_str() == "-" {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let file = std::fs::File::open(&args.file)
        .map_err(|cause| CliFault::usage(format!("cannot read {}: {cause}", args.file.display())))?;
    Ok(Box::new(BufReader::new(file)))
}

/// The next line. Of one that is too long a piece is returned that is too long, and the rest is skipped.
fn next_line(lines: &mut (dyn BufRead + Send)) -> Result<Option<Vec<u8>>, CliFault> {
    let mut line = Vec::new();
    let most = u64::try_from(MAX_LINE + 2).unwrap_or(u64::MAX);
    let failed = |cause| CliFault::usage(format!("cannot read the lines: {cause}"));
    if lines.take(most).read_until(b'\n', &mut line).map_err(failed)? == 0 {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') && line.len() > MAX_LINE {
        lines.skip_until(b'\n').map_err(failed)?;
    }
    Ok(Some(line))
}

fn understand(opened: &Opened, line: &[u8]) -> Result<Wanted, Refused> {
    let mut members = strict_json::object_from_slice(line.trim_ascii(), strict_json::Limits::bytes(MAX_LINE))
        .map_err(|error| Refused::wrong("", error.to_string()))?;
    let kind = members.remove("kind");
    let kind = kind.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
    read(kind, &members, &opened.deed())
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
