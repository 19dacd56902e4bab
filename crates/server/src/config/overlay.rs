//! The environment over a file: `GRANTD__SECTION__KEY=value`, and `GRANTD__SECTION__KEY_FILE=path` for a value that is
//! kept in a file of its own. A variable that means nothing is a mistake like an unknown key.

use super::Environment;
use super::problem::{Place, Problem};
use super::suggest;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// What every variable begins with.
const PREFIX: &str = "GRANTD__";

/// The variables that can override something, and which of them did.
#[derive(Default)]
pub(super) struct Overlay<'a> {
    variables: Vec<(&'a str, &'a str)>,
    used: RefCell<BTreeSet<String>>,
    known: RefCell<BTreeSet<String>>,
}

/// A variable's value.
pub(super) struct Override {
    pub(super) text: String,
    pub(super) place: Place,
}

impl<'a> Overlay<'a> {
    pub(super) fn new(environment: &'a Environment) -> Self {
        let named = environment.iter().filter(|(name, _)| name.starts_with(PREFIX));
        Self {
            variables: named.map(|(name, text)| (name.as_str(), text.as_str())).collect(),
            ..Self::default()
        }
    }

    /// What overrides the key `path` (dotted).
    ///
    /// # Errors
    /// Both forms at once, or a file that cannot be read.
    pub(super) fn take(&self, path: &str) -> Result<Option<Override>, Problem> {
        let name = variable(path);
        let file_name = format!("{name}_FILE");
        let direct = self.find(&name);
        let by_file = self.find(&file_name);
        self.known.borrow_mut().extend([name.clone(), file_name.clone()]);
        let problem = |name: &str, message: String| Problem {
            place: Place::Environment(name.into()),
            key: path.to_owned(),
            message,
            fix: None,
        };
        match (direct, by_file) {
            (Some(_), Some(_)) => Err(problem(&name, format!("is set beside {file_name}; set one of them"))),
            (Some(text), None) => Ok(Some(Override {
                text: text.to_owned(),
                place: Place::Environment(name.into()),
            })),
            (None, Some(file)) => match std::fs::read_to_string(file) {
                Ok(text) => Ok(Some(Override {
                    text: text.trim_end_matches(['\r', '\n']).to_owned(),
                    place: Place::Environment(file_name.into()),
                })),
                Err(error) => Err(problem(&file_name, format!("cannot read the file \"{file}\": {error}"))),
            },
            (None, None) => Ok(None),
        }
    }

    /// Whether a variable overrides something below the section `path`.
    pub(super) fn touches(&self, path: &str) -> bool {
        let name = format!("{}__", variable(path));
        self.variables.iter().any(|(known, _)| known.starts_with(&name))
    }

    /// The variables that override nothing.
    pub(super) fn unknown(&self) -> Vec<Problem> {
        let (used, known) = (self.used.borrow(), self.known.borrow());
        let unused = self.variables.iter().filter(|(name, _)| !used.contains(*name));
        let problem = |(name, _): &(&str, &str)| Problem {
            place: Place::Environment((*name).into()),
            key: String::new(),
            message: "overrides no key".to_owned(),
            fix: suggest::nearest(name, known.iter().map(String::as_str))
                .map(|near| format!("did you mean \"{near}\"?")),
        };
        unused.map(problem).collect()
    }

    /// A variable is taken once: `GRANTD__MASTER_KEY_FILE` is the key `master_key_file`, and then no longer the file
    /// form of `master_key`.
    fn find(&self, name: &str) -> Option<&'a str> {
        let (_, text) = self.variables.iter().find(|(known, _)| *known == name)?;
        self.used.borrow_mut().insert(name.to_owned()).then_some(*text)
    }
}

/// The variable that overrides a key.
pub(super) fn variable(path: &str) -> String {
    format!("{PREFIX}{}", path.to_uppercase().replace('.', "__"))
}
