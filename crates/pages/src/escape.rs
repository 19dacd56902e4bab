//! Escaping for HTML text and double-quoted attributes: the five characters that matter there, and no others. The template
//! engine's own also escapes `/`, which makes every address in a page unreadable to people and to simple programs.

use std::fmt;

/// Text, escaped when it is written.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Piece by piece: almost all of a text stands for itself. All that matters is ASCII, which no byte of another character
        // is, and bytes are looked through in a fraction of the time of characters.
        let mut rest = self.0;
        while let Some(position) = rest.bytes().position(matters) {
            let (plain, from_it) = rest.split_at(position);
            f.write_str(plain)?;
            let mut characters = from_it.chars();
            f.write_str(match characters.next() {
                Some('&') => "&amp;",
                Some('<') => "&lt;",
                Some('>') => "&gt;",
                Some('"') => "&quot;",
                Some('\'') => "&#39;",
                // HTML has no way to write NUL, and a parser replaces it anyway.
                _ => "\u{fffd}",
            })?;
            rest = characters.as_str();
        }
        f.write_str(rest)
    }
}

const fn matters(byte: u8) -> bool {
    matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'' | 0)
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
