//! Accounts as the server handles them: passwords that people choose.

mod compare;
pub mod password;
