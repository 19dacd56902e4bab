//! Details as people read them: the words of the realm, and what the request says. They are shown as text and never as
//! what the request is written in. Must not know how a page looks.

use super::kind::{DetailField, FieldKind, type_of};
use crate::realm::Realm;
use crate::record::details::AuthorizationDetails;
use serde_json::{Map, Value};

/// One object in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DetailWords {
    /// What it is about, in the realm's words.
    pub title: String,
    /// What it says, in the order of its type: the realm's word for a member, and its value.
    pub rows: Vec<(String, WordValue)>,
}

/// A value to show.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WordValue {
    /// Texts as the request has them: hostile ones, perhaps.
    Texts(Vec<String>),
    /// Yes or no.
    Flag(bool),
}

impl AuthorizationDetails {
    /// Every object in words.
    #[must_use]
    pub fn in_words(&self, realm: &Realm) -> Vec<DetailWords> {
        self.iter().filter_map(|detail| words(detail, realm)).collect()
    }
}

fn words(detail: &Map<String, Value>, realm: &Realm) -> Option<DetailWords> {
    let name = type_of(detail)?;
    let kind = realm.details.iter().find(|kind| *kind.name == *name)?;
    let row = |field: &DetailField| Some((field.label.clone(), value(field, at(detail, &field.name)?)));
    Some(DetailWords {
        title: kind.title.clone(),
        rows: kind.fields.iter().filter_map(row).collect(),
    })
}

/// What stands at a path.
fn at<'a>(detail: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut names = path.split('.');
    let first = detail.get(names.next()?)?;
    names.try_fold(first, |value, name| value.get(name))
}

fn value(field: &DetailField, value: &Value) -> WordValue {
    match (field.kind, value) {
        (_, Value::Bool(flag)) => WordValue::Flag(*flag),
        (FieldKind::List, Value::Array(entries)) => {
            WordValue::Texts(entries.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        }
        (_, Value::String(text)) => WordValue::Texts(vec![text.clone()]),
        (_, other) => WordValue::Texts(vec![other.to_string()]),
    }
}
