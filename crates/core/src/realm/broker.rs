//! What permissions mean at a message broker: a resource that is one says which of the broker's own rights each permission
//! stands for, and tokens for it say them in the broker's words. Must not know how a broker reads a token.

use super::Realm;
use crate::record::{ClientRecord, TokenFormat};
use grantd_protocol::ScopeSet;
use std::sync::Arc;

/// The brokers whose words are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BrokerKind {
    /// RabbitMQ's OAuth 2 plugin: rights are scopes, `<resource_server_id>.read:<virtual host>/<name>/<routing key>`.
    RabbitMq,
    /// EMQX: rights are lists of topics, in the claim `acl` or in the answer to its HTTP authenticator.
    Emqx,
}

/// What a resource that is a broker says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broker {
    /// Which one it is.
    pub kind: BrokerKind,
    /// What each permission means there; one that is not named means nothing there.
    pub rights: Vec<Rights>,
}

/// What one permission means at a broker.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rights {
    /// The permission.
    pub permission: Arc<str>,
    /// The broker's rights: `<verb>:<what>`, in its own words.
    pub allow: Vec<Arc<str>>,
}

impl Broker {
    /// The rights that a token with this scope has, in the order in which they are declared, each once.
    #[must_use]
    pub fn rights_of(&self, scope: &ScopeSet) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        for rights in self.rights.iter().filter(|rights| scope.covers(&rights.permission)) {
            for right in &rights.allow {
                if !found.contains(&&**right) {
                    found.push(right);
                }
            }
        }
        found
    }

    /// The topics that a token with this scope may be used for with one of EMQX's verbs: `publish`, `subscribe`, `all`.
    #[must_use]
    pub fn topics_of(&self, scope: &ScopeSet, verb: &str) -> Vec<&str> {
        let rights = self.rights_of(scope).into_iter();
        let split = rights.filter_map(|right| right.split_once(':'));
        split.filter(|(own, _)| *own == verb).map(|(_, topic)| topic).collect()
    }
}

impl Realm {
    /// The brokers among what an audience names, with their identifiers.
    pub fn brokers_in<'a>(&'a self, audience: &'a str) -> impl Iterator<Item = (&'a Arc<str>, &'a Broker)> {
        let named = self.resources.iter().filter(move |resource| {
            let mut audience = audience.split(' ');
            audience.any(|one| one == &*resource.identifier)
        });
        named.filter_map(|resource| Some((&resource.identifier, resource.broker.as_ref()?)))
    }

    /// Whether one of the resources is a broker.
    #[must_use]
    pub fn has_broker(&self) -> bool {
        self.resources.iter().any(|resource| resource.broker.is_some())
    }

    /// Opaque or JWT: what the client says, else the realm. A broker reads nothing but JWTs.
    #[must_use]
    pub fn token_format(&self, client: &ClientRecord, audience: &str) -> TokenFormat {
        if self.brokers_in(audience).next().is_some() {
            return TokenFormat::Jwt;
        }
        client.token_format.unwrap_or(self.access.format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broker() -> Broker {
        let rights = |permission: &str, allow: &[&str]| Rights {
            permission: permission.into(),
            allow: allow.iter().map(|right| Arc::from(*right)).collect(),
        };
        Broker {
            kind: BrokerKind::Emqx,
            rights: vec![
                rights("telemetry:read", &["subscribe:plant/#", "all:echo"]),
                rights("telemetry:write", &["publish:plant/7", "all:echo"]),
            ],
        }
    }

    #[test]
    fn a_permission_means_its_rights_and_each_right_is_there_once() {
        let scope = |text| ScopeSet::parse(text).unwrap();
        let broker = broker();
        assert_eq!(
            broker.rights_of(&scope("telemetry:read")),
            ["subscribe:plant/#", "all:echo"]
        );
        let both = ["subscribe:plant/#", "all:echo", "publish:plant/7"];
        assert_eq!(broker.rights_of(&scope("telemetry:*")), both);
        assert!(broker.rights_of(&scope("other:read openid")).is_empty());
        assert!(broker.rights_of(&ScopeSet::empty()).is_empty());
    }

    #[test]
    fn topics_are_sorted_by_what_may_be_done() {
        let scope = ScopeSet::parse("telemetry:read telemetry:write").unwrap();
        let broker = broker();
        assert_eq!(broker.topics_of(&scope, "publish"), ["plant/7"]);
        assert_eq!(broker.topics_of(&scope, "subscribe"), ["plant/#"]);
        assert_eq!(broker.topics_of(&scope, "all"), ["echo"]);
        assert!(broker.topics_of(&scope, "pub").is_empty());
    }
}
