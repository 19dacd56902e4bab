//! Fields of forms, and the dialogs that ask before something breaks.

use super::{Page, Place, Visit, mistakes, wording};
use crate::api::inside::{Ask, Denied};
use grantd_pages::{Block, Field, FieldKind, Form, FormError, Heading, LocalUrl, Offer, Weight, Words};
use http::StatusCode;

fn field(name: &str, label: &'static str, hint: Option<&'static str>, required: bool, kind: FieldKind) -> Field {
    Field {
        name: name.to_owned(),
        label: Words::say(label),
        hint: hint.map(Words::say),
        required,
        error: None,
        kind,
    }
}

/// A line that must be filled in.
pub(crate) fn line(name: &str, label: &'static str, hint: Option<&'static str>, value: &str) -> Field {
    let value = value.to_owned();
    field(name, label, hint, true, FieldKind::Line { value, input: "text" })
}

/// A line that can stay empty.
pub(crate) fn optional(name: &str, label: &'static str, hint: Option<&'static str>, value: &str) -> Field {
    Field {
        required: false,
        ..line(name, label, hint, value)
    }
}

/// A new password.
pub(crate) fn password(name: &str, label: &'static str, hint: Option<&'static str>) -> Field {
    let kind = FieldKind::Line {
        value: String::new(),
        input: "password",
    };
    field(name, label, hint, true, kind)
}

/// Several lines, each a value, that can stay empty.
pub(crate) fn lines(name: &str, label: &'static str, hint: Option<&'static str>, values: &[String]) -> Field {
    let value = values.join("\n");
    field(name, label, hint, false, FieldKind::Lines { value })
}

/// What each value of a choice is called.
pub(crate) type Choices<'a> = &'a [(&'a str, &'static str, Option<&'static str>)];

/// One of a few.
pub(crate) fn radios(name: &str, label: &'static str, choices: Choices<'_>, chosen: &str) -> Field {
    let offers = choices
        .iter()
        .map(|(value, label, hint)| Offer {
            value: (*value).to_owned(),
            label: Words::say(label),
            hint: hint.map(Words::say),
            chosen: *value == chosen,
        })
        .collect();
    field(name, label, None, true, FieldKind::Radios { offers })
}

/// One of several, by names that somebody else chose; the first offer is none of them where nothing is chosen yet.
pub(crate) fn select(
    name: &str,
    label: &'static str,
    hint: Option<&'static str>,
    names: &[String],
    chosen: &str,
) -> Field {
    let offer = |name: &String| Offer {
        value: name.clone(),
        label: Words::given(name.clone()),
        hint: None,
        chosen: name == chosen,
    };
    let offers = names.iter().map(offer).collect();
    field(name, label, hint, true, FieldKind::Select { offers })
}

/// Any of several, by names that machines know them by.
pub(crate) fn checks(
    name: &str,
    label: &'static str,
    hint: Option<&'static str>,
    names: &[&str],
    chosen: &[String],
) -> Field {
    let offer = |name: &&str| Offer {
        value: (*name).to_owned(),
        label: Words::given(*name),
        hint: None,
        chosen: chosen.iter().any(|one| one == name),
    };
    let offers = names.iter().map(offer).collect();
    field(name, label, hint, true, FieldKind::Checks { offers })
}

/// What is sent back as it is.
pub(crate) fn hidden(name: &str, value: &str) -> Field {
    let value = value.to_owned();
    field(name, "area-any", None, false, FieldKind::Hidden { value })
}

/// The values in a field of several lines.
pub(crate) fn values(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

/// A page that asks before it does something.
pub(crate) struct Dialog {
    pub(crate) place: Place,
    pub(crate) heading: Heading,
    /// What will break.
    pub(crate) consequences: Vec<Words>,
    pub(crate) submit: Words,
    pub(crate) weight: Weight,
    /// Further fields.
    pub(crate) fields: Vec<Field>,
    /// The page's own address.
    pub(crate) here: LocalUrl,
    /// Where one comes from.
    pub(crate) back: LocalUrl,
    /// Where one goes when it is done.
    pub(crate) on: LocalUrl,
    /// What is said then.
    pub(crate) said: &'static str,
}

impl Visit<'_> {
    /// Asks; and when that was answered, does it.
    pub(crate) async fn dialog(&self, dialog: Dialog, ask: Ask<'_>) -> Page {
        if self.form.is_none() {
            return self.asks(dialog, None);
        }
        match self.ask(ask).await {
            Ok(_) => Ok(self.done(&dialog.on, dialog.said)),
            Err(denied) => self.asks(dialog, Some(denied)),
        }
    }

    /// Asks; again where it was `denied`.
    pub(crate) fn asks(&self, dialog: Dialog, denied: Option<Denied>) -> Page {
        let mut form = self.new_form(dialog.here, dialog.submit);
        form.consequences = dialog.consequences;
        form.weight = dialog.weight;
        form.fields = dialog.fields;
        form.cancel = Some(dialog.back);
        match denied {
            None => self.show(dialog.place, dialog.heading, vec![Block::Form(Box::new(form))]),
            Some(denied) => self.again(dialog.place, dialog.heading, form, denied, &[]),
        }
    }

    /// A form again, with what was wrong; what is no mistake of the form is not kept here.
    pub(crate) fn again(
        &self,
        place: Place,
        heading: Heading,
        mut form: Form,
        denied: Denied,
        names: &[(&str, &str)],
    ) -> Page {
        let (status, text) = match denied {
            Denied::Invalid(wrong) => {
                mistakes(&mut form, wrong, names);
                (StatusCode::UNPROCESSABLE_ENTITY, None)
            }
            Denied::State(text) => (StatusCode::CONFLICT, Some(wording::of(text))),
            Denied::Changed => (StatusCode::CONFLICT, Some(Words::say("area-changed-more"))),
            Denied::Forbidden(permission) => (
                StatusCode::FORBIDDEN,
                Some(Words::say("area-forbidden-more").with("permission", permission)),
            ),
            other => return Err(other.into()),
        };
        form.errors.extend(text.map(|text| FormError { field: None, text }));
        Ok(self.page(status, place, heading, vec![Block::Form(Box::new(form))])?)
    }
}
