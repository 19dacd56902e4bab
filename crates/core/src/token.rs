//! Tokens once a grant is approved: how they are minted, described to resource servers, and ended.

mod broker;
pub mod by_hand;
pub mod claims;
pub mod credential;
pub mod introspect;
pub mod mint;
pub mod revoke;
pub mod user_claims;
pub mod userinfo;
pub mod why_not;
