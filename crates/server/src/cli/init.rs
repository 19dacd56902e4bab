//! `grantd init`.
