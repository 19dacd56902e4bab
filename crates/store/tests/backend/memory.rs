//! The store in memory.

use crate::suite::Backend;
use grantd_store::memory::MemoryStore;

pub struct Memory;

impl Backend for Memory {
    type Store = MemoryStore;

    async fn fresh() -> Self {
        Self
    }

    async fn open(&self) -> MemoryStore {
        MemoryStore::new()
    }
}

crate::suite::run_on!(crate::backend::memory::Memory);
