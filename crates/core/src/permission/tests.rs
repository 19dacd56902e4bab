use super::*;
use proptest::prelude::*;

fn set(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

fn catalogue() -> Catalogue {
    let names = [
        "invoices:read",
        "invoices:write",
        "customers:read",
        "customers:write",
        "grantd:clients:read",
    ];
    let permission = |name: &&str| Permission {
        name: (*name).into(),
        group: String::new(),
        description: String::new(),
        risk: Risk::Read,
        implies: Vec::new(),
    };
    Catalogue::new(names.iter().map(permission).collect(), true)
}

fn grant(client: &str, role: Option<&str>, excess: ExcessScope, requested: &str) -> Result<String, ErrorCode> {
    let (catalogue, client, role) = (catalogue(), set(client), role.map(set));
    let bounds = Bounds {
        catalogue: &catalogue,
        client: &client,
        role: role.as_ref(),
        excess,
    };
    bounds
        .grant(&set(requested))
        .map(|granted| granted.to_string())
        .map_err(|error| error.code())
}

#[test]
fn an_unknown_scope_is_refused_even_where_excess_is_cut() {
    for excess in [ExcessScope::Refuse, ExcessScope::Cut] {
        assert_eq!(
            grant("*", None, excess, "invoices:read nonsense"),
            Err(ErrorCode::InvalidScope)
        );
        assert_eq!(grant("*", None, excess, "nonsense:*"), Err(ErrorCode::InvalidScope));
    }
}

#[test]
fn a_set_is_known_in_any_order_if_each_of_its_scopes_is() {
    let catalogue = catalogue();
    for known in [
        "",
        "invoices:read invoices:write customers:read customers:write",
        "customers:write invoices:read customers:read openid invoices:*",
        "* customers:write grantd:clients:read invoices:read invoices:write",
    ] {
        assert!(catalogue.knows_all(&set(known)), "{known}");
    }
    for (place, unknown) in [(0, "invoices:rea"), (1, "nonsense"), (2, "customers:readx")] {
        let mut scopes = vec!["invoices:read", "invoices:write", "customers:read"];
        scopes.insert(place, unknown);
        assert!(!catalogue.knows_all(&scopes.into_iter().collect()), "{unknown}");
    }
}

#[test]
fn only_a_stretch_of_the_catalogue_is_in_a_row() {
    let catalogue = catalogue();
    for row in [
        "invoices:read",
        "invoices:write customers:read",
        "invoices:read invoices:write customers:read customers:write grantd:clients:read",
        "grantd:clients:read",
    ] {
        assert!(catalogue.has_in_a_row(&set(row)), "{row}");
    }
    for other in [
        "",
        "invoices:rea",
        "invoices:read invoices:wri",
        "invoices:write invoices:read",
        "invoices:read customers:read",
        "invoices:read openid",
        "openid",
        "customers:write grantd:clients:read invoices:read",
        "invoices:*",
    ] {
        assert!(!catalogue.has_in_a_row(&set(other)), "{other}");
    }
}

#[test]
fn a_catalogue_with_an_identity_scope_of_its_own_has_nothing_in_a_row() {
    let mut permissions = catalogue().permissions().to_vec();
    if let Some(first) = permissions.first_mut() {
        first.name = "email".into();
    }
    let catalogue = Catalogue::new(permissions, true);
    assert!(!catalogue.has_in_a_row(&set("email invoices:write")));
    assert!(!catalogue.has_in_a_row(&set("invoices:write customers:read")));
}

#[test]
fn a_known_scope_outside_the_bounds_is_refused_or_cut() {
    assert_eq!(
        grant(
            "invoices:read",
            None,
            ExcessScope::Refuse,
            "invoices:read invoices:write"
        ),
        Err(ErrorCode::InvalidScope)
    );
    assert_eq!(
        grant("invoices:read", None, ExcessScope::Cut, "invoices:read invoices:write"),
        Ok("invoices:read".into())
    );
    assert_eq!(
        grant(
            "*",
            Some("invoices:*"),
            ExcessScope::Cut,
            "customers:read invoices:read"
        ),
        Ok("invoices:read".into())
    );
}

#[test]
fn a_pattern_is_kept_only_where_client_and_role_both_hold_it() {
    assert_eq!(
        grant("invoices:*", Some("*"), ExcessScope::Refuse, "invoices:*"),
        Ok("invoices:*".into())
    );
    assert_eq!(
        grant("*", Some("invoices:read"), ExcessScope::Refuse, "invoices:*"),
        Ok("invoices:read".into())
    );
    assert_eq!(
        grant("invoices:read", None, ExcessScope::Refuse, "*"),
        Ok("invoices:read".into())
    );
    assert_eq!(
        grant("customers:read", None, ExcessScope::Refuse, "invoices:*"),
        Err(ErrorCode::InvalidScope)
    );
    assert_eq!(
        grant("customers:read", None, ExcessScope::Cut, "invoices:*"),
        Ok(String::new())
    );
}

#[test]
fn a_star_covers_neither_openid_nor_grantd_itself() {
    for scope in ["openid", "offline_access", "grantd:clients:read"] {
        assert_eq!(
            grant("*", Some("*"), ExcessScope::Refuse, scope),
            Err(ErrorCode::InvalidScope),
            "{scope}"
        );
    }
    assert!(
        !grant("invoices:read", Some("*"), ExcessScope::Cut, "*")
            .unwrap()
            .contains("grantd")
    );
}

#[test]
fn no_role_bounds_an_identity_scope() {
    assert_eq!(
        grant(
            "openid email",
            Some("invoices:read"),
            ExcessScope::Refuse,
            "openid email"
        ),
        Ok("openid email".into())
    );
}

proptest! {
    #[test]
    fn what_is_granted_lies_within_what_was_asked_and_within_both_bounds(
        client in "(\\*|invoices:\\*|invoices:read|customers:write openid)",
        role in "(\\*|customers:\\*|invoices:write customers:read)",
        asked in "(\\*|invoices:\\*|customers:\\*|invoices:read customers:write|openid customers:read)",
    ) {
        let catalogue = catalogue();
        let (client, role, asked) = (set(&client), set(&role), set(&asked));
        let bounds = Bounds { catalogue: &catalogue, client: &client, role: Some(&role), excess: ExcessScope::Cut };
        let granted = bounds.grant(&asked).unwrap();
        for scope in granted.iter() {
            prop_assert!(asked.covers(scope) && client.covers(scope));
            prop_assert!(role.covers(scope) || IDENTITY_SCOPES.contains(&scope));
        }
    }
}
