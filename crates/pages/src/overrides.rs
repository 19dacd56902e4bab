//! A theme directory, read into memory as it is. Whether its files work is for those who use them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::{error::PageError, templates::Templates, texts::Texts};

/// The files of a theme by kind and name.
#[derive(Default)]
pub(crate) struct Overrides {
    pub(crate) templates: BTreeMap<String, String>,
    pub(crate) locales: BTreeMap<String, String>,
    pub(crate) assets: BTreeMap<String, Vec<u8>>,
}

impl Overrides {
    /// Reads `templates/`, `locales/` and `assets/`; each may be missing.
    ///
    /// # Errors
    /// [`PageError::Unreadable`], and [`PageError::UnknownFile`] for a file that would replace nothing.
    pub(crate) fn read(directory: &Path) -> Result<Self, PageError> {
        let mut overrides = Self::default();
        for entry in files_of(directory)? {
            let kind = name_of(&entry);
            if !matches!(kind.as_str(), "templates" | "locales" | "assets") && !kind.starts_with('.') {
                return Err(unknown(&kind, "templates/, locales/, assets/".to_owned()));
            }
        }
        for (name, content) in read_all(&directory.join("templates"))? {
            if !name.starts_with('_') {
                must_be_one_of("templates", &name, &Templates::file_names())?;
            }
            overrides
                .templates
                .insert(name.clone(), text(directory, "templates", &name, content)?);
        }
        for (name, content) in read_all(&directory.join("locales"))? {
            must_be_one_of("locales", &name, &Texts::file_names())?;
            overrides
                .locales
                .insert(name.clone(), text(directory, "locales", &name, content)?);
        }
        overrides.assets = read_all(&directory.join("assets"))?;
        Ok(overrides)
    }
}

/// The files of one directory; none when it does not exist. Hidden files (an editor's leavings) are passed over.
fn read_all(directory: &Path) -> Result<BTreeMap<String, Vec<u8>>, PageError> {
    if !directory.exists() {
        return Ok(BTreeMap::new());
    }
    let visible = files_of(directory)?
        .into_iter()
        .filter(|path| !name_of(path).starts_with('.'));
    visible
        .map(|path| {
            Ok((
                name_of(&path),
                fs::read(&path).map_err(|error| unreadable(&path, &error))?,
            ))
        })
        .collect()
}

fn files_of(directory: &Path) -> Result<Vec<PathBuf>, PageError> {
    let entries = fs::read_dir(directory).map_err(|error| unreadable(directory, &error))?;
    entries
        .map(|entry| {
            entry
                .map(|entry| entry.path())
                .map_err(|error| unreadable(directory, &error))
        })
        .collect()
}

fn text(directory: &Path, kind: &str, name: &str, content: Vec<u8>) -> Result<String, PageError> {
    String::from_utf8(content).map_err(|_| PageError::Unreadable {
        path: directory.join(kind).join(name),
        reason: "it is not UTF-8".to_owned(),
    })
}

fn must_be_one_of(kind: &str, name: &str, known: &[String]) -> Result<(), PageError> {
    if known.iter().any(|known| known == name) {
        Ok(())
    } else {
        Err(unknown(&format!("{kind}/{name}"), known.join(", ")))
    }
}

fn unknown(file: &str, known: String) -> PageError {
    PageError::UnknownFile {
        file: file.to_owned(),
        known,
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> PageError {
    PageError::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
