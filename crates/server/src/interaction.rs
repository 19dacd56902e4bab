//! What people go through in a browser between the authorization request and the way back: login and consent.
//! Handlers fill view structs and `pages` renders them; decisions are the core's.

pub mod account;
mod attempts;
pub mod authorize;
mod barred;
mod begin;
pub mod browser;
mod by_reference;
pub mod consent;
pub mod cookie;
mod credentials;
pub mod device;
pub mod facts;
pub(crate) mod form;
pub mod handover;
pub mod hint;
pub mod home;
pub mod login;
mod login_note;
pub mod logout;
pub mod outcome;
mod passkey;
pub mod pushed;
pub mod reset;
mod second_step;
mod signed;
pub mod ticket;
pub mod upstream;
pub mod view;
