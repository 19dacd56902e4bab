//! When a token is replaced: a plain function of times, the same in all of grantd's SDKs (`spec/vectors/refresh.json`).

/// Milliseconds before a token's end within which callers wait for the next one, at most.
const BLOCKS: i64 = 5_000;
/// Milliseconds before a token's end within which the next one is fetched in the background, at most.
const AHEAD: i64 = 60_000;
/// Milliseconds after a failed early refresh during which there is no other.
const FAILED_WAIT: i64 = 5_000;

/// Milliseconds that a token is taken to live when the server does not say.
pub const UNKNOWN_LIFETIME: i64 = 300_000;

/// What to do about a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Use it.
    Fresh,
    /// Use it, and fetch the next one meanwhile.
    Background,
    /// Wait for the next one.
    Block,
}

/// What the decision is made of. All times are milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct TokenAge {
    /// How long the token lives altogether.
    pub lifetime: i64,
    /// At least 0 and below 1, drawn once for each token: it spreads the refreshes of many processes.
    pub jitter: f64,
    /// How long ago the token was asked for.
    pub age: i64,
    /// How long ago an early refresh failed, where one did.
    pub failed_ago: Option<i64>,
}

impl TokenAge {
    /// Decides.
    #[must_use]
    pub fn step(&self) -> Step {
        let (ahead, blocks) = windows(self.lifetime, self.jitter);
        let left = self.lifetime.saturating_sub(self.age);
        if left <= blocks {
            Step::Block
        } else if left <= ahead && self.failed_ago.is_none_or(|ago| !(0..FAILED_WAIT).contains(&ago)) {
            Step::Background
        } else {
            Step::Fresh
        }
    }
}

/// How long before a token's end it is refreshed in the background, and from when on callers wait; milliseconds.
#[must_use]
pub fn windows(lifetime: i64, jitter: f64) -> (i64, i64) {
    let window = (lifetime / 5).min(AHEAD);
    // At most a fifth of a minute.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "60,000 at most"
    )]
    let spread = (window as f64 * jitter / 5.0) as i64;
    (window + spread, (lifetime / 20).min(BLOCKS))
}
