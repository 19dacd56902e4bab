//! The field for permissions, wherever some are chosen: each that can be chosen stands in its group, with its risk and its
//! words; before them the patterns that cover several, and beside them scopes about the user. What is held and can be chosen
//! no more stays in sight, so that nobody takes it away without knowing. Who may not read the catalogue writes lines.

use crate::api::inside::Denied;
use crate::signed_in::Visit;
use crate::signed_in::fields::{lines, values};
use crate::signed_in::listing::text;
use grantd_core::admin::permission::is_own;
use grantd_core::permission::IDENTITY_SCOPES;
use grantd_pages::{Field, FieldKind, Pick, PickGroup, Risk, Usage, Words};
use grantd_protocol::ScopeSet;
use grantd_protocol::scope::covers;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is chosen, and from what.
#[derive(Default)]
pub(crate) struct Choice<'c> {
    /// What is ticked.
    pub(crate) chosen: &'c [String],
    /// What is offered whatever else says, since it is held already.
    pub(crate) held: &'c [String],
    /// What bounds it, beside whoever chooses.
    pub(crate) within: Option<ScopeSet>,
    /// Whether scopes about the user are offered.
    pub(crate) identity: bool,
    /// Whether the server's own permissions are.
    pub(crate) own: bool,
    /// What is known about the use of each.
    pub(crate) used: BTreeMap<String, Usage>,
}

/// Words for where the choice stands, and for lines in its place.
pub(crate) struct Hints {
    pub(crate) ticked: &'static str,
    pub(crate) written: &'static str,
}

/// What a form sent in the field: of boxes each is a value, of lines each line.
pub(crate) fn sent(visit: &Visit<'_>, name: &str) -> Vec<String> {
    visit.fields(name).iter().flat_map(|text| values(text)).collect()
}

/// The field.
///
/// # Errors
/// See [`Denied`].
pub(crate) async fn field(
    visit: &Visit<'_>,
    name: &str,
    label: &'static str,
    hints: Hints,
    choice: Choice<'_>,
) -> Result<Field, Denied> {
    if !visit.actor.may("grantd:permissions:read") {
        return Ok(lines(name, label, Some(hints.written), choice.chosen));
    }
    let catalogue = visit.catalogue().await?;
    let realm = &visit.request.realm.config.realm;
    let is_offered = |scope: &str| {
        let actor = &visit.actor;
        let is_given = match is_own(scope) {
            true => choice.own && actor.may(scope),
            false if actor.developer().is_some() => realm.portal.permits(scope),
            // An operator gives what is the platform's without having it.
            false => actor.governs() || actor.may(scope),
        };
        is_given && choice.within.as_ref().is_none_or(|within| within.covers(scope))
    };
    let about_user = |scope: &&&str| {
        let realm_has = realm.catalogue.is_identity_scope(scope);
        let portal = &realm.portal;
        let is_within = choice.within.as_ref().is_none_or(|within| within.covers(scope));
        choice.identity && realm_has && is_within && (visit.actor.developer().is_none() || portal.permits(scope))
    };
    let identity: Vec<&str> = IDENTITY_SCOPES.iter().filter(about_user).copied().collect();
    Ok(Field {
        name: name.to_owned(),
        label: Words::say(label),
        hint: Some(Words::say(hints.ticked)),
        required: false,
        error: None,
        kind: FieldKind::Permissions {
            groups: groups(&catalogue, &identity, is_offered, &choice),
        },
    })
}

/// The groups in the order of the catalogue: scopes about the user first, everything at once last.
fn groups(
    catalogue: &[Value],
    identity: &[&str],
    is_offered: impl Fn(&str) -> bool,
    choice: &Choice<'_>,
) -> Vec<PickGroup> {
    let (mut shown, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut groups = Vec::new();
    let is_held = |scope: &str| choice.held.iter().any(|held| held == scope);
    let mut pick = |scope: &str, title: Words, risk: Risk| {
        let is_new = (is_offered(scope) || is_held(scope)) && shown.insert(scope.to_owned());
        is_new.then(|| picked(scope, title, risk, choice))
    };
    let of_user: Vec<Pick> = identity.iter().map(|scope| about(scope, choice)).collect();
    groups.extend(group(Words::say("console-permissions-user"), of_user));
    let mut by_group: Vec<(String, Vec<Pick>)> = Vec::new();
    for permission in catalogue {
        let name = text(permission, "name");
        let of_each = patterns(name).into_iter().filter(|pattern| {
            let is_covered = |one: &&Value| covers(pattern, text(one, "name"));
            // Looked at once, however many it covers. Of one permission alone there is no need for a pattern.
            seen.insert(pattern.clone()) && (is_held(pattern) || catalogue.iter().filter(is_covered).nth(1).is_some())
        });
        let mut picks: Vec<Pick> = of_each
            .filter_map(|pattern| {
                let prefix = pattern.strip_suffix('*').unwrap_or_default();
                let title = Words::say("console-pattern").with("prefix", prefix);
                pick(&pattern, title, worst(catalogue, &pattern))
            })
            .collect();
        picks.extend(pick(
            name,
            Words::given(text(permission, "description")),
            risk(permission),
        ));
        let title = text(permission, "group");
        match by_group.iter_mut().find(|(known, _)| known == title) {
            Some((_, of_group)) => of_group.extend(picks),
            None => by_group.push((title.to_owned(), picks)),
        }
    }
    let everything = pick("*", Words::say("console-pattern-all"), worst(catalogue, "*"));
    let of_catalogue = by_group.into_iter();
    groups.extend(of_catalogue.filter_map(|(title, picks)| group(Words::given(title), picks)));
    groups.extend(group(
        Words::say("console-permissions-everything"),
        everything.into_iter().collect(),
    ));
    let is_left = |scope: &&String| !shown.contains(*scope) && !identity.contains(&scope.as_str());
    let beside: Vec<Pick> = choice
        .held
        .iter()
        .filter(is_left)
        .map(|scope| match IDENTITY_SCOPES.contains(&scope.as_str()) {
            true => about(scope, choice),
            false => picked(scope, Words::given(scope.clone()), worst(catalogue, scope), choice),
        })
        .collect();
    groups.extend(group(Words::say("console-permissions-beside"), beside));
    groups
}

/// The patterns that cover a name, the widest first: of `a:b:c` those are `a:*` and `a:b:*`.
fn patterns(name: &str) -> Vec<String> {
    let ends = name.match_indices(':');
    ends.filter_map(|(end, _)| name.get(..=end).map(|prefix| format!("{prefix}*")))
        .collect()
}

fn picked(scope: &str, title: Words, risk: Risk, choice: &Choice<'_>) -> Pick {
    Pick {
        scope: scope.to_owned(),
        title,
        risk,
        chosen: choice.chosen.iter().any(|one| one == scope),
        covered: choice
            .chosen
            .iter()
            .find(|one| *one != scope && covers(one, scope))
            .cloned(),
        usage: choice.used.get(scope).cloned(),
    }
}

/// A scope about the user.
fn about(scope: &str, choice: &Choice<'_>) -> Pick {
    let title = match scope {
        "openid" => "console-about-openid",
        "profile" => "console-about-profile",
        "email" => "console-about-email",
        "address" => "console-about-address",
        "phone" => "console-about-phone",
        _ => "console-about-offline",
    };
    picked(scope, Words::say(title), Risk::Read, choice)
}

fn group(title: Words, picks: Vec<Pick>) -> Option<PickGroup> {
    let counts = |pick: &&Pick| pick.chosen || pick.covered.is_some();
    (!picks.is_empty()).then(|| PickGroup {
        title,
        chosen: picks.iter().filter(counts).count(),
        picks,
    })
}

/// The worst that can be done with anything that a scope covers; with what covers nothing that is known, the worst of all where
/// it is a pattern.
fn worst(catalogue: &[Value], scope: &str) -> Risk {
    let covered = catalogue.iter().filter(|one| covers(scope, text(one, "name")));
    let worst = covered.map(risk).max_by_key(|risk| match risk {
        Risk::Read => 0,
        Risk::Change => 1,
        Risk::Delete => 2,
        Risk::Money => 3,
        Risk::Admin => 4,
    });
    worst.unwrap_or(if scope.ends_with('*') { Risk::Admin } else { Risk::Read })
}

/// The worst that can be done with a permission.
pub(crate) fn risk(permission: &Value) -> Risk {
    match text(permission, "risk") {
        "change" => Risk::Change,
        "delete" => Risk::Delete,
        "money" => Risk::Money,
        "admin" => Risk::Admin,
        _ => Risk::Read,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn catalogue() -> Vec<Value> {
        let one = |name: &str, group: &str, risk: &str| json!({ "name": name, "group": group, "description": name, "risk": risk });
        vec![
            one("invoices:read", "Invoices", "read"),
            one("invoices:void", "Invoices", "delete"),
            one("team:manage", "Team", "admin"),
        ]
    }

    fn list(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    /// The scopes of each group, those that are ticked with a plus sign and those that come with another with a tilde.
    fn told(groups: &[PickGroup]) -> Vec<String> {
        let mark = |pick: &Pick| match (pick.chosen, &pick.covered) {
            (true, _) => "+",
            (false, Some(_)) => "~",
            (false, None) => "",
        };
        let one = |group: &PickGroup| {
            let picks = group.picks.iter().map(|pick| format!("{}{}", mark(pick), pick.scope));
            picks.collect::<Vec<_>>().join(" ")
        };
        groups.iter().map(one).collect()
    }

    #[test]
    fn what_can_be_chosen_stands_in_its_group_with_the_patterns_that_cover_it() {
        let chosen = list("openid invoices:*");
        let choice = Choice {
            chosen: &chosen,
            ..Choice::default()
        };
        let groups = groups(&catalogue(), &["openid", "profile"], |_| true, &choice);
        assert_eq!(
            told(&groups),
            [
                "+openid profile",
                "+invoices:* ~invoices:read ~invoices:void",
                "team:manage",
                "*"
            ]
        );
        let counts: Vec<usize> = groups.iter().map(|group| group.chosen).collect();
        assert_eq!(counts, [1, 3, 0, 0]);
        assert!(groups[1].picks[0].risk == Risk::Delete && groups[3].picks[0].risk == Risk::Admin);
    }

    #[test]
    fn what_is_held_stays_in_sight_once_and_ticked_no_more_can_be_ticked_again() {
        let held = list("openid team:* gone:read *");
        let choice = Choice {
            held: &held,
            ..Choice::default()
        };
        let is_offered = |scope: &str| scope == "invoices:read";
        let groups = groups(&catalogue(), &[], is_offered, &choice);
        assert_eq!(told(&groups), ["invoices:read", "team:*", "*", "openid gone:read"]);
    }

    #[test]
    fn patterns_of_a_name_are_those_that_cover_it() {
        assert_eq!(patterns("grantd:clients:read"), ["grantd:*", "grantd:clients:*"]);
        assert!(patterns("openid").is_empty());
    }
}
