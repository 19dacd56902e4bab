//! The real code flow, tried with an application by its own developer: the browser goes to the authorization endpoint as it
//! would for the application and comes back to a page of the portal, which redeems the code in this process. Only this
//! server's own endpoints take part, and the address to come back to is registered for the application like any other.

mod redeem;

use crate::api::inside::{Ask, Denied, path};
use crate::config::Endpoint;
use crate::console::applications::{deed, heading, load, pieces};
use crate::console::permission_field::{self, Choice, Hints};
use crate::console::places;
use crate::interaction::ticket::{self, Purpose, Ticket};
use crate::reply;
use crate::signed_in::fields::{hidden, password};
use crate::signed_in::listing::{text, texts};
use crate::signed_in::{Page, Visit};
use grantd_core::authorize::Shown;
use grantd_core::authorize::response::with_query;
use grantd_jose::{base64url_encode, constant_time_eq, sha256};
use grantd_pages::{Block, Heading, Tone, Words};
use grantd_protocol::ScopeSet;
use grantd_protocol::entropy::draw;
use http::Method;
use redeem::{Redeemed, masked, redeem};
use serde_json::{Value, json};

/// The longest code or state that is looked at.
const MAX: usize = 4096;
/// The longest scope that is told again afterwards, in bytes: it travels within the state.
const MAX_TOLD: usize = 1024;

/// What the browser takes along as `state`: for which application it began, and the verifier that the code needs.
struct Begun {
    client_id: String,
    verifier: String,
    /// What was asked for.
    scope: ScopeSet,
}

/// The page that begins; and when its form was sent, the way to the authorization endpoint.
pub(super) async fn show(visit: &Visit<'_>, id: &str) -> Page {
    let found = load(visit, id).await?;
    let client = &found.body;
    let mut heading = heading(visit, client, "try");
    heading.lead = Some(Words::say("portal-try-lead"));
    let has_code = texts(client, "grant_types")
        .iter()
        .any(|grant| grant == "authorization_code");
    let by_secret = matches!(
        text(client, "token_endpoint_auth_method"),
        "none" | "client_secret_basic" | "client_secret_post"
    );
    if !has_code || !by_secret {
        let notice = notice("portal-try-cannot", "portal-try-cannot-more");
        return visit.show(places::APPLICATIONS, heading, vec![notice]);
    }
    let back = return_address(visit, id);
    if !texts(client, "redirect_uris").contains(&back) {
        return register(visit, id, client, found.etag.as_deref(), heading).await;
    }
    let here = visit.url(&pieces(id, "try"));
    let mut form = visit.new_form(here, Words::say("portal-try-begin"));
    if visit.form.is_some() {
        return Ok(begin(visit, id, &back));
    }
    let (held, default) = (texts(client, "scopes"), texts(client, "default_scopes"));
    let choice = Choice {
        chosen: &default,
        held: &held,
        within: Some(held.iter().map(String::as_str).collect()),
        identity: held.iter().any(|scope| scope == "openid"),
        ..Choice::default()
    };
    let hints = Hints {
        ticked: "portal-try-scopes-hint",
        written: "portal-try-scopes-written",
    };
    form.fields = vec![permission_field::field(visit, "scopes", "portal-try-scopes", hints, choice).await?];
    visit.show(places::APPLICATIONS, heading, vec![Block::Form(Box::new(form))])
}

/// Asks whether the address of the portal may be one of the application's; and registers it.
async fn register(visit: &Visit<'_>, id: &str, client: &Value, etag: Option<&str>, heading: Heading) -> Page {
    let here = visit.url(&pieces(id, "try"));
    let back = return_address(visit, id);
    let mut form = visit.new_form(here.clone(), Words::say("portal-try-register"));
    form.lead = Some(Words::say("portal-try-register-lead").with("address", back.as_str()));
    let shown = match &visit.form {
        Some(_) => visit.field("etag").to_owned(),
        None => etag.unwrap_or_default().to_owned(),
    };
    form.fields = vec![hidden("etag", &shown)];
    if visit.form.is_none() {
        return visit.show(places::APPLICATIONS, heading, vec![Block::Form(Box::new(form))]);
    }
    let mut uris = texts(client, "redirect_uris");
    uris.push(back);
    let ask = Ask::new(Method::PATCH, path(&["clients", id])).body(json!({ "redirect_uris": uris }));
    match visit.ask(ask.if_match(Some(&shown))).await {
        Ok(_) => Ok(visit.done(&here, "console-done-saved")),
        Err(denied) => visit.again(places::APPLICATIONS, heading, form, denied, &[]),
    }
}

/// The browser on its way to the authorization endpoint.
fn begin(visit: &Visit<'_>, id: &str, back: &str) -> crate::reply::Reply {
    let request = visit.request;
    let verifier = base64url_encode(draw::<32>(&*request.app.entropy));
    let scopes = permission_field::sent(visit, "scopes");
    let state = Ticket {
        request: format!("{id}\n{verifier}"),
        bound_to: visit.facts.session.id.to_string(),
        shown: Shown {
            scope: Some(scopes.iter().map(String::as_str).collect::<ScopeSet>())
                .filter(|scope| scope.as_str().len() <= MAX_TOLD)
                .unwrap_or_default(),
            ..Shown::default()
        },
        made_at: request.now,
    };
    let members = [
        ("response_type", "code".to_owned()),
        ("client_id", id.to_owned()),
        ("redirect_uri", back.to_owned()),
        ("scope", scopes.join(" ")),
        ("state", ticket::seal(request, Purpose::TryOut, &state)),
        ("code_challenge", base64url_encode(sha256(verifier.as_bytes()))),
        ("code_challenge_method", "S256".to_owned()),
    ];
    let sent: Vec<(&'static str, String)> = members.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    // A path of this origin: an issuer that is reached under another name is none of this page's business.
    reply::see_other(&with_query(&request.realm.authorize_path(request.issuer), &sent))
}

/// Where the browser comes back to; and when its form was sent, what the token endpoint says to the code.
pub(super) async fn back(visit: &Visit<'_>, id: &str) -> Page {
    let client = load(visit, id).await?.body;
    let mut heading = deed(visit, &client, "portal-try-title");
    heading.back = Some((visit.url(&pieces(id, "try")), Words::say("portal-try")));
    let brought = |name: &str| match &visit.form {
        Some(_) => visit.field(name).to_owned(),
        None => visit.asked(name).to_owned(),
    };
    let (code, state) = (brought("code"), brought("state"));
    let begun = begun(visit, &state).filter(|begun| begun.client_id == id);
    let Some(begun) = begun else {
        let notice = notice("portal-try-over", "portal-try-over-more");
        return visit.show(places::APPLICATIONS, heading, vec![notice]);
    };
    let back = return_address(visit, id);
    let mut steps = vec![("1", asked(visit, id, &back, &begun))];
    if code.is_empty() {
        let told = |name: &str| visit.asked(name).chars().take(MAX).collect::<String>();
        steps.push((
            "2",
            format!(
                "error={}\nerror_description={}",
                told("error"),
                told("error_description")
            ),
        ));
        let blocks = vec![notice("portal-try-refused", "portal-try-refused-more"), shown(steps)];
        return visit.show(places::APPLICATIONS, heading, blocks);
    }
    steps.push(("2", format!("code={}\nstate={}", masked(&code), masked(&state))));
    let confidential = text(&client, "token_endpoint_auth_method") != "none";
    if visit.form.is_none() {
        let mut form = visit.new_form(
            visit.url(&["applications", id, "try", "back"]),
            Words::say("portal-try-redeem"),
        );
        form.lead = Some(Words::say("portal-try-redeem-lead"));
        form.fields = vec![hidden("code", &code), hidden("state", &state)];
        if confidential {
            let secret = password("secret", "portal-try-secret", Some("portal-try-secret-hint"));
            form.fields.push(secret);
        }
        let blocks = vec![shown(steps), Block::Form(Box::new(form))];
        return visit.show(places::APPLICATIONS, heading, blocks);
    }
    if code.len() > MAX {
        return Err(Denied::Unknown.into());
    }
    let secret = Some(visit.field("secret")).filter(|_| confidential);
    let redeemed = redeem(visit, id, &code, &back, &begun.verifier, secret).await?;
    let title = if redeemed.is_good() {
        "portal-try-done"
    } else {
        "portal-try-refused"
    };
    let tone = if redeemed.is_good() {
        Tone::Success
    } else {
        Tone::Danger
    };
    let Redeemed {
        request,
        reply,
        decoded,
        ..
    } = redeemed;
    steps.extend([("3", request), ("4", reply)]);
    steps.extend(decoded.into_iter().zip(["5", "6"]).map(|(text, number)| (number, text)));
    let told = Block::Notice {
        tone,
        title: Words::say(title),
        text: None,
        action: Some((visit.url(&pieces(id, "logs")), Words::say("portal-logs"))),
    };
    visit.show(places::APPLICATIONS, heading, vec![told, shown(steps)])
}

/// What a `state` says, where it was made in this session.
fn begun(visit: &Visit<'_>, state: &str) -> Option<Begun> {
    let text = Some(state).filter(|state| state.len() <= MAX)?;
    let ticket = ticket::open(visit.request, Purpose::TryOut, text)?;
    let session = visit.facts.session.id.to_string();
    let is_mine = constant_time_eq(ticket.bound_to.as_bytes(), session.as_bytes());
    let (client_id, verifier) = ticket.request.split_once('\n').filter(|_| is_mine)?;
    Some(Begun {
        client_id: client_id.to_owned(),
        verifier: verifier.to_owned(),
        scope: ticket.shown.scope.clone(),
    })
}

/// The address that the browser comes back to, as it is registered.
fn return_address(visit: &Visit<'_>, id: &str) -> String {
    let origin = visit.request.realm.page_origin(visit.request.issuer);
    format!("{origin}{}", visit.url(&["applications", id, "try", "back"]).as_str())
}

/// The authorization request, as it was.
fn asked(visit: &Visit<'_>, id: &str, back: &str, begun: &Begun) -> String {
    let endpoint = visit.request.realm.config.endpoints.url(Endpoint::Authorize);
    let challenge = base64url_encode(sha256(begun.verifier.as_bytes()));
    let scope = match begun.scope.as_str() {
        "" => String::new(),
        scope => format!("  &scope={scope}\n"),
    };
    format!(
        "GET {endpoint}\n  ?response_type=code\n  &client_id={id}\n  &redirect_uri={back}\n{scope}  &code_challenge={challenge}\n  \
         &code_challenge_method=S256\n  &state=…"
    )
}

/// The steps of the flow, each with its number.
fn shown(steps: Vec<(&'static str, String)>) -> Block {
    Block::Snippets {
        title: Words::say("portal-try-steps"),
        snippets: steps
            .into_iter()
            .map(|(number, text)| (number.to_owned(), text))
            .collect(),
    }
}

fn notice(title: &'static str, text: &'static str) -> Block {
    Block::Notice {
        tone: Tone::Info,
        title: Words::say(title),
        text: Some(Words::say(text)),
        action: None,
    }
}
