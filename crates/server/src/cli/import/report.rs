//! What an import did, or would do, and which lines it could not take over.

use super::super::CliFault;
use super::super::output::Output;
use super::super::print;
use super::Taken;
use grantd_core::admin::{Refused, Wrong};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Mistakes that are shown one by one; beyond them only their number is.
const MOST_SHOWN: usize = 1000;

pub(super) struct Report {
    dry_run: bool,
    created: BTreeMap<&'static str, u64>,
    present: BTreeMap<&'static str, u64>,
    mistakes: Vec<(usize, Wrong)>,
    /// Of objects that are still to be made.
    to_leave_out: BTreeMap<usize, Vec<Wrong>>,
    /// Of those that were.
    left_out: Vec<(usize, Wrong)>,
    lines_refused: u64,
}

impl Report {
    pub(super) const fn new(dry_run: bool) -> Self {
        Self {
            dry_run,
            created: BTreeMap::new(),
            present: BTreeMap::new(),
            mistakes: Vec::new(),
            to_leave_out: BTreeMap::new(),
            left_out: Vec::new(),
            lines_refused: 0,
        }
    }

    /// What an object will have to do without, once it is made.
    pub(super) fn leaves_out(&mut self, number: usize, wrong: Vec<Wrong>) {
        if !wrong.is_empty() {
            self.to_leave_out.insert(number, wrong);
        }
    }

    pub(super) fn count(&mut self, number: usize, kind: &'static str, taken: Taken) {
        let left_out = self.to_leave_out.remove(&number).unwrap_or_default();
        match taken {
            Ok(true) => {
                *self.created.entry(kind).or_default() += 1;
                let room = MOST_SHOWN.saturating_sub(self.left_out.len());
                self.left_out
                    .extend(left_out.into_iter().take(room).map(|wrong| (number, wrong)));
            }
            Ok(false) => *self.present.entry(kind).or_default() += 1,
            Err(refused) => self.refused(number, refused),
        }
    }

    pub(super) fn refused(&mut self, number: usize, refused: Refused) {
        self.lines_refused += 1;
        let wrong = match refused {
            Refused::Invalid(wrong) => wrong,
            other => vec![Wrong::new("", other.to_string())],
        };
        let room = MOST_SHOWN.saturating_sub(self.mistakes.len());
        self.mistakes
            .extend(wrong.into_iter().take(room).map(|wrong| (number, wrong)));
    }

    pub(super) fn show(&mut self, output: Output) {
        // Groups are done in an order of their own.
        self.mistakes.sort_by_key(|(number, _)| *number);
        self.left_out.sort_by_key(|(number, _)| *number);
        match output {
            Output::Json => print::json(&self.json()),
            Output::Text => self.text(),
        }
    }

    /// # Errors
    /// That some lines were not taken over.
    pub(super) fn outcome(&self) -> Result<(), CliFault> {
        match self.lines_refused {
            0 => Ok(()),
            1 => Err(CliFault::other(
                "one line was not taken over; mend it and run the import again",
            )),
            more => Err(CliFault::other(format!(
                "{more} lines were not taken over; mend them and run the import again"
            ))),
        }
    }

    fn json(&self) -> Value {
        let mistake = |(number, wrong): &(usize, Wrong)| json!({ "line": number, "pointer": wrong.pointer, "detail": wrong.detail });
        json!({
            "dry_run": self.dry_run,
            "created": self.created,
            "present": self.present,
            "refused": self.lines_refused,
            "mistakes": self.mistakes.iter().map(mistake).collect::<Vec<_>>(),
            "left_out": self.left_out.iter().map(mistake).collect::<Vec<_>>(),
        })
    }

    fn text(&self) {
        let made = if self.dry_run { "would be made" } else { "made" };
        for (kind, count) in &self.created {
            print::line(&format!("{kind:<14} {count} {made}"));
        }
        for (kind, count) in &self.present {
            print::line(&format!("{kind:<14} {count} there already"));
        }
        for (number, wrong) in &self.left_out {
            print::note(&format!("line {number}, left out: {wrong}"));
        }
        for (number, wrong) in &self.mistakes {
            let place = wrong.pointer.trim_start_matches('/');
            print::note(&format!("line {number}: {place} {}", wrong.detail).replace(":  ", ": "));
        }
        if self.created.is_empty() && self.present.is_empty() && self.mistakes.is_empty() {
            print::line("there is nothing to take over");
        }
    }
}
