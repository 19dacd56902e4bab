//! Reading `[[resources]]` and `default_resource`: the APIs that tokens can be for (RFC 8707).

use super::broker;
use super::issuer::Addresses;
use crate::config::kind::{ListOf, OneOrMore, Parsed, Text};
use crate::config::section::Section;
use grantd_core::permission::Catalogue;
use grantd_core::realm::Resource;
use grantd_protocol::resource;
use std::sync::Arc;

/// The declared resources and those that a request without `resource` gets.
pub(super) struct Resources {
    pub(super) list: Vec<Resource>,
    /// Identifiers separated by spaces.
    pub(super) default: Arc<str>,
}

impl Resources {
    /// Reports resources that have an identifier which is somebody else's.
    pub(super) fn refuse(&self, section: &Section<'_>, taken: &str, why: &str) {
        for (index, resource) in self.list.iter().enumerate() {
            if resource::is_same(&resource.identifier, taken) {
                section.problem_in("resources", index, format!("\"{taken}\" {why}"), None);
            }
        }
    }
}

/// A resource identifier.
pub(super) const IDENTIFIER: Parsed<Arc<str>> = Parsed {
    parse: |text| {
        let wrong = "is not an absolute URI without a fragment (RFC 8707 section 2)";
        if resource::is_well_formed(text) {
            Ok(text.into())
        } else {
            Err(wrong.to_owned())
        }
    },
    sample: "https://api.example",
    pattern: "",
};

/// Reads both. Without any, the issuer itself is what tokens are for.
pub(super) fn read(
    section: &mut Section<'_>,
    addresses: Option<&Addresses>,
    catalogue: Option<&Catalogue>,
) -> Option<Resources> {
    let issuer = addresses.map(|addresses| &addresses.issuer);
    let default = section.optional(
        "default_resource",
        "What tokens are for when a request does not say, one or several; the first resource when absent, else the issuer.",
        &OneOrMore(ListOf(IDENTIFIER)),
    );
    let list = section.each("resources", "The APIs that tokens can be for.", |section| {
        let identifier = section.required("identifier", "The identifier, as `aud` says it.", &IDENTIFIER);
        let name = section.required("name", "The name that people see.", &Text);
        let broker = broker::read(section, catalogue);
        Some((
            Resource {
                identifier: identifier?,
                name: name?,
                broker: broker?,
            },
            section.place_of("identifier"),
        ))
    })?;
    let mut good = true;
    for (index, (resource, _)) in list.iter().enumerate() {
        let mut before = list.iter().take(index);
        if let Some((_, place)) = before.find(|(before, _)| resource::is_same(&before.identifier, &resource.identifier))
        {
            let message = format!("\"{}\" is the same resource as the one at {place}", resource.identifier);
            section.problem_in("resources", index, message, None);
            good = false;
        }
    }
    let list: Vec<Resource> = list.into_iter().map(|(resource, _)| resource).collect();
    let default = match default? {
        None => list.first().map(|first| &first.identifier).or(issuer).cloned(),
        Some(asked) => {
            let found: Vec<Option<Arc<str>>> = asked
                .iter()
                .map(|asked| declared(section, "default_resource", asked, &list, issuer))
                .collect();
            let all: Option<Vec<Arc<str>>> = found.into_iter().collect();
            all.map(|all| all.join(" ").into())
        }
    };
    Some(Resources {
        list,
        default: default.filter(|_| good)?,
    })
}

/// The declared spelling of a resource that a key names; reports one that is not declared.
pub(super) fn declared(
    section: &Section<'_>,
    key: &str,
    asked: &str,
    list: &[Resource],
    issuer: Option<&Arc<str>>,
) -> Option<Arc<str>> {
    let mut known = list.iter().map(|resource| &resource.identifier).chain(issuer);
    let found = known.find(|known| resource::is_same(known, asked)).cloned();
    // Without an issuer its own mistake is already reported, and this could be it.
    if found.is_none() && issuer.is_some() {
        let message = format!("\"{asked}\" is not one of [[resources]]");
        section.problem(key, message, None);
    }
    found
}
