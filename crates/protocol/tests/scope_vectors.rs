//! The SDKs and the server mean the same by a permission: both are held to `spec/vectors/scopes.json`.
#![expect(clippy::expect_used, reason = "a test may")]

use grantd_protocol::ScopeSet;
use grantd_protocol::scope::covers;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    covers: Vec<Covers>,
    missing: Vec<Missing>,
    parse: Vec<Parse>,
}

#[derive(Deserialize)]
struct Covers {
    held: String,
    wanted: String,
    covered: bool,
}

#[derive(Deserialize)]
struct Missing {
    held: String,
    wanted: Vec<String>,
    missing: Vec<String>,
}

#[derive(Deserialize)]
struct Parse {
    text: String,
    scopes: Option<Vec<String>>,
}

fn vectors() -> Vectors {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/vectors/scopes.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect(path)).expect(path)
}

#[test]
fn a_pattern_covers_what_the_sdks_say_that_it_covers() {
    let rows = vectors().covers;
    assert!(!rows.is_empty());
    for row in rows {
        assert_eq!(
            covers(&row.held, &row.wanted),
            row.covered,
            "{} {}",
            row.held,
            row.wanted
        );
    }
}

#[test]
fn what_a_call_lacks_is_what_the_sdks_say_that_it_lacks() {
    for row in vectors().missing {
        let held = ScopeSet::parse(&row.held).unwrap();
        let missing: Vec<String> = row.wanted.into_iter().filter(|scope| !held.covers(scope)).collect();
        assert_eq!(missing, row.missing, "{}", row.held);
    }
}

#[test]
fn a_scope_parameter_reads_as_the_sdks_read_it() {
    for row in vectors().parse {
        let parsed = ScopeSet::parse(&row.text).ok();
        let scopes = parsed.map(|set| set.iter().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(scopes, row.scopes, "{}", row.text);
    }
}
