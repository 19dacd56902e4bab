//! Reading what makes a resource a message broker: `profile` and `[[resources.rights]]`.

use super::catalogue::SCOPE;
use crate::config::kind::{Choice, ListOf, Parsed};
use crate::config::section::Section;
use grantd_core::permission::Catalogue;
use grantd_core::realm::{Broker, BrokerKind, Rights};
use std::sync::Arc;

const PROFILES: Choice<BrokerKind> = Choice(&[("rabbitmq", BrokerKind::RabbitMq), ("emqx", BrokerKind::Emqx)]);
/// The longest right, in bytes.
const MAX_RIGHT: usize = 256;
/// The most rights of one resource: a token has to fit into a password.
const MAX_RIGHTS: usize = 100;
const RIGHT: Parsed<Arc<str>> = Parsed {
    parse: |text| {
        let good = text.len() <= MAX_RIGHT
            && text.split_once(':').is_some_and(|(_, what)| !what.is_empty())
            && !text.chars().any(char::is_control);
        let wrong = "is not a right such as \"read:%2F/amq.topic/plant.*\" or \"subscribe:plant/#\"";
        if good { Ok(text.into()) } else { Err(wrong.to_owned()) }
    },
    sample: "subscribe:plant/#",
    pattern: "^[^:]+:.+$",
};

/// The broker that a resource is; `Some(None)` where it is none.
#[expect(clippy::option_option, reason = "wrong, absent and present are three things")]
pub(super) fn read(section: &mut Section<'_>, catalogue: Option<&Catalogue>) -> Option<Option<Broker>> {
    let profile = section.optional(
        "profile",
        "What tokens say for it: \"rabbitmq\" or \"emqx\" where it is such a message broker, and then they are JWTs.",
        &PROFILES,
    );
    let doc = "What permissions mean at the broker; what none of them names nobody may do.";
    let rights = section.each("rights", doc, |section| rights(section, catalogue));
    let (profile, rights) = (profile?, rights?);
    let Some(kind) = profile else {
        if rights.is_empty() {
            return Some(None);
        }
        section.problem("rights", "needs profile beside it", None);
        return None;
    };
    let mut good = true;
    for (index, rights) in rights.iter().enumerate() {
        for right in rights.allow.iter().filter(|right| !is_known(kind, right)) {
            let message = format!("\"{right}\" is no right: {}", words_of(kind));
            section.problem_in("rights", index, message, None);
            good = false;
        }
    }
    if rights.iter().map(|rights| rights.allow.len()).sum::<usize>() > MAX_RIGHTS {
        section.problem("rights", format!("has more than {MAX_RIGHTS} rights"), None);
        good = false;
    }
    good.then_some(Some(Broker { kind, rights }))
}

fn rights(section: &mut Section<'_>, catalogue: Option<&Catalogue>) -> Option<Rights> {
    let permission = section.required("permission", "The permission.", &SCOPE);
    let allow = section.required(
        "allow",
        "The rights, in the broker's words: read:, write:, configure: and tag: for RabbitMQ (virtual host/name/routing \
         key), publish:, subscribe: and all: for EMQX (topics).",
        &ListOf(RIGHT),
    );
    let permission = permission?;
    if catalogue.is_some_and(|catalogue| catalogue.get(&permission).is_none()) {
        let message = format!("\"{permission}\" is not one of [[permissions]]");
        section.problem("permission", message, None);
        return None;
    }
    Some(Rights {
        permission: permission.into(),
        allow: allow?,
    })
}

fn is_known(kind: BrokerKind, right: &str) -> bool {
    let verb = right.split_once(':').map(|(verb, _)| verb);
    match kind {
        // A right becomes one word of `scope`.
        BrokerKind::RabbitMq => {
            matches!(verb, Some("read" | "write" | "configure" | "tag")) && grantd_protocol::scope::is_token(right)
        }
        BrokerKind::Emqx => matches!(verb, Some("publish" | "subscribe" | "all")),
    }
}

const fn words_of(kind: BrokerKind) -> &'static str {
    match kind {
        BrokerKind::RabbitMq => {
            "RabbitMQ's begin with read:, write:, configure: or tag:, and have neither spaces nor quotes"
        }
        BrokerKind::Emqx => "EMQX's begin with publish:, subscribe: or all:",
    }
}
