//! Step-up (RFC 9470; OpenID Connect Core sections 3.1.2.1 and 5.5.1.1): the level of authentication that a request wishes
//! for, and whether a login is one. Which levels there are, and by which methods each is reached, the realm says. Must not
//! know how anybody logs in.

use crate::realm::OpenidPolicy;
use std::sync::Arc;

/// The level that a request asks for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LevelWish {
    /// The levels, any of which will do. None: any level at all.
    pub names: Vec<String>,
    /// Whether nothing else will do (section 5.5.1.1). Where it is not, the client is told what was reached instead.
    pub essential: bool,
}

impl LevelWish {
    /// `acr_values`: levels in the order of preference, never essential.
    #[must_use]
    pub fn of_values(text: &str) -> Option<Self> {
        let names: Vec<String> = text
            .split(' ')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        (!names.is_empty()).then_some(Self {
            names,
            essential: false,
        })
    }

    /// Whether a login by these methods is what was asked for.
    #[must_use]
    pub fn is_met(&self, methods: &[String], policy: &OpenidPolicy) -> bool {
        if self.names.is_empty() {
            return policy.reached(methods).is_some();
        }
        self.reached(methods, policy).is_some()
    }

    /// Whether another login could be what was asked for: one of the levels is the realm's, and its methods are ones that
    /// people can log in by here.
    #[must_use]
    pub fn is_attainable(&self, policy: &OpenidPolicy) -> bool {
        let asked = |name: &str| self.names.is_empty() || self.names.iter().any(|one| one == name);
        policy.attainable().any(|level| asked(&level.name))
    }

    /// The strongest of the levels asked for that a login by these methods reached.
    fn reached(&self, methods: &[String], policy: &OpenidPolicy) -> Option<Arc<str>> {
        let levels = policy.levels.iter().rev();
        let mut asked = levels.filter(|level| self.names.iter().any(|name| **name == *level.name));
        asked
            .find(|level| level.is_reached_by(methods))
            .map(|level| Arc::clone(&level.name))
    }
}

/// What `acr` says of a login by these methods: one of the levels that were asked for where it is one, so that whoever
/// asked finds its own word again; else the strongest that was reached.
#[must_use]
pub fn name_of(methods: &[String], wish: Option<&LevelWish>, policy: &OpenidPolicy) -> Option<String> {
    let asked = wish.and_then(|wish| wish.reached(methods, policy));
    let name = asked.or_else(|| policy.reached(methods).map(|(_, name)| Arc::clone(name)));
    name.map(|name| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::with_levels;

    fn policy() -> OpenidPolicy {
        with_levels(&[("password", &["pwd"]), ("two", &["pwd", "otp"]), ("card", &["hwk"])])
    }

    fn methods(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn wish(text: &str) -> LevelWish {
        LevelWish::of_values(text).unwrap()
    }

    #[test]
    fn any_of_the_levels_asked_for_will_do() {
        let policy = policy();
        assert!(wish("two password").is_met(&methods("pwd"), &policy));
        assert!(wish("two").is_met(&methods("otp pwd"), &policy));
        assert!(!wish("two").is_met(&methods("pwd"), &policy));
        assert!(!wish("unheard-of").is_met(&methods("pwd otp hwk"), &policy));
    }

    #[test]
    fn a_login_is_called_by_the_name_that_was_asked_for_where_it_deserves_it() {
        let policy = policy();
        let name = |asked: Option<&str>, by: &str| {
            let wish = asked.map(wish);
            name_of(&methods(by), wish.as_ref(), &policy)
        };
        assert_eq!(name(None, "pwd otp").as_deref(), Some("two"));
        assert_eq!(name(Some("password"), "pwd otp").as_deref(), Some("password"));
        assert_eq!(name(Some("password two"), "pwd otp").as_deref(), Some("two"));
        assert_eq!(
            name(Some("two"), "pwd").as_deref(),
            Some("password"),
            "what was reached instead"
        );
        assert_eq!(name(Some("two"), "sms"), None);
    }

    #[test]
    fn a_level_of_methods_that_nobody_can_log_in_by_is_not_attainable() {
        let policy = policy();
        assert!(wish("two").is_attainable(&policy));
        assert!(!wish("card").is_attainable(&policy));
        assert!(!wish("unheard-of").is_attainable(&policy));
        let any = LevelWish {
            names: Vec::new(),
            essential: true,
        };
        assert!(any.is_attainable(&policy) && any.is_met(&methods("pwd"), &policy));
        assert!(!any.is_met(&methods("sms"), &policy));
        assert!(!any.is_attainable(&OpenidPolicy::default()));
    }

    #[test]
    fn acr_values_are_split_at_spaces_and_empty_ones_are_none() {
        assert_eq!(wish(" a  b ").names, ["a", "b"]);
        assert_eq!(LevelWish::of_values("  "), None);
    }
}
