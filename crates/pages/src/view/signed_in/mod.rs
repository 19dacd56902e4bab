//! Pages for somebody who is signed in: a frame with navigation, a heading, and blocks in the order in which they stand.
//! One shape for the operators' console and the users' own pages, so that they look and behave alike.

mod form;
mod table;

pub use form::{Field, FieldKind, Form, FormError, Offer, Pick, PickGroup, Picture, Usage};
pub use table::{Cell, Column, Filters, Row, Sort, Table};

use serde::Serialize;

use super::Words;
use crate::link::{CarryUrl, LocalUrl};

/// A page for somebody who is signed in.
#[derive(Clone, Serialize)]
pub struct SignedInView {
    /// What surrounds it.
    pub frame: Frame,
    /// What it is about.
    pub heading: Heading,
    /// What stands on it.
    pub blocks: Vec<Block>,
}

/// What surrounds every page of one product: its navigation, who is signed in, and what was just done.
#[derive(Clone, Serialize)]
pub struct Frame {
    /// "Console", "Your account".
    pub product: Words,
    /// Its first page.
    pub home: LocalUrl,
    /// Where else one can go. Pages that nobody here may open are left out.
    pub nav: Vec<NavGroup>,
    /// Who is signed in.
    pub username: String,
    /// Where a form asks for signing out.
    pub sign_out: LocalUrl,
    /// What was just done, after a form.
    pub toast: Option<Toast>,
}

/// Some places of the navigation that belong together.
#[derive(Clone, Serialize)]
pub struct NavGroup {
    /// Their heading.
    pub title: Option<Words>,
    /// The places.
    pub items: Vec<NavItem>,
}

/// One place of the navigation.
#[derive(Clone, Serialize)]
pub struct NavItem {
    /// Its name.
    pub label: Words,
    /// Its address.
    pub href: LocalUrl,
    /// The name of its icon.
    pub icon: &'static str,
    /// Whether this page is there.
    pub current: bool,
}

/// What was just done.
#[derive(Clone, Serialize)]
pub struct Toast {
    /// In a sentence.
    pub text: Words,
    /// How it went.
    pub tone: Tone,
}

/// How something stands: told by an icon and words as well as by its colour.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Nothing special.
    Plain,
    /// Something to know.
    Info,
    /// Good.
    Success,
    /// Take care.
    Warning,
    /// Bad, or not to be taken back.
    Danger,
}

/// What a page is about.
#[derive(Clone, Serialize)]
pub struct Heading {
    /// Its title, which is the window's too.
    pub title: Words,
    /// What it is for, in a sentence.
    pub lead: Option<Words>,
    /// An id that people copy.
    pub id: Option<String>,
    /// How the object stands.
    pub chips: Vec<Chip>,
    /// The page above it.
    pub back: Option<(LocalUrl, Words)>,
    /// What can be done here.
    pub actions: Vec<Action>,
    /// Pages beside it.
    pub tabs: Vec<Tab>,
}

impl Heading {
    /// A title alone.
    #[must_use]
    pub const fn new(title: Words) -> Self {
        Self {
            title,
            lead: None,
            id: None,
            chips: Vec::new(),
            back: None,
            actions: Vec::new(),
            tabs: Vec::new(),
        }
    }
}

/// A word on a tinted ground.
#[derive(Clone, Serialize)]
pub struct Chip {
    /// The word.
    pub text: Words,
    /// How it stands.
    pub tone: Tone,
}

/// A link that looks like a button: it leads to a page that does something, or asks first.
#[derive(Clone, Serialize)]
pub struct Action {
    /// What it does.
    pub label: Words,
    /// Where it leads.
    pub href: LocalUrl,
    /// How much it weighs.
    pub weight: Weight,
}

/// How much a button weighs.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// The one thing to do here.
    Primary,
    /// Something to do.
    Secondary,
    /// Something that breaks something.
    Danger,
}

/// A page beside this one.
#[derive(Clone, Serialize)]
pub struct Tab {
    /// Its name.
    pub label: Words,
    /// Its address.
    pub href: LocalUrl,
    /// Whether it is this one.
    pub current: bool,
}

/// One block of a page.
#[derive(Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// A heading over the blocks that follow.
    Section {
        /// The heading.
        title: Words,
        /// What is meant, in a sentence.
        lead: Option<Words>,
    },
    /// Something to know before anything else.
    Notice {
        /// How it stands.
        tone: Tone,
        /// What it is.
        title: Words,
        /// More of it.
        text: Option<Words>,
        /// What to do about it.
        action: Option<(LocalUrl, Words)>,
    },
    /// Numbers at a glance.
    Figures {
        /// Each with its name.
        figures: Vec<Figure>,
    },
    /// Names and values.
    Facts {
        /// Each with its name.
        facts: Vec<(Words, Cell)>,
    },
    /// A list.
    Table(Box<Table>),
    /// A form.
    Form(Box<Form>),
    /// Code to copy, in several languages; all of them are on the page.
    Snippets {
        /// What they do.
        title: Words,
        /// Each with the name of its language.
        snippets: Vec<(String, String)>,
    },
    /// A value that is shown this once.
    Secret {
        /// What it is.
        title: Words,
        /// Why it must be kept now.
        text: Words,
        /// The value.
        value: String,
        /// A file with it: its name and content.
        file: Option<(String, String)>,
    },
    /// What can be done with what follows.
    Actions {
        /// Links that look like buttons.
        actions: Vec<Action>,
    },
    /// How much there was over some time, drawn as columns.
    Columns {
        /// What is counted.
        title: Words,
        /// The whole of it in a sentence.
        lead: Words,
        /// The oldest first.
        columns: Vec<Slot>,
    },
    /// Who has how much of something, the most first, drawn as bars.
    Shares {
        /// What is counted.
        title: Words,
        /// The names with how many each has, and its share of the first one's in percent.
        shares: Vec<Share>,
    },
    /// Nothing is here yet, and what to do next.
    Empty(Empty),
    /// Links out of these pages, to documents.
    Documents {
        /// Name and address.
        links: Vec<(Words, CarryUrl)>,
    },
}

/// A number with its name.
#[derive(Clone, Serialize)]
pub struct Figure {
    /// What is counted.
    pub label: Words,
    /// How many, or a word.
    pub value: Words,
    /// More about it.
    pub hint: Option<Words>,
    /// Where it leads.
    pub href: Option<LocalUrl>,
    /// How it stands.
    pub tone: Tone,
}

/// A column of a drawing.
#[derive(Clone, Copy, Serialize)]
pub struct Slot {
    /// When it began, in seconds since 1970.
    pub secs: i64,
    /// How many there were.
    pub count: usize,
    /// Its height, in percent of the highest.
    pub height: u8,
}

/// A bar of a drawing.
#[derive(Clone, Serialize)]
pub struct Share {
    /// Whose, or what.
    pub name: String,
    /// Where that is, in a word.
    pub of: Option<String>,
    /// Where more of it is.
    pub href: Option<LocalUrl>,
    /// How many.
    pub count: usize,
    /// In percent of the first one.
    pub width: u8,
}

/// Nothing is here.
#[derive(Clone, Serialize)]
pub struct Empty {
    /// What is not here.
    pub title: Words,
    /// Why that is, and what would be.
    pub text: Words,
    /// The next step.
    pub action: Option<Action>,
}
