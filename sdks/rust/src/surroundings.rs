//! What every builder is told in the same way: how long to wait for the authorization server, how requests reach it, and
//! what time it is. Must not know what is built.

/// The methods of a builder that has the fields `timeout`, `transport` and `clock`.
macro_rules! setters {
    () => {
        /// For a request to the authorization server; 10 s if not given.
        #[must_use]
        pub const fn timeout(mut self, timeout: std::time::Duration) -> Self {
            self.timeout = timeout;
            self
        }

        /// How requests reach the authorization server.
        #[must_use]
        pub fn transport(mut self, transport: impl $crate::exchange::Transport) -> Self {
            self.transport = Some(std::sync::Arc::new(transport));
            self
        }

        /// What time it is.
        #[must_use]
        pub fn clock(mut self, clock: impl $crate::Clock) -> Self {
            self.clock = std::sync::Arc::new(clock);
            self
        }
    };
}

pub(crate) use setters;
