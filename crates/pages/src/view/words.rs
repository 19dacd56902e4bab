//! Words of a page that its handler chooses: a text of the catalogue with its values, or something from outside, shown as
//! it is. Which language that becomes is the shell's business.

use std::collections::BTreeMap;

use serde::Serialize;

/// Words.
#[derive(Clone, Serialize)]
#[serde(untagged)]
pub enum Words {
    /// A text of the catalogue.
    Said(Said),
    /// A name, or a sentence of an operator's own; in an element that keeps its writing direction.
    Given(String),
}

/// A text of the catalogue with its values.
#[derive(Clone, Serialize)]
pub struct Said {
    key: &'static str,
    values: BTreeMap<&'static str, Filling>,
}

/// A value that is put into a text.
#[derive(Clone, Serialize)]
#[serde(untagged)]
pub enum Filling {
    /// Selects plural forms.
    Number(i64),
    /// Something from outside.
    Name(String),
}

impl Words {
    /// A text of the catalogue, by its key. A key that is not there is a fault that the page's test finds.
    #[must_use]
    pub const fn say(key: &'static str) -> Self {
        Self::Said(Said {
            key,
            values: BTreeMap::new(),
        })
    }

    /// Something from outside.
    #[must_use]
    pub fn given(text: impl Into<String>) -> Self {
        Self::Given(text.into())
    }

    /// With a value. What is given has none.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Filling>) -> Self {
        if let Self::Said(said) = &mut self {
            said.values.insert(name, value.into());
        }
        self
    }
}

impl From<i64> for Filling {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Filling {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Filling {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<String> for Filling {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}
