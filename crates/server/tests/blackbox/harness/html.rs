//! As much of HTML as a form filler needs: forms with their fields, links by id, the meta refresh, and attributes of
//! elements by id. It reads what a browser without JavaScript would.

use std::collections::BTreeMap;

/// A page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Every element, in order.
    pub(crate) elements: Vec<Element>,
    /// Where the meta refresh leads.
    pub(crate) refresh: Option<String>,
}

/// A start tag.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    /// Its name.
    pub(crate) tag: String,
    /// Its attributes, decoded.
    pub(crate) attributes: BTreeMap<String, String>,
    /// Which form it is in, by number.
    form: usize,
}

/// A form with the values it would send.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// Where it is sent.
    pub(crate) action: String,
    /// Name and value of each control that is sent as it stands.
    pub(crate) fields: Vec<(String, String)>,
    /// Every control.
    pub(crate) controls: Vec<Element>,
}

impl Page {
    /// Reads a page.
    pub(crate) fn read(text: &str) -> Self {
        let mut page = Self::default();
        let (mut rest, mut form, mut forms) = (text, 0, 0);
        while let Some(start) = rest.find('<') {
            rest = &rest[start + 1..];
            if let Some(after) = rest.strip_prefix("/form") {
                (rest, form) = (after, 0);
                continue;
            }
            if !rest.starts_with(|first: char| first.is_ascii_alphabetic()) {
                continue;
            }
            let (tag, attributes, after) = start_tag(rest);
            rest = after;
            if tag == "form" {
                forms += 1;
                form = forms;
            }
            page.elements.push(Element { tag, attributes, form });
        }
        let refresh = page
            .elements
            .iter()
            .find(|element| element.tag == "meta" && element.is("http-equiv", "refresh"));
        page.refresh = refresh.and_then(|element| Some(element.get("content")?.split_once("url=")?.1.to_owned()));
        page
    }

    /// The element with an id.
    pub(crate) fn by_id(&self, id: &str) -> Option<&Element> {
        self.elements.iter().find(|element| element.is("id", id))
    }

    /// The form that holds the button with this id.
    #[track_caller]
    pub(crate) fn form_with(&self, button: &str) -> Form {
        let number = self.by_id(button).unwrap_or_else(|| panic!("no {button}")).form;
        self.form(number)
    }

    /// A form by its number, from 1.
    pub(crate) fn form(&self, number: usize) -> Form {
        let mut inside = self.elements.iter().filter(|element| element.form == number);
        let action = inside.next().unwrap().get("action").unwrap_or_default().to_owned();
        let controls: Vec<Element> = inside
            .filter(|element| element.get("name").is_some())
            .cloned()
            .collect();
        let sent = controls.iter().filter(|control| {
            let kind = control.get("type").unwrap_or("text");
            control.tag == "input" && (!matches!(kind, "radio" | "checkbox") || control.get("checked").is_some())
        });
        let value = |control: &Element, name: &str| control.get(name).unwrap_or_default().to_owned();
        let fields = sent
            .map(|control| (value(control, "name"), value(control, "value")))
            .collect();
        Form {
            action,
            fields,
            controls,
        }
    }

    /// The code on the error page.
    #[track_caller]
    pub(crate) fn error(&self) -> String {
        let element = self.by_id("error").expect("an error page");
        element.get("data-error").unwrap().to_owned()
    }

    /// Every address that the page could lead to: links, forms, refreshes, scripts, pictures.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let names = ["href", "src", "action", "formaction", "content"];
        let values = self
            .elements
            .iter()
            .flat_map(|element| names.map(|name| element.get(name)));
        values.flatten().map(str::to_owned).collect()
    }
}

impl Element {
    /// An attribute.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// Whether an attribute has this value.
    pub(crate) fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == Some(value)
    }
}

impl Form {
    /// Fills a field in, replacing what it had.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The values that a name's controls offer.
    pub(crate) fn offered(&self, name: &str) -> Vec<String> {
        let named = self.controls.iter().filter(|control| control.is("name", name));
        named
            .filter_map(|control| control.get("value").map(str::to_owned))
            .collect()
    }
}

/// The tag's name, its attributes, and what follows it.
fn start_tag(text: &str) -> (String, BTreeMap<String, String>, &str) {
    let end = text
        .find(|byte: char| byte.is_whitespace() || matches!(byte, '>' | '/'))
        .unwrap_or(text.len());
    let (tag, mut rest) = text.split_at(end);
    let mut attributes = BTreeMap::new();
    loop {
        rest = rest.trim_start_matches(|byte: char| byte.is_whitespace() || byte == '/');
        if rest.is_empty() || rest.starts_with('>') {
            break;
        }
        let end = rest
            .find(|byte: char| byte.is_whitespace() || matches!(byte, '>' | '=' | '/'))
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end.max(1).min(rest.len()));
        rest = after;
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix('=') {
            let (text, after) = match after.chars().next() {
                Some(quote @ ('"' | '\'')) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                _ => after.split_at(
                    after
                        .find(|byte: char| byte.is_whitespace() || byte == '>')
                        .unwrap_or(after.len()),
                ),
            };
            value = decode(text);
            rest = after;
        }
        attributes.entry(name.to_ascii_lowercase()).or_insert(value);
    }
    (tag.to_ascii_lowercase(), attributes, rest)
}

/// Replaces character references.
fn decode(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let Some(end) = rest.find(';') else { break };
        let name = &rest[1..end];
        let number = name.strip_prefix("#x").map_or_else(
            || name.strip_prefix('#').and_then(|digits| digits.parse().ok()),
            |digits| u32::from_str_radix(digits, 16).ok(),
        );
        let known = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => number.and_then(char::from_u32),
        };
        match known {
            Some(character) => {
                out.push(character);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

#[test]
fn a_form_sends_what_a_browser_would() {
    let page = Page::read(
        r#"<meta http-equiv="refresh" content="0; url=https://a/?x=1&amp;y=&quot;"><form method=post action="/go">
        <input type="hidden" name="h" value="a &lt;b&#x27;"><input type=radio name=r value=1><input type=radio name=r value=2 checked>
        <button id=b name=decision value=allow></form><input name=outside>"#,
    );
    assert_eq!(page.refresh.as_deref(), Some("https://a/?x=1&y=\""));
    let form = page.form_with("b");
    assert_eq!(form.action, "/go");
    assert_eq!(form.fields, [("h".into(), "a <b'".into()), ("r".into(), "2".into())]);
    assert_eq!(form.offered("r"), ["1", "2"]);
}
