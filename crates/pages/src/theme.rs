//! A realm's accent colour as a stylesheet. The policy allows no inline style, so the colour travels in a same-origin
//! file whose name holds it; whatever colour is given, text in it and on it keeps the contrast of WCAG 2.2 AA.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::error::InvalidValue;

/// A colour, 8 bits for each of red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Accent([u8; 3]);

/// Surfaces that accent-coloured text stands on; the same values as `--surface` in `base.css`.
const LIGHT_SURFACE: [u8; 3] = [0xff, 0xff, 0xff];
const DARK_SURFACE: [u8; 3] = [0x17, 0x1a, 0x21];
const WHITE: [u8; 3] = [0xff, 0xff, 0xff];
const BLACK: [u8; 3] = [0x0b, 0x0d, 0x12];

/// WCAG 2.2 success criterion 1.4.3, with a little room for the tinted surfaces.
const TEXT_CONTRAST: f64 = 4.8;
/// A filled button is told by the text on it, which has full contrast; its edge should still be seen.
const FILL_CONTRAST: f64 = 1.5;

impl Default for Accent {
    fn default() -> Self {
        Self([0x2f, 0x4f, 0xd0])
    }
}

impl Accent {
    /// Reads `#rrggbb`.
    ///
    /// # Errors
    /// [`InvalidValue::Colour`] for anything else.
    pub fn parse(colour: &str) -> Result<Self, InvalidValue> {
        colour
            .strip_prefix('#')
            .and_then(Self::from_hex)
            .ok_or(InvalidValue::Colour)
    }

    /// Reads `rrggbb`.
    pub(crate) fn from_hex(hex: &str) -> Option<Self> {
        let well_formed = hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = well_formed.then(|| u32::from_str_radix(hex, 16).ok()).flatten()?;
        let [_, red, green, blue] = number.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// `rrggbb`, in lower case.
    pub(crate) fn hex(self) -> String {
        let Self([red, green, blue]) = self;
        format!("{red:02x}{green:02x}{blue:02x}")
    }

    /// The stylesheet that sets the accent's custom properties for both colour schemes.
    #[must_use]
    pub(crate) fn css(self) -> String {
        let light = Scheme::new(self.0, LIGHT_SURFACE, BLACK);
        let dark = Scheme::new(self.0, DARK_SURFACE, WHITE);
        format!(":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n")
    }
}

impl fmt::Display for Accent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.hex())
    }
}

impl Serialize for Accent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The accent for one colour scheme.
struct Scheme {
    /// Fill of primary buttons.
    fill: [u8; 3],
    /// Text on that fill.
    on_fill: [u8; 3],
    /// Links, focus rings and ticked controls on the surface.
    text: [u8; 3],
}

impl Scheme {
    fn new(accent: [u8; 3], surface: [u8; 3], away: [u8; 3]) -> Self {
        let fill = toward(accent, away, |colour| {
            contrast(colour, surface) >= FILL_CONTRAST && contrast(colour, readable_on(colour)) >= TEXT_CONTRAST
        });
        let text = toward(accent, away, |colour| contrast(colour, surface) >= TEXT_CONTRAST);
        Self {
            fill,
            on_fill: readable_on(fill),
            text,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fill, on_fill, text) = (Accent(self.fill), Accent(self.on_fill), Accent(self.text));
        write!(f, "--accent:{fill};--on-accent:{on_fill};--accent-text:{text}")
    }
}

/// White or near-black, whichever reads better on `background`.
fn readable_on(background: [u8; 3]) -> [u8; 3] {
    if contrast(WHITE, background) >= contrast(BLACK, background) {
        WHITE
    } else {
        BLACK
    }
}

/// The first mixture of `colour` with `away`, in steps of a fiftieth, that is good enough; `away` itself in the end.
fn toward(colour: [u8; 3], away: [u8; 3], good_enough: impl Fn([u8; 3]) -> bool) -> [u8; 3] {
    (0..=50)
        .map(|step| mix(colour, away, f64::from(step) / 50.0))
        .find(|mixed| good_enough(*mixed))
        .unwrap_or(away)
}

fn mix([r, g, b]: [u8; 3], [to_r, to_g, to_b]: [u8; 3], share: f64) -> [u8; 3] {
    let channel = |from: u8, to: u8| {
        let mixed = f64::from(from) + (f64::from(to) - f64::from(from)) * share;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between two values of 8 bits"
        )]
        let rounded = mixed.round() as u8;
        rounded
    };
    [channel(r, to_r), channel(g, to_g), channel(b, to_b)]
}

/// Contrast ratio of WCAG 2.2, from 1 to 21.
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Relative luminance of WCAG 2.2, from 0 to 1.
fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_hexadecimal_digits() {
        assert_eq!(Accent::parse("#0B57d0").map(Accent::hex).as_deref(), Ok("0b57d0"));
        for bad in [
            "",
            "#",
            "0b57d0",
            "#0b57d",
            "#0b57d00",
            "#0b57dg",
            "#+b57d0",
            "red",
            "#fff;}*{x:y",
        ] {
            assert_eq!(Accent::parse(bad), Err(InvalidValue::Colour), "{bad}");
        }
    }

    #[test]
    fn every_accent_is_readable_on_both_schemes() {
        let steps = [0x00, 0x20, 0x44, 0x66, 0x80, 0x99, 0xbb, 0xdd, 0xff];
        for red in steps {
            for (green, blue) in steps.into_iter().flat_map(|g| steps.map(|b| (g, b))) {
                for (surface, away) in [(LIGHT_SURFACE, BLACK), (DARK_SURFACE, WHITE)] {
                    let scheme = Scheme::new([red, green, blue], surface, away);
                    let colour = Accent([red, green, blue]);
                    assert!(contrast(scheme.text, surface) >= 4.5, "text in {colour}");
                    assert!(contrast(scheme.fill, surface) >= 1.5, "fill in {colour}");
                    assert!(contrast(scheme.on_fill, scheme.fill) >= 4.5, "text on {colour}");
                }
            }
        }
    }

    #[test]
    fn a_readable_accent_is_left_alone() {
        assert!(
            Accent::parse("#0b57d0")
                .unwrap()
                .css()
                .starts_with(":root{--accent:#0b57d0;--on-accent:#ffffff;")
        );
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((contrast([0, 0, 0], WHITE) - 21.0).abs() < 1e-9);
        assert!((contrast([0x77, 0x77, 0x77], WHITE) - 4.478).abs() < 1e-3);
    }
}
