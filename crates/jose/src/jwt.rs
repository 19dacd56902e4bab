//! The claims of a JWT (RFC 7519): strict JSON with typed getters that tell "absent" from "of the wrong type". A claim
//! of the wrong type must refuse a token, never read as absent. Must not know what any claim means.

use std::fmt;

use serde_json::{Map, Value};

use crate::strict_json::{self, Limits, StrictJsonError};

/// The last second of the year 9999: no later date is accepted, so that adding a lifetime cannot overflow.
pub const MAX_NUMERIC_DATE: i64 = 253_402_300_799;
/// Largest payload in bytes; the JWS around it is bounded already, at 16 KiB by default.
const MAX_BYTES: usize = 64 * 1024;
/// Floats up to here hold integers exactly.
const MAX_EXACT_FLOAT: f64 = 9_007_199_254_740_992.0;

/// Why the claims were refused. Names the claim, carries none of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// The payload is not a strict JSON object.
    #[error("claims: {0}")]
    Json(#[from] StrictJsonError),
    /// Present, but of another JSON type.
    #[error("claim `{0}` has the wrong type")]
    WrongType(&'static str),
    /// A date before 1970 or after 9999.
    #[error("claim `{0}` is out of range")]
    OutOfRange(&'static str),
    /// Needed and absent.
    #[error("claim `{0}` is missing")]
    Missing(&'static str),
}

/// The members of one claims object.
#[derive(Clone, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// Reads a JSON object without duplicate members, at any level, of depth up to 32.
    pub fn parse(payload: &[u8]) -> Result<Claims, ClaimError> {
        Ok(Claims(strict_json::object_from_slice(
            payload,
            Limits::bytes(MAX_BYTES),
        )?))
    }

    /// The members of an object that [`strict_json`] has parsed.
    pub const fn from_members(members: Map<String, Value>) -> Claims {
        Claims(members)
    }

    /// The raw value.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Every member.
    pub const fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Every member, handed over.
    pub fn into_members(self) -> Map<String, Value> {
        self.0
    }

    /// A string.
    pub fn str(&self, name: &'static str) -> Result<Option<&str>, ClaimError> {
        self.typed(name, Value::as_str)
    }

    /// A string that must be there.
    pub fn required_str(&self, name: &'static str) -> Result<&str, ClaimError> {
        self.str(name)?.ok_or(ClaimError::Missing(name))
    }

    /// A JSON integer that fits. `1.0` is not one.
    pub fn i64(&self, name: &'static str) -> Result<Option<i64>, ClaimError> {
        self.typed(name, Value::as_i64)
    }

    /// A boolean; `"true"` is not one.
    pub fn bool(&self, name: &'static str) -> Result<Option<bool>, ClaimError> {
        self.typed(name, Value::as_bool)
    }

    /// A NumericDate in seconds since 1970 (RFC 7519 section 2), which may have a fraction. The fraction is cut off, which is
    /// the stricter reading of an end.
    pub fn numeric_date(&self, name: &'static str) -> Result<Option<i64>, ClaimError> {
        let seconds = self.typed(name, |value| value.as_i64().or_else(|| cut(value.as_f64()?)))?;
        match seconds {
            Some(seconds) if !(0..=MAX_NUMERIC_DATE).contains(&seconds) => Err(ClaimError::OutOfRange(name)),
            seconds => Ok(seconds),
        }
    }

    /// The same, refused with a fraction: for whoever reads the tokens of issuers that write none.
    pub fn whole_date(&self, name: &'static str) -> Result<Option<i64>, ClaimError> {
        let is_cut = |value: &Value| value.as_f64().is_some_and(|number| number.fract() != 0.0);
        if self.0.get(name).is_some_and(is_cut) {
            return Err(ClaimError::WrongType(name));
        }
        self.numeric_date(name)
    }

    /// A NumericDate that must be there.
    pub fn required_numeric_date(&self, name: &'static str) -> Result<i64, ClaimError> {
        self.numeric_date(name)?.ok_or(ClaimError::Missing(name))
    }

    /// `aud`: one string, or an array of strings (RFC 7519 section 4.1.3). Empty when absent.
    pub fn aud(&self) -> Result<Vec<&str>, ClaimError> {
        match self.0.get("aud") {
            None => Ok(Vec::new()),
            Some(Value::String(one)) => Ok(vec![one]),
            Some(_) => Ok(self.str_list("aud")?.unwrap_or_default()),
        }
    }

    /// An array of strings.
    pub fn str_list(&self, name: &'static str) -> Result<Option<Vec<&str>>, ClaimError> {
        self.typed(name, |value| value.as_array()?.iter().map(Value::as_str).collect())
    }

    /// An object.
    pub fn object(&self, name: &'static str) -> Result<Option<&Map<String, Value>>, ClaimError> {
        self.typed(name, Value::as_object)
    }

    fn typed<'v, T>(
        &'v self,
        name: &'static str,
        read: impl FnOnce(&'v Value) -> Option<T>,
    ) -> Result<Option<T>, ClaimError> {
        self.0
            .get(name)
            .map(|value| read(value).ok_or(ClaimError::WrongType(name)))
            .transpose()
    }
}

/// The names only: values are personal data.
impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn cut(number: f64) -> Option<i64> {
    // The cast is exact: what is left is whole and within 2^53.
    (number.abs() <= MAX_EXACT_FLOAT).then_some(number.floor() as i64)
}
