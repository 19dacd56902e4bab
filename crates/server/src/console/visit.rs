//! One request to the console: who runs the realm, what was asked, and how a page is answered. Everything an operator sees
//! or does goes through [`Visit::ask`], which is the admin API.

use super::area::{Area, GROUPS};
use super::signed_in;
use crate::api::inside::{self, Answered, Ask, Denied};
use crate::config::Endpoint;
use crate::error::{Failure, Fault};
use crate::interaction::home;
use crate::interaction::outcome::{self, shell};
use crate::reply::Reply;
use crate::request::Request;
use grantd_core::admin::Actor;
use grantd_core::record::SessionFacts;
use grantd_jose::{base64url_encode, sha256};
use grantd_pages::{
    Block, Form, FormError, Frame, Heading, LocalUrl, NavGroup, NavItem, SignedInView, Toast, Tone, Weight, Words,
};
use grantd_protocol::RawParams;
use http::StatusCode;

/// One request.
pub(super) struct Visit<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) actor: Actor,
    pub(super) facts: SessionFacts,
    /// The parameters of the address.
    pub(super) query: RawParams,
    /// What a form of ours sent; its ticket was looked at.
    pub(super) form: Option<RawParams>,
    /// The console's first page.
    pub(super) home: LocalUrl,
}

/// Why a page cannot be shown as it was asked for.
pub(super) enum Halt {
    /// The API's answer.
    Denied(Denied),
    /// What went wrong otherwise.
    Failure(Failure),
}

impl From<Denied> for Halt {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// What a handler answers.
pub(super) type Page = Result<Reply, Halt>;

impl Visit<'_> {
    /// Asks the admin API as the operator.
    ///
    /// # Errors
    /// See [`Denied`].
    pub(super) async fn ask(&self, ask: Ask<'_>) -> Result<Answered, Denied> {
        ask.send(self.request, &self.actor).await
    }

    /// A parameter of the address; empty where there is none.
    pub(super) fn asked(&self, name: &str) -> &str {
        self.query.get(name).unwrap_or_default()
    }

    /// A field of the form; empty where there is none.
    pub(super) fn field(&self, name: &str) -> &str {
        self.form
            .as_ref()
            .and_then(|form| form.get(name))
            .unwrap_or_default()
            .trim()
    }

    /// The key under which what this form makes is made once, however often it arrives: each form has its own ticket.
    pub(super) fn once(&self) -> String {
        base64url_encode(sha256(self.field("request").as_bytes()))
    }

    /// An address of the console. Values are escaped, so each stays one piece.
    pub(super) fn url(&self, pieces: &[&str]) -> LocalUrl {
        self.url_with(pieces, &[])
    }

    /// The same with parameters; those without a value are left out.
    pub(super) fn url_with(&self, pieces: &[&str], query: &[(&str, &str)]) -> LocalUrl {
        let mut url = format!("{}{}", self.home.as_str(), inside::path(pieces));
        let mut sign = '?';
        for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
            url.push_str(&format!("{sign}{name}={}", inside::escaped(value)));
            sign = '&';
        }
        LocalUrl::parse(&url).unwrap_or_else(|_| self.home.clone())
    }

    /// A form that posts to an address of the console, which must be the page that shows it: whoever has to log in again in
    /// the middle comes back to it.
    pub(super) fn new_form(&self, action: LocalUrl, submit: Words) -> Form {
        Form {
            title: None,
            lead: None,
            consequences: Vec::new(),
            ticket: signed_in::ticket(self.request, &self.facts.session, action.as_str()),
            action,
            fields: Vec::new(),
            errors: Vec::new(),
            submit,
            weight: Weight::Primary,
            cancel: None,
        }
    }

    /// On to another page, which says what was done.
    pub(super) fn done(&self, location: &LocalUrl, said: &'static str) -> Reply {
        signed_in::done(self.request, location.as_str(), said)
    }

    /// A page.
    pub(super) fn show(&self, area: Area, heading: Heading, blocks: Vec<Block>) -> Page {
        Ok(self.page(StatusCode::OK, area, heading, blocks)?)
    }

    /// A page with the status of what it says.
    pub(super) fn page(
        &self,
        status: StatusCode,
        area: Area,
        heading: Heading,
        blocks: Vec<Block>,
    ) -> Result<Reply, Failure> {
        let view = SignedInView {
            frame: self.frame(area)?,
            heading,
            blocks,
        };
        let html = self.request.app.pages.signed_in(&view, &shell(self.request, None)?);
        let mut reply = outcome::page(status, html);
        signed_in::forget_done(self.request, &mut reply);
        Ok(reply)
    }

    fn frame(&self, here: Area) -> Result<Frame, Failure> {
        let development = self.request.realm.development;
        let item = |area: &Area| NavItem {
            label: area.title(),
            href: self.area(*area),
            icon: area.icon(),
            current: *area == here,
        };
        let group = |(title, areas): &(Option<&'static str>, &[Area])| {
            let open = areas.iter().filter(|area| area.is_open_to(&self.actor));
            let items: Vec<NavItem> = open.map(item).collect();
            (!items.is_empty()).then(|| NavGroup {
                title: title.map(Words::say),
                items,
            })
        };
        let design = development.then(|| NavGroup {
            title: None,
            items: vec![item(&Area::Design)],
        });
        let said = signed_in::was_done(self.request, super::DONE);
        Ok(Frame {
            product: Words::say("console-product"),
            home: self.home.clone(),
            nav: GROUPS.iter().filter_map(group).chain(design).collect(),
            username: self
                .facts
                .user
                .as_ref()
                .map(|user| user.username.clone())
                .unwrap_or_default(),
            sign_out: sign_out(self.request)?,
            toast: said.map(|said| Toast {
                text: Words::say(said),
                tone: Tone::Success,
            }),
        })
    }

    /// The first page of an area.
    pub(super) fn area(&self, area: Area) -> LocalUrl {
        match area {
            Area::Overview => self.home.clone(),
            other => self.url(&[other.path()]),
        }
    }
}

/// Where one asks to be signed out.
pub(super) fn sign_out(request: &Request<'_>) -> Result<LocalUrl, Failure> {
    let path = home::endpoint_path(&request.realm.config, request.issuer, Endpoint::Logout);
    LocalUrl::parse(&path).map_err(|_| Fault::Broken("the logout path is no path").into())
}

/// The console's first page.
pub(super) fn home(request: &Request<'_>) -> Result<LocalUrl, Failure> {
    LocalUrl::parse(&request.realm.page_path(request.issuer, "console"))
        .map_err(|_| Fault::Broken("the page path is no path").into())
}

/// What the API found wrong with what a form sent, at the form's fields. `names` leads from places in the API's body to
/// fields; a place that leads nowhere is told above the form.
pub(super) fn mistakes(form: &mut Form, wrong: Vec<(String, String)>, names: &[(&str, &str)]) {
    for (pointer, detail) in wrong {
        let found = names.iter().find(|(place, _)| {
            pointer
                .strip_prefix(place)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        // A place within a list is the list's field.
        let own = pointer.trim_start_matches('/').split('/').next().unwrap_or_default();
        let name = found.map_or(own, |(_, field)| field);
        let words = Words::given(detail);
        let field = form.fields.iter_mut().find(|field| field.name == name);
        form.errors.push(FormError {
            field: field.as_ref().map(|field| field.name.clone()),
            text: words.clone(),
        });
        if let Some(field) = field {
            field.error = Some(words);
        }
    }
}
