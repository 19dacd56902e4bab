//! Accounts as the server handles them: passwords that people choose.

pub mod password;
