//! Fields for a tenant, an application, a user: a choice of names where there are few, and where there are many a line that
//! takes any id, with some of what is meant. Nobody has to know an id by heart, and no list is read as a whole.

use crate::api::inside::{Ask, Denied, path};
use crate::error::Failure;
use crate::signed_in::Visit;
use crate::signed_in::listing::text;
use grantd_pages::{Field, FieldKind, Offer, Words};
use grantd_store::Store;
use serde_json::Value;

/// As many as somebody looks through.
const FEW: usize = 50;
/// One more tells that there are more.
const LOOKED_AT: &str = "51";

/// Something that is picked out of a list of the API.
struct Kind {
    list: &'static str,
    id: &'static str,
    needs: &'static str,
}

const TENANT: Kind = Kind {
    list: "tenants",
    id: "id",
    needs: "grantd:tenants:read",
};
const APPLICATION: Kind = Kind {
    list: "clients",
    id: "client_id",
    needs: "grantd:clients:read",
};

/// What there is to choose from: ids with their names, and whether that is all of it.
struct Offered {
    names: Vec<(String, String)>,
    all: bool,
}

/// A tenant of a form: one of the developer's own for a developer, and of all for everybody else.
///
/// # Errors
/// See [`Denied`].
pub(super) async fn tenant(
    visit: &Visit<'_>,
    hint: &'static str,
    required: bool,
    chosen: &str,
) -> Result<Field, Denied> {
    let offered = match visit.actor.developer() {
        Some(user) => own_tenants(visit, user).await?,
        None => offered(visit, &TENANT, chosen).await?,
    };
    let none = if required {
        "console-choose"
    } else {
        "console-no-tenant"
    };
    let hint = match (offered.all, offered.names.is_empty()) {
        (true, _) => hint,
        (false, false) => "console-tenant-many",
        (false, true) => "console-tenant-by-id",
    };
    Ok(Field {
        name: "tenant".to_owned(),
        label: Words::say("console-tenant"),
        hint: Some(Words::say(hint)),
        required,
        error: None,
        kind: kind(offered, none, chosen),
    })
}

/// What narrows a list to a tenant.
///
/// # Errors
/// See [`Denied`].
pub(super) async fn by_tenant(visit: &Visit<'_>) -> Result<Field, Denied> {
    filter(visit, &TENANT, "tenant", "console-tenant").await
}

/// What narrows a list to an application.
///
/// # Errors
/// See [`Denied`].
pub(super) async fn by_application(visit: &Visit<'_>) -> Result<Field, Denied> {
    let field = filter(visit, &APPLICATION, "client", "console-application").await?;
    // Who is offered none writes an id.
    Ok(match &field.kind {
        FieldKind::Suggest { offers, .. } if offers.is_empty() => Field {
            label: Words::say("console-filter-application-id"),
            ..field
        },
        _ => field,
    })
}

/// What narrows a list to a user, by the name that they log in with or by their id; by the id alone for whoever is not told who is
/// called how.
pub(super) fn by_user(visit: &Visit<'_>) -> Field {
    let label = match finds_by_name(visit) {
        true => "console-filter-user",
        false => "console-filter-user-id",
    };
    visit.search("user", Words::say(label))
}

fn finds_by_name(visit: &Visit<'_>) -> bool {
    visit.actor.governs() && visit.actor.may("grantd:users:read")
}

/// The id of the user whom the address asks for by id or, where nobody has it, by the name that they log in with: nobody's where
/// nobody is called so. Who looks after one tenant is not told who is called how elsewhere: theirs is an id.
///
/// # Errors
/// See [`Denied`].
pub(super) async fn user_asked(visit: &Visit<'_>) -> Result<String, Denied> {
    let asked = visit.asked("user");
    if asked.is_empty() || !finds_by_name(visit) {
        return Ok(asked.to_owned());
    }
    match visit.ask(Ask::get(path(&["users", asked]))).await {
        Ok(_) => return Ok(asked.to_owned()),
        Err(Denied::Unknown | Denied::Bad(_)) => {}
        Err(denied) => return Err(denied),
    }
    let found = visit.all(Ask::get(path(&["users"])).query("username", asked)).await?;
    let id = found.items.first().map_or(asked, |user| text(user, "id"));
    Ok(id.to_owned())
}

async fn filter(visit: &Visit<'_>, kind: &Kind, name: &'static str, label: &'static str) -> Result<Field, Denied> {
    let chosen = visit.asked(name);
    let offered = offered(visit, kind, chosen).await?;
    Ok(Field {
        name: name.to_owned(),
        label: Words::say(label),
        hint: None,
        required: false,
        error: None,
        kind: self::kind(offered, "area-any", chosen),
    })
}

fn kind(offered: Offered, none: &'static str, chosen: &str) -> FieldKind {
    let offer = |(id, name): (String, String)| Offer {
        chosen: id == chosen,
        label: Words::given(name),
        value: id,
        hint: None,
    };
    let offers = offered.names.into_iter().map(offer);
    // What is chosen and offered no more stays in sight, in a line.
    let is_offered = |offers: &[Offer]| chosen.is_empty() || offers.iter().any(|offer| offer.chosen);
    let offers: Vec<Offer> = offers.collect();
    if !offered.all || !is_offered(&offers) {
        return FieldKind::Suggest {
            value: chosen.to_owned(),
            offers,
        };
    }
    let none = Offer {
        value: String::new(),
        label: Words::say(none),
        hint: None,
        chosen: chosen.is_empty(),
    };
    FieldKind::Select {
        offers: std::iter::once(none).chain(offers).collect(),
    }
}

/// Those of a list, where they are few; of many those that are like what was written, or the first.
async fn offered(visit: &Visit<'_>, kind: &Kind, like: &str) -> Result<Offered, Denied> {
    let nothing = Offered {
        names: Vec::new(),
        all: false,
    };
    if !visit.actor.governs() || !visit.actor.may(kind.needs) {
        return Ok(nothing);
    }
    let ask = || Ask::get(path(&[kind.list])).query("limit", LOOKED_AT);
    let mut items = visit.all(ask()).await?.items;
    let all = items.len() <= FEW;
    if !all && !like.is_empty() {
        items = visit.all(ask().query("q", like)).await?.items;
    }
    items.truncate(FEW);
    let named = |item: &Value| {
        let id = text(item, kind.id);
        (id.to_owned(), called(text(item, "name"), id))
    };
    Ok(Offered {
        names: items.iter().map(named).collect(),
        all,
    })
}

/// The tenants that a developer belongs to.
async fn own_tenants(visit: &Visit<'_>, user: &str) -> Result<Offered, Denied> {
    let request = visit.request;
    let places = request.app.store.memberships(request.realm.name(), user).await;
    let places = places.map_err(|fault| Denied::Failed(Failure::from(fault)))?;
    let named = places.iter().map(|place| {
        let id = &*place.tenant.id;
        (id.to_owned(), called(&place.tenant.name, id))
    });
    Ok(Offered {
        names: named.collect(),
        all: true,
    })
}

/// A name with the id behind it: two can have one name.
fn called(name: &str, id: &str) -> String {
    match name {
        "" => id.to_owned(),
        name if name == id => id.to_owned(),
        name => format!("{name} ({id})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(all: bool) -> Offered {
        let names = ["a", "b"].map(|id| (id.to_owned(), called("Acme", id)));
        Offered {
            names: names.into(),
            all,
        }
    }

    #[test]
    fn few_are_a_choice_and_many_are_a_line() {
        let FieldKind::Select { offers } = kind(offered(true), "area-any", "b") else {
            panic!("a choice");
        };
        let values: Vec<(&str, bool)> = offers.iter().map(|offer| (&*offer.value, offer.chosen)).collect();
        assert_eq!(values, [("", false), ("a", false), ("b", true)]);
        assert!(matches!(
            kind(offered(false), "area-any", ""),
            FieldKind::Suggest { .. }
        ));
    }

    #[test]
    fn what_is_asked_for_and_not_offered_is_not_lost() {
        let FieldKind::Suggest { value, offers } = kind(offered(true), "area-any", "gone") else {
            panic!("a line");
        };
        assert_eq!((&*value, offers.len()), ("gone", 2));
    }

    #[test]
    fn two_of_one_name_are_told_apart() {
        assert_eq!(called("Acme", "acme-berlin"), "Acme (acme-berlin)");
        assert_eq!(called("", "x"), "x");
        assert_eq!(called("x", "x"), "x");
    }
}
