//! What people go through in a browser between the authorization request and the way back: login and consent.
//! Handlers fill view structs and `pages` renders them; decisions are the core's.

mod attempts;
pub mod authorize;
pub mod browser;
pub mod consent;
pub mod cookie;
pub mod device;
pub mod facts;
pub mod hint;
pub mod home;
pub mod login;
pub mod logout;
pub mod outcome;
pub mod pushed;
pub mod signed_in;
pub mod ticket;
pub mod view;
