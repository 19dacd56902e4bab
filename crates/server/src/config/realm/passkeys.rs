//! Reading `[passkeys]`: for which domain people's passkeys are. A browser offers a passkey on its domain and what is below it,
//! and nowhere else, so that the choice is made once.

use super::{Endpoint, Endpoints, RealmConfig, origin};
use crate::config::kind::Parsed;
use crate::config::section::Section;
use std::sync::Arc;

const DOMAIN: Parsed<Arc<str>> = Parsed {
    parse: |text| match is_domain(text) {
        true => Ok(text.into()),
        false => Err("is not a domain in lower case, such as \"example.com\"".to_owned()),
    },
    sample: "example.com",
    pattern: "^[a-z0-9-]+(\\.[a-z0-9-]+)*$",
};

/// Reads the section: the domain, where one is named.
#[expect(clippy::option_option, reason = "wrong, absent and present are three things")]
pub(super) fn read(section: &mut Section<'_>, endpoints: Option<&Endpoints>) -> Option<Option<Arc<str>>> {
    section.section("passkeys", "Passkeys of the realm's users.", |section| {
        let doc = "The domain that passkeys are for (RP ID): the host of the pages, which it is when absent, or a domain above \
                   it. Whoever changes it makes every passkey worthless.";
        let domain = section.optional("rp_id", doc, &DOMAIN)?;
        let origin = endpoints.and_then(|endpoints| origin::split(endpoints.url(Endpoint::Authorize)));
        let host = origin.map(|(origin, _)| origin::host_name(origin));
        match (domain, host) {
            (Some(domain), Some(host)) if !is_within(host, &domain) => {
                let message = format!("\"{domain}\" is neither the host of the pages, {host}, nor a domain above it");
                section.problem("rp_id", message, Some("leave it out".to_owned()));
                None
            }
            (domain, _) => Some(domain),
        }
    })
}

impl RealmConfig {
    /// The domain that passkeys are for on pages of this origin; `None` where there is none, since an address of digits has
    /// no domain (Web Authentication section 5.1.3).
    #[must_use]
    pub fn rp_id_at(&self, origin: &str) -> Option<Arc<str>> {
        let host = origin::host_name(origin);
        match &self.rp_id {
            Some(domain) => is_within(host, domain).then(|| Arc::clone(domain)),
            None => is_domain(host).then(|| host.into()),
        }
    }
}

/// Whether a text is a domain as origins write it.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    // A last label of digits makes an address of the whole (URL Standard section 3.5).
    text.len() <= 253 && text.split('.').all(is_label) && !last.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a host is the domain, or below it. Of one label nothing is below: that would be a top-level domain.
fn is_within(host: &str, domain: &str) -> bool {
    let below = host.strip_suffix(domain).and_then(|rest| rest.strip_suffix('.'));
    is_domain(host) && (host == domain || domain.contains('.') && below.is_some_and(|rest| !rest.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_letters_in_its_last_label() {
        for good in ["localhost", "id.example.com", "xn--bcher-kva.example", "1.example"] {
            assert!(is_domain(good), "{good}");
        }
        for bad in [
            "",
            ".",
            "a..b",
            "127.0.0.1",
            "[::1]",
            "a:80",
            "A.example",
            "a.1",
            "a b",
            "a/b",
        ] {
            assert!(!is_domain(bad), "{bad}");
        }
    }

    #[test]
    fn a_host_is_within_its_own_domain_and_those_above_it() {
        assert!(is_within("id.example.com", "id.example.com"));
        assert!(is_within("id.example.com", "example.com"));
        assert!(is_within("localhost", "localhost"));
        for other in ["com", "ple.com", "badid.example.com", "example.org", "a.id.example.com"] {
            assert!(!is_within("id.example.com", other), "{other}");
        }
        assert!(!is_within("127.0.0.1", "0.1"));
    }
}
