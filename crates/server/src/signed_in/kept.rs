//! What was filled into a form that was not taken, since it was open for too long or its session ended in the middle: the page
//! is shown with it again, and nothing is done until it is sent once more. Passwords, codes and secrets are never kept.
//! Through a login it travels in a sealed cookie, for the user alone to whom the form was shown. What a form is about is
//! not known here.

use crate::interaction::cookie;
use crate::interaction::ticket::{self, Purpose};
use crate::request::Request;
use grantd_pages::{Block, Field, FieldKind, Form, FormError, PickGroup, Words};
use grantd_protocol::scope::covers;
use grantd_protocol::{RawParams, ScopeSet, Seconds, Timestamp};
use http::{HeaderValue, StatusCode};
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use serde::{Deserialize, Serialize};

/// Fields that are never given back, nor carried anywhere: what proves somebody, and the form's own ticket.
const NEVER: &[&str] = &[
    "password",
    "new_password",
    "again",
    "otp",
    "secret",
    "code",
    "client_data",
    "attestation",
    "enrolment",
    "request",
];
/// The one field that nobody sees and that is given back: whatever was changed since the form was first shown is not
/// overwritten by what was filled in before.
const VERSION: &str = "etag";
/// How long a login in the middle may take.
const LIFETIME: Seconds = Seconds(1800);
/// The longest cookie: with all that a reply has beside it, proxies still take its head.
const LONGEST: usize = 2400;
/// The most that one is unpacked to.
const MOST: usize = 65_536;

/// Why a form was not taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// It was open for too long, or belongs to an earlier session of the same user.
    Late,
    /// Somebody had to log in first.
    LoggedIn,
}

/// What was filled in.
pub(crate) struct Kept {
    pub(crate) why: Why,
    fields: RawParams,
    /// What the page had shown that the form's answer could be about.
    shown: ScopeSet,
}

/// The same on its way through a login.
#[derive(Serialize, Deserialize)]
struct Carried {
    path: String,
    user: String,
    at: Timestamp,
    form: String,
    shown: ScopeSet,
}

impl Kept {
    /// What a form sent that cannot be taken.
    pub(crate) fn late(sent: &RawParams, shown: ScopeSet) -> Self {
        Self {
            why: Why::Late,
            fields: sent.without(NEVER),
            shown,
        }
    }

    /// What this user had filled into this very page before they had to log in.
    pub(super) fn brought(request: &Request<'_>, user: &str) -> Option<Self> {
        let carried = opened(request).filter(|carried| carried.user == user)?;
        Some(Self {
            why: Why::LoggedIn,
            fields: RawParams::parse_long_form(carried.form.as_bytes()).ok()?,
            shown: carried.shown,
        })
    }

    /// The value of a field, an empty one too.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(own, _)| *own == name);
        found.map(|(_, value)| value).filter(|_| !NEVER.contains(&name))
    }

    /// All values of a field.
    pub(super) fn values<'s>(&'s self, name: &'s str) -> Vec<&'s str> {
        self.fields.all(name).filter(|_| !NEVER.contains(&name)).collect()
    }

    /// What the page had shown, and what of it was ticked; nothing where no field came along.
    pub(crate) fn ticked(&self) -> Option<(&ScopeSet, ScopeSet)> {
        (!self.fields.is_empty()).then(|| (&self.shown, self.fields.all("scope").collect()))
    }

    /// The status of a page that shows it: a form that was not taken is no success.
    pub(super) fn status(&self, status: StatusCode) -> StatusCode {
        match self.why {
            Why::Late if status == StatusCode::OK => StatusCode::BAD_REQUEST,
            _ => status,
        }
    }

    /// The blocks of the page at `path`, whose forms have what was filled in and say that it was not taken.
    pub(super) fn on(&self, path: &str, mut blocks: Vec<Block>) -> Vec<Block> {
        for block in &mut blocks {
            if let Block::Form(form) = block
                && form.action.as_str() == path
            {
                self.fill(form);
            }
        }
        blocks
    }

    fn fill(&self, form: &mut Form) {
        let mut is_filled = false;
        for field in form.fields.iter_mut().filter(|_| !self.fields.is_empty()) {
            is_filled |= self.refill(field);
        }
        let why = match self.why {
            Why::Late => "area-late",
            Why::LoggedIn => "area-logged-in",
        };
        let says = std::iter::once(why).chain(is_filled.then_some("area-filled-in"));
        form.errors.extend(says.map(|text| FormError {
            field: None,
            text: Words::say(text),
        }));
    }

    /// Puts back what stood in a field; whether people see that.
    fn refill(&self, field: &mut Field) -> bool {
        let sent = self.value(&field.name);
        let is_chosen = |value: &str| self.fields.all(&field.name).any(|one| one == value);
        match &mut field.kind {
            FieldKind::Line { value, input } if *input != "password" => put(value, sent),
            FieldKind::Lines { value } | FieldKind::Suggest { value, .. } => put(value, sent),
            FieldKind::Radios { offers } | FieldKind::Select { offers } => {
                // What is offered no more cannot be chosen.
                if offers.iter().any(|offer| is_chosen(&offer.value)) {
                    offers
                        .iter_mut()
                        .for_each(|offer| offer.chosen = is_chosen(&offer.value));
                }
                true
            }
            FieldKind::Checks { offers } => {
                offers
                    .iter_mut()
                    .for_each(|offer| offer.chosen = is_chosen(&offer.value));
                true
            }
            FieldKind::Permissions { groups } => {
                let chosen: Vec<&str> = self.fields.all(&field.name).collect();
                groups.iter_mut().for_each(|group| pick(group, &chosen));
                true
            }
            FieldKind::Hidden { value } if field.name == VERSION => {
                put(value, sent);
                false
            }
            FieldKind::Line { .. } | FieldKind::Hidden { .. } => false,
        }
    }
}

fn put(value: &mut String, sent: Option<&str>) -> bool {
    if let Some(sent) = sent {
        sent.clone_into(value);
    }
    sent.is_some()
}

fn pick(group: &mut PickGroup, chosen: &[&str]) {
    for pick in &mut group.picks {
        pick.chosen = chosen.contains(&&*pick.scope);
        let over = |scope: &&&str| **scope != pick.scope && covers(scope, &pick.scope);
        pick.covered = chosen.iter().find(over).map(|scope| (*scope).to_owned());
    }
    let counts = |pick: &&grantd_pages::Pick| pick.chosen || pick.covered.is_some();
    group.chosen = group.picks.iter().filter(counts).count();
}

/// The cookie by which what a form on this very page sent is there again for `user` after a login. Where it is too much, the
/// page will say no more than that nothing was done.
pub(crate) fn carry(request: &Request<'_>, user: &str, sent: &RawParams, shown: &ScopeSet) -> Option<HeaderValue> {
    let carried = |form: String, shown: ScopeSet| Carried {
        path: request.parts.uri.path().to_owned(),
        user: user.to_owned(),
        at: request.now,
        form,
        shown,
    };
    let whole = sealed(request, &carried(sent.without(NEVER).to_form(), shown.clone()));
    let sealed = match whole.filter(|text| text.len() <= LONGEST) {
        Some(whole) => whole,
        None => sealed(request, &carried(String::new(), ScopeSet::empty())).filter(|text| text.len() <= LONGEST)?,
    };
    cookie::set_kept(request, Some((&sealed, LIFETIME)))
}

/// Whether something waits for the page at `page`, a path below the pages' root, perhaps with a query.
pub(crate) fn waits_at(request: &Request<'_>, page: &str) -> bool {
    let (page, _) = page.split_once('?').unwrap_or((page, ""));
    let path = request.realm.page_path(request.issuer, page);
    unpacked(request).is_some_and(|carried| carried.path == path)
}

/// Whether this page gives back what the browser carries.
pub(super) fn is_for_this_page(request: &Request<'_>) -> bool {
    opened(request).is_some()
}

fn sealed(request: &Request<'_>, carried: &Carried) -> Option<String> {
    Some(ticket::seal_bytes(request, Purpose::Kept, &packed(carried)?))
}

/// `None` for what would not be unpacked again.
fn packed(carried: &Carried) -> Option<Vec<u8>> {
    let plain = serde_json::to_vec(carried).ok().filter(|plain| plain.len() < MOST)?;
    Some(compress_to_vec(&plain, 6))
}

/// What the browser carries for this very page.
fn opened(request: &Request<'_>) -> Option<Carried> {
    unpacked(request).filter(|carried| carried.path == request.parts.uri.path())
}

/// What the browser carries for whatever page, if it is not too old.
fn unpacked(request: &Request<'_>) -> Option<Carried> {
    let packed = ticket::open_bytes(request, Purpose::Kept, cookie::kept(request, LONGEST)?)?;
    let plain = decompress_to_vec_with_limit(&packed, MOST).ok()?;
    let carried: Carried = serde_json::from_slice(&plain).ok()?;
    (request.now < carried.at.plus(LIFETIME)).then_some(carried)
}

#[cfg(test)]
mod tests;
