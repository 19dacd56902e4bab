//! Links to other providers: seen and taken away by their user, and by those who run the realm.

use super::account::{at, page, taken};
use super::upstream::{Stage, followed};
use crate::admin::stage::Api;
use crate::harness::html::{Form, Page};
use crate::harness::provider::{self, Said};
use crate::harness::{Agent, Flow};
use serde_json::json;

const HERE: &str = "account/providers";

/// A browser in which somebody came from a provider.
async fn came(stage: &Stage, name: &str, said: Said) -> Flow {
    let mut flow = stage.flow();
    let reply = stage.log_in(&mut flow, name, said).await;
    followed(&mut flow, &reply).await;
    flow
}

/// Each link on a page, by its id.
fn shown(page: &Page) -> Vec<String> {
    let fields = page.elements.iter().filter(|element| element.is("name", "link"));
    let ids = fields.filter_map(|element| element.get("value"));
    ids.map(str::to_owned).collect()
}

/// The form that removes a link.
fn removal(page: &Page, id: &str) -> Form {
    let count = page.elements.iter().filter(|element| element.tag == "form").count();
    let mut forms = (1..=count).map(|number| page.form(number));
    let is_its = |form: &Form| form.fields.contains(&("link".to_owned(), id.to_owned()));
    let mut form = forms.find(is_its).expect("the link's form");
    form.set("decision", "remove");
    form
}

async fn is_signed_in(agent: &mut Agent, flow: &Flow) -> bool {
    agent
        .get(&at(flow, HERE))
        .await
        .page(200)
        .by_id("login-submit")
        .is_none()
}

#[tokio::test]
async fn a_removed_link_lets_nobody_in_and_ends_every_other_browser() {
    let stage = Stage::shared();
    let pia = || Said::of("pia").mail("pia@corp.example");
    let mut flow = came(stage, "trusted", pia()).await;
    let api = Api::ops(&stage.realm).await;
    let id = api.user_id("pia@corp.example").await;
    let links = api.all(&format!("/users/{id}/links"), 10).await;
    assert_eq!(links.len(), 1, "{links:?}");
    assert_eq!(
        (&links[0]["upstream"], &links[0]["subject"]),
        (&json!("trusted"), &json!("pia"))
    );
    assert_eq!(links[0]["address"], "pia@corp.example");
    let first = links[0]["last_login_at"].as_i64().expect("they came just now");
    assert!(links[0]["linked_at"].as_i64().unwrap() <= first);

    // It is the only way in: it stays, and the page says so.
    let own = page(&mut flow, HERE).await;
    let [link] = &*shown(&own) else { panic!("one link") };
    assert_eq!(*link, links[0]["id"]);
    let reply = flow.submit(&removal(&own, link)).await;
    assert!(reply.page(422).by_id("link-1").is_some(), "it must be there still");

    // With a password it may go.
    let password = json!({ "password": "correct-horse-battery" });
    api.put(&format!("/users/{id}/password"), password).await.expect(204);
    let mut flow = came(stage, "trusted", pia()).await;
    let mut elsewhere = came(stage, "trusted", pia()).await;
    let mut thief = Agent::with_cookies(flow.browser.cookies.clone());
    let own = page(&mut flow, HERE).await;
    let after = taken(&mut flow, &removal(&own, link)).await;
    assert_eq!(shown(&after), Vec::<String>::new());
    assert!(!is_signed_in(&mut thief, &flow).await, "the cookie of before");
    let flow_of = stage.flow();
    assert!(!is_signed_in(&mut elsewhere.browser, &flow_of).await, "another browser");
    assert_eq!(
        api.all(&format!("/users/{id}/links"), 10).await,
        Vec::<serde_json::Value>::new()
    );
    let lines = api
        .all(&format!("/audit?action=user.unlinked&target=user:{id}"), 10)
        .await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["actor"], format!("user:{id}"));
    // A form from before is about nothing now.
    flow.submit(&removal(&own, link)).await.page(422);
}

#[tokio::test]
async fn of_two_last_links_that_are_removed_at_once_one_stays() {
    let stage = Stage::shared();
    let rae = || Said::of("rae").mail("rae@corp.example");
    came(stage, "trusted", rae()).await;
    let mut flow = came(stage, "mail", rae()).await;
    let own = page(&mut flow, HERE).await;
    let links = shown(&own);
    assert_eq!(links.len(), 2, "the same user, by their address");
    let racers = links.iter().map(|link| {
        let mut racer = stage.flow();
        racer.browser = Agent::with_cookies(flow.browser.cookies.clone());
        let form = removal(&own, link);
        tokio::spawn(async move { racer.submit(&form).await.status })
    });
    let mut done = 0;
    for racer in racers.collect::<Vec<_>>() {
        match racer.await.unwrap() {
            303 => done += 1,
            // Too late: the user, or the session, is another by now.
            200 | 422 => {}
            status => panic!("{status}"),
        }
    }
    assert_eq!(done, 1);
    let api = Api::ops(&stage.realm).await;
    let id = api.user_id("rae@corp.example").await;
    assert_eq!(api.all(&format!("/users/{id}/links"), 10).await.len(), 1);
}

#[tokio::test]
async fn removing_a_link_needs_a_fresh_login_and_ones_own_link() {
    let stage = Stage::shared();
    let old = i64::try_from(crate::harness::key::now()).unwrap() - 5000;
    let sam = || Said::of("sam").mail("sam@corp.example");
    let fresh = page(&mut came(stage, "trusted", sam()).await, HERE).await;
    let link = shown(&fresh).remove(0);
    let mut stale = came(stage, "trusted", sam().with("auth_time", json!(old))).await;
    let own = page(&mut stale, HERE).await;
    assert_eq!(shown(&own), Vec::<String>::new(), "nothing can be removed yet");
    let mut form = own.form_with("providers-confirm");
    let confirm = stale.submit(&form).await.page(200);
    assert!(confirm.by_id("login-submit").is_some());
    form.set("decision", "remove").set("link", &link);
    let reply = stale.submit(&form).await.page(200);
    assert!(reply.by_id("login-submit").is_some(), "an old login removes nothing");

    // Somebody else's link is no link of theirs.
    let mut tim = came(stage, "trusted", Said::of("tim").mail("tim@corp.example")).await;
    let own = page(&mut tim, HERE).await;
    let mut form = removal(&own, &shown(&own)[0]);
    for other in [&link, "", "garbage"] {
        form.set("link", other);
        tim.submit(&form).await.page(422);
    }
    let api = Api::ops(&stage.realm).await;
    for name in ["sam@corp.example", "tim@corp.example"] {
        let id = api.user_id(name).await;
        assert_eq!(api.all(&format!("/users/{id}/links"), 10).await.len(), 1, "{name}");
    }
}

/// A user's id, and the address of the one link that they have.
async fn only_link(api: &Api, username: &str) -> (String, String) {
    let id = api.user_id(username).await;
    let links = api.all(&format!("/users/{id}/links"), 10).await;
    assert_eq!(links.len(), 1, "{username}");
    let link = format!("/users/{id}/links/{}", links[0]["id"].as_str().unwrap());
    (id, link)
}

#[tokio::test]
async fn an_operator_takes_the_last_link_away_and_what_was_begun_with_it() {
    let stage = Stage::shared();
    let una = || Said::of("una");
    let mut flow = came(stage, "open", una()).await;
    let api = Api::ops(&stage.realm).await;
    let (id, address) = only_link(&api, "open:una").await;
    api.delete(&format!("/users/{id}/links/none")).await.expect(404);
    api.delete(&address).await.expect(204);
    api.delete(&address).await.expect(404);
    let mut browser = Agent::with_cookies(flow.browser.cookies.clone());
    assert!(!is_signed_in(&mut browser, &flow).await);
    // Whoever comes from there is somebody new.
    let reply = stage.log_in(&mut flow, "open", una()).await;
    followed(&mut flow, &reply).await;
    assert_eq!(api.all(&format!("/users/{id}/links"), 10).await.len(), 0);
    let names = api.all("/users", 100).await;
    let named = names.iter().filter_map(|user| user["username"].as_str());
    assert_eq!(named.filter(|name| name.starts_with("open:una")).count(), 2);
}

#[tokio::test]
async fn an_address_where_no_page_is_answers_within_the_frame() {
    let stage = Stage::shared();
    let mut flow = came(stage, "open", Said::of("vic")).await;
    let nothing = flow.browser.get(&at(&flow, "account/unknown")).await;
    let nothing = nothing.page(404);
    assert!(
        nothing.by_id("places").is_some(),
        "with the way to the pages that there are"
    );
    let mut nobody = stage.flow();
    let login = page(&mut nobody, "account/unknown").await;
    assert!(login.by_id("login-submit").is_some());
}

#[tokio::test]
async fn a_link_that_is_taken_away_while_its_user_is_at_the_provider_lets_nobody_in_as_them() {
    let stage = Stage::shared();
    let wes = || Said::of("wes");
    let mut flow = came(stage, "open", wes()).await;
    let api = Api::ops(&stage.realm).await;
    let (id, link) = only_link(&api, "open:wes").await;
    let mut again = stage.flow();
    let way = provider::way(&provider::leave(&mut again, "open").await);
    api.delete(&link).await.expect(204);
    // They come back with a login that was begun when the link was there.
    let reply = again.browser.get(&stage.provider.answer(&way, wes())).await;
    followed(&mut again, &reply).await;
    let sessions = api.all(&format!("/users/{id}/sessions"), 10).await;
    assert_eq!(sessions, Vec::<serde_json::Value>::new(), "nobody is signed in as them");
    assert!(!is_signed_in(&mut flow.browser, &again).await);
    assert!(is_signed_in(&mut again.browser, &flow).await, "as somebody new");
}
