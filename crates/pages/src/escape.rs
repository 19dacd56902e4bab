//! Escaping for HTML text and double-quoted attributes: the five characters that matter there, and no others. The template
//! engine's own also escapes `/`, which makes every address in a page unreadable to people and to simple programs.

use std::fmt::{self, Write as _};

/// Text, escaped when it is written.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // HTML has no way to write NUL, and a parser replaces it anyway.
                '\0' => f.write_char('\u{fffd}')?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_text_or_a_quoted_attribute() {
        assert_eq!(
            Escaped("a<b>&\"'\0/é日").to_string(),
            "a&lt;b&gt;&amp;&quot;&#39;\u{fffd}/é日"
        );
    }
}
