//! From files to configuration: which files are read, and what is only wrong with several of them together.

use super::document::{self, Table};
use super::field::Field;
use super::problem::{Place, Problem, Problems};
use super::reading::Reading;
use super::realm::{self, RealmConfig};
use super::section::Section;
use super::server::{self, ServerConfig};
use super::{Document, Environment, Target, show};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads `grantd.toml`, the environment that overrides it, and the realms it names. A reload calls this again and
/// keeps what it had on an error.
///
/// # Errors
/// Everything that is wrong in any of the files and the environment.
pub fn load_server(file: &Path, environment: &Environment) -> Result<ServerConfig, Problems> {
    read_server(file, environment).map(|(config, _)| config)
}

/// The configuration of a process without a file: the defaults, and the environment that overrides them. It has no
/// realm; `grantd dev` adds them.
///
/// # Errors
/// Everything that is wrong in the environment.
pub fn server_without_file(environment: &Environment) -> Result<ServerConfig, Problems> {
    let reading = Reading::new(Path::new(""), Some(environment));
    let (read, _, problems) = run(reading, &Table::default(), Place::Default, server::read::read);
    let (read, loosenings) = read.ok_or(Problems(problems))?;
    Ok(ServerConfig {
        loosenings,
        ..read.config
    })
}

/// Reads `grantd.toml` from its text, without the realms that it names and without the environment. `source` is what
/// messages call it, and relative paths start from its directory.
///
/// # Errors
/// Everything that is wrong in it.
pub fn parse_server(source: &Path, text: &str) -> Result<ServerConfig, Problems> {
    let (table, top) = parse(source, text)?;
    let reading = Reading::new(directory(source), None);
    let (read, _, problems) = run(reading, &table, top, server::read::read);
    let (read, loosenings) = read.ok_or(Problems(problems))?;
    Ok(ServerConfig {
        source: Some(source.to_owned()),
        loosenings,
        ..read.config
    })
}

/// Reads one realm's file, and the permissions file it may name.
///
/// # Errors
/// Everything that is wrong in them.
pub fn load_realm(file: &Path) -> Result<RealmConfig, Problems> {
    parse_realm(file, &text_of(file)?)
}

/// Reads one realm from its text. `source` is what messages call it, and relative paths start from its directory.
///
/// # Errors
/// Everything that is wrong in it.
pub fn parse_realm(source: &Path, text: &str) -> Result<RealmConfig, Problems> {
    read_realm(source, text).map(|(realm, _)| realm)
}

/// Effective values, for people and for programs. Secrets are left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shown {
    /// As TOML, with a comment behind each value that says where it came from.
    pub toml: String,
    /// As JSON: each value is `{"value": .., "from": ..}`.
    pub json: serde_json::Value,
}

impl Shown {
    fn of(fields: &[Field]) -> Self {
        Self {
            toml: show::toml(fields),
            json: show::json(fields),
        }
    }
}

/// The effective values of `grantd.toml`.
///
/// # Errors
/// Everything that is wrong in any of the files and the environment.
pub fn show_server(file: &Path, environment: &Environment) -> Result<Shown, Problems> {
    read_server(file, environment).map(|(_, fields)| Shown::of(&fields))
}

/// The effective values of a realm's file.
///
/// # Errors
/// Everything that is wrong in it.
pub fn show_realm(file: &Path) -> Result<Shown, Problems> {
    read_realm(file, &text_of(file)?).map(|(_, fields)| Shown::of(&fields))
}

fn read_realm(source: &Path, text: &str) -> Result<(RealmConfig, Vec<Field>), Problems> {
    let (table, top) = parse(source, text)?;
    let reading = Reading::new(directory(source), None);
    let (read, fields, problems) = run(reading, &table, top, |section| realm::read::read(section, source));
    let (config, loosenings) = read.ok_or(Problems(problems))?;
    let mut settings = show::json(&fields);
    if let Some(members) = settings.as_object_mut() {
        // Secrets of what is seeded; and what is long and known elsewhere.
        for name in ["demo", "permissions", "roles"] {
            members.remove(name);
        }
    }
    let config = RealmConfig {
        loosenings,
        settings: Arc::new(settings),
        ..config
    };
    Ok((config, fields))
}

fn read_server(file: &Path, environment: &Environment) -> Result<(ServerConfig, Vec<Field>), Problems> {
    let (table, top) = parse(file, &text_of(file)?)?;
    let reading = Reading::new(directory(file), Some(environment));
    let (read, fields, mut problems) = run(reading, &table, top, server::read::read);
    let Some((read, loosenings)) = read else {
        return Err(Problems(problems));
    };
    let realms = realms(directory(file), &read.realm_patterns, &read.realms_place, &mut problems);
    if problems.is_empty() {
        let config = ServerConfig {
            source: Some(file.to_owned()),
            realms,
            loosenings,
            ..read.config
        };
        Ok((config, fields))
    } else {
        Err(Problems(problems))
    }
}

type Run<T> = (Option<(T, Vec<super::Loosening>)>, Vec<Field>, Vec<Problem>);

/// Runs a reading function. There is a value only if there is no problem, and a problem if there is no value.
fn run<T>(reading: Reading<'_>, table: &Table, top: Place, read: impl FnOnce(&mut Section<'_>) -> Option<T>) -> Run<T> {
    let (value, fields) = reading.top(table, top.clone(), read);
    let (mut problems, loosenings) = reading.finish();
    if value.is_none() && problems.is_empty() {
        problems.push(Problem {
            place: top,
            key: String::new(),
            message: "cannot be used, for a reason that was not reported; this is a fault of grantd".to_owned(),
            fix: None,
        });
    }
    let value = value.filter(|_| problems.is_empty()).map(|value| (value, loosenings));
    (value, fields, problems)
}

fn parse(source: &Path, text: &str) -> Result<(Table, Place), Problems> {
    let file: Arc<str> = source.display().to_string().into();
    let table = document::parse(&file, text).map_err(Problems)?;
    Ok((table, Place::File { file, line: 1 }))
}

fn text_of(file: &Path) -> Result<String, Problems> {
    std::fs::read_to_string(file).map_err(|error| {
        let fix = (error.kind() == std::io::ErrorKind::NotFound).then(|| "`grantd init` writes a first one".to_owned());
        Problems::of_file(&file.display().to_string(), format!("cannot be read: {error}"), fix)
    })
}

fn directory(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}

/// Reads every realm that the patterns name.
fn realms(directory: &Path, patterns: &[String], place: &Place, problems: &mut Vec<Problem>) -> Vec<Arc<RealmConfig>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for pattern in patterns {
        match matching(directory, pattern) {
            Ok(found) => files.extend(found),
            Err(message) => problems.push(Problem {
                place: place.clone(),
                key: "realms".to_owned(),
                message,
                fix: None,
            }),
        }
    }
    files.sort();
    files.dedup();
    let mut realms: Vec<Arc<RealmConfig>> = Vec::new();
    for file in files {
        match load_realm(&file) {
            Ok(realm) => {
                problems.extend(realms.iter().filter_map(|before| clash(before, &realm)));
                realms.push(Arc::new(realm));
            }
            Err(found) => problems.extend(found.0),
        }
    }
    realms
}

/// The files that a pattern names: at least one. Only the last component may hold a `*`.
fn matching(directory: &Path, pattern: &str) -> Result<Vec<PathBuf>, String> {
    let path = directory.join(pattern);
    if !pattern.contains('*') {
        return Ok(vec![path]);
    }
    let (parent, name) = match (path.parent(), path.file_name().and_then(|name| name.to_str())) {
        (Some(parent), Some(name)) if !parent.to_string_lossy().contains('*') => (parent, name),
        _ => return Err(format!("\"{pattern}\" may have a * in the file's name only")),
    };
    let parent = if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    };
    let entries =
        std::fs::read_dir(parent).map_err(|error| format!("cannot list \"{}\": {error}", parent.display()))?;
    let found: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            path.file_name()
                .and_then(|found| found.to_str())
                .is_some_and(|found| fits(name, found))
        })
        .collect();
    if found.is_empty() {
        Err(format!("\"{pattern}\" names no file"))
    } else {
        Ok(found)
    }
}

/// Whether a name fits a pattern in which each `*` stands for any characters.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut left) = name.strip_prefix(head) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        match left.split_once(part) {
            Some((_, behind)) => left = behind,
            None => return false,
        }
    }
    left.ends_with(tail)
}

/// What two realms cannot share: a name, or an address.
fn clash(before: &RealmConfig, realm: &RealmConfig) -> Option<Problem> {
    let problem = |key: &str, message: String| {
        let place = Place::File {
            file: realm.source.display().to_string().into(),
            line: 1,
        };
        Some(Problem {
            place,
            key: key.to_owned(),
            message,
            fix: None,
        })
    };
    let other = before.source.display();
    if before.realm.name == realm.realm.name {
        return problem(
            "name",
            format!("\"{}\" is already the name of the realm in {other}", realm.realm.name),
        );
    }
    let taken = before.endpoints.routes();
    // Two realms can issue tokens for one resource; the document of the first one stands.
    let is_exclusive =
        |route: &&super::Route| !matches!(route.target, Target::Document(Document::ProtectedResource(_)));
    let routes = realm.endpoints.routes();
    let shared = routes.iter().filter(is_exclusive).find(|route| {
        taken
            .iter()
            .any(|taken| taken.host == route.host && taken.path == route.path)
    })?;
    problem(
        "issuer",
        format!(
            "{}{} is already an address of the realm in {other}",
            shared.origin, shared.path
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name, expected) in [
            ("*.toml", "a.toml", true),
            ("*.toml", "a.toml.bak", false),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a*a", "a", false),
            ("a.toml", "a.toml", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
