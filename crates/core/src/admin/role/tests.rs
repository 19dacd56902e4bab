use super::*;
use crate::admin::Actor;
use crate::admin::actor::actor;
use crate::fixture::{self, NOW, scopes};
use grantd_protocol::entropy::counted::Counted;

const NOBODY: RoleHolders = RoleHolders {
    members: 0,
    clients: 0,
    api_keys: 0,
};

fn stored(name: &str, permissions: &str) -> RoleRecord {
    RoleRecord {
        realm: "main".into(),
        name: name.into(),
        version: 3,
        description: Some("For the desk".to_owned()),
        permissions: scopes(permissions),
        created_at: NOW,
    }
}

fn there(taken: bool, holders: RoleHolders) -> There {
    There {
        roles: Owned { count: 1, turn: None },
        taken,
        holders,
    }
}

/// What somebody is answered who does something in a realm with these roles of the database.
fn done<T>(actor: &Actor, roles: &[RoleRecord], what: impl FnOnce(&Deed<'_>) -> T) -> T {
    let realm = fixture::realm_with(|realm| realm.catalogue = realm.catalogue.clone().with_own());
    let realm = realm.with_stored_roles(roles).unwrap_or(realm);
    let entropy = Counted::default();
    what(&fixture::deed(&realm, actor, &entropy))
}

fn created(actor: &Actor, body: &Value, there: There) -> Result<Edit<RoleRecord>, Refused> {
    done(actor, &[], |deed| create(body.as_object().unwrap(), there, deed))
}

fn changed(actor: &Actor, before: &RoleRecord, body: &Value) -> Result<Edit<RoleRecord>, Refused> {
    done(actor, std::slice::from_ref(before), |deed| {
        update(before, body.as_object().unwrap(), deed)
    })
}

fn clerk() -> Value {
    json!({ "name": "clerk", "description": "The desk", "permissions": ["invoices:*", "customers:read"] })
}

#[test]
fn a_role_is_made_with_its_line_and_guards_its_name() {
    let edit = created(&Actor::command_line(), &clerk(), there(false, NOBODY)).unwrap();
    assert_eq!(edit.after.permissions, scopes("invoices:* customers:read"));
    let free = Guard::RoleAt {
        realm: "main".into(),
        name: "clerk".into(),
        version: None,
    };
    assert!(edit.change.guards.contains(&free));
    let line = edit.change.writes.iter().find_map(|write| match write {
        Write::Audit(line) => Some(line),
        _ => None,
    });
    let line = line.unwrap();
    assert_eq!(
        (line.action.as_str(), line.target.as_str()),
        ("role.created", "role:clerk")
    );
    assert_eq!(
        line.detail["after"]["permissions"],
        json!(["invoices:*", "customers:read"])
    );
}

#[test]
fn a_name_of_the_file_a_taken_one_and_one_that_somebody_still_has_are_refused() {
    let cli = Actor::command_line();
    let named = |name: &str| json!({ "name": name, "permissions": [] });
    let state = |result: Result<Edit<RoleRecord>, Refused>| matches!(result, Err(Refused::State(_)));
    assert!(state(created(&cli, &named("owner"), there(false, NOBODY))));
    assert!(state(created(&cli, &named("clerk"), there(true, NOBODY))));
    let left = RoleHolders { members: 2, ..NOBODY };
    let refused = created(&cli, &named("clerk"), there(false, left)).unwrap_err();
    assert!(
        refused
            .to_string()
            .starts_with("2 members, 0 service accounts and 0 API keys"),
        "{refused}"
    );
    let many = There {
        roles: Owned {
            count: MOST,
            turn: None,
        },
        ..there(false, NOBODY)
    };
    assert!(state(created(&cli, &named("clerk"), many)));
}

#[test]
fn what_a_file_may_not_say_the_database_may_not_either() {
    let cli = Actor::command_line();
    for (permissions, at) in [
        (json!(["made:up"]), "/permissions/0"),
        (json!(["nothing:*"]), "/permissions/0"),
        (json!(["invoices:read", "openid"]), "/permissions/1"),
        (json!("invoices:read"), "/permissions"),
    ] {
        let body = json!({ "name": "clerk", "permissions": permissions });
        let Err(Refused::Invalid(wrong)) = created(&cli, &body, there(false, NOBODY)) else {
            panic!("{permissions}")
        };
        assert_eq!(wrong[0].pointer, at);
    }
    for name in ["a b", "..", "a/b", "", &"x".repeat(MAX_NAME + 1)] {
        let body = json!({ "name": name, "permissions": [] });
        assert!(
            matches!(created(&cli, &body, there(false, NOBODY)), Err(Refused::Invalid(_))),
            "{name}"
        );
    }
}

#[test]
fn whoever_is_confined_to_a_tenant_decides_about_no_role() {
    let administrator = actor(Some("acme"), &["* grantd:*"]);
    let before = stored("clerk", "invoices:read");
    let narrower = json!({ "permissions": [] });
    assert!(matches!(
        created(&administrator, &clerk(), there(false, NOBODY)),
        Err(Refused::Unknown)
    ));
    assert!(matches!(
        changed(&administrator, &before, &narrower),
        Err(Refused::Unknown)
    ));
    let deleted = done(&administrator, &[], |deed| delete(&before, NOBODY, deed));
    assert!(matches!(deleted, Err(Refused::Unknown)));
}

#[test]
fn nobody_makes_a_role_into_more_than_they_hold_nor_touches_one_that_is_more() {
    let weak = actor(None, &["grantd:roles:write grantd:members:read"]);
    let beyond = |result: Result<Edit<RoleRecord>, Refused>| matches!(result, Err(Refused::Beyond(_)));
    let body = |permissions: &str| json!({ "name": "clerk", "permissions": [permissions] });
    for permissions in ["grantd:members:write", "grantd:*"] {
        assert!(
            beyond(created(&weak, &body(permissions), there(false, NOBODY))),
            "{permissions}"
        );
        let wider = json!({ "permissions": [permissions] });
        assert!(
            beyond(changed(&weak, &stored("clerk", "invoices:read"), &wider)),
            "{permissions}"
        );
        // Not even to make it less: who holds it is above them.
        let above = stored("clerk", permissions);
        assert!(
            beyond(changed(&weak, &above, &json!({ "permissions": [] }))),
            "{permissions}"
        );
        let deleted = done(&weak, &[], |deed| delete(&above, NOBODY, deed));
        assert!(matches!(deleted, Err(Refused::Beyond(_))), "{permissions}");
    }
    created(&weak, &body("grantd:members:read"), there(false, NOBODY)).unwrap();
    created(&weak, &body("*"), there(false, NOBODY)).unwrap();
}

#[test]
fn a_role_that_somebody_has_stays_and_the_commit_asks_again() {
    let (cli, before) = (Actor::command_line(), stored("clerk", "invoices:read"));
    for (members, clients, api_keys) in [(1, 0, 0), (0, 1, 0), (0, 0, 1)] {
        let holders = RoleHolders {
            members,
            clients,
            api_keys,
        };
        let refused = done(&cli, std::slice::from_ref(&before), |deed| {
            delete(&before, holders, deed)
        });
        assert!(matches!(refused, Err(Refused::State(_))), "{holders:?}");
    }
    let gone = done(&cli, std::slice::from_ref(&before), |deed| {
        delete(&before, NOBODY, deed)
    })
    .unwrap();
    let unused = Guard::RoleUnused {
        realm: "main".into(),
        name: "clerk".into(),
    };
    assert!(gone.change.guards.contains(&unused) && gone.change.guards.contains(&at(&before, Some(3))));
}

#[test]
fn a_role_that_the_file_hides_is_not_changed_and_goes_at_any_time() {
    let (cli, hidden) = (Actor::command_line(), stored("viewer", "*"));
    assert!(matches!(
        changed(&cli, &hidden, &json!({ "permissions": [] })),
        Err(Refused::State(_))
    ));
    let holders = RoleHolders { members: 7, ..NOBODY };
    let gone = done(&cli, std::slice::from_ref(&hidden), |deed| {
        delete(&hidden, holders, deed)
    })
    .unwrap();
    assert_eq!(gone.change.guards, [at(&hidden, Some(3))]);
    let shown = done(&cli, std::slice::from_ref(&hidden), |deed| {
        all(deed.realm, std::slice::from_ref(&hidden))
    });
    assert_eq!(
        (&shown["viewer"]["source"], &shown["viewer"]["hides_stored"]),
        (&json!("file"), &json!(true))
    );
    assert_eq!(
        shown["viewer"]["permissions"],
        json!(["invoices:read", "customers:read"])
    );
}

#[test]
fn a_change_counts_the_version_up_and_says_before_and_after() {
    let before = stored("clerk", "invoices:read");
    let body = json!({ "permissions": ["customers:read"], "description": null });
    let edit = changed(&Actor::command_line(), &before, &body).unwrap();
    assert_eq!((edit.after.version, edit.after.description), (4, None));
    assert_eq!(edit.change.guards, [at(&before, Some(3))]);
    let renamed = changed(&Actor::command_line(), &before, &json!({ "name": "other" }));
    assert!(
        matches!(renamed, Err(Refused::Invalid(_))),
        "others know it by its name"
    );
}
