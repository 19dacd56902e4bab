//! Reading `[enforcement]`: how far rules are that a realm tightens. Where it says nothing of a rule, the rule's own key counts.

use crate::config::kind::Choice;
use crate::config::section::Section;
use grantd_core::realm::{ExcessScope, PkcePolicy, Realm};
use grantd_core::tightening::{Enforcement, Tightening, Tightenings};

const MODES: Choice<Enforcement> = Choice(&[("enforce", Enforcement::Enforce), ("report", Enforcement::Report)]);

/// What the section says, rule by rule.
pub(super) struct Written(Vec<(Tightening, Enforcement)>);

/// Reads the section.
pub(super) fn read(section: &mut Section<'_>) -> Option<Written> {
    let doc = "Rules that are tightened: \"report\" lets requests pass and counts who would be refused (`grantd client findings`).";
    section.section("enforcement", doc, |section| {
        let mut written = Vec::new();
        for rule in Tightening::ALL {
            let mode = section.optional(rule.as_str(), describe(*rule), &MODES)?;
            if *rule == Tightening::UnusedPermissions && mode == Some(Enforcement::Enforce) {
                let message =
                    "can be \"report\" alone: permissions are taken away client by client, with grantd client trim";
                section.problem(rule.as_str(), message, None);
            }
            // Nobody is refused for permissions that are not used, so counting loosens nothing there.
            if *rule != Tightening::UnusedPermissions && mode == Some(Enforcement::Report) {
                section.loosens(rule.as_str(), "who breaks it passes and is only counted");
            }
            written.extend(mode.map(|mode| (*rule, mode)));
        }
        Some(Written(written))
    })
}

impl Written {
    /// The realm with these rules enforced, or tried out.
    pub(super) fn apply(&self, mut realm: Realm) -> Realm {
        let mut tightenings = Tightenings::default();
        for (rule, mode) in &self.0 {
            let enforced = *mode == Enforcement::Enforce;
            match rule {
                Tightening::Pkce if enforced => realm.pkce = PkcePolicy::Required,
                Tightening::Pkce => realm.pkce = PkcePolicy::PublicClients,
                Tightening::ExactScopes if enforced => realm.excess_scope = ExcessScope::Refuse,
                Tightening::ExactScopes => realm.excess_scope = ExcessScope::Cut,
                Tightening::Audience => tightenings.audience_required = enforced,
                Tightening::Dpop => realm.dpop.required = enforced,
                Tightening::UnusedPermissions => {}
            }
            if !enforced {
                tightenings.reported.push(*rule);
            }
        }
        realm.tightenings = tightenings;
        realm
    }
}

const fn describe(rule: Tightening) -> &'static str {
    match rule {
        Tightening::Pkce => "PKCE for every client, confidential ones too.",
        Tightening::ExactScopes => "A request for a known scope that is not permitted is refused, not cut.",
        Tightening::Audience => "A request names the resource that its tokens are for.",
        Tightening::Dpop => "Every token is bound to a key.",
        Tightening::UnusedPermissions => {
            "A client has no permission that it did not use for 30 days (\"report\" alone)."
        }
    }
}
