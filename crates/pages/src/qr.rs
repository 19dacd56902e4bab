//! A text as a picture that a telephone's camera reads, drawn by the page itself: nothing is fetched for it, and the
//! content security policy allows it.

use crate::error::InvalidValue;
use serde::Serialize;

/// The light border that readers need, in modules (ISO/IEC 18004).
const QUIET: usize = 4;

/// A QR code.
#[derive(Clone, Serialize)]
pub struct QrPicture {
    /// Width and height, border and all, in modules.
    size: usize,
    /// The dark modules, as the data of an SVG path.
    path: String,
}

impl QrPicture {
    /// Draws a text.
    ///
    /// # Errors
    /// [`InvalidValue::Qr`] for one that is too long.
    pub fn of(text: &str) -> Result<Self, InvalidValue> {
        let code = fast_qr::QRBuilder::new(text)
            .ecl(fast_qr::ECL::M)
            .build()
            .map_err(|_| InvalidValue::Qr)?;
        let mut path = String::new();
        for (y, row) in code.data.chunks(code.size).take(code.size).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|a, b| a.value() == b.value()) {
                if run.first().is_some_and(|module| module.value()) {
                    path.push_str(&format!("M{} {}h{}v1h-{}z", x + QUIET, y + QUIET, run.len(), run.len()));
                }
                x += run.len();
            }
        }
        Ok(Self {
            size: code.size + 2 * QUIET,
            path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a module is dark, as the path draws it.
    fn is_dark(picture: &QrPicture, x: usize, y: usize) -> bool {
        picture.path.split('M').skip(1).any(|run| {
            let (left, rest) = run.split_once(' ').unwrap();
            let (top, rest) = rest.split_once('h').unwrap();
            let (width, _) = rest.split_once('v').unwrap();
            let [left, top, width]: [usize; 3] = [left, top, width].map(|number| number.parse().unwrap());
            top == y && (left..left + width).contains(&x)
        })
    }

    #[test]
    fn a_picture_has_its_three_corners_inside_a_light_border() {
        let picture = QrPicture::of("otpauth://totp/a:b?secret=MZXW6YTBOI").unwrap();
        let last = picture.size - QUIET - 1;
        for (x, y) in [(QUIET, QUIET), (last, QUIET), (QUIET, last)] {
            assert!(is_dark(&picture, x, y), "{x} {y}");
        }
        for edge in 0..picture.size {
            assert!(!is_dark(&picture, edge, 0) && !is_dark(&picture, 0, edge));
            assert!(!is_dark(&picture, edge, picture.size - 1) && !is_dark(&picture, picture.size - 1, edge));
        }
    }

    #[test]
    fn what_is_too_long_for_a_picture_is_refused() {
        assert!(QrPicture::of(&"x".repeat(5000)).is_err());
    }
}
