//! `grantd admin recover`: an operator who is shut out gets in again, and nobody else by it.

use crate::harness::Flow;
use crate::harness::own::Own;
use crate::harness::realm::User;
use serde_json::Value;

async fn gets_in(own: &Own, password: &str) -> bool {
    let mut flow = Flow::new(&own.realm(), "ledger-web");
    flow.user = User {
        username: "operator".to_owned(),
        password: password.to_owned(),
        tenants: Vec::new(),
    };
    flow.gets_in().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_gets_in_by_the_new_password_and_by_the_old_one_no_more() {
    let own = Own::start(None);
    let console: Value = own.server.ready["console"].clone();
    let old = console["password"].as_str().unwrap();
    assert!(gets_in(&own, old).await);
    let told = own.json(&["admin", "recover"]);
    assert_eq!(
        (&told["username"], &told["console"]),
        (&console["username"], &console["url"])
    );
    let new = told["password"].as_str().unwrap();
    assert!(gets_in(&own, new).await && !gets_in(&own, old).await);
    let named = own.json(&["admin", "recover", "Operator"]);
    assert_ne!(named["password"], new, "names are compared as at the login");
    assert_eq!(named["mail"], Value::Null);
    let said = own.run(&["admin", "recover"]).error;
    assert!(said.contains("No letters reach them"), "{said}");
}

#[test]
fn nobody_becomes_an_operator_by_it() {
    let own = Own::start(None);
    let done = own.run(&["admin", "recover", "ada@example.com"]);
    assert_eq!(done.code, 2, "{}", done.error);
    assert!(
        done.error.contains("none of the realm's operators: operator"),
        "{}",
        done.error
    );
    assert!(done.output.is_empty());
}
