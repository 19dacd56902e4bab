//! How far a long command is: a line on standard error that is drawn anew as it moves, for somebody who sits in front of it.
//! Nothing of it is written into a pipe or a file, nor where the answer is for programs. Must not know what is done.

use super::output::Output;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unit {
    /// Bytes, shown in MB.
    Bytes,
    /// Lines of a file.
    Lines,
}

/// A line that is taken away when it is dropped.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// The line of a command whose answer looks like this. `whole` is how much there is about, where that is known.
    #[must_use]
    pub(super) fn of(unit: Unit, whole: Option<u64>, output: Output) -> Self {
        let target = match output {
            // Draws nothing where standard error is no terminal.
            Output::Text => ProgressDrawTarget::stderr(),
            Output::Json => ProgressDrawTarget::hidden(),
        };
        Self::on(target, unit, whole)
    }

    fn on(target: ProgressDrawTarget, unit: Unit, whole: Option<u64>) -> Self {
        let whole = whole.filter(|whole| *whole > 0);
        let bar = ProgressBar::with_draw_target(whole, target);
        let style = ProgressStyle::with_template(template(unit, whole.is_some()));
        // A template that does not parse would leave the built-in look: a test finds it.
        bar.set_style(
            style
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("=> "),
        );
        Self(bar)
    }

    /// So much is done. More than the whole was a wrong guess of the whole, and is shown as all of it.
    pub(super) fn at(&self, done: u64) {
        let whole = self.0.length().unwrap_or(done);
        self.0.set_position(done.min(whole));
    }

    /// Whether anybody sees it: who is not watched need not count.
    #[must_use]
    pub(super) fn is_seen(&self) -> bool {
        !self.0.is_hidden()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

const fn template(unit: Unit, has_end: bool) -> &'static str {
    match (unit, has_end) {
        (Unit::Bytes, true) => "{bar:30} {percent:>3} %  {decimal_bytes} of about {decimal_total_bytes}, {eta} left",
        (Unit::Bytes, false) => "{decimal_bytes}, {elapsed}",
        (Unit::Lines, true) => "{bar:30} {percent:>3} %  {human_pos} of {human_len} lines, {eta} left",
        (Unit::Lines, false) => "{human_pos} lines, {elapsed}",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::InMemoryTerm;

    fn shown(unit: Unit, whole: Option<u64>, steps: &[u64]) -> (Progress, InMemoryTerm) {
        let terminal = InMemoryTerm::new(4, 120);
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(terminal.clone()), 200);
        let progress = Progress::on(target, unit, whole);
        for done in steps {
            progress.at(*done);
            progress.0.tick();
        }
        (progress, terminal)
    }

    #[test]
    fn what_is_done_is_shown_beside_the_whole_and_taken_away_at_the_end() {
        let (progress, terminal) = shown(Unit::Lines, Some(200), &[10, 50]);
        let told = terminal.contents();
        assert!(told.contains("25 %") && told.contains("50 of 200 lines"), "{told}");
        assert!(told.starts_with("=====") && told.lines().count() == 1, "{told}");
        drop(progress);
        assert_eq!(terminal.contents(), "");
    }

    #[test]
    fn more_than_the_whole_is_all_of_it_and_nothing_at_all_has_no_end() {
        let (_progress, terminal) = shown(Unit::Lines, Some(200), &[300]);
        assert!(
            terminal.contents().contains("200 of 200 lines"),
            "{}",
            terminal.contents()
        );
        for whole in [None, Some(0)] {
            let (_progress, terminal) = shown(Unit::Lines, whole, &[7]);
            assert!(terminal.contents().starts_with("7 lines"), "{}", terminal.contents());
        }
        let (_progress, terminal) = shown(Unit::Bytes, Some(4_000_000), &[1_000_000]);
        assert!(terminal.contents().contains("25 %"), "{}", terminal.contents());
    }

    #[test]
    fn nobody_sees_it_where_the_answer_is_for_programs() {
        assert!(!Progress::of(Unit::Bytes, Some(1), Output::Json).is_seen());
    }
}
