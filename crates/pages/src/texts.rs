//! The words of the pages, from Fluent files. Values put into a text are marked on the way in and escaped on the way
//! out, so that neither a translation nor a name can add markup.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write as _};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use minijinja::HtmlEscape;
use unic_langid::LanguageIdentifier;

use crate::{error::PageError, locale::Locale};

#[derive(rust_embed::RustEmbed)]
#[folder = "locales/"]
struct BuiltIn;

/// One bundle for each language.
pub(crate) struct Texts {
    bundles: BTreeMap<&'static str, FluentBundle<FluentResource>>,
}

impl Texts {
    /// The built-in texts; `theme` maps file names (`de.ftl`) to texts that replace some of them.
    ///
    /// # Errors
    /// [`PageError::Text`] for a file that does not parse, and for a key that no page uses.
    pub(crate) fn new(theme: &BTreeMap<String, String>) -> Result<Self, PageError> {
        let mut bundles = BTreeMap::new();
        for locale in Locale::ALL {
            let name = format!("{}.ftl", locale.tag());
            let language: LanguageIdentifier = locale.tag().parse().unwrap_or_default();
            let mut bundle = FluentBundle::new_concurrent(vec![language]);
            // Names are set apart by <bdi>; isolation marks would end up in attributes and titles.
            bundle.set_use_isolating(false);
            let built_in = BuiltIn::get(&name).map(|file| String::from_utf8_lossy(&file.data).into_owned());
            bundle.add_resource_overriding(parse(&format!("locales/{name}"), built_in.unwrap_or_default())?);
            if let Some(source) = theme.get(&name) {
                let file = format!("theme/locales/{name}");
                let resource = parse(&file, source.clone())?;
                refuse_unknown_keys(&file, &resource, &bundle)?;
                bundle.add_resource_overriding(resource);
            }
            bundles.insert(locale.tag(), bundle);
        }
        Ok(Self { bundles })
    }

    /// File names that a theme may have.
    pub(crate) fn file_names() -> Vec<String> {
        Locale::ALL
            .iter()
            .map(|locale| format!("{}.ftl", locale.tag()))
            .collect()
    }

    /// A text without markup, for places where the template escapes it: attributes and titles.
    pub(crate) fn plain(&self, language: &str, key: &str, values: &[(&str, Fill<'_>)]) -> Result<String, String> {
        self.format(language, key, values, |fill| match fill {
            Fill::Number(number) => FluentValue::from(*number),
            Fill::Name(name) => FluentValue::from(Cow::Borrowed(*name)),
        })
    }

    /// A text as HTML, everything escaped, each name in an element of its own that keeps its writing direction and may be
    /// broken anywhere.
    pub(crate) fn rich(&self, language: &str, key: &str, values: &[(&str, Fill<'_>)]) -> Result<String, String> {
        let mut names: Vec<&str> = Vec::new();
        let mut number_of_name = 0_u32;
        let text = self.format(language, key, values, |fill| match fill {
            Fill::Number(number) => FluentValue::from(*number),
            Fill::Name(name) => {
                names.push(name);
                number_of_name += 1;
                FluentValue::from(format!("{MARK}{}{MARK}", number_of_name - 1))
            }
        })?;
        // Only the text of the catalogue can hold marks here; the names themselves are put in afterwards, once.
        let mut html = String::with_capacity(text.len() + 64);
        for (position, piece) in text.split(MARK).enumerate() {
            let name = piece.parse::<usize>().ok().and_then(|index| names.get(index));
            let written = match name.filter(|_| position % 2 == 1) {
                Some(name) => write!(html, r#"<bdi class="name">{}</bdi>"#, HtmlEscape(name)),
                None => write!(html, "{}", HtmlEscape(piece)),
            };
            written.map_err(|error| error.to_string())?;
        }
        Ok(html)
    }

    fn format<'a>(
        &self,
        language: &str,
        key: &str,
        values: &[(&'a str, Fill<'a>)],
        mut fill: impl FnMut(&Fill<'a>) -> FluentValue<'a>,
    ) -> Result<String, String> {
        let bundle = self
            .bundles
            .get(language)
            .ok_or_else(|| format!("no texts in {language:?}"))?;
        let message = bundle.get_message(key).and_then(|message| message.value());
        let pattern = message.ok_or_else(|| format!("text {key:?} is missing in locales/{language}.ftl"))?;
        let mut args = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            args.set(*name, fill(value));
        }
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
        match errors.first() {
            None => Ok(text),
            Some(error) => Err(format!("text {key:?} in locales/{language}.ftl: {error}")),
        }
    }
}

/// Stands around the number of a name while a text is put together. A private-use character: no translation has it.
const MARK: char = '\u{e0f0}';

/// A value put into a text.
#[derive(Clone, Copy)]
pub(crate) enum Fill<'a> {
    /// Selects plural forms.
    Number(i64),
    /// Text from outside.
    Name(&'a str),
}

fn parse(file: &str, source: String) -> Result<FluentResource, PageError> {
    FluentResource::try_new(source).map_err(|(resource, errors)| {
        let (position, reason) = errors
            .first()
            .map_or((0, String::new()), |error| (error.pos.start, error.to_string()));
        PageError::Text {
            file: file.to_owned(),
            line: line_of(resource.source(), position),
            reason,
        }
    })
}

/// A key of a theme that replaces nothing is a slip of the pen; it would silently do nothing.
fn refuse_unknown_keys(
    file: &str,
    resource: &FluentResource,
    bundle: &FluentBundle<FluentResource>,
) -> Result<(), PageError> {
    for key in keys(resource.source()) {
        if !bundle.has_message(key) {
            let position = resource
                .source()
                .lines()
                .position(|line| key_of(line) == Some(key))
                .unwrap_or(0);
            return Err(PageError::Text {
                file: file.to_owned(),
                line: position + 1,
                reason: format!("no page has a text {key:?}"),
            });
        }
    }
    Ok(())
}

/// The message keys of a Fluent file, in order.
pub(crate) fn keys(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(key_of)
}

/// `key` of a line `key = ...`; continuation lines are indented, comments begin with `#`, terms with `-`.
fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    let begins_well = line.starts_with(|c: char| c.is_ascii_alphabetic());
    begins_well.then(|| key.trim_end())
}

fn line_of(source: &str, position: usize) -> usize {
    source.bytes().take(position).filter(|byte| *byte == b'\n').count() + 1
}
