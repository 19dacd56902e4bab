//! Which characters people cannot see as programs read them: whoever chooses a name could make it look like another one
//! by them. Must not know what a text is for.

/// Whether a character controls, begins a line, turns the direction of what follows around, or is invisible: among them
/// fillers, variation selectors beyond the basic ones, and tags.
#[must_use]
pub fn hides(one: char) -> bool {
    one.is_control()
        || matches!(one,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffc}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character only tells its neighbours whether they join: Persian, the scripts of India and many emoji are not
/// written without.
#[must_use]
pub const fn joins(one: char) -> bool {
    matches!(one, '\u{200c}' | '\u{200d}')
}

/// Whether people can see all of a text, in the order in which programs read it, and there is something to see.
#[must_use]
pub fn is_readable(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(hides)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_or_turns_the_direction_around_hides() {
        for one in [
            '\0',
            '\n',
            '\u{7f}',
            '\u{85}',
            '\u{9b}',
            '\u{ad}',
            '\u{61c}',
            '\u{1160}',
            '\u{34f}',
            '\u{180b}',
            '\u{180d}',
            '\u{180e}',
            '\u{180f}',
            '\u{2800}',
            '\u{fff0}',
            '\u{fff8}',
            '\u{1bca0}',
            '\u{1bca3}',
            '\u{1d173}',
            '\u{1d17a}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{3164}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fffb}',
            '\u{e0041}',
            '\u{e0100}',
        ] {
            assert!(hides(one) && !is_readable(&format!("Bank{one}")), "{one:?}");
        }
        for text in [
            "Bank",
            "Z\u{fc}rich \u{b7} 2",
            "\u{5317}\u{4eac}",
            "a\u{301}",
            "<b>",
            "\u{2764}\u{fe0f}",
            "\u{1820}\u{180a}\u{1810}",
            "\u{2801}",
            "\u{fffd}",
        ] {
            assert!(is_readable(text), "{text:?}");
        }
        assert!(!is_readable("") && !is_readable(" \u{3000}"));
    }

    #[test]
    fn only_the_two_joiners_join() {
        let all = (0..=0x0010_ffff).filter_map(char::from_u32);
        let joining: Vec<char> = all.filter(|one| joins(*one)).collect();
        assert_eq!(joining, ['\u{200c}', '\u{200d}']);
        assert!(joining.iter().all(|one| hides(*one)));
    }
}
