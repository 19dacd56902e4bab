//! `grantd backup` and `grantd restore`: the database of a server on SQLite, copied while it runs and put back while it does
//! not. The master key is no part of either: it stays where it is, apart from every copy.

use super::CliFault;
use super::open::Which;
use super::output::Output;
use super::print;
use super::progress::{Progress, Unit};
use crate::config::{Environment, Storage};
use crate::keys::all_open;
use grantd_store::sqlite::backup::{check, copy, keys, settle};
use grantd_store::sqlite::migrate::Status;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::NamedTempFile;

/// How often it is looked how far a copy is.
const LOOKED_EVERY: Duration = Duration::from_millis(200);

/// Copy the database of a server on SQLite, which may run meanwhile.
#[derive(Debug, clap::Args)]
pub struct Backup {
    /// Which server.
    #[command(flatten)]
    which: Which,
    /// The copy to make; a file that is there already is not replaced.
    file: PathBuf,
    /// Look through the whole copy afterwards, and try the master key on its signing keys.
    #[arg(long)]
    verify: bool,
    /// How the answer looks.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Put a copy in the place of the database. The server must not run.
#[derive(Debug, clap::Args)]
pub struct Restore {
    /// Which server.
    #[command(flatten)]
    which: Which,
    /// The copy that `grantd backup` made.
    file: PathBuf,
    /// Only say whether it could be put back: look through the whole copy, try the master key on it, and change nothing.
    #[arg(long)]
    verify: bool,
    /// Move the database that is there aside.
    #[arg(long, conflicts_with = "verify")]
    replace: bool,
    /// How the answer looks.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Runs `grantd backup`.
///
/// # Errors
/// The database is elsewhere, cannot be read, or the copy cannot be written or is not whole.
pub async fn backup(args: Backup, environment: &Environment) -> Result<(), CliFault> {
    let from = database(&args.which, environment)?;
    if args.file.exists() {
        return Err(exists(&args.file));
    }
    let whole = size(&from);
    let found = grantd_store::sqlite::migrate::status(&from)?;
    let progress = Progress::of(Unit::Bytes, Some(whole), args.output);
    let part = written(&args.file, progress, move |part| Ok(copy(&from, part.path())?)).await?;
    place(part, &args.file)?;
    if args.verify {
        verified(&args.which, &args.file, environment)?;
    }
    let bytes = size(&args.file);
    let value = json!({
        "file": args.file, "bytes": bytes, "schema": found.found, "verified": args.verify,
    });
    let line = format!("{}: {}, schema {}", args.file.display(), told_bytes(bytes), found.found);
    args.output.done(&value, &line);
    print::note("The master key is not in it, and opens what is sealed in it: keep a copy of that elsewhere.");
    Ok(())
}

/// Runs `grantd restore`.
///
/// # Errors
/// The copy is damaged, another program's or newer, or sealed under another master key; or there is a database already, or a
/// server that uses it.
pub async fn restore(args: Restore, environment: &Environment) -> Result<(), CliFault> {
    let target = database(&args.which, environment)?;
    let found = verified(&args.which, &args.file, environment)?;
    let value = |restored: bool| {
        json!({
            "file": args.file, "schema": found.found, "needed": found.known, "restored": restored,
        })
    };
    if args.verify {
        let line = format!(
            "{}: whole, schema {}, and this master key opens it",
            args.file.display(),
            found.found
        );
        args.output.done(&value(false), &line);
        return Ok(());
    }
    let replaces = replaced(&target, args.replace)?;
    let (from, whole) = (args.file.clone(), size(&args.file));
    let progress = Progress::of(Unit::Bytes, Some(whole), args.output);
    let part = written(&target, progress, move |part| filled(part, &from)).await?;
    // From here on it takes two renames. Where the second fails, the database that was there comes back.
    let aside = match replaces {
        Some(aside) => Some(moved(&target, aside)?),
        None => None,
    };
    if let Err(fault) = place(part, &target) {
        return Err(match &aside {
            Some(aside) => put_back(aside, &target, fault),
            None => fault,
        });
    }
    args.output
        .done(&value(true), &format!("{}: restored", target.display()));
    if let Some(aside) = aside {
        print::note(&format!("The database that was there is {} now.", aside.display()));
    }
    if found.found < found.known {
        print::note("Its schema is older than this program's: run grantd migrate up.");
    }
    Ok(())
}

/// The file of a server on SQLite.
fn database(which: &Which, environment: &Environment) -> Result<PathBuf, CliFault> {
    match which.storage(environment)? {
        Storage::Sqlite(path) => Ok(path),
        Storage::Memory => Err(CliFault::usage("a server in memory has nothing to back up")),
        Storage::Postgres(_) => Err(CliFault::usage(
            "this server keeps its data in PostgreSQL: use pg_dump and pg_restore, or what backs up your other databases, and keep \
             the master key apart from it",
        )),
    }
}

/// Looks through the whole of a copy, and tries the master key on every signing key in it.
fn verified(which: &Which, file: &Path, environment: &Environment) -> Result<Status, CliFault> {
    let found = check(file)?;
    let master = which.master_key(environment)?;
    all_open(&keys(file)??, &master)?;
    Ok(found)
}

/// Whether what is to be restored may take its place. Gives where the database that is there is to go.
fn replaced(target: &Path, replace: bool) -> Result<Option<PathBuf>, CliFault> {
    if !target.exists() {
        let log = beside(target, "-wal");
        return if log.exists() {
            Err(CliFault::usage(format!(
                "there is {}, the journal of a database that is gone; move it away first",
                log.display()
            )))
        } else {
            Ok(None)
        };
    }
    if !replace {
        return Err(CliFault::usage(format!(
            "there is a database at {}; --replace moves it aside",
            target.display()
        )));
    }
    let aside = beside(target, ".before-restore");
    if aside.exists() {
        return Err(exists(&aside));
    }
    settle(target).map_err(|error| CliFault::storage(format!("{error}; stop the server first")))?;
    Ok(Some(aside))
}

/// Moves the database aside: settled once more, since a server may have run while the copy was written.
fn moved(target: &Path, aside: PathBuf) -> Result<PathBuf, CliFault> {
    settle(target).map_err(|error| CliFault::storage(format!("{error}; stop the server first")))?;
    match std::fs::rename(target, &aside) {
        Ok(()) => Ok(aside),
        Err(cause) => Err(CliFault::storage(format!(
            "cannot move {} aside: {cause}",
            target.display()
        ))),
    }
}

/// Gives the database its place again, and says why the other did not get it. What took the place meanwhile is not replaced.
fn put_back(aside: &Path, target: &Path, fault: CliFault) -> CliFault {
    let back = if target.exists() {
        Err(std::io::ErrorKind::AlreadyExists.into())
    } else {
        std::fs::rename(aside, target)
    };
    match back {
        Ok(()) => fault,
        Err(cause) => CliFault::storage(format!(
            "{fault}; and the database that was there is {} now: {cause}",
            aside.display()
        )),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn exists(path: &Path) -> CliFault {
    CliFault::usage(format!("{} exists already and is not replaced", path.display()))
}

/// Writes a file beside its place, under another name, until it is whole and durable: half a copy is never taken for one.
async fn written(
    place: &Path,
    progress: Progress,
    write: impl FnOnce(&mut NamedTempFile) -> Result<(), CliFault> + Send + 'static,
) -> Result<NamedTempFile, CliFault> {
    let mut part = tempfile::Builder::new()
        .prefix(".grantd-copy-")
        .tempfile_in(folder(place))
        .map_err(|cause| unwritten(place, &cause))?;
    let path = part.path().to_owned();
    let mut work = tokio::task::spawn_blocking(move || write(&mut part).map(|()| part));
    loop {
        tokio::select! {
            done = &mut work => return done.map_err(CliFault::other)?,
            () = tokio::time::sleep(LOOKED_EVERY), if progress.is_seen() => progress.at(size(&path)),
        }
    }
}

/// Copies into the file that is open, which stays as closed to others as it was made.
fn filled(part: &mut NamedTempFile, from: &Path) -> Result<(), CliFault> {
    let copied = std::fs::File::open(from)
        .and_then(|mut from| std::io::copy(&mut from, part.as_file_mut()))
        .and_then(|_| part.as_file().sync_all());
    copied.map_err(|cause| unwritten(part.path(), &cause))
}

/// Gives what was written its place, where nothing is there.
fn place(part: NamedTempFile, path: &Path) -> Result<(), CliFault> {
    part.persist_noclobber(path)
        .map_err(|refused| unwritten(path, &refused.error))?;
    std::fs::File::open(folder(path))
        .and_then(|folder| folder.sync_all())
        .map_err(|cause| unwritten(path, &cause))
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn unwritten(path: &Path, cause: &std::io::Error) -> CliFault {
    CliFault::storage(format!("cannot write {}: {cause}", path.display()))
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn told_bytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}
