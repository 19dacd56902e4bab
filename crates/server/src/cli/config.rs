//! `grantd config`.
