//! Members of a JSON object from outside, read by name and type. A wrong type refuses; `null` and an empty text are
//! absence (RFC 7592 section 2.2). Must not know what a member means.

use grantd_protocol::{ErrorCode, OAuthError};
use serde_json::{Map, Value};

/// The members of one object.
#[derive(Clone, Copy, Debug)]
pub struct Members<'a>(pub &'a Map<String, Value>);

/// `invalid_client_metadata` with a sentence.
pub(super) fn wrong(name: &str, says: &str) -> OAuthError {
    OAuthError::with_detail(ErrorCode::InvalidClientMetadata, &format!("{name} {says}"))
}

impl<'a> Members<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A string of at most `longest` bytes.
    ///
    /// # Errors
    /// `invalid_client_metadata` for another type or a longer one.
    pub fn text(&self, name: &str, longest: usize) -> Result<Option<&'a str>, OAuthError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() > longest => {
                Err(wrong(name, &format!("is longer than {longest} bytes")))
            }
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(wrong(name, "must be a string")),
        }
    }

    /// A list of at most `most` strings of at most `longest` bytes each.
    ///
    /// # Errors
    /// `invalid_client_metadata` for anything else.
    pub fn list(&self, name: &str, most: usize, longest: usize) -> Result<Option<Vec<&'a str>>, OAuthError> {
        let items = match self.get(name) {
            None => return Ok(None),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(wrong(name, "must be a list of strings")),
        };
        if items.len() > most {
            return Err(wrong(name, &format!("has more than {most} items")));
        }
        let read = |item: &'a Value| match item {
            Value::String(text) if text.len() <= longest => Ok(text.as_str()),
            Value::String(_) => Err(wrong(name, &format!("has an item longer than {longest} bytes"))),
            _ => Err(wrong(name, "must be a list of strings")),
        };
        items.iter().map(read).collect::<Result<_, _>>().map(Some)
    }

    /// A boolean; `false` where it is absent.
    ///
    /// # Errors
    /// `invalid_client_metadata` for another type.
    pub fn flag(&self, name: &str) -> Result<bool, OAuthError> {
        match self.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(wrong(name, "must be true or false")),
        }
    }

    /// Refuses a member that asks for what is not offered: anything but absence and the one value that changes nothing.
    ///
    /// # Errors
    /// `invalid_client_metadata`.
    pub fn refuse(&self, name: &str, harmless: Option<&Value>) -> Result<(), OAuthError> {
        match self.get(name) {
            None => Ok(()),
            Some(Value::String(text)) if text.is_empty() => Ok(()),
            Some(value) if Some(value) == harmless => Ok(()),
            Some(_) => Err(wrong(name, "asks for something that is not offered here")),
        }
    }

    /// Whether a member is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The raw value of a member that is there.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&'a Value> {
        self.get(name)
    }
}
