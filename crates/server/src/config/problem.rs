//! What is wrong with a configuration: where, which key, what was expected, and the likely fix. Must not know any
//! particular key.

use std::fmt;
use std::sync::Arc;

/// Where a value came from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    /// A line of a file, counted from 1.
    File {
        /// The file's path as it was named.
        file: Arc<str>,
        /// The line.
        line: usize,
    },
    /// An environment variable.
    Environment(Arc<str>),
    /// Nothing was written: the default.
    Default,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, line } => write!(out, "{file}:{line}"),
            Self::Environment(name) => write!(out, "environment {name}"),
            Self::Default => out.write_str("default"),
        }
    }
}

/// One mistake.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Problem {
    /// Where it stands.
    pub place: Place,
    /// The key, dotted: `access_token.lifetime`; empty where a whole file is meant.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What would mend it.
    pub fix: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: ", self.place)?;
        if !self.key.is_empty() {
            write!(out, "{}: ", self.key)?;
        }
        out.write_str(&self.message)?;
        match &self.fix {
            Some(fix) => write!(out, "; {fix}"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong, in the order of the files. The command line ends with exit code 2 on it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// A single one that concerns a whole file.
    #[must_use]
    pub fn of_file(file: &str, message: String, fix: Option<String>) -> Self {
        let place = Place::File {
            file: file.into(),
            line: 1,
        };
        Self(vec![Problem {
            place,
            key: String::new(),
            message,
            fix,
        }])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                out.write_str("\n")?;
            }
            write!(out, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A rule that the configuration loosens by name: allowed, but worth a line each time the configuration is checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loosening {
    /// Where it stands.
    pub place: Place,
    /// The key.
    pub key: String,
    /// What it gives up.
    pub says: String,
}

impl fmt::Display for Loosening {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}: {}", self.place, self.key, self.says)
    }
}
