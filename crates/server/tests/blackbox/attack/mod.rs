//! The attack rows of `cases.tsv`, run as data: each row has a check here or a reason in `README.md` why it has none.

mod api_keys;
mod areas;
mod assertions;
mod authorize;
mod browser;
mod by_operator;
mod client_auth;
mod codes;
mod confusion;
mod device;
mod dialects;
mod dpop;
mod elsewhere;
mod exchange;
mod jar;
mod keys;
mod login;
mod logout;
mod mtls;
mod par;
mod passkeys;
mod redirects;
mod refresh;
mod register;
mod requests;
mod reset;
pub(crate) mod stage;
mod tokens;
mod traces;
mod transport;
mod upstream;
mod values;
mod walls;

use stage::{Stage, stage};
use std::collections::BTreeSet;
use std::pin::Pin;

const CASES: &str = include_str!("cases.tsv");
const NOT_RUN: &str = include_str!("README.md");

/// What a row does.
type Check = fn(&'static Stage) -> Pin<Box<dyn Future<Output = ()>>>;
/// Rows by id.
type Rows = &'static [(&'static str, Check)];

/// Rows with their checks.
macro_rules! rows {
    ($($id:literal => $check:expr),* $(,)?) => { &[$(($id, |stage| Box::pin($check(stage)))),*] };
}
use rows;

const FAMILIES: &[(&str, Rows)] = &[
    ("authorize", authorize::ROWS),
    ("redirects", redirects::ROWS),
    ("codes", codes::ROWS),
    ("device", device::ROWS),
    ("dialects", dialects::ROWS),
    ("confusion", confusion::ROWS),
    ("values", values::ROWS),
    ("requests", requests::ROWS),
    ("reset", reset::ROWS),
    ("refresh", refresh::ROWS),
    ("client_auth", client_auth::ROWS),
    ("register", register::ROWS),
    ("assertions", assertions::ROWS),
    ("keys", keys::ROWS),
    ("dpop", dpop::ROWS),
    ("elsewhere", elsewhere::ROWS),
    ("exchange", exchange::ROWS),
    ("mtls", mtls::ROWS),
    ("par", par::ROWS),
    ("jar", jar::ROWS),
    ("tokens", tokens::ROWS),
    ("api_keys", api_keys::ROWS),
    ("areas", areas::ROWS),
    ("browser", browser::ROWS),
    ("by_operator", by_operator::ROWS),
    ("login", login::ROWS),
    ("logout", logout::ROWS),
    ("passkeys", passkeys::ROWS),
    ("transport", transport::ROWS),
    ("traces", traces::ROWS),
    ("upstream", upstream::ROWS),
    ("walls", walls::ROWS),
];

/// Runs a family's rows one after the other and names all that failed.
#[expect(
    clippy::print_stderr,
    reason = "shown only with a failure: which row a message belongs to"
)]
async fn run(family: &str) {
    let (_, rows) = FAMILIES.iter().find(|(name, _)| *name == family).unwrap();
    let mut failed = Vec::new();
    for (id, check) in *rows {
        eprintln!("row {id}");
        let row = tokio::task::LocalSet::new();
        let outcome = row
            .run_until(async { tokio::task::spawn_local(check(stage())).await })
            .await;
        if outcome.is_err() {
            failed.push(*id);
        }
    }
    assert!(failed.is_empty(), "rows that failed: {failed:?}");
}

macro_rules! families {
    ($($name:ident),*) => {
        $(#[tokio::test] async fn $name() { run(stringify!($name)).await; })*
        /// The families that have a test.
        pub(super) const RUN: &[&str] = &[$(stringify!($name)),*];
    };
}
mod family {
    use super::run;
    families!(
        authorize,
        redirects,
        codes,
        device,
        dialects,
        confusion,
        values,
        requests,
        reset,
        refresh,
        client_auth,
        register,
        assertions,
        keys,
        dpop,
        elsewhere,
        exchange,
        mtls,
        par,
        jar,
        tokens,
        api_keys,
        areas,
        browser,
        by_operator,
        login,
        logout,
        passkeys,
        transport,
        traces,
        upstream,
        walls
    );
}

#[test]
fn every_row_is_run_or_has_a_reason_not_to_be_and_never_both() {
    let first = CASES.lines().filter_map(|line| line.split('\t').next());
    let listed: Vec<&str> = first.filter(|id| is_id(id)).collect();
    let excused: Vec<&str> = excused().map(|(id, _)| id).collect();
    for (name, _) in FAMILIES {
        assert!(family::RUN.contains(name), "no test runs the rows of {name}");
    }
    let checked = checked();
    let set = |ids: &[&'static str]| ids.iter().copied().collect::<BTreeSet<_>>();
    for list in [&listed, &excused, &checked] {
        assert_eq!(set(list).len(), list.len(), "an id stands there twice");
    }
    let (listed, excused, checked) = (set(&listed), set(&excused), set(&checked));
    let both: Vec<_> = checked.intersection(&excused).collect();
    assert!(both.is_empty(), "run and excused: {both:?}");
    let covered: BTreeSet<_> = checked.union(&excused).copied().collect();
    let forgotten: Vec<_> = listed.difference(&covered).collect();
    assert!(forgotten.is_empty(), "neither run nor excused: {forgotten:?}");
    let unknown: Vec<_> = covered.difference(&listed).collect();
    assert!(unknown.is_empty(), "no such row: {unknown:?}");
}

/// The rows that are run.
pub(crate) fn checked() -> Vec<&'static str> {
    let rows = FAMILIES.iter().flat_map(|(_, rows)| rows.iter());
    rows.map(|(id, _)| *id).collect()
}

/// The rows that are not, each with its reason.
pub(crate) fn excused() -> impl Iterator<Item = (&'static str, &'static str)> {
    let rows = NOT_RUN
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    rows.filter(|(id, _)| is_id(id))
}

/// A letter and two digits.
fn is_id(text: &str) -> bool {
    matches!(text.as_bytes(), [b'A'..=b'Z', b'0'..=b'9', b'0'..=b'9'])
}
