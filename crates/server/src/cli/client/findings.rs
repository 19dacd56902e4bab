//! `grantd client findings`: which clients a rule that the realm only tries out would have refused.

use crate::api::findings::{client_of, rule_of, view};
use crate::cli::CliFault;
use crate::cli::open::{Listing, open};
use crate::config::Environment;
use grantd_core::record::UseRecord;
use grantd_store::Store;

pub(super) async fn list(asked: &Listing, environment: &Environment) -> Result<(), CliFault> {
    let opened = open(&asked.which, environment).await?;
    let (realm, shape) = (&opened.realm.realm.name, &asked.shape);
    // Behind all of a client's, or behind one rule of it.
    let after = asked
        .after
        .as_deref()
        .map(|after| after.rsplit_once(':').unwrap_or((after, "\u{7f}")));
    let page = opened.store.findings(realm, after, shape.limit()).await?;
    let line = |row: &UseRecord| {
        let (client_id, rule) = (client_of(row), rule_of(row));
        let (count, last) = (row.count, row.last_used_at.secs());
        format!("{client_id:<26} {rule:<14} {count:>8} times, last at {last}")
    };
    let go_on = |row: &UseRecord| format!("--after {}:{}", client_of(row), rule_of(row));
    shape.output.page("findings", &page, view, line, go_on);
    Ok(())
}
