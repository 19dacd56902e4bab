//! A TOML text as a tree whose every value knows its line. Must not know any key.

use super::problem::{Place, Problem};
use serde_json::Value as Json;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) place: Place,
}

/// What was written.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Datetime(String),
    List(Vec<Node>),
    Table(Table),
}

/// Keys in the order of the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Table(pub(super) Vec<(String, Node)>);

impl Table {
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, node)| node)
    }
}

impl Node {
    /// What kind of value this is, in words.
    pub(super) fn kind(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "a string",
            Value::Integer(_) => "an integer",
            Value::Float(_) => "a float",
            Value::Boolean(_) => "a boolean",
            Value::Datetime(_) => "a date",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }

    /// The same value as JSON.
    pub(super) fn to_json(&self) -> Json {
        match &self.value {
            Value::Text(text) | Value::Datetime(text) => Json::from(text.as_str()),
            Value::Integer(number) => Json::from(*number),
            Value::Float(number) => Json::from(*number),
            Value::Boolean(flag) => Json::from(*flag),
            Value::List(nodes) => nodes.iter().map(Self::to_json).collect(),
            Value::Table(table) => table
                .0
                .iter()
                .map(|(key, node)| (key.clone(), node.to_json()))
                .collect(),
        }
    }

    /// A default as if it had been written.
    pub(super) fn from_json(json: &Json) -> Self {
        let value = match json {
            Json::Null => Value::Text(String::new()),
            Json::Bool(flag) => Value::Boolean(*flag),
            Json::Number(number) => number
                .as_i64()
                .map_or_else(|| Value::Float(number.as_f64().unwrap_or_default()), Value::Integer),
            Json::String(text) => Value::Text(text.clone()),
            Json::Array(items) => Value::List(items.iter().map(Self::from_json).collect()),
            Json::Object(entries) => Value::Table(Table(
                entries
                    .iter()
                    .map(|(key, value)| (key.clone(), Self::from_json(value)))
                    .collect(),
            )),
        };
        Self {
            value,
            place: Place::Default,
        }
    }
}

/// Reads a file's text.
///
/// # Errors
/// Every mistake of syntax.
pub(super) fn parse(file: &Arc<str>, text: &str) -> Result<Table, Vec<Problem>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = Lines::new(file, text);
    let (root, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(lines.table(root.get_ref()));
    }
    let problem = |error: &toml::de::Error| Problem {
        place: lines.place(error.span().map_or(0, |span| span.start)),
        key: String::new(),
        message: format!("is not TOML: {}", error.message().trim()),
        fix: None,
    };
    let mut problems: Vec<Problem> = errors.iter().map(problem).collect();
    problems.sort();
    Err(problems)
}

/// Reads one TOML value, as an environment variable holds it; `None` when it is none.
pub(super) fn parse_value(text: &str, place: &Place) -> Option<Value> {
    let parsed = DeValue::parse(text).ok()?;
    let nowhere = Arc::from("");
    let lines = Lines::new(&nowhere, text);
    let mut node = lines.node(&parsed, 0);
    relocate(&mut node, place);
    Some(node.value)
}

fn relocate(node: &mut Node, place: &Place) {
    node.place = place.clone();
    match &mut node.value {
        Value::List(nodes) => nodes.iter_mut().for_each(|node| relocate(node, place)),
        Value::Table(table) => table.0.iter_mut().for_each(|(_, node)| relocate(node, place)),
        _ => {}
    }
}

/// Where each line begins, to turn an offset into a line.
struct Lines<'a> {
    file: &'a Arc<str>,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(file: &'a Arc<str>, text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self {
            file,
            starts: breaks.map(|(offset, _)| offset + 1).collect(),
        }
    }

    fn place(&self, offset: usize) -> Place {
        Place::File {
            file: Arc::clone(self.file),
            line: self.starts.partition_point(|start| *start <= offset) + 1,
        }
    }

    fn table(&self, table: &DeTable<'_>) -> Table {
        let mut entries: Vec<(usize, (String, Node))> = table
            .iter()
            .map(|(key, value)| {
                let at = key.span().start;
                (at, (key.get_ref().clone().into_owned(), self.node(value, at)))
            })
            .collect();
        entries.sort_by_key(|(at, _)| *at);
        Table(entries.into_iter().map(|(_, entry)| entry).collect())
    }

    fn node(&self, value: &Spanned<DeValue<'_>>, at: usize) -> Node {
        let read = match value.get_ref() {
            DeValue::String(text) => Value::Text(text.clone().into_owned()),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Value::Integer(number),
                // TOML promises 64 bits; what does not fit is as wrong as a float where a count belongs.
                Err(_) => Value::Float(f64::INFINITY),
            },
            DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(flag) => Value::Boolean(*flag),
            DeValue::Datetime(date) => Value::Datetime(date.to_string()),
            DeValue::Array(items) => Value::List(items.iter().map(|item| self.node(item, item.span().start)).collect()),
            DeValue::Table(table) => Value::Table(self.table(table)),
        };
        Node {
            value: read,
            place: self.place(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        fn walk(path: &str, node: &Node, out: &mut Vec<String>) {
            out.push(format!("{path} {}", node.place));
            match &node.value {
                Value::Table(table) => {
                    for (key, node) in &table.0 {
                        walk(&format!("{path}.{key}"), node, out);
                    }
                }
                Value::List(nodes) => nodes.iter().for_each(|node| walk(&format!("{path}[]"), node, out)),
                _ => {}
            }
        }
        let table = parse(&Arc::from("f"), text).unwrap();
        let mut out = Vec::new();
        for (key, node) in &table.0 {
            walk(key, node, &mut out);
        }
        out
    }

    #[test]
    fn every_value_knows_its_line() {
        let text = "a = 1\n\n[b]\nc = [\n  'x',\n  'y',\n]\n[[d]]\ne = 1\n[[d]]\ne = 2\n";
        let expected = [
            "a f:1",
            "b f:3",
            "b.c f:4",
            "b.c[] f:5",
            "b.c[] f:6",
            "d f:8",
            "d[] f:8",
            "d[].e f:9",
            "d[] f:10",
            "d[].e f:11",
        ];
        assert_eq!(lines(text), expected);
    }

    #[test]
    fn every_mistake_of_syntax_is_reported_with_its_line() {
        let problems = parse(&Arc::from("f"), "a = x\nb = 1\nc = 2 3\n").unwrap_err();
        let places: Vec<String> = problems.iter().map(|problem| problem.place.to_string()).collect();
        assert_eq!(places, ["f:1", "f:3"]);
    }
}
