//! What the comparison is made of: the load generator, the servers it drives, and the arithmetic of ratios.
//!
//! Three programs use it: `ceiling` (what the hardware allows), `load` (the generator, a process of its own) and
//! `compare` (starts everything, interleaves the slices, prints the table). A figure is always a ratio of two slices
//! taken in one run; nothing here may publish an absolute number without its ceiling beside it.

mod caller;
mod cold;
pub mod driver;
pub mod engine;
pub mod fleet;
pub mod flow;
pub mod footprint;
pub mod histogram;
pub mod job;
pub mod listing;
mod lists;
pub mod machine;
pub mod measure;
pub mod plan;
pub mod postgres;
pub mod procfs;
pub mod product;
mod proofs;
pub mod ratio;
pub mod requests;
pub mod response;
pub mod run;
pub mod scenario;
pub mod script;
pub mod seed;
pub mod serving;
pub mod table;
mod world;
