//! What can go wrong before a page is shown: a theme that does not work, or a value that may not become a link or a
//! colour. Rendering itself has no error (see [`crate::Pages`]).

use std::path::PathBuf;

/// Why [`crate::Pages::new`] refused a theme directory. Every message names the file, and the line where there is one.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A file or directory of the theme could not be read.
    #[error("theme: cannot read {}: {reason}", path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        reason: String,
    },
    /// A file of the theme replaces nothing: most likely its name is misspelt.
    #[error("theme: {file} replaces nothing; known names: {known}")]
    UnknownFile {
        /// Path below the theme directory.
        file: String,
        /// The names that would have been right.
        known: String,
    },
    /// A template does not parse, or does not render with sample data.
    #[error("{file}:{line}: {reason}")]
    Template {
        /// Path of the template.
        file: String,
        /// Line in that file, from 1; 0 when unknown.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A file of texts does not parse, or holds a key that no page uses.
    #[error("{file}:{line}: {reason}")]
    Text {
        /// Path of the Fluent file.
        file: String,
        /// Line in that file, from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A template renders, but without something a form or an outside program relies on.
    #[error("{file}: the rendered page has no {missing}, without which {page} cannot work")]
    Incomplete {
        /// Path of the template.
        file: String,
        /// The missing piece of HTML.
        missing: String,
        /// Which page.
        page: String,
    },
    /// A template has inline style or script, which the content security policy would block.
    #[error(
        "{file}: the rendered page has {found}, which the content security policy blocks; move it to a file in assets/"
    )]
    Inline {
        /// Path of the template.
        file: String,
        /// The offending piece of HTML.
        found: String,
    },
}

/// A value that may not appear on a page in the place it was meant for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidValue {
    /// Not `#rrggbb`.
    #[error("a colour is written #rrggbb")]
    Colour,
    /// Not a path of this origin.
    #[error("a local address begins with one slash and has no spaces, control characters or backslashes")]
    LocalUrl,
    /// Not an absolute URL, or one with a scheme that runs code in a page.
    #[error("an address to go on to is absolute, printable ASCII, and of no scheme that runs in the page itself")]
    CarryUrl,
    /// Too long for a picture.
    #[error("a text of this length does not fit into a QR code")]
    Qr,
    /// Not an instant of the calendar.
    #[error("an instant lies between the years -9999 and 9999")]
    Moment,
}
