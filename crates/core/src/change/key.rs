//! The names of what is remembered and counted: digests, so that nothing of what was sent is kept.

/// A single-use value of somebody else (an assertion's `jti`, a proof's `jti`): SHA-256 over its kind, realm, owner
/// and text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct SeenKey(pub [u8; 32]);

/// An attempt counter's name: SHA-256 over what is limited and whom.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct CounterKey(pub [u8; 32]);
