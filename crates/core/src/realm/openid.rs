//! What a realm says of OpenID Connect beyond its tokens: how users are named, and which levels of authentication it
//! knows.

use crate::subject::PairwiseKey;
use std::sync::Arc;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct OpenidPolicy {
    /// What the names of users for sectors are computed with. Derived from the master key when the realm begins to be
    /// served.
    pub pairwise: PairwiseKey,
    /// The levels of authentication, the weakest first; none where the realm declares none.
    pub levels: Vec<AuthenticationLevel>,
}

/// A level of authentication: an Authentication Context Class (OpenID Connect Core section 2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthenticationLevel {
    /// What `acr` says.
    pub name: Arc<str>,
    /// The methods (RFC 8176) that a login must have used, all of them.
    pub methods: Vec<String>,
}

impl OpenidPolicy {
    /// The strongest level that these methods reach: its place and its name.
    #[must_use]
    pub fn reached(&self, methods: &[String]) -> Option<(usize, &Arc<str>)> {
        let levels = self.levels.iter().enumerate().rev();
        let mut reached = levels.filter(|(_, level)| level.methods.iter().all(|method| methods.contains(method)));
        reached.next().map(|(place, level)| (place, &level.name))
    }

    /// The place of a level in the order of strength.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.levels.iter().position(|level| *level.name == *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> OpenidPolicy {
        let level = |name: &str, methods: &[&str]| AuthenticationLevel {
            name: name.into(),
            methods: methods.iter().map(|method| (*method).to_owned()).collect(),
        };
        OpenidPolicy {
            levels: vec![level("password", &["pwd"]), level("two", &["pwd", "otp"])],
            ..OpenidPolicy::default()
        }
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
