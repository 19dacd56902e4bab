//! A world to measure in: a database with clients and tokens, the product that serves it, and a person who consented.
//!
//! At small sizes each comparison gets a fresh one, because two seconds of issuance store more than 10,000 tokens.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::driver::Load;
use crate::flow::Browser;
use crate::machine;
use crate::plan::{Amount, Comparison};
use crate::postgres::Cluster;
use crate::product::{Product, Serving, Storage};
use crate::requests::authorization;
use crate::scenario::{Callers, Kind, issued};
use crate::seed::{self, Client};

/// Everything that a scenario needs of the product.
pub(crate) struct World {
    pub(crate) made_for: Comparison,
    pub(crate) amount: Amount,
    pub(crate) product: Product,
    pub(crate) serving: Serving,
    pub(crate) clients: Vec<Client>,
    modest: Vec<Client>,
    pub(crate) scopes: Vec<String>,
    cookie: String,
}

impl World {
    pub(crate) fn make(
        directory: &Path,
        comparison: &Comparison,
        amount: Amount,
        (storage, cluster): (Storage, Option<&Cluster>),
    ) -> Result<Self> {
        let (scenario, stored) = (&comparison.scenario, comparison.stored);
        drop(std::fs::remove_dir_all(directory));
        std::fs::create_dir_all(directory)?;
        let product = Product::new(directory, scenario.shape(), storage)?;
        let mut serving = product.start()?;
        let realm = serving.ready.realm()?;
        let model = realm
            .clients
            .iter()
            .find(|client| client.grant_types.iter().any(|grant| grant == "authorization_code"));
        let scopes = model
            .context("the realm has no demo client for the code flow")?
            .scopes
            .clone();
        let clients = seed::clients(&product, amount.clients, scenario.format, &scopes)?;
        let modest = match scopes.get(..3) {
            Some(three) => seed::clients(&product, amount.clients, scenario.format, three)?,
            None => Vec::new(),
        };
        let mut cookie = String::new();
        if scenario.needs_user() || stored > amount.most_issued {
            // Whoever sees the consent page has few applications yet.
            let consented = clients.get(..1).filter(|_| scenario.kind == Kind::Consent);
            let consented = consented.unwrap_or(&clients);
            cookie = consent_to(consented, &serving, &scopes).context("logging in and consenting")?;
        }
        if stored > amount.most_issued {
            issue(&serving, &clients, &scopes, amount.clients as u64)?;
            serving.running.stop()?;
            seed::stored_tokens(&product, cluster, stored, machine::now_millis())?;
            serving = product.start()?;
        } else if stored > 0 {
            issue(&serving, &clients, &scopes, stored)?;
        }
        Ok(Self {
            made_for: *comparison,
            amount,
            product,
            serving,
            clients,
            modest,
            scopes,
            cookie,
        })
    }

    /// Whether another comparison may be made in it as well. A small one is not small any more after a slice.
    pub(crate) fn suits(&self, next: &Comparison) -> bool {
        let before = &self.made_for;
        let same = |comparison: &Comparison| {
            let scenario = &comparison.scenario;
            (
                scenario.shape(),
                scenario.format,
                comparison.stored,
                comparison.postgres,
            )
        };
        before.stored > self.amount.most_issued && same(before) == same(next)
    }

    pub(crate) fn callers(&self) -> Callers<'_> {
        Callers {
            clients: &self.clients,
            modest: &self.modest,
            scopes: &self.scopes,
            cookie: self.cookie.clone(),
            pool: self.amount.pool,
        }
    }
}

fn issue(serving: &Serving, clients: &[Client], scopes: &[String], count: u64) -> Result<()> {
    let callers = Callers {
        clients,
        modest: &[],
        scopes,
        cookie: String::new(),
        pool: count,
    };
    issued(&mut Load::start()?, serving.ready.realm()?, &callers, count).map(drop)
}

fn consent_to(clients: &[Client], serving: &Serving, scopes: &[String]) -> Result<String> {
    let realm = serving.ready.realm()?;
    let user = realm
        .users
        .iter()
        .min_by_key(|user| user.tenants.len())
        .context("the realm has no demo user")?;
    let first = clients.first().context("there are no clients")?;
    let mut browser = Browser::new(authorization(realm, first, scopes)?.0);
    for client in clients {
        browser.authorize(&authorization(realm, client, scopes)?.1, user)?;
    }
    Ok(browser.cookie())
}
