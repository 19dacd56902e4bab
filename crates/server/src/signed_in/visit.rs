//! One request to an area whose pages ask the admin API: who asks, for what, and how a page is answered. Everything that
//! is seen or done there goes through [`Visit::ask`].

use super::{Area, Halt, Kept, Place, Sent, entrance, wording};
use crate::api::inside::{self, Answered, Ask, Denied};
use crate::error::Failure;
use crate::interaction::form;
use crate::interaction::outcome::{self, shell};
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire;
use grantd_core::admin::Actor;
use grantd_core::record::SessionFacts;
use grantd_jose::{base64url_encode, sha256};
use grantd_pages::{Block, Form, FormError, Heading, LocalUrl, SignedInView, Weight, Words, picturing_policy};
use grantd_protocol::params::decode;
use grantd_protocol::{RawParams, ScopeSet};
use http::StatusCode;

/// One request.
pub(crate) struct Visit<'a> {
    pub(crate) request: &'a Request<'a>,
    /// The area that the request is in.
    pub(crate) area: &'static Area,
    /// As whom the API is asked.
    pub(crate) actor: Actor,
    pub(crate) facts: SessionFacts,
    /// The parameters of the address.
    pub(crate) query: RawParams,
    /// What a form of ours sent; its ticket was looked at.
    pub(crate) form: Option<RawParams>,
    /// What a form of this page sent that was not taken: it is shown again.
    kept: Option<Kept>,
    /// The area's first page.
    pub(crate) home: LocalUrl,
}

/// What a handler answers.
pub(crate) type Page = Result<Reply, Halt>;

impl<'a> Visit<'a> {
    /// A visit of somebody who may enter; `home` is the first page that they see.
    ///
    /// # Errors
    /// [`Halt::Instead`] for a form that did not come from this page of ours.
    pub(crate) fn new(
        request: &'a Request<'a>,
        area: &'static Area,
        home: LocalUrl,
        facts: SessionFacts,
        actor: Actor,
    ) -> Result<Self, Halt> {
        let (form, kept) = match entrance::sent(request, &facts.session)? {
            Sent::Nothing => (None, None),
            Sent::Form(params, _) => (Some(params), None),
            Sent::Kept(kept) => (None, Some(kept)),
            Sent::Foreign => return Err(Halt::Instead(Box::new(form::expired(request)))),
        };
        Ok(Self {
            request,
            area,
            actor,
            facts,
            query: wire::query(request.query()).map_err(Failure::from)?,
            form,
            kept,
            home,
        })
    }

    /// The pieces of the path behind the area's address, unescaped once; `None` for one that is no text.
    pub(crate) fn pieces(&self) -> Option<Vec<String>> {
        let below = self.request.parts.uri.path().strip_prefix(self.home.as_str())?;
        let pieces = below.split('/').skip(1).filter(|piece| !piece.is_empty());
        let text = |piece: &str| {
            let text = decode(piece.as_bytes()).ok().filter(|_| !piece.contains('+'))?;
            Some(text.into_owned())
        };
        pieces.map(text).collect()
    }

    /// Who is signed in, as they know themselves.
    fn username(&self) -> &str {
        self.facts
            .user
            .as_ref()
            .map(|user| user.username.as_str())
            .unwrap_or_default()
    }

    /// Asks the admin API as whoever visits.
    ///
    /// # Errors
    /// See [`Denied`].
    pub(crate) async fn ask(&self, ask: Ask<'_>) -> Result<Answered, Denied> {
        ask.send(self.request, &self.actor).await
    }

    /// A parameter of the address; empty where there is none.
    pub(crate) fn asked(&self, name: &str) -> &str {
        self.query.get(name).unwrap_or_default()
    }

    /// What the page is about, where its form has that in a field that nobody sees: as the form says, also one that was not
    /// taken, or else the address; empty where none of them says it.
    pub(crate) fn about(&self, name: &str) -> &str {
        match (&self.form, &self.kept) {
            (Some(_), _) => self.field(name),
            (None, Some(kept)) => kept.value(name).unwrap_or_else(|| self.asked(name)),
            (None, None) => self.asked(name),
        }
    }

    /// A field of the form; empty where there is none.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.form
            .as_ref()
            .and_then(|form| form.get(name))
            .unwrap_or_default()
            .trim()
    }

    /// All values of a field of the form.
    pub(crate) fn fields(&self, name: &str) -> Vec<String> {
        let form = self.form.iter().flat_map(|form| form.all(name));
        form.map(str::to_owned).collect()
    }

    /// All values of a field as whoever visits filled it in, taken or not; nothing where no form was sent.
    pub(crate) fn filled_in<'s>(&'s self, name: &'s str) -> Option<Vec<&'s str>> {
        let sent = self.form.as_ref().map(|form| form.all(name).collect());
        sent.or_else(|| self.kept.as_ref().map(|kept| kept.values(name)))
    }

    /// Whether this page gives back what somebody had filled in before.
    pub(crate) const fn gives_back(&self) -> bool {
        self.kept.is_some()
    }

    /// The key under which what this form makes is made once, however often it arrives: each form has its own ticket.
    pub(crate) fn once(&self) -> String {
        base64url_encode(sha256(self.field("request").as_bytes()))
    }

    /// An address of the area. Values are escaped, so each stays one piece.
    pub(crate) fn url(&self, pieces: &[&str]) -> LocalUrl {
        self.url_with(pieces, &[])
    }

    /// The same with parameters; those without a value are left out.
    pub(crate) fn url_with(&self, pieces: &[&str], query: &[(&str, &str)]) -> LocalUrl {
        let mut url = format!("{}{}", self.home.as_str(), inside::path(pieces));
        let mut sign = '?';
        for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
            url.push_str(&format!("{sign}{name}={}", inside::escaped(value)));
            sign = '&';
        }
        LocalUrl::parse(&url).unwrap_or_else(|_| self.home.clone())
    }

    /// A form that posts to an address of the area, which must be the page that shows it: whoever has to log in again in
    /// the middle comes back to it.
    pub(crate) fn new_form(&self, action: LocalUrl, submit: Words) -> Form {
        Form {
            title: None,
            lead: None,
            consequences: Vec::new(),
            ticket: entrance::seal(self.request, &self.facts.session, action.as_str(), ScopeSet::empty()),
            action,
            fields: Vec::new(),
            errors: Vec::new(),
            submit,
            weight: Weight::Primary,
            cancel: None,
            picture: None,
        }
    }

    /// On to another page, which says what was done.
    pub(crate) fn done(&self, location: &LocalUrl, said: &'static str) -> Reply {
        entrance::done(self.request, location.as_str(), said)
    }

    /// A page.
    pub(crate) fn show(&self, place: Place, heading: Heading, blocks: Vec<Block>) -> Page {
        Ok(self.page(StatusCode::OK, place, heading, blocks)?)
    }

    /// A page with the status of what it says.
    pub(crate) fn page(
        &self,
        status: StatusCode,
        place: Place,
        heading: Heading,
        blocks: Vec<Block>,
    ) -> Result<Reply, Failure> {
        let (status, blocks) = match &self.kept {
            Some(kept) => (kept.status(status), kept.on(self.request.parts.uri.path(), blocks)),
            None => (status, blocks),
        };
        let has_picture = |block: &Block| matches!(block, Block::Form(form) if form.picture.is_some());
        let has_picture = blocks.iter().any(has_picture);
        let view = SignedInView {
            frame: self.area.frame(
                self.request,
                self.home.clone(),
                self.username(),
                Some((&self.actor, place)),
            )?,
            heading,
            blocks,
        };
        let html = self.request.app.pages.signed_in(&view, &shell(self.request, None)?);
        let mut reply = match has_picture {
            true => reply::page(status, html, &picturing_policy()),
            false => outcome::page(status, html),
        };
        entrance::forget_done(self.request, &mut reply);
        Ok(reply)
    }

    /// The first page of a place.
    pub(crate) fn at(&self, place: Place) -> LocalUrl {
        match place.path {
            "" => self.home.clone(),
            path => self.url(&[path]),
        }
    }
}

/// What the API found wrong with what a form sent, at the form's fields. `names` leads from places in the API's body to
/// fields; a place that leads nowhere is told above the form.
pub(crate) fn mistakes(form: &mut Form, wrong: Vec<(String, String)>, names: &[(&str, &str)]) {
    for (pointer, detail) in wrong {
        let found = names.iter().find(|(place, _)| {
            pointer
                .strip_prefix(place)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        // A place within a list is the list's field.
        let own = pointer.trim_start_matches('/').split('/').next().unwrap_or_default();
        let name = found.map_or(own, |(_, field)| field);
        let words = wording::of(detail);
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
