//! Forms. Each one that changes something carries a sealed ticket; its mistakes are summarised first and stand at their
//! fields as well.

use serde::Serialize;

use super::{Tone, Weight};
use crate::link::LocalUrl;
use crate::view::{Risk, Words};

/// A form.
#[derive(Clone, Serialize)]
pub struct Form {
    /// Its heading.
    pub title: Option<Words>,
    /// What it does.
    pub lead: Option<Words>,
    /// What will break, one sentence each: a form that has some asks before it does something.
    pub consequences: Vec<Words>,
    /// Where it posts to.
    pub action: LocalUrl,
    /// The sealed ticket, sent back as the hidden field `request`.
    pub ticket: String,
    /// Its fields.
    pub fields: Vec<Field>,
    /// What was wrong with the last answer.
    pub errors: Vec<FormError>,
    /// The button's words.
    pub submit: Words,
    /// How much the button weighs.
    pub weight: Weight,
    /// Where one goes instead.
    pub cancel: Option<LocalUrl>,
    /// What follows from it, shown beside it.
    pub picture: Option<Picture>,
}

/// A page that others will see, made of what a form has now, in a frame beside it. It follows the form where there are scripts,
/// and is asked for by a button where there are none; the form is not taken by that.
#[derive(Clone, Serialize)]
pub struct Picture {
    /// Where the form's fields are posted to for it. The answer may be framed, and does nothing.
    pub action: LocalUrl,
    /// What the frame has at first; nothing where that would be something else than the form has.
    pub first: Option<LocalUrl>,
}

/// Something that was wrong.
#[derive(Clone, Serialize)]
pub struct FormError {
    /// The field that it is about.
    pub field: Option<String>,
    /// In words.
    pub text: Words,
}

/// A field.
#[derive(Clone, Serialize)]
pub struct Field {
    /// Its name, which is its id too.
    pub name: String,
    /// Its label.
    pub label: Words,
    /// What to write.
    pub hint: Option<Words>,
    /// Whether it cannot be left empty.
    pub required: bool,
    /// What was wrong with it.
    pub error: Option<Words>,
    /// What kind it is.
    #[serde(flatten)]
    pub kind: FieldKind,
}

/// What kind of field.
#[derive(Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FieldKind {
    /// A line: `text`, `number`, `search`, `password`.
    Line {
        /// What stands in it.
        value: String,
        /// The input's type.
        input: &'static str,
    },
    /// Several lines.
    Lines {
        /// What stands in them.
        value: String,
    },
    /// One of a few, each explained.
    Radios {
        /// What is offered.
        offers: Vec<Offer>,
    },
    /// One of several; the first one without a value is none of them.
    Select {
        /// What is offered.
        offers: Vec<Offer>,
    },
    /// A line that anything can be written into, with some of what is meant.
    Suggest {
        /// What stands in it.
        value: String,
        /// What is offered.
        offers: Vec<Offer>,
    },
    /// Any of a few.
    Checks {
        /// What is offered.
        offers: Vec<Offer>,
    },
    /// Any of many permissions, in groups.
    Permissions {
        /// The groups.
        groups: Vec<PickGroup>,
    },
    /// Not shown.
    Hidden {
        /// The value.
        value: String,
    },
}

/// What is offered.
#[derive(Clone, Serialize)]
pub struct Offer {
    /// What is sent.
    pub value: String,
    /// What people read.
    pub label: Words,
    /// What it means.
    pub hint: Option<Words>,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// Permissions under one heading.
#[derive(Clone, Serialize)]
pub struct PickGroup {
    /// The heading.
    pub title: Words,
    /// The permissions.
    pub picks: Vec<Pick>,
    /// How many are chosen.
    pub chosen: usize,
}

/// One permission.
#[derive(Clone, Serialize)]
pub struct Pick {
    /// The scope.
    pub scope: String,
    /// What it lets an app do.
    pub title: Words,
    /// The worst that can be done with it.
    pub risk: Risk,
    /// Whether it is chosen.
    pub chosen: bool,
    /// Whether it comes with a pattern, and cannot be taken away by itself.
    pub covered: Option<String>,
    /// Whether it was used.
    pub usage: Option<Usage>,
}

/// Whether a permission was used.
#[derive(Clone, Serialize)]
pub struct Usage {
    /// In words.
    pub text: Words,
    /// How it stands.
    pub tone: Tone,
}
