//! What the token permits: within every bound, and what becomes of the rest.

use super::*;

#[test]
fn nothing_is_granted_beyond_issuer_assertion_client_and_role() {
    let scope = |case: &Case| case.decide().map(|approved| approved.scope);
    let asking = |text: &str| Case::with(|case| case.around.send("scope", text));
    assert_eq!(scope(&asking("invoices:read")).unwrap(), scopes("invoices:read"));
    assert_eq!(asking("invoices:delete").refused(), ErrorCode::InvalidScope);
    // What the issuer may not vouch for is cut from what it vouches for.
    let more = Case::claim("scope", json!("invoices:read customers:read"));
    assert_eq!(scope(&more).unwrap(), scopes("invoices:read"));
    assert_eq!(
        Case::claim("scope", json!("customers:read")).refused(),
        ErrorCode::InvalidScope
    );
    assert_eq!(
        Case::claim("scope", json!(["invoices:read"])).refused(),
        ErrorCode::InvalidGrant
    );
    let narrow = Case::with(|case| case.around.client.scopes = scopes("invoices:read"));
    assert_eq!(scope(&narrow).unwrap(), scopes("invoices:read"));
    let viewer = Case::with(|case| {
        case.around.realm.tenants.enabled = true;
        case.facts.memberships = vec![membership("acme", "viewer")];
    });
    assert_eq!(scope(&viewer).unwrap(), scopes("invoices:read"));
}

#[test]
fn what_the_request_names_is_never_left_out_in_silence() {
    let asking = |scope: &str, change: fn(&mut Case)| {
        Case::with(|case| {
            put(&mut case.claims, "scope", Value::Null);
            case.around.send("scope", scope);
            change(case);
        })
    };
    let unchanged: fn(&mut Case) = |_| {};
    let cutting: fn(&mut Case) = |case| case.around.realm.excess_scope = ExcessScope::Cut;
    for scope in ["invoices:read nonsense", "nonsense"] {
        for change in [unchanged, cutting] {
            assert_eq!(asking(scope, change).refused(), ErrorCode::InvalidScope, "{scope}");
        }
    }
    // Beyond what the issuer may vouch for, beyond the client, beyond the role: as the realm wants it.
    let beyond_client: fn(&mut Case) = |case| case.around.client.scopes = scopes("invoices:read");
    let beyond_role: fn(&mut Case) = |case| {
        case.around.realm.tenants.enabled = true;
        case.facts.memberships = vec![membership("acme", "viewer")];
    };
    let cases = [
        ("invoices:read customers:read", unchanged),
        ("invoices:read invoices:write", beyond_client),
        ("invoices:read invoices:write", beyond_role),
    ];
    for (scope, change) in cases {
        let mut case = asking(scope, change);
        assert_eq!(case.refused(), ErrorCode::InvalidScope, "{scope}");
        case.around.realm.excess_scope = ExcessScope::Cut;
        assert_eq!(case.decide().unwrap().scope, scopes("invoices:read"), "{scope}");
    }
    // What comes by itself is cut, whatever the realm does with what is asked for.
    let unknown = Case::claim("scope", json!("invoices:read nonsense"));
    assert_eq!(unknown.decide().unwrap().scope, scopes("invoices:read"));
}
