//! Where everything that changes at run time is kept, as one text: `sqlite:PATH` or `postgres://...`.

use grantd_protocol::Secret;
use std::fmt;
use std::path::{Path, PathBuf};

/// Which store, and where.
#[derive(Clone)]
pub enum Storage {
    /// Nothing is kept; `grantd dev --data :memory:` only.
    Memory,
    /// One file.
    Sqlite(PathBuf),
    /// A connection string, which may hold a password.
    Postgres(Secret),
}

impl Storage {
    /// Reads the text form; a relative SQLite path is below `data_dir`.
    ///
    /// # Errors
    /// A sentence that says what was expected.
    pub fn parse(text: &str, data_dir: &Path) -> Result<Self, &'static str> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return match url::Url::parse(text) {
                Ok(_) => Ok(Self::Postgres(Secret::new(text.to_owned()))),
                Err(_) => Err("is not a valid PostgreSQL URL"),
            };
        }
        match text.strip_prefix("sqlite:") {
            Some("" | ":memory:") | None => Err("must be \"sqlite:PATH\" or \"postgres://user@host/database\""),
            Some(path) => Ok(Self::Sqlite(data_dir.join(path))),
        }
    }
}

impl Storage {
    /// Whether both are the same place, reached in the same way.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Memory, Self::Memory) => true,
            (Self::Sqlite(path), Self::Sqlite(other)) => path == other,
            (Self::Postgres(url), Self::Postgres(other)) => url.expose() == other.expose(),
            _ => false,
        }
    }
}

impl fmt::Display for Storage {
    /// What may be shown: never a password.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => out.write_str("memory"),
            Self::Sqlite(path) => write!(out, "sqlite:{}", path.display()),
            Self::Postgres(url) => out.write_str(&redacted(url.expose())),
        }
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Storage({self})")
    }
}

/// The URL's scheme, host, port and path alone: user names are harmless, but parameters may hold a password too.
fn redacted(url: &str) -> String {
    url::Url::parse(url).map_or_else(
        |_| "postgres://…".to_owned(),
        |url| {
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            format!("postgres://{}{port}{}", url.host_str().unwrap_or("…"), url.path())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_database_lies_in_the_data_directory() {
        let storage = Storage::parse("sqlite:grantd.db", Path::new("/var/lib/grantd")).unwrap();
        assert_eq!(storage.to_string(), "sqlite:/var/lib/grantd/grantd.db");
        let storage = Storage::parse("sqlite:/srv/g.db", Path::new("/var/lib/grantd")).unwrap();
        assert_eq!(storage.to_string(), "sqlite:/srv/g.db");
    }

    #[test]
    fn a_password_in_the_url_is_never_shown() {
        let url = "postgres://grantd:hunter2@db.example:5433/grantd?password=hunter3";
        let storage = Storage::parse(url, Path::new("")).unwrap();
        assert_eq!(format!("{storage:?}"), "Storage(postgres://db.example:5433/grantd)");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "grantd.db", "mysql://h/d", "sqlite:", "sqlite::memory:"] {
            assert!(Storage::parse(text, Path::new("")).is_err(), "{text}");
        }
    }
}
