//! The words of the pages, from Fluent files. Values put into a text are marked on the way in and escaped on the way
//! out, so that neither a translation nor a name can add markup.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

use crate::{error::PageError, escape::Escaped, locale::Locale};

#[derive(rust_embed::RustEmbed)]
#[folder = "locales/"]
struct BuiltIn;

/// One bundle for each language.
pub(crate) struct Texts {
    bundles: BTreeMap<&'static str, FluentBundle<FluentResource>>,
    /// Texts that nothing is put into, as HTML, by language: most of a page, and always the same.
    still: BTreeMap<&'static str, HashMap<String, String>>,
    /// Keys that were asked for, so that a test can find those that never are.
    #[cfg(test)]
    used: std::sync::Mutex<std::collections::BTreeSet<String>>,
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
            for (file, source) in built_in(locale) {
                bundle.add_resource_overriding(parse(&format!("locales/{file}"), source)?);
            }
            if let Some(source) = theme.get(&name) {
                let file = format!("theme/locales/{name}");
                let resource = parse(&file, source.clone())?;
                refuse_unknown_keys(&file, &resource, &bundle)?;
                bundle.add_resource_overriding(resource);
            }
            bundles.insert(locale.tag(), bundle);
        }
        let mut texts = Self {
            bundles,
            still: BTreeMap::new(),
            #[cfg(test)]
            used: std::sync::Mutex::default(),
        };
        texts.still = Locale::ALL
            .map(|locale| (locale.tag(), texts.still_texts(locale)))
            .into();
        #[cfg(test)]
        texts.used.lock().unwrap().clear();
        Ok(texts)
    }

    /// Texts that are whole without any value. A theme replaces texts and adds none, so the built-in keys are all there are.
    fn still_texts(&self, locale: Locale) -> HashMap<String, String> {
        let source = BuiltIn::get(&format!("{}.ftl", locale.tag())).map(|file| file.data);
        let source = String::from_utf8_lossy(source.as_deref().unwrap_or_default()).into_owned();
        let whole = |key: &str| {
            let text = self.plain(locale.tag(), key, &[]).ok()?;
            Some((key.to_owned(), Escaped(&text).to_string()))
        };
        keys(&source).filter_map(whole).collect()
    }

    /// A text that needs no values, as HTML; `None` for one that does.
    pub(crate) fn still(&self, language: &str, key: &str) -> Option<&str> {
        let text = self.still.get(language)?.get(key)?;
        #[cfg(test)]
        self.used.lock().unwrap().insert(key.to_owned());
        Some(text)
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
        self.format(language, key, values, |_, fill| match fill {
            Fill::Number(number) => FluentValue::from(*number),
            Fill::Name(name) => FluentValue::from(Cow::Borrowed(*name)),
        })
    }

    /// A text as HTML, everything escaped, each name in an element of its own (class `name--` and what the template
    /// calls it) that keeps its writing direction and may be broken anywhere.
    pub(crate) fn rich(&self, language: &str, key: &str, values: &[(&str, Fill<'_>)]) -> Result<String, String> {
        let mut names: Vec<(&str, &str)> = Vec::new();
        let text = self.format(language, key, values, |role, fill| match fill {
            Fill::Number(number) => FluentValue::from(*number),
            Fill::Name(name) => {
                names.push((role, name));
                FluentValue::from(format!("{MARK}{}{MARK}", names.len() - 1))
            }
        })?;
        // Only the text of the catalogue can hold marks here; the names themselves are put in afterwards, once.
        let mut html = String::with_capacity(text.len() + 64);
        for (position, piece) in text.split(MARK).enumerate() {
            let name = piece.parse::<usize>().ok().and_then(|index| names.get(index));
            let written = match name.filter(|_| position % 2 == 1) {
                Some((role, name)) => write!(html, r#"<bdi class="name name--{role}">{}</bdi>"#, Escaped(name)),
                None => write!(html, "{}", Escaped(piece)),
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
        mut fill: impl FnMut(&'a str, &Fill<'a>) -> FluentValue<'a>,
    ) -> Result<String, String> {
        #[cfg(test)]
        self.used.lock().unwrap().insert(key.to_owned());
        let bundle = self
            .bundles
            .get(language)
            .ok_or_else(|| format!("no texts in {language:?}"))?;
        let message = bundle.get_message(key).and_then(|message| message.value());
        let pattern = message.ok_or_else(|| format!("text {key:?} is missing in locales/{language}.ftl"))?;
        let mut args = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            args.set(*name, fill(name, value));
        }
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
        match errors.first() {
            None => Ok(text),
            Some(error) => Err(format!("text {key:?} in locales/{language}.ftl: {error}")),
        }
    }
}

/// The built-in files of a language: `en.ftl`, and one for each product, as `en.console.ftl`.
fn built_in(locale: Locale) -> impl Iterator<Item = (String, String)> {
    let own = move |name: &str| {
        let rest = name
            .strip_prefix(locale.tag())
            .and_then(|rest| rest.strip_suffix(".ftl"));
        rest.is_some_and(|product| product.is_empty() || product.starts_with('.'))
    };
    BuiltIn::iter().filter(move |name| own(name)).filter_map(|name| {
        let source = String::from_utf8_lossy(&BuiltIn::get(&name)?.data).into_owned();
        Some((name.into_owned(), source))
    })
}

/// The keys of a product's texts: those that handlers choose, and no template names.
pub(crate) fn keys_of(product: &str) -> Vec<String> {
    let file = format!("{}.{product}.ftl", Locale::default().tag());
    let source = BuiltIn::get(&file).map(|file| String::from_utf8_lossy(&file.data).into_owned());
    keys(&source.unwrap_or_default()).map(str::to_owned).collect()
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

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, sync::Arc};

    use super::*;
    use crate::{assets::Assets, check, templates::Templates};

    fn source(locale: Locale) -> String {
        built_in(locale).map(|(_, source)| source + "\n").collect()
    }

    /// The products whose texts handlers choose; a test beside the handlers finds those that none does.
    const PRODUCTS: [&str; 5] = ["area", "console", "portal", "roles", "webhooks"];

    /// Keys with the variables their texts name.
    fn keys_and_variables(locale: Locale) -> BTreeMap<String, BTreeSet<String>> {
        let source = source(locale);
        let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut current = String::new();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            if let Some(key) = key_of(line) {
                assert!(!all.contains_key(key), "{key} stands twice in {}", locale.tag());
                current = key.to_owned();
            }
            let variables = line
                .split('$')
                .skip(1)
                .map(|rest| rest.split([' ', '}']).next().unwrap().to_owned());
            all.entry(current.clone()).or_default().extend(variables);
        }
        all.remove("");
        all
    }

    #[test]
    fn every_language_has_every_text_with_the_same_values() {
        for locale in Locale::ALL {
            assert_eq!(
                keys_and_variables(Locale::En),
                keys_and_variables(locale),
                "{}",
                locale.tag()
            );
        }
    }

    #[test]
    fn every_text_is_used_by_a_page() {
        let texts = Arc::new(Texts::new(&BTreeMap::new()).unwrap());
        let assets = Arc::new(Assets::new(BTreeMap::new()));
        let templates = Templates::new(&BTreeMap::new(), Arc::clone(&texts), assets).unwrap();
        check::every_page(&templates, &Locale::ALL).unwrap();
        crate::letter::reset(&texts, &crate::samples::shell(Locale::En), "", "");
        let used = texts.used.lock().unwrap().clone();
        let mut known: BTreeSet<String> = keys_and_variables(Locale::En).into_keys().collect();
        for key in PRODUCTS.into_iter().flat_map(keys_of) {
            known.remove(&key);
        }
        assert_eq!(known.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new());
    }

    #[test]
    fn texts_have_no_markup() {
        for locale in Locale::ALL {
            assert!(!source(locale).contains(['<', '&', MARK]), "{}", locale.tag());
        }
    }

    #[test]
    fn names_cannot_add_markup_or_stand_in_for_each_other() {
        let texts = Texts::new(&BTreeMap::new()).unwrap();
        let names = [
            ("app", Fill::Name("<i>\u{e0f0}1\u{e0f0}")),
            ("tenant", Fill::Name("{ $app }")),
        ];
        let html = texts.rich("en", "consent-title", &names).unwrap();
        assert_eq!(
            html,
            "<bdi class=\"name name--app\">&lt;i&gt;\u{e0f0}1\u{e0f0}</bdi> wants to act for \
             <bdi class=\"name name--tenant\">{ $app }</bdi>"
        );
    }

    #[test]
    fn counts_select_the_plural() {
        let texts = Texts::new(&BTreeMap::new()).unwrap();
        let plain = |language, count| {
            texts
                .plain(language, "permission-count", &[("count", Fill::Number(count))])
                .unwrap()
        };
        assert_eq!(plain("en", 1), "1 permission");
        assert_eq!(plain("de", 2), "2 Berechtigungen");
        assert_eq!(plain("ja", 2), "2 件の権限");
    }

    #[test]
    fn a_text_without_values_is_at_hand_as_html() {
        let theme = BTreeMap::from([("en.ftl".to_owned(), "login-password = \"Word\" & more\n".to_owned())]);
        let texts = Texts::new(&theme).unwrap();
        assert_eq!(texts.still("en", "login-password"), Some("&quot;Word&quot; &amp; more"));
        assert_eq!(texts.still("de", "login-password"), Some("Passwort"));
        assert_eq!(texts.still("en", "consent-title"), None, "names are put into it");
    }

    #[test]
    fn a_text_without_its_value_is_an_error() {
        let texts = Texts::new(&BTreeMap::new()).unwrap();
        assert!(
            texts
                .plain("en", "consent-title", &[])
                .unwrap_err()
                .contains("consent-title")
        );
        assert!(
            texts
                .plain("en", "no-such-text", &[])
                .unwrap_err()
                .contains("no-such-text")
        );
    }
}
