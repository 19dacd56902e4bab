//! The admin API from outside. Every reply that these tests get is held against the shape that the API's own OpenAPI
//! document promises for it.

mod api_keys;
mod apps;
mod bound;
mod by_hand;
mod clients;
mod concurrency;
mod conditions;
mod escalation;
mod guide;
pub(crate) mod handover;
mod hostile;
pub(crate) mod matrix;
mod people;
mod refusals;
mod roles;
pub(crate) mod shape;
mod sorting;
pub(crate) mod stage;
mod tokens;
mod usage;
mod webhooks;
