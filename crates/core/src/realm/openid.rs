//! What a realm says of OpenID Connect beyond its tokens: how users are named, and which levels of authentication it
//! knows.

use super::pairwise::PairwiseKey;
use std::sync::Arc;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct OpenidPolicy {
    /// What the names of users for sectors are computed with. Derived from the master key when the realm begins to be
    /// served.
    pub pairwise: PairwiseKey,
    /// The levels of authentication, the weakest first; none where the realm declares none.
    pub levels: Vec<AuthenticationLevel>,
    /// The methods that people can log in by here.
    pub methods: &'static [&'static str],
    /// Whether people log in elsewhere, by whatever methods there are there.
    pub elsewhere: bool,
}

/// A level of authentication: an Authentication Context Class (OpenID Connect Core section 2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthenticationLevel {
    /// What `acr` says.
    pub name: Arc<str>,
    /// The methods (RFC 8176) that a login must have used, all of them.
    pub methods: Vec<String>,
}

/// The methods that this server knows to ask people for (RFC 8176). A level that needs others is never reached.
pub const LOGIN_METHODS: &[&str] = &["pwd", "otp", "mfa", "hwk", "swk", "user"];

impl AuthenticationLevel {
    /// Whether a login by these methods reaches it.
    #[must_use]
    pub fn is_reached_by(&self, methods: &[String]) -> bool {
        self.methods.iter().all(|method| methods.contains(method))
    }
}

impl OpenidPolicy {
    /// The levels that somebody can reach here.
    pub fn attainable(&self) -> impl Iterator<Item = &AuthenticationLevel> {
        let is_offered = |method: &String| self.methods.contains(&method.as_str());
        self.levels
            .iter()
            .filter(move |level| self.elsewhere || level.methods.iter().all(is_offered))
    }

    /// The strongest level that these methods reach: its place and its name.
    #[must_use]
    pub fn reached(&self, methods: &[String]) -> Option<(usize, &Arc<str>)> {
        let levels = self.levels.iter().enumerate().rev();
        let mut reached = levels.filter(|(_, level)| level.is_reached_by(methods));
        reached.next().map(|(place, level)| (place, &level.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::with_levels;

    fn policy() -> OpenidPolicy {
        with_levels(&[("password", &["pwd"]), ("two", &["pwd", "otp"])])
    }

    #[test]
    fn a_login_reaches_the_strongest_level_whose_methods_it_used() {
        let name = |methods: &[&str]| {
            let methods: Vec<String> = methods.iter().map(|method| (*method).to_owned()).collect();
            policy().reached(&methods).map(|(_, name)| name.to_string())
        };
        assert_eq!(name(&["pwd"]).as_deref(), Some("password"));
        assert_eq!(name(&["otp", "pwd"]).as_deref(), Some("two"));
        assert_eq!(name(&["otp"]), None);
    }
}
