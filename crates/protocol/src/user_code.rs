//! The code that a person reads on a device and types elsewhere (RFC 8628 section 6.1): eight of twenty consonants, which
//! spell no words and cannot be mistaken for digits. Must not know which device it belongs to, nor how often one may guess.

use crate::entropy::{Entropy, draw};
use std::fmt;

/// Consonants without those that look like digits or like each other.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Eight of them: 20^8 codes, 34 bits.
const CHARS: usize = 8;

/// One code, in upper case and without the hyphen that it is shown with.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    /// Draws a code, every one equally likely.
    #[must_use]
    pub fn draw(entropy: &dyn Entropy) -> Self {
        let mut text = String::with_capacity(CHARS);
        while text.len() < CHARS {
            for byte in draw::<32>(entropy) {
                // 240 is the largest multiple of 20 below 256.
                if byte < 240
                    && text.len() < CHARS
                    && let Some(character) = ALPHABET.get(usize::from(byte % 20))
                {
                    text.push(char::from(*character));
                }
            }
        }
        Self(text)
    }

    /// Reads what a person typed: in either case, with or without hyphens, spaces and the like, also in the wide letters
    /// that keyboards for Japanese give. `None` for what cannot be a code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 200 {
            return None;
        }
        let mut code = String::with_capacity(CHARS);
        for character in text.chars() {
            let plain = match character {
                'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(character as u32 - 0xFEE0)?,
                other => other,
            };
            let upper = plain.to_ascii_uppercase();
            if !upper.is_alphanumeric() {
                continue;
            }
            if code.len() >= CHARS || !u8::try_from(upper).is_ok_and(|byte| ALPHABET.contains(&byte)) {
                return None;
            }
            code.push(upper);
        }
        (code.len() == CHARS).then_some(Self(code))
    }

    /// The eight letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserCode {
    /// As people read it: `BCDF-GHJK`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_at_checked(CHARS / 2) {
            Some((first, second)) => write!(out, "{first}-{second}"),
            None => out.write_str(&self.0),
        }
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("UserCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::counted::Counted;
    use std::collections::BTreeSet;

    #[test]
    fn a_code_is_read_in_any_case_with_or_without_separators() {
        let code = UserCode::draw(&Counted::default());
        let shown = code.to_string();
        assert_eq!(shown.len(), 9);
        let spaced: String = shown.to_lowercase().chars().flat_map(|one| [one, ' ']).collect();
        let wide: String = code
            .as_str()
            .chars()
            .map(|one| char::from_u32(one as u32 + 0xFEE0).unwrap())
            .collect();
        for typed in [
            shown.clone(),
            shown.to_lowercase(),
            code.as_str().to_owned(),
            spaced,
            wide,
        ] {
            assert_eq!(UserCode::parse(&typed), Some(code.clone()), "{typed}");
        }
    }

    #[test]
    fn what_cannot_be_a_code_is_none() {
        for typed in [
            "",
            "BCDF-GHJ",
            "BCDF-GHJKL",
            "BCDF-GHJA",
            "BCDF-GHJ1",
            "BCDF\u{e9}GHJK",
            "ＢＣＤＦＧＨＪＡ",
        ] {
            assert_eq!(UserCode::parse(typed), None, "{typed}");
        }
        assert_eq!(UserCode::parse(&"-".repeat(100_000)), None);
    }

    #[test]
    fn there_are_at_least_twenty_to_the_eighth_codes() {
        let distinct: BTreeSet<u8> = ALPHABET.iter().copied().collect();
        assert!(distinct.len() >= 20 && CHARS >= 8);
        let entropy = Counted::default();
        let drawn: String = (0..500).map(|_| UserCode::draw(&entropy).as_str().to_owned()).collect();
        let seen: BTreeSet<u8> = drawn.bytes().collect();
        assert_eq!(seen, distinct, "every letter comes up");
    }

    #[test]
    fn a_code_does_not_print_itself() {
        assert_eq!(format!("{:?}", UserCode::draw(&Counted::default())), "UserCode(…)");
    }
}
