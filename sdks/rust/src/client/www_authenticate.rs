//! What a `WWW-Authenticate` header says (RFC 9110 section 11.6.1), several schemes in one value included. What cannot be read
//! ends the list.

/// The longest value that is read, in bytes.
const MAX_VALUE: usize = 8192;

/// One challenge; names in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Its scheme: `bearer`, `dpop`.
    pub scheme: String,
    /// Its parameters, in order; the first of a name counts.
    pub parameters: Vec<(String, String)>,
}

impl Challenge {
    /// A parameter's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Reads one value of the header.
#[must_use]
pub fn parse_challenges(value: &str) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    let mut rest = cut(value);
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return challenges;
        }
        if let (Some(current), Some((name, value, after))) = (challenges.last_mut(), parameter(rest)) {
            let name = name.to_ascii_lowercase();
            if current.get(&name).is_none() {
                current.parameters.push((name, value));
            }
            rest = after;
            continue;
        }
        let Some((scheme, after)) = scheme(rest) else {
            return challenges;
        };
        challenges.push(Challenge {
            scheme: scheme.to_ascii_lowercase(),
            parameters: Vec::new(),
        });
        rest = skip_token68(after.trim_start_matches([' ', '\t']));
    }
}

fn cut(value: &str) -> &str {
    let mut end = value.len().min(MAX_VALUE);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    value.get(..end).unwrap_or_default()
}

fn is_token(character: char) -> bool {
    character.is_ascii_alphanumeric() || "!#$%&'*+.^_`|~-".contains(character)
}

/// As many characters as are allowed, and what follows; `None` where there is none.
fn take(text: &str, allowed: impl Fn(char) -> bool) -> Option<(&str, &str)> {
    let end = text.find(|character| !allowed(character)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn scheme(text: &str) -> Option<(&str, &str)> {
    take(text, is_token).filter(|(_, after)| after.is_empty() || after.starts_with([' ', '\t', ',']))
}

/// `name=value` or `name="value"`, and what follows.
fn parameter(text: &str) -> Option<(&str, String, &str)> {
    let (name, after) = take(text, is_token)?;
    let after = after.trim_start_matches([' ', '\t']).strip_prefix('=')?;
    let after = after.trim_start_matches([' ', '\t']);
    if let Some(quoted) = after.strip_prefix('"') {
        let (value, after) = unquoted(quoted);
        return Some((name, value, after));
    }
    let (value, after) = take(after, |character| !matches!(character, ' ' | '\t' | '"' | ',' | '='))?;
    Some((name, value.to_owned(), after))
}

/// The value of a quoted string, which may lack its end.
fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, text.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

/// Some schemes have one value in place of parameters; it is of no interest here.
fn skip_token68(text: &str) -> &str {
    if parameter(text).is_some() {
        return text;
    }
    let is_68 = |character: char| character.is_ascii_alphanumeric() || "._~+/-".contains(character);
    let Some((_, after)) = take(text, is_68) else {
        return text;
    };
    let padded = after.trim_start_matches('=');
    let end = padded.trim_start_matches([' ', '\t']);
    // Without its sign of the end it may be the next scheme's name.
    if (end.is_empty() || end.starts_with(',')) && (padded.len() < after.len() || end.is_empty()) {
        padded
    } else {
        text
    }
}
