//! The consent page beside the permissions: a picture of it, and the one page that may be framed.

use super::console::posting;
use super::kept::{forget_session, keeps};
use super::portal::{ADA, BOB, REDIRECT, authorize, developer, made, permit};
use crate::harness::{Agent, Launch, Reply, Server};

/// The consent page beside the permissions shows what is ticked, in a frame of our own, and has nothing by which anything could
/// be allowed or saved.
#[tokio::test]
async fn the_consent_page_beside_the_permissions_is_a_picture_and_no_other_page_can_be_framed() {
    let server = Server::start(Launch::demo());
    let mut ada = developer(&server, ADA).await;
    let (id, _) = made(&mut ada, "Books", "web").await;
    permit(&mut ada, &id, "invoices:read").await;
    let below = format!("/applications/{id}/permissions");
    let preview = format!("{below}/preview");
    let is_unframeable = |reply: &Reply| {
        assert_eq!(reply.header("x-frame-options"), Some("DENY"));
        let policy = reply.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    };
    let is_picture = |reply: &Reply| {
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.header("x-frame-options"), Some("SAMEORIGIN"));
        let policy = reply.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'self'") && policy.contains("form-action 'none'"));
        assert!(!policy.contains("script-src"), "{policy}");
        for what in [
            "<form",
            "<script",
            "type=\"submit\"",
            "name=\"request\"",
            "name=\"decision\"",
        ] {
            assert!(!reply.body.contains(what), "{what} in {}", reply.body);
        }
    };
    let page = ada.get(&below).await;
    is_unframeable(&page);
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .ends_with("; frame-src 'self'")
    );
    let saved = ada.get(&preview).await;
    is_picture(&saved);
    assert!(saved.body.contains("See invoices"), "{}", saved.body);
    // What is ticked, whatever is saved; what there is not, or has no box for this developer, is not shown.
    let page = page.page(200);
    let mut form = page.form(posting(&page));
    let address = format!("{}{preview}", ada.url);
    form.set("scope", "customers:read");
    for scope in ["nothing:of-this-name", "customers:delete"] {
        form.fields.push(("scope".to_owned(), scope.to_owned()));
    }
    let ticked = ada.send(&address, &form.fields).await;
    is_picture(&ticked);
    assert!(
        ticked.body.contains("See customers") && !ticked.body.contains("See invoices"),
        "{}",
        ticked.body
    );
    assert!(!ticked.body.contains("nothing:of-this-name") && !ticked.body.contains("Delete customers"));
    form.fields.retain(|(name, _)| name != "scope");
    is_picture(&ada.send(&address, &form.fields).await);
    assert!(
        ada.get(&preview).await.body.contains("See invoices"),
        "nothing was saved"
    );
    // From elsewhere, without its form's ticket, of another page's form, by somebody else, without a session.
    let forged = ada.send_from(&address, &form.fields, "cross-site").await;
    assert_eq!(forged.status, 403);
    is_unframeable(&forged);
    let without = ada
        .send(&address, &[("scope".to_owned(), "customers:read".to_owned())])
        .await;
    assert_eq!(without.status, 400);
    is_unframeable(&without);
    let settings = ada.get(&format!("/applications/{id}/settings")).await.page(200);
    let settings = settings.form(posting(&settings));
    assert_eq!(ada.send(&address, &settings.fields).await.status, 400);
    let mut bob = developer(&server, BOB).await;
    let strange = bob.get(&preview).await;
    assert_eq!(strange.status, 404);
    is_unframeable(&strange);
    is_unframeable(&Agent::new().get(&address).await);
    // Nor is the page itself that it is a picture of.
    is_unframeable(&ada.visit(&authorize(&server, &id, REDIRECT)).await);
}

/// What was ticked for the picture of a session that is over is not given back on the picture; what was sent to be saved is, on
/// its form.
#[tokio::test]
async fn nothing_is_kept_of_what_was_only_looked_at() {
    let server = Server::start(Launch::demo());
    let mut ada = developer(&server, ADA).await;
    let (id, _) = made(&mut ada, "Books", "web").await;
    let below = format!("/applications/{id}/permissions");
    let page = ada.get(&below).await.page(200);
    let mut form = page.form(posting(&page));
    form.set("scope", "customers:read");
    forget_session(&mut ada);
    let looked = ada.send(&format!("{}{below}/preview", ada.url), &form.fields).await;
    assert!(
        looked.body.contains("login-submit") && !keeps(&looked),
        "{}",
        looked.body
    );
    assert!(keeps(&ada.send(&form.action, &form.fields).await));
}
