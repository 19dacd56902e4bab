//! Who logs in, and where: reading the tables about people and their logins that depend on each other.

use super::{Handover, details, handover, operators, portal, upstreams};
use crate::config::section::Section;
use grantd_core::permission::Catalogue;
use grantd_core::realm::{OpenidPolicy, Operator, PortalPolicy, Upstream};
use std::collections::BTreeMap;

/// Who runs the realm, and who may make applications in it.
type People = (Option<BTreeMap<String, Operator>>, Option<PortalPolicy>);
/// Who logs users in, and what logins are called.
type Logins = (Option<Handover>, Option<Vec<Upstream>>, Option<OpenidPolicy>);

pub(super) fn people(section: &mut Section<'_>, catalogue: Option<&Catalogue>) -> People {
    let operators = operators::read(section, catalogue);
    (operators, portal::read(section, catalogue))
}

/// What logins are called: by whatever methods there are, where that is somebody else's word.
pub(super) fn read(section: &mut Section<'_>) -> Logins {
    let handover = handover::read(section);
    let handed = handover.as_ref().is_some_and(|handover| handover.login_url.is_some());
    let upstreams = upstreams::read(section, handed);
    let mut named = upstreams.iter().flatten();
    let elsewhere = handed || named.any(|upstream| upstream.hands_on_methods);
    let levels = details::levels(section, elsewhere);
    (handover, upstreams, levels)
}
