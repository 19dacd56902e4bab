//! The store in memory, for tests of everything above it.
