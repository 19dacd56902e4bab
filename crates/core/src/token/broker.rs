//! The claims by which message brokers decide: what a token permits, in the words of the broker that it is for. What the
//! server itself goes by is the token's row, which keeps the realm's words.

use super::claims::ClaimsWriter;
use crate::realm::{BrokerKind, Realm};
use grantd_protocol::ScopeSet;
use serde_json::json;

/// Adds `scope`, and for EMQX `acl`. A token that is for a RabbitMQ alone says nothing but RabbitMQ's scopes; one that is for
/// another API as well says them after the realm's.
pub(super) fn set_rights(claims: &mut ClaimsWriter, scope: &ScopeSet, audience: &str, realm: &Realm) {
    let mut words = Vec::new();
    let (mut publish, mut subscribe, mut all) = (Vec::new(), Vec::new(), Vec::new());
    let (mut rabbits, mut emqxs) = (0, 0);
    for (identifier, broker) in realm.brokers_in(audience) {
        match broker.kind {
            BrokerKind::RabbitMq => {
                rabbits += 1;
                let rights = broker.rights_of(scope).into_iter();
                words.extend(rights.map(|right| format!("{identifier}.{right}")));
            }
            BrokerKind::Emqx => {
                emqxs += 1;
                publish.extend(broker.topics_of(scope, "publish"));
                subscribe.extend(broker.topics_of(scope, "subscribe"));
                all.extend(broker.topics_of(scope, "all"));
            }
        }
    }
    if rabbits == audience.split(' ').count() {
        claims.set("scope", &words.join(" "));
    } else if words.is_empty() {
        claims.set("scope", scope.as_str());
    } else {
        words.insert(0, scope.as_str().to_owned());
        claims.set("scope", words.join(" ").trim_start());
    }
    if emqxs > 1 {
        // The lists do not say at which broker. Requests for two are refused; what was allowed before one of the resources
        // became a broker is good for nothing at either, until it is narrowed to one.
        (publish, subscribe, all) = (Vec::new(), Vec::new(), Vec::new());
    }
    if emqxs > 0 {
        // Lists of topics and not of rules: what no list names is refused, and not left to the broker's other rules.
        claims.set("acl", &json!({ "pub": publish, "sub": subscribe, "all": all }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{API, OTHER_API, realm, scopes};
    use crate::realm::{Broker, Rights};
    use serde_json::Value;

    fn with_brokers(kinds: [Option<BrokerKind>; 2]) -> Realm {
        let mut realm = realm();
        let allow: [&[&str]; 2] = [
            &["read:%2F/amq.topic/plant.*", "configure:%2F/mqtt-*"],
            &["subscribe:plant/#", "publish:plant/7", "all:echo"],
        ];
        for (identifier, kind) in [API, OTHER_API].into_iter().zip(kinds) {
            let resource = realm.resources.iter_mut().find(|one| &*one.identifier == identifier);
            let allow = allow[usize::from(kind == Some(BrokerKind::Emqx))].iter();
            resource.unwrap().broker = kind.map(|kind| Broker {
                kind,
                rights: vec![Rights {
                    permission: "invoices:read".into(),
                    allow: allow.map(|right| std::sync::Arc::from(*right)).collect(),
                }],
            });
        }
        realm
    }

    fn claims(realm: &Realm, scope: &str, audience: &str) -> Value {
        let mut writer = ClaimsWriter::new();
        set_rights(&mut writer, &scopes(scope), audience, realm);
        serde_json::from_slice(&writer.finish()).unwrap()
    }

    #[test]
    fn a_token_for_rabbitmq_says_its_scopes_and_no_others() {
        let realm = with_brokers([Some(BrokerKind::RabbitMq), None]);
        let said = claims(&realm, "openid invoices:read customers:read", API);
        let expected = format!("{API}.read:%2F/amq.topic/plant.* {API}.configure:%2F/mqtt-*");
        assert_eq!(said, json!({ "scope": expected }));
        // Nothing that RabbitMQ could take for a right.
        assert_eq!(claims(&realm, "customers:read", API), json!({ "scope": "" }));
    }

    #[test]
    fn a_token_for_an_api_and_a_broker_says_both() {
        let realm = with_brokers([Some(BrokerKind::RabbitMq), None]);
        let both = format!("{API} {OTHER_API}");
        let said = claims(&realm, "invoices:read", &both);
        let expected = format!("invoices:read {API}.read:%2F/amq.topic/plant.* {API}.configure:%2F/mqtt-*");
        assert_eq!(said, json!({ "scope": expected }));
        // Another API's token is as it would be without any broker.
        let plain = json!({ "scope": "invoices:read" });
        assert_eq!(claims(&realm, "invoices:read", OTHER_API), plain);
    }

    #[test]
    fn a_token_for_emqx_lists_topics_by_what_may_be_done() {
        let realm = with_brokers([Some(BrokerKind::Emqx), None]);
        let acl = json!({ "pub": ["plant/7"], "sub": ["plant/#"], "all": ["echo"] });
        let expected = json!({ "scope": "invoices:read", "acl": acl });
        assert_eq!(claims(&realm, "invoices:read", API), expected);
        // Without any right the lists are there and empty: an EMQX that finds no claim asks nobody.
        let nothing = json!({ "pub": [], "sub": [], "all": [] });
        let expected = json!({ "scope": "customers:read", "acl": nothing });
        assert_eq!(claims(&realm, "customers:read", API), expected);
    }

    #[test]
    fn a_token_for_two_emqx_lists_no_topics() {
        let realm = with_brokers([Some(BrokerKind::Emqx), Some(BrokerKind::Emqx)]);
        let nothing = json!({ "pub": [], "sub": [], "all": [] });
        let expected = json!({ "scope": "invoices:read", "acl": nothing });
        assert_eq!(claims(&realm, "invoices:read", &format!("{API} {OTHER_API}")), expected);
    }

    #[test]
    fn a_broker_is_given_a_jwt_whatever_the_client_prefers() {
        let realm = with_brokers([Some(BrokerKind::Emqx), None]);
        let mut client = crate::fixture::client();
        client.token_format = Some(crate::record::TokenFormat::Opaque);
        assert_eq!(realm.token_format(&client, API), crate::record::TokenFormat::Jwt);
        assert_eq!(
            realm.token_format(&client, OTHER_API),
            crate::record::TokenFormat::Opaque
        );
    }
}
