//! One key as a reading function asked for it: its description, and the value that took effect.

use super::problem::Place;
use serde_json::Value as Json;

/// A key.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) key: &'static str,
    pub(super) doc: &'static str,
    pub(super) shape: Shape,
}

impl Field {
    pub(super) const fn new(key: &'static str, doc: &'static str, shape: Shape) -> Self {
        Self { key, doc, shape }
    }
}

/// What stands under a key.
#[derive(Debug)]
pub(super) enum Shape {
    /// A value.
    Value {
        schema: Json,
        secret: bool,
        required: bool,
        default: Option<Json>,
        effective: Option<(Json, Place)>,
    },
    /// A table.
    Section(Vec<Field>),
    /// A table that was not written; only what could be in it is known.
    Absent(Vec<Field>),
    /// `[[key]]`: what each may hold, and what they hold.
    List { item: Vec<Field>, items: Vec<Vec<Field>> },
    /// `[key.NAME]`: what each may hold, and what they hold.
    Named {
        item: Vec<Field>,
        entries: Vec<(String, Vec<Field>)>,
    },
}
