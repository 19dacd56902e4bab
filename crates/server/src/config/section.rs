//! Reading one table of a configuration. A reading function asks a [`Section`] for each of its keys by name, kind,
//! description and default; what it asks is at the same time the definition from which unknown keys are found, the
//! JSON Schema is made (`super::schema`) and effective values are shown (`super::show`). Must not know any key.

use super::document::{Node, Table, Value};
use super::field::{Field, Shape};
use super::kind::{Kind, Mistake};
use super::problem::{Loosening, Place, Problem};
use super::reading::Reading;
use super::suggest;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One table while it is read. A getter returns `None` when the value is missing or wrong, and the reason is then
/// reported; ask for everything first and give up afterwards, so that all mistakes are found.
pub(super) struct Section<'a> {
    reading: &'a Reading<'a>,
    table: Option<&'a Table>,
    place: Place,
    path: String,
    fields: Vec<Field>,
}

impl<'a> Section<'a> {
    pub(super) fn new(reading: &'a Reading<'a>, table: Option<&'a Table>, place: Place, path: String) -> Self {
        Self {
            reading,
            table,
            place,
            path,
            fields: Vec::new(),
        }
    }

    /// A key that must be there.
    pub(super) fn required<K: Kind>(&mut self, key: &'static str, doc: &'static str, kind: &K) -> Option<K::Value> {
        let found = self.value(key, doc, kind, true, None);
        if matches!(found, Found::Absent) {
            self.problem(key, "is missing", None);
        }
        found.known()
    }

    /// A key that may be absent.
    #[expect(clippy::option_option, reason = "wrong, absent and present are three things")]
    pub(super) fn optional<K: Kind>(
        &mut self,
        key: &'static str,
        doc: &'static str,
        kind: &K,
    ) -> Option<Option<K::Value>> {
        match self.value(key, doc, kind, false, None) {
            Found::Absent => Some(None),
            Found::Wrong => None,
            Found::Known(value) => Some(Some(value)),
        }
    }

    /// A key with a default, given as it would be written.
    pub(super) fn or<K: Kind>(
        &mut self,
        key: &'static str,
        doc: &'static str,
        kind: &K,
        default: impl Into<Json>,
    ) -> Option<K::Value> {
        self.value(key, doc, kind, false, Some(default.into())).known()
    }

    /// A table that is read whether it is written or not.
    pub(super) fn section<T>(
        &mut self,
        key: &'static str,
        doc: &'static str,
        read: impl FnOnce(&mut Section<'_>) -> T,
    ) -> T {
        let node = self.table.and_then(|table| table.get(key));
        let (table, place) = match node.map(|node| (&node.value, &node.place)) {
            Some((Value::Table(table), place)) => (Some(table), place.clone()),
            Some((_, place)) => {
                self.wrong_table(key, node);
                (None, place.clone())
            }
            None => (None, self.place.clone()),
        };
        let mut section = Section::new(self.reading, table, place, self.path_of(key));
        let value = read(&mut section);
        let fields = section.close();
        self.fields.push(Field::new(key, doc, Shape::Section(fields)));
        value
    }

    /// A table that is read only when it is written, here or in the environment.
    pub(super) fn optional_section<T>(
        &mut self,
        key: &'static str,
        doc: &'static str,
        read: impl Fn(&mut Section<'_>) -> Option<T>,
    ) -> Option<Option<T>> {
        let is_written = self.table.is_some_and(|table| table.get(key).is_some());
        let overlay = self.reading.overlay();
        if is_written || overlay.is_some_and(|overlay| overlay.touches(&self.path_of(key))) {
            return self.section(key, doc, read).map(Some);
        }
        self.fields
            .push(Field::new(key, doc, Shape::Absent(rehearse(|section| read(section)))));
        Some(None)
    }

    /// A list of tables, `[[key]]`.
    pub(super) fn each<T>(
        &mut self,
        key: &'static str,
        doc: &'static str,
        read: impl Fn(&mut Section<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut values = Some(Vec::new());
        let mut items = Vec::new();
        let node = self.table.and_then(|table| table.get(key));
        let nodes = match node.map(|node| &node.value) {
            Some(Value::List(nodes)) => nodes.as_slice(),
            Some(_) => {
                self.wrong_list(key, node);
                values = None;
                &[]
            }
            None => &[],
        };
        for (index, node) in nodes.iter().enumerate() {
            let path = format!("{}[{index}]", self.path_of(key));
            let Value::Table(table) = &node.value else {
                self.report_at(&path, Mistake::wrong_kind(node, "a table"));
                values = None;
                continue;
            };
            let mut section = Section::new(self.reading, Some(table), node.place.clone(), path);
            let value = read(&mut section);
            items.push(section.close());
            values = values.zip(value).map(|(mut values, value)| {
                values.push(value);
                values
            });
        }
        let item = rehearse(|section| read(section));
        self.fields.push(Field::new(key, doc, Shape::List { item, items }));
        values
    }

    /// Tables under names of the writer's choice, `[key.NAME]`.
    pub(super) fn named<T>(
        &mut self,
        key: &'static str,
        doc: &'static str,
        read: impl Fn(&str, &mut Section<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut values = Some(Vec::new());
        let mut entries = Vec::new();
        let node = self.table.and_then(|table| table.get(key));
        let nodes = match node.map(|node| &node.value) {
            Some(Value::Table(table)) => table.0.as_slice(),
            Some(_) => {
                self.wrong_table(key, node);
                values = None;
                &[]
            }
            None => &[],
        };
        for (name, node) in nodes {
            let path = format!("{}.{name}", self.path_of(key));
            let Value::Table(table) = &node.value else {
                self.report_at(&path, Mistake::wrong_kind(node, "a table"));
                values = None;
                continue;
            };
            let mut section = Section::new(self.reading, Some(table), node.place.clone(), path);
            let value = read(name, &mut section);
            entries.push((name.clone(), section.close()));
            values = values.zip(value).map(|(mut values, value)| {
                values.push(value);
                values
            });
        }
        let item = rehearse(|section| read("name", section));
        self.fields.push(Field::new(key, doc, Shape::Named { item, entries }));
        values
    }

    /// Reports what is wrong with a key's value in the light of others.
    pub(super) fn problem(&self, key: &str, message: impl Into<String>, fix: Option<String>) {
        let place = self.place_of(key);
        self.reading.report(Problem {
            place,
            key: self.path_of(key),
            message: message.into(),
            fix,
        });
    }

    /// Reports what is wrong with one item of a key's list, at the item's own line.
    pub(super) fn problem_in(&self, key: &str, index: usize, message: impl Into<String>, fix: Option<String>) {
        let item = match self.table.and_then(|table| table.get(key)).map(|node| &node.value) {
            Some(Value::List(nodes)) => nodes.get(index),
            _ => None,
        };
        self.reading.report(Problem {
            place: item.map_or_else(|| self.place_of(key), |node| node.place.clone()),
            key: self.path_of(key),
            message: message.into(),
            fix,
        });
    }

    /// Reports a problem that stands elsewhere.
    pub(super) fn report(&self, problem: Problem) {
        self.reading.report(problem);
    }

    /// Reads another file that this one names; what is wrong in it is reported with the rest.
    pub(super) fn within<T>(&self, file: &Arc<str>, table: &Table, read: impl FnOnce(&mut Section<'_>) -> T) -> T {
        let place = Place::File {
            file: Arc::clone(file),
            line: 1,
        };
        let mut section = Section::new(self.reading, Some(table), place, String::new());
        let value = read(&mut section);
        section.close();
        value
    }

    /// Remembers that a key loosens a rule.
    pub(super) fn loosens(&self, key: &str, says: impl Into<String>) {
        self.reading.loosen(Loosening {
            place: self.place_of(key),
            key: self.path_of(key),
            says: says.into(),
        });
    }

    /// A path in the file, relative to the file's directory.
    pub(super) fn resolve(&self, path: &str) -> PathBuf {
        self.reading.directory().join(path)
    }

    /// Whether the file itself has the key.
    pub(super) fn is_written(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.get(key).is_some())
    }

    /// Whether the file itself has the key in this table below; here, for an empty name.
    pub(super) fn is_written_in(&self, table: &str, key: &str) -> bool {
        if table.is_empty() {
            return self.is_written(key);
        }
        let node = self.table.and_then(|own| own.get(table));
        node.is_some_and(|node| matches!(&node.value, Value::Table(table) if table.get(key).is_some()))
    }

    /// Where a key is written, here or in the environment; the table's own line where it is not.
    pub(super) fn place_of(&self, key: &str) -> Place {
        let asked = self.fields.iter().find(|field| field.key == key);
        if let Some(Shape::Value {
            effective: Some((_, place)),
            ..
        }) = asked.map(|field| &field.shape)
            && matches!(place, Place::Environment(_))
        {
            return place.clone();
        }
        let written = self.table.and_then(|table| table.get(key));
        written.map_or_else(|| self.place.clone(), |node| node.place.clone())
    }

    fn value<K: Kind>(
        &mut self,
        key: &'static str,
        doc: &'static str,
        kind: &K,
        required: bool,
        default: Option<Json>,
    ) -> Found<K::Value> {
        let path = self.path_of(key);
        let overridden = self.overridden(&path, kind);
        let written = overridden.or_else(|| self.table.and_then(|table| table.get(key)).cloned());
        let node = written.or_else(|| default.as_ref().map(Node::from_json));
        self.fields.push(Field::new(
            key,
            doc,
            Shape::Value {
                schema: kind.schema(),
                secret: kind.is_secret(),
                required,
                default,
                effective: node.as_ref().map(|node| (kind.shown(node), node.place.clone())),
            },
        ));
        let Some(node) = node else { return Found::Absent };
        match kind.read(&node) {
            Ok(value) => Found::Known(value),
            Err(mistakes) => {
                self.report_at(&path, mistakes);
                Found::Wrong
            }
        }
    }

    fn overridden<K: Kind>(&self, path: &str, kind: &K) -> Option<Node> {
        match self.reading.overlay()?.take(path) {
            Ok(found) => found.map(|found| Node {
                value: kind.read_environment(&found.text, &found.place),
                place: found.place,
            }),
            Err(problem) => {
                self.reading.report(problem);
                None
            }
        }
    }

    /// Reports the keys that nobody asked for, and hands over what was asked.
    pub(super) fn close(self) -> Vec<Field> {
        let known = || self.fields.iter().map(|field| field.key);
        for (key, node) in self.table.into_iter().flat_map(|table| &table.0) {
            if !known().any(|asked| asked == key) {
                self.reading.report(Problem {
                    place: node.place.clone(),
                    key: self.path_of(key),
                    message: "is not a known key".to_owned(),
                    fix: suggest::fix(key, known()),
                });
            }
        }
        self.fields
    }

    /// A key as messages name it, dotted.
    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    fn wrong_table(&self, key: &str, node: Option<&Node>) {
        if let Some(node) = node {
            self.report_at(&self.path_of(key), Mistake::wrong_kind(node, "a table"));
        }
    }

    fn wrong_list(&self, key: &str, node: Option<&Node>) {
        if let Some(node) = node {
            let expected = format!("a list of tables, each under [[{}]]", self.path_of(key));
            self.report_at(&self.path_of(key), Mistake::wrong_kind(node, &expected));
        }
    }

    fn report_at(&self, path: &str, mistakes: Vec<Mistake>) {
        for mistake in mistakes {
            self.reading.report(Problem {
                place: mistake.place,
                key: path.to_owned(),
                message: mistake.message,
                fix: mistake.fix,
            });
        }
    }
}

/// Asks a reading function what it asks for, of an empty table; what it then misses is of no interest.
pub(super) fn rehearse<T>(read: impl FnOnce(&mut Section<'_>) -> T) -> Vec<Field> {
    let reading = Reading::new(Path::new(""), None);
    let mut section = Section::new(&reading, None, Place::Default, String::new());
    let _ = read(&mut section);
    section.close()
}

enum Found<T> {
    Absent,
    Wrong,
    Known(T),
}

impl<T> Found<T> {
    fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Absent | Self::Wrong => None,
        }
    }
}
