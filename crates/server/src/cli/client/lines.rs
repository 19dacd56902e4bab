//! `grantd client create --from-jsonl`: every line is judged before the first client is made, so that a mistake leaves nothing
//! half done; mistakes are told by file and line.

use super::create::{create_one, judge};
use super::kind::Kind;
use super::shown_once;
use crate::cli::CliFault;
use crate::cli::json_lines::{JsonLines, Next};
use crate::cli::open::Opened;
use crate::cli::output::Output;
use crate::cli::print;
use clap::ValueEnum as _;
use futures_util::future::join_all;
use grantd_core::admin::Refused;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// Clients that are written at the same time. Commits that come together share one transaction in the store: a thousand
/// clients take a second, not a minute.
const AT_ONCE: usize = 256;
/// Lines of mistakes that are shown.
const MOST_SHOWN: usize = 50;
/// After how many clients a long run says how far it is.
const TOLD_EVERY: usize = 10_000;

/// One client to make, and the line that it stands in.
struct Line {
    number: usize,
    members: Map<String, Value>,
}

/// Makes the clients of a file.
///
/// # Errors
/// Lines that are wrong; then nothing was made. A client that is there already; then what was made was shown.
pub(super) async fn create(file: &Path, kind: Kind, opened: &Opened, output: Output) -> Result<(), CliFault> {
    let lines = read(file, kind, opened).await?;
    let mut done = 0;
    // Those that change one tenant stand in each other's way.
    for alike in lines.chunk_by(|one, next| !has_place(one) && !has_place(next)) {
        for some in alike.chunks(AT_ONCE) {
            let made = join_all(some.iter().map(|line| create_one(opened, &line.members))).await;
            // What was made is shown before the first failure is told: a secret that is not shown is lost.
            let mut failed = None;
            for (line, made) in some.iter().zip(made) {
                match made {
                    Ok(made) => shown_once(&made.record, made.secret.as_ref(), output),
                    Err(fault) => {
                        let message = format!("{}:{}: {}", file.display(), line.number, fault.message);
                        failed = failed.or(Some(CliFault { message, ..fault }));
                    }
                }
            }
            if let Some(fault) = failed {
                return Err(fault);
            }
            let before = done / TOLD_EVERY;
            done += some.len();
            if done / TOLD_EVERY > before {
                print::note(&format!("{done} of {} clients", lines.len()));
            }
        }
    }
    Ok(())
}

fn has_place(line: &Line) -> bool {
    line.members.contains_key("tenant")
}

/// The lines, if all of them are right.
async fn read(file: &Path, kind: Kind, opened: &Opened) -> Result<Vec<Line>, CliFault> {
    let mut source = JsonLines::open(file)?;
    let mut lines = Vec::new();
    let mut ids: BTreeMap<String, usize> = BTreeMap::new();
    let mut mistakes = Mistakes {
        file,
        shown: Vec::new(),
        more: 0,
    };
    for number in 1.. {
        let object = match source.read_next()? {
            Next::Object(object) => object,
            Next::Blank => continue,
            Next::End => break,
        };
        match object.and_then(|members| filled_in(members, kind, opened)) {
            Ok(members) => {
                if let Err(refused) = judge(opened, &members).await? {
                    mistakes.add(number, refused);
                }
                let id = members.get("client_id").and_then(Value::as_str);
                if let Some(first) = id.and_then(|id| ids.insert(id.to_owned(), number)) {
                    mistakes.add(
                        number,
                        Refused::wrong("/client_id", format!("stands in line {first} as well")),
                    );
                }
                lines.push(Line { number, members });
            }
            Err(refused) => mistakes.add(number, refused),
        }
    }
    mistakes.none().map(|()| lines)
}

/// A line with what is right for its kind.
fn filled_in(mut members: Map<String, Value>, kind: Kind, opened: &Opened) -> Result<Map<String, Value>, Refused> {
    let kind = match members.remove("kind") {
        None => kind,
        Some(said) => {
            let known = said.as_str().and_then(|said| Kind::from_str(said, false).ok());
            known.ok_or_else(|| {
                let all: Vec<_> = Kind::value_variants()
                    .iter()
                    .filter_map(|kind| kind.to_possible_value().map(|value| value.get_name().to_owned()))
                    .collect();
                Refused::wrong("/kind", format!("must be one of {}", all.join(", ")))
            })?
        }
    };
    kind.fill_in(&mut members, &opened.realm.realm);
    Ok(members)
}

/// What is wrong with lines.
struct Mistakes<'f> {
    file: &'f Path,
    shown: Vec<String>,
    more: usize,
}

impl Mistakes<'_> {
    fn add(&mut self, number: usize, refused: Refused) {
        let wrong = match refused {
            Refused::Invalid(wrong) => wrong.iter().map(ToString::to_string).collect(),
            other => vec![other.to_string()],
        };
        for wrong in wrong {
            if self.shown.len() < MOST_SHOWN {
                let wrong = wrong.trim_start();
                self.shown.push(format!("{}:{number}: {wrong}", self.file.display()));
            } else {
                self.more += 1;
            }
        }
    }

    fn none(mut self) -> Result<(), CliFault> {
        if self.shown.is_empty() {
            return Ok(());
        }
        if self.more > 0 {
            self.shown.push(format!("and {} more", self.more));
        }
        self.shown.push("no client was made".to_owned());
        Err(CliFault::usage(self.shown.join("\n")))
    }
}
