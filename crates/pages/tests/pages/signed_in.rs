//! A page for somebody who is signed in, with every block, and one text in every field that is free text.

use grantd_pages::{
    Action, Block, CarryUrl, Cell, Chip, Column, Empty, Field, FieldKind, Figure, Filters, Form, FormError, Frame,
    Heading, LocalUrl, NavGroup, NavItem, Offer, Pick, PickGroup, Picture, Risk, Row, Share, SignedInView, Slot, Tab,
    Table, Toast, Tone, Usage, Weight, Words,
};

/// The page.
pub(crate) fn page(text: &impl Fn() -> String) -> SignedInView {
    Hostile { text }.page()
}

struct Hostile<'a, T> {
    text: &'a T,
}

impl<T: Fn() -> String> Hostile<'_, T> {
    fn text(&self) -> String {
        (self.text)()
    }

    fn words(&self) -> Words {
        Words::given(self.text())
    }

    fn said(&self) -> Words {
        Words::say("area-forbidden-more").with("permission", self.text())
    }

    fn action(&self) -> Action {
        Action {
            label: self.words(),
            href: local(),
            weight: Weight::Danger,
        }
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Link {
                text: self.words(),
                href: local(),
                more: Some(self.text()),
            },
            Cell::code(self.text()),
            Cell::Codes {
                texts: vec![self.text()],
            },
            Cell::chip(self.said(), Tone::Danger),
            Cell::Change {
                before: Some(self.text()),
                after: Some(self.text()),
            },
        ]
    }

    fn field(&self, name: &str, kind: FieldKind) -> Field {
        Field {
            name: name.to_owned(),
            label: self.words(),
            hint: Some(self.said()),
            required: true,
            error: Some(self.words()),
            kind,
        }
    }

    fn line(&self) -> FieldKind {
        FieldKind::Line {
            value: self.text(),
            input: "search",
        }
    }

    fn offers(&self) -> Vec<Offer> {
        vec![Offer {
            value: self.text(),
            label: self.words(),
            hint: Some(self.said()),
            chosen: true,
        }]
    }

    fn suggest(&self) -> FieldKind {
        FieldKind::Suggest {
            value: self.text(),
            offers: self.offers(),
        }
    }

    fn groups(&self) -> Vec<PickGroup> {
        let pick = Pick {
            scope: self.text(),
            title: self.words(),
            risk: Risk::Money,
            chosen: true,
            covered: Some(self.text()),
            usage: Some(Usage {
                text: self.words(),
                tone: Tone::Warning,
            }),
        };
        vec![PickGroup {
            title: self.words(),
            picks: vec![pick],
            chosen: 1,
        }]
    }

    fn form(&self) -> Form {
        let offers = || self.offers();
        Form {
            title: Some(self.words()),
            lead: Some(self.said()),
            consequences: vec![self.words(), self.said()],
            action: local(),
            ticket: self.text(),
            fields: vec![
                self.field("a", self.line()),
                self.field("b", FieldKind::Lines { value: self.text() }),
                self.field("c", FieldKind::Radios { offers: offers() }),
                self.field("d", FieldKind::Select { offers: offers() }),
                self.field("e", FieldKind::Checks { offers: offers() }),
                self.field("f", FieldKind::Permissions { groups: self.groups() }),
                self.field("g", FieldKind::Hidden { value: self.text() }),
                self.field("h", self.suggest()),
            ],
            errors: vec![FormError {
                field: Some("a".into()),
                text: self.words(),
            }],
            submit: self.words(),
            weight: Weight::Danger,
            cancel: Some(local()),
            picture: Some(Picture {
                action: local(),
                first: Some(local()),
            }),
        }
    }

    fn empty(&self) -> Empty {
        Empty {
            title: self.words(),
            text: self.said(),
            action: Some(self.action()),
        }
    }

    fn table(&self, rows: usize) -> Block {
        let fields = vec![
            self.field("q", self.line()),
            self.field("s", FieldKind::Select { offers: self.offers() }),
        ];
        Block::Table(Box::new(Table {
            caption: self.words(),
            filters: Some(Filters {
                action: local(),
                fields,
                clear: Some(local()),
                finds: false,
            }),
            columns: (0..5).map(|_| Column::new(self.words())).collect(),
            rows: (0..rows).map(|_| Row { cells: self.cells() }).collect(),
            empty: self.empty(),
            first: Some(local()),
            next: Some(local()),
        }))
    }

    fn blocks(&self) -> Vec<Block> {
        let figure = Figure {
            label: self.words(),
            value: self.words(),
            hint: Some(self.said()),
            href: Some(local()),
            tone: Tone::Warning,
        };
        vec![
            Block::Section {
                title: self.words(),
                lead: Some(self.said()),
            },
            Block::Notice {
                tone: Tone::Warning,
                title: self.words(),
                text: Some(self.said()),
                action: Some((local(), self.words())),
            },
            Block::Figures { figures: vec![figure] },
            Block::Shares {
                title: self.words(),
                shares: [Some(local()), None]
                    .map(|href| Share {
                        name: self.text(),
                        of: Some(self.text()),
                        href,
                        count: 3,
                        width: 100,
                    })
                    .into(),
            },
            Block::Columns {
                title: self.words(),
                lead: self.said(),
                columns: vec![Slot {
                    secs: 1,
                    count: 1,
                    height: 100,
                }],
            },
            Block::Facts {
                facts: self.cells().into_iter().map(|cell| (self.words(), cell)).collect(),
            },
            self.table(2),
            self.table(0),
            Block::Form(Box::new(self.form())),
            Block::Snippets {
                title: self.words(),
                snippets: vec![(self.text(), self.text()), (self.text(), self.text())],
            },
            Block::Secret {
                title: self.words(),
                text: self.said(),
                value: self.text(),
                file: Some((self.text(), self.text())),
            },
            Block::Empty(self.empty()),
            Block::Documents {
                links: vec![(self.words(), CarryUrl::parse("https://a.example/\"><script>").unwrap())],
            },
        ]
    }

    fn page(&self) -> SignedInView {
        let places = vec![NavItem {
            label: self.words(),
            href: local(),
            icon: "apps",
            current: true,
        }];
        SignedInView {
            frame: Frame {
                product: self.words(),
                home: local(),
                nav: vec![NavGroup {
                    title: Some(self.words()),
                    items: places,
                }],
                username: self.text(),
                sign_out: local(),
                toast: Some(Toast {
                    text: self.said(),
                    tone: Tone::Success,
                }),
            },
            heading: Heading {
                title: self.words(),
                lead: Some(self.said()),
                id: Some(self.text()),
                chips: vec![Chip {
                    text: self.words(),
                    tone: Tone::Danger,
                }],
                back: Some((local(), self.words())),
                actions: vec![self.action()],
                tabs: vec![Tab {
                    label: self.words(),
                    href: local(),
                    current: true,
                }],
            },
            blocks: self.blocks(),
        }
    }
}

fn local() -> LocalUrl {
    LocalUrl::parse("/x\"><script>y</script>?a=1&b='").unwrap()
}
