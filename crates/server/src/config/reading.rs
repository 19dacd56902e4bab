//! What the reading of one file gathers: mistakes, loosenings, and the environment that overrides it. Must not know any
//! key.

use super::Environment;
use super::document::Table;
use super::field::Field;
use super::overlay::Overlay;
use super::problem::{Loosening, Place, Problem};
use super::section::Section;
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// What the reading of one file gathers.
pub(super) struct Reading<'a> {
    problems: RefCell<Vec<Problem>>,
    loosenings: RefCell<Vec<Loosening>>,
    overlay: Option<Overlay<'a>>,
    directory: PathBuf,
}

impl<'a> Reading<'a> {
    pub(super) fn new(directory: &Path, environment: Option<&'a Environment>) -> Self {
        Self {
            problems: RefCell::default(),
            loosenings: RefCell::default(),
            overlay: environment.map(Overlay::new),
            directory: directory.to_owned(),
        }
    }

    /// Reads the top table and judges the keys that nobody asked for.
    pub(super) fn top<T>(
        &self,
        table: &Table,
        place: Place,
        read: impl FnOnce(&mut Section<'_>) -> T,
    ) -> (T, Vec<Field>) {
        let mut section = Section::new(self, Some(table), place, String::new());
        let value = read(&mut section);
        let fields = section.close();
        if let Some(overlay) = &self.overlay {
            self.problems.borrow_mut().extend(overlay.unknown());
        }
        (value, fields)
    }

    /// The directory that relative paths in the file start from.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The environment, where it overrides this file.
    pub(super) const fn overlay(&self) -> Option<&Overlay<'a>> {
        self.overlay.as_ref()
    }

    pub(super) fn loosen(&self, loosening: Loosening) {
        self.loosenings.borrow_mut().push(loosening);
    }

    pub(super) fn report(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    /// Everything wrong, in the order of the files, and every loosening.
    pub(super) fn finish(self) -> (Vec<Problem>, Vec<Loosening>) {
        let mut problems = self.problems.into_inner();
        problems.sort();
        problems.dedup();
        (problems, self.loosenings.into_inner())
    }
}
