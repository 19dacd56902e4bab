//! How far an application has come. Its developer names test users, submits it and reads what an operator said; an operator
//! approves, rejects, suspends and reinstates it.

use crate::api::inside::{Ask, path};
use crate::console::applications::{action, deed, heading, load, pieces};
use crate::console::places;
use crate::signed_in::fields::{Dialog, hidden, lines, radios, values};
use crate::signed_in::listing::{instant, text, texts};
use crate::signed_in::{Page, Visit};
use grantd_pages::{Block, Cell, Tone, Weight, Words};
use http::Method;
use serde_json::{Value, json};

const VERDICTS: &[(&str, &str, Option<&str>)] = &[
    ("approve", "portal-approve", Some("portal-approve-more")),
    ("reject", "portal-reject", Some("portal-reject-more")),
    ("suspend", "portal-suspend", Some("portal-suspend-more")),
    ("reinstate", "portal-reinstate", Some("portal-reinstate-more")),
];

/// The word and the tone of a stage.
pub(crate) fn stage(client: &Value) -> Option<(Words, Tone)> {
    let (word, tone) = match text(client, "stage") {
        "draft" => ("portal-stage-draft", Tone::Info),
        "submitted" => ("portal-stage-submitted", Tone::Warning),
        "verified" => ("portal-stage-verified", Tone::Success),
        "suspended" => ("portal-stage-suspended", Tone::Danger),
        _ => return None,
    };
    Some((Words::say(word), tone))
}

/// The page; and when its form was sent, the change.
pub(crate) async fn show(visit: &Visit<'_>, id: &str) -> Page {
    let found = load(visit, id).await?;
    let etag = match &visit.form {
        Some(_) => visit.field("etag").to_owned(),
        None => found.etag.clone().unwrap_or_default(),
    };
    if visit.actor.developer().is_some() {
        own(visit, id, &found.body, &etag).await
    } else {
        operators(visit, id, &found.body, &etag).await
    }
}

/// As its developer sees it.
async fn own(visit: &Visit<'_>, id: &str, client: &Value, etag: &str) -> Page {
    let mut heading = heading(visit, client, "review");
    let step = match text(client, "stage") {
        "draft" => Some(("portal-submit", "submit", Weight::Primary)),
        "submitted" => Some(("portal-withdraw", "withdraw", Weight::Secondary)),
        _ => None,
    };
    heading
        .actions
        .extend(step.map(|(label, page, weight)| action(visit, label, &pieces(id, page), weight)));
    let here = visit.url(&pieces(id, "review"));
    let mut form = visit.new_form(here.clone(), Words::say("portal-testers-save"));
    form.title = Some(Words::say("portal-testers"));
    form.lead = Some(Words::say("portal-testers-lead"));
    let named = match &visit.form {
        Some(_) => values(visit.field("testers")),
        None => texts(client, "testers"),
    };
    form.fields = vec![
        lines("testers", "portal-testers-names", Some("portal-testers-hint"), &named),
        hidden("etag", etag),
    ];
    if visit.form.is_none() {
        let mut blocks = stands(visit, client);
        blocks.push(Block::Form(Box::new(form)));
        return visit.show(places::APPLICATIONS, heading, blocks);
    }
    let ask = Ask::new(Method::PATCH, path(&["clients", id])).body(json!({ "testers": named }));
    match visit.ask(ask.if_match(Some(etag))).await {
        Ok(_) => Ok(visit.done(&here, "console-done-saved")),
        Err(denied) => visit.again(places::APPLICATIONS, heading, form, denied, &[]),
    }
}

/// As an operator sees it.
async fn operators(visit: &Visit<'_>, id: &str, client: &Value, etag: &str) -> Page {
    let heading = heading(visit, client, "review");
    let here = visit.url(&pieces(id, "review"));
    let mut form = visit.new_form(here.clone(), Words::say("portal-decide"));
    form.title = Some(Words::say("portal-decide-title"));
    form.lead = Some(Words::say("portal-decide-lead"));
    let usual = match text(client, "stage") {
        "suspended" => "reinstate",
        "verified" if client["waits"] != json!(true) => "suspend",
        _ => "approve",
    };
    let verdict = match visit.field("verdict") {
        "" => usual,
        verdict => verdict,
    };
    let reason = visit.field("reason");
    form.fields = vec![
        radios("verdict", "portal-verdict", VERDICTS, verdict),
        lines(
            "reason",
            "portal-reason",
            Some("portal-reason-hint"),
            &[reason.to_owned()],
        ),
        hidden("etag", etag),
    ];
    if visit.form.is_none() {
        let mut blocks = stands(visit, client);
        blocks.push(Block::Form(Box::new(form)));
        return visit.show(places::APPLICATIONS, heading, blocks);
    }
    // What is written in several lines is told in one: control characters end up in no log.
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    let reason = (!reason.is_empty()).then_some(reason);
    let body = json!({ "verdict": verdict, "reason": reason });
    let ask = Ask::new(Method::POST, path(&["clients", id, "review"])).body(body);
    match visit.ask(ask.if_match(Some(etag))).await {
        Ok(_) => Ok(visit.done(&here, "portal-done-reviewed")),
        Err(denied) => visit.again(places::APPLICATIONS, heading, form, denied, &[]),
    }
}

/// What is known about how far it has come.
fn stands(visit: &Visit<'_>, client: &Value) -> Vec<Block> {
    let reviews = visit.request.realm.config.realm.portal.reviews;
    let says = match text(client, "stage") {
        "draft" => Some(("portal-is-draft", Tone::Info)),
        "submitted" if reviews => Some(("portal-is-submitted", Tone::Warning)),
        "submitted" => Some(("portal-is-open", Tone::Success)),
        "verified" => Some(("portal-is-verified", Tone::Success)),
        "suspended" => Some(("portal-is-suspended", Tone::Danger)),
        _ => None,
    };
    let note = match text(client, "note") {
        "" => None,
        note => Some(Words::say("portal-note").with("note", note)),
    };
    let mut blocks: Vec<Block> = says
        .map(|(title, tone)| Block::Notice {
            tone,
            title: Words::say(title),
            text: note,
            action: None,
        })
        .into_iter()
        .collect();
    let codes = |name: &str| match texts(client, name) {
        none if none.is_empty() => Cell::Nothing,
        texts => Cell::Codes { texts },
    };
    let mut facts = vec![
        (Words::say("portal-scopes-now"), codes("scopes")),
        (Words::say("portal-redirects"), codes("redirect_uris")),
    ];
    let lists = [
        ("wished_scopes", "portal-scopes-wished"),
        ("wished_grant_types", "portal-grants-wished"),
    ];
    for (name, says) in lists.into_iter().filter(|(name, _)| client.get(name).is_some()) {
        facts.push((Words::say(says), codes(name)));
    }
    let texts = [
        ("wished_application_type", "portal-kind-wished"),
        ("wished_token_endpoint_auth_method", "portal-auth-wished"),
    ];
    for (name, says) in texts.into_iter().filter(|(name, _)| client.get(name).is_some()) {
        let texts = vec![text(client, name).to_owned()];
        facts.push((Words::say(says), Cell::Codes { texts }));
    }
    if client.get("wished_name").is_some() {
        facts.push((
            Words::say("portal-name-wished"),
            Cell::given(text(client, "wished_name")),
        ));
    }
    if client.get("submitted_at").is_some() {
        facts.push((Words::say("portal-submitted-at"), instant(client, "submitted_at")));
    }
    blocks.push(Block::Facts { facts });
    blocks
}

/// Asks, and submits it.
pub(super) async fn submit(visit: &Visit<'_>, id: &str) -> Page {
    let reviews = visit.request.realm.config.realm.portal.reviews;
    let means = if reviews {
        "portal-submit-means"
    } else {
        "portal-submit-opens"
    };
    let texts = ["portal-submit-title", means, "portal-submit"];
    step(visit, id, "submit", texts, "portal-done-submitted").await
}

/// Asks, and makes it a draft again.
pub(super) async fn withdraw(visit: &Visit<'_>, id: &str) -> Page {
    let texts = ["portal-withdraw-title", "portal-withdraw-means", "portal-withdraw"];
    step(visit, id, "withdraw", texts, "portal-done-withdrawn").await
}

async fn step(
    visit: &Visit<'_>,
    id: &str,
    what: &'static str,
    [title, means, submit]: [&'static str; 3],
    said: &'static str,
) -> Page {
    let found = load(visit, id).await?;
    let dialog = Dialog {
        place: places::APPLICATIONS,
        heading: deed(visit, &found.body, title),
        consequences: vec![Words::say(means)],
        submit: Words::say(submit),
        weight: Weight::Primary,
        fields: vec![hidden("etag", found.etag.as_deref().unwrap_or_default())],
        here: visit.url(&pieces(id, what)),
        back: visit.url(&pieces(id, "review")),
        on: visit.url(&pieces(id, "review")),
        said,
    };
    let etag = visit.field("etag").to_owned();
    let ask = Ask::new(Method::POST, path(&["clients", id, what]));
    visit.dialog(dialog, ask.if_match(Some(&etag))).await
}
