//! `[api]`: whether a realm has the admin API, and what tokens for it name.

use super::resources::Resources;
use super::{Endpoint, Endpoints};
use crate::config::kind::Flag;
use crate::config::section::Section;
use grantd_core::realm::Resource;

/// The admin API as a resource of the realm, whose identifier no declared resource may take.
pub(super) fn own_resource(
    section: &mut Section<'_>,
    enabled: Option<bool>,
    endpoints: Option<&Endpoints>,
    declared: Option<&Resources>,
) -> Option<Option<Resource>> {
    let (enabled, endpoints) = enabled.zip(endpoints)?;
    let api = enabled.then(|| api_resource(endpoints));
    if let Some((api, declared)) = api.as_ref().zip(declared) {
        declared.refuse(
            section,
            &api.identifier,
            "is the admin API; give the platform's own API another identifier",
        );
    }
    Some(api)
}

/// Whether the realm has the admin API.
pub(super) fn read(section: &mut Section<'_>) -> Option<bool> {
    section.section("api", "The admin API.", |section| {
        section.or(
            "enabled",
            "Whether the realm has the admin API and its grantd: permissions.",
            &Flag,
            true,
        )
    })
}

/// The admin API's address is what tokens for it name (RFC 8707 section 2: the base address of the API).
fn api_resource(endpoints: &Endpoints) -> Resource {
    Resource {
        identifier: format!("{}{}", endpoints.url(Endpoint::Api), crate::api::VERSION).into(),
        name: "grantd".to_owned(),
        broker: None,
    }
}
