//! The load: tasks that ask one thing after another until their connection breaks. An entry is changed after the
//! answer, or, where none came, to say that nobody knows.

use super::journal::{Exchange, FAMILY, Family, Journal, SINGLE, Single, Standing};
use crate::stage::{Member, Node, Prepared, Realm, Reply};
use std::io;
use std::sync::Arc;
use tokio::task::JoinSet;

/// How a realm is loaded: who is logged in there.
#[derive(Clone)]
pub(super) struct Loaded {
    pub(super) realm: Realm,
    pub(super) member: Member,
}

/// Starts the tasks: for each realm two machines and two users' clients. They end when the server does.
pub(super) fn start(node: &Arc<Node>, journal: &Arc<Journal>, realms: &[Loaded]) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for loaded in realms {
        for _ in 0..2 {
            let (node, journal, loaded) = (Arc::clone(node), Arc::clone(journal), loaded.clone());
            let (node_too, journal_too, loaded_too) = (Arc::clone(&node), Arc::clone(&journal), loaded.clone());
            // The error is the broken connection that ends the task.
            tasks.spawn(async move { drop(machine(&node, &journal, loaded.realm).await) });
            tasks.spawn(async move { drop(user(&node_too, &journal_too, &loaded_too).await) });
        }
    }
    tasks
}

/// Tokens for a machine; every third is revoked.
async fn machine(node: &Node, journal: &Journal, realm: Realm) -> io::Result<()> {
    for turn in 0_usize.. {
        let reply = ask(&realm.client_credentials(node)).await?;
        let token = reply.text("access_token");
        let index = {
            let singles = &mut journal.entries().singles;
            singles.push(Single {
                realm,
                token: token.clone(),
                standing: Standing::Alive,
            });
            singles.len() - 1
        };
        journal.acknowledge();
        if turn % 3 == 0 {
            journal.entries().singles[index].standing = Standing::Unknown;
            ask(&realm.revoke(node, SINGLE, &token)).await?;
            journal.entries().singles[index].standing = Standing::Ended;
            journal.acknowledge();
        }
    }
    Ok(())
}

/// A code, its exchange, two refreshes; every third family is ended through its refresh token.
async fn user(node: &Node, journal: &Journal, loaded: &Loaded) -> io::Result<()> {
    let realm = loaded.realm;
    for turn in 0_usize.. {
        let code = loaded.member.code(node).await?;
        journal.acknowledge();
        let reply = match ask(&realm.exchange(node, &code)).await {
            Ok(reply) => reply,
            Err(broken) => {
                journal.entries().exchanges.push(Exchange { realm, code });
                return Err(broken);
            }
        };
        let index = {
            let families = &mut journal.entries().families;
            families.push(Family {
                realm,
                code,
                access: vec![reply.text("access_token")],
                refresh: vec![reply.text("refresh_token")],
                standing: Standing::Alive,
                in_doubt: false,
            });
            families.len() - 1
        };
        journal.acknowledge();
        let mut token = reply.text("refresh_token");
        for _ in 0..2 {
            token = refresh(node, journal, index, &token).await?;
        }
        if turn % 3 == 0 {
            journal.entries().families[index].standing = Standing::Unknown;
            ask(&realm.revoke(node, FAMILY, &token)).await?;
            journal.entries().families[index].standing = Standing::Ended;
            journal.acknowledge();
        }
    }
    Ok(())
}

async fn refresh(node: &Node, journal: &Journal, index: usize, token: &str) -> io::Result<String> {
    let realm = journal.entries().families[index].realm;
    journal.entries().families[index].in_doubt = true;
    let reply = ask(&realm.refresh(node, token)).await?;
    let next = reply.text("refresh_token");
    let family = &mut journal.entries().families[index];
    family.in_doubt = false;
    family.access.push(reply.text("access_token"));
    family.refresh.push(next.clone());
    journal.acknowledge();
    Ok(next)
}

/// Everything that is asked here is right, so the only answers are success and none.
async fn ask(request: &Prepared) -> io::Result<Reply> {
    let reply = request.send().await?;
    assert_eq!(reply.status, 200, "{}", reply.body);
    Ok(reply)
}
