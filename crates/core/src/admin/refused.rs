//! Why the admin API does not do what it was asked. How that looks on the wire is the server's business.

use super::fields::Wrong;

/// A decision against a request.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// The body does not describe something that can be: every mistake, with the place it is at.
    #[error("the body has mistakes")]
    Invalid(Vec<Wrong>),
    /// The actor would hand out, or get hold of, more than it has: what it lacks.
    #[error("the token does not hold {0}, and cannot pass it on")]
    Beyond(String),
    /// Things are in a state in which this cannot be done.
    #[error("{0}")]
    State(String),
    /// There is no such thing, or none that the actor may know of: the two look alike.
    #[error("there is no such object")]
    Unknown,
}

impl Refused {
    /// One mistake.
    #[must_use]
    pub fn wrong(pointer: &str, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![Wrong::new(pointer, detail)])
    }

    /// All of them, or nothing where there is none.
    ///
    /// # Errors
    /// [`Refused::Invalid`] where there are mistakes.
    pub fn unless_none(wrong: Vec<Wrong>) -> Result<(), Self> {
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Self::Invalid(wrong))
        }
    }
}
