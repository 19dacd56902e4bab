//! The template engine, set up so that nothing slips through: undefined variables are errors, everything is escaped,
//! and all templates are compiled at start. Knows nothing of views beyond "something serializable".

use std::{collections::BTreeMap, sync::Arc};

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, context, escape_formatter,
    syntax::SyntaxConfig,
    value::{Kwargs, Serde, ValueKind},
};
use serde::Serialize;

use crate::{
    alike::{AlikePages, Own},
    asked::{Asked, AskedLists},
    assets::{Assets, ThemeNames},
    error::PageError,
    escape::Escaped,
    moment,
    texts::{Fill, Texts},
    theme::Accent,
    view::{ConsentView, LoginView, Shell},
};

#[derive(rust_embed::RustEmbed)]
#[folder = "templates/"]
struct BuiltIn;

/// Compiled templates with the functions they call.
pub(crate) struct Templates {
    environment: Environment<'static>,
    asked: AskedLists,
    consents: AlikePages<ConsentView>,
    logins: AlikePages<LoginView>,
    /// Names that come from the theme, for messages.
    themed: Vec<String>,
}

impl Templates {
    /// Compiles the built-in templates, `theme` (name to source) taking precedence.
    ///
    /// # Errors
    /// [`PageError::Template`] for one that does not parse.
    pub(crate) fn new(
        theme: &BTreeMap<String, String>,
        texts: Arc<Texts>,
        assets: Arc<Assets>,
    ) -> Result<Self, PageError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_formatter(format_value);
        environment.set_recursion_limit(50);
        environment.set_syntax(
            SyntaxConfig::builder()
                .trim_blocks(true)
                .lstrip_blocks(true)
                .build()
                .unwrap_or_default(),
        );
        add_functions(&mut environment, texts, assets);
        let mut templates = Self {
            environment,
            asked: AskedLists::default(),
            consents: AlikePages::default(),
            logins: AlikePages::default(),
            themed: theme.keys().cloned().collect(),
        };
        let built_in = BuiltIn::iter().filter_map(|name| {
            let file = BuiltIn::get(&name)?;
            Some((name.into_owned(), String::from_utf8_lossy(&file.data).into_owned()))
        });
        let mut sources: BTreeMap<String, String> = built_in.collect();
        sources.extend(theme.iter().map(|(name, source)| (name.clone(), source.clone())));
        for (name, source) in sources {
            let added = templates.environment.add_template_owned(name.clone(), source);
            added.map_err(|error| templates.explain(&name, &error))?;
        }
        Ok(templates)
    }

    /// File names that a theme may replace. Further files with a leading underscore are its own parts.
    pub(crate) fn file_names() -> Vec<String> {
        BuiltIn::iter().map(std::borrow::Cow::into_owned).collect()
    }

    /// Renders one template with its view, which it sees as `view`, in a `shell`.
    ///
    /// # Errors
    /// [`PageError::Template`]; with the built-in templates the start check has ruled it out.
    pub(crate) fn render(&self, name: &str, view: &impl Serialize, shell: &Shell) -> Result<String, PageError> {
        let context = context! { view => Value::from(Serde(view)), shell => Value::from(Serde(shell)) };
        self.render_with(name, context)
    }

    /// Renders the consent page, which sees its permissions as `asked`.
    ///
    /// # Errors
    /// As [`Templates::render`].
    pub(crate) fn consent(&self, view: &ConsentView, shell: &Shell) -> Result<String, PageError> {
        let asked = self.asked(view, shell)?;
        self.of_many(&self.consents, view, &asked, shell, |view, asked| {
            self.consent_of_one(view, asked, shell)
        })
    }

    /// Renders the login page.
    ///
    /// # Errors
    /// As [`Templates::render`].
    pub(crate) fn login(&self, view: &LoginView, shell: &Shell) -> Result<String, PageError> {
        self.of_many(&self.logins, view, "", shell, |view, _| {
            self.render("login.html", view, shell)
        })
    }

    /// A page that is alike for many. A theme's template may look into what is each reader's own, so it is rendered anew.
    fn of_many<V: Own>(
        &self,
        pages: &AlikePages<V>,
        view: &V,
        finished: &str,
        shell: &Shell,
        render: impl Fn(&V, &str) -> Result<String, PageError>,
    ) -> Result<String, PageError> {
        if self.themed.is_empty() {
            pages.page(view, finished, shell, render)
        } else {
            render(view, finished)
        }
    }

    /// The list of what a consent page asks for.
    pub(crate) fn asked(&self, view: &ConsentView, shell: &Shell) -> Result<Arc<str>, PageError> {
        self.asked
            .of(view, shell, |asked| self.render("_asked.html", asked, shell))
    }

    /// The consent page of one reader, rendered.
    pub(crate) fn consent_of_one(&self, view: &ConsentView, asked: &str, shell: &Shell) -> Result<String, PageError> {
        self.consent_or_picture(view, asked, shell, false)
    }

    /// A picture of the consent page. It is not remembered: whoever chooses permissions asks for one set after another.
    ///
    /// # Errors
    /// As [`Templates::render`].
    pub(crate) fn picture_of_consent(&self, view: &ConsentView, shell: &Shell) -> Result<String, PageError> {
        let asked = self.render("_asked.html", &Asked::of(view, shell), shell)?;
        self.consent_or_picture(view, &asked, shell, true)
    }

    fn consent_or_picture(
        &self,
        view: &ConsentView,
        asked: &str,
        shell: &Shell,
        picture: bool,
    ) -> Result<String, PageError> {
        let context = context! {
            view => Value::from(Serde(view)),
            shell => Value::from(Serde(shell)),
            asked => Value::from_safe_string(asked.to_owned()),
            picture,
        };
        self.render_with("consent.html", context)
    }

    fn render_with(&self, name: &str, context: Value) -> Result<String, PageError> {
        let rendered = self
            .environment
            .get_template(name)
            .and_then(|template| template.render(context));
        rendered.map_err(|error| self.explain(name, &error))
    }

    /// The path of a template as an operator or a developer would open it.
    pub(crate) fn path_of(&self, name: &str) -> String {
        let place = if self.themed.iter().any(|themed| themed == name) {
            "theme/templates"
        } else {
            "templates"
        };
        format!("{place}/{name}")
    }

    /// The innermost error with a place: the one that names the file where the mistake is.
    fn explain(&self, name: &str, error: &Error) -> PageError {
        let mut innermost = error;
        let mut next: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
        while let Some(inner) = next {
            if let Some(inner) = inner.downcast_ref::<Error>().filter(|inner| inner.line().is_some()) {
                innermost = inner;
            }
            next = inner.source();
        }
        let reason = match innermost.detail() {
            Some(detail) => format!("{}: {detail}", innermost.kind()),
            None => innermost.kind().to_string(),
        };
        let file = self.path_of(innermost.name().unwrap_or(name));
        PageError::Template {
            file,
            line: innermost.line().unwrap_or(0),
            reason,
        }
    }
}

/// Writes a value: text that is not already HTML is escaped, everything else is the engine's business (which refuses
/// undefined ones).
fn format_value(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) if !value.is_safe() => write!(out, "{}", Escaped(text)).map_err(Error::from),
        _ => escape_formatter(out, state, value),
    }
}

/// Everything a template can call beyond the builtins: texts that it names itself (`t`, `rich`) and words that its handler
/// chose (`said` for attributes and titles, `say` elsewhere), instants (`moment` in words, `when` in digits), icons, files and
/// colours.
fn add_functions(environment: &mut Environment<'static>, texts: Arc<Texts>, assets: Arc<Assets>) {
    let chosen = Arc::clone(&texts);
    environment.add_function("say", move |state: &State<'_, '_>, words: Value| {
        let html = match words.as_str() {
            Some(given) => format!("<bdi>{}</bdi>", Escaped(given)),
            None => {
                let language = shell(state, "locale")?;
                let language = language.as_str().unwrap_or_default();
                with_words(&words, |key, fills| chosen.rich(language, key, fills).map_err(broken))?
            }
        };
        Ok::<Value, Error>(Value::from_safe_string(html))
    });
    let chosen = Arc::clone(&texts);
    environment.add_function("said", move |state: &State<'_, '_>, words: Value| {
        match words.as_str() {
            Some(given) => Ok(given.to_owned()),
            None => {
                let language = shell(state, "locale")?;
                let language = language.as_str().unwrap_or_default();
                with_words(&words, |key, fills| chosen.plain(language, key, fills).map_err(broken))
            }
        }
    });
    let plain_texts = Arc::clone(&texts);
    let texts_of_moments = Arc::clone(&texts);
    environment.add_function("moment", move |state: &State<'_, '_>, secs: i64| {
        let language = shell(state, "locale")?;
        moment::element(&texts_of_moments, language.as_str().unwrap_or_default(), secs)
            .map(Value::from_safe_string)
            .map_err(broken)
    });
    environment.add_function("t", move |state: &State<'_, '_>, key: &str, values: Kwargs| {
        let language = shell(state, "locale")?;
        let language = language.as_str().unwrap_or_default();
        if let Some(text) = plain_texts.still(language, key) {
            return Ok(Value::from_safe_string(text.to_owned()));
        }
        with_values(&values, |fills| plain_texts.plain(language, key, fills).map_err(broken)).map(Value::from)
    });
    environment.add_function("rich", move |state: &State<'_, '_>, key: &str, values: Kwargs| {
        let language = shell(state, "locale")?;
        let language = language.as_str().unwrap_or_default();
        with_values(&values, |fills| texts.rich(language, key, fills).map_err(broken)).map(Value::from_safe_string)
    });
    environment.add_function("asset", move |state: &State<'_, '_>, name: &str| {
        let public = assets
            .public_name(name)
            .ok_or_else(|| broken(format!("there is no asset {name:?}")))?;
        asset_url(state, public)
    });
    // Not a macro, which a page would pay for anew with each of its many icons.
    environment.add_function("icon", |name: &str| {
        Value::from_safe_string(format!(
            r##"<svg class="icon" aria-hidden="true" focusable="false"><use href="#i-{}"></use></svg>"##,
            Escaped(name)
        ))
    });
    environment.add_function("error_kind", |code: &str| error_kind(code));
    environment.add_function("when", |secs: i64| Value::from_safe_string(moment::digits(secs)));
    environment.add_function("download", |content: &str| data_url(content));
    let themes = ThemeNames::default();
    environment.add_function("theme", move |state: &State<'_, '_>| {
        let accent = shell(state, "accent")?;
        let accent = accent
            .as_str()
            .and_then(|colour| Accent::parse(colour).ok())
            .unwrap_or_default();
        asset_url(state, &themes.name(accent))
    });
}

/// Turns keyword arguments into values for a text: integers select plurals, all else is a name.
fn with_values<R>(values: &Kwargs, then: impl FnOnce(&[(&str, Fill<'_>)]) -> Result<R, Error>) -> Result<R, Error> {
    let given: Vec<(&str, Value)> = values
        .args()
        .map(|name| values.get::<Value>(name).map(|value| (name, value)))
        .collect::<Result<_, _>>()?;
    let fills: Vec<(&str, Fill<'_>)> = given
        .iter()
        .map(|(name, value)| Ok((*name, fill(name, value)?)))
        .collect::<Result<_, Error>>()?;
    then(&fills)
}

/// Takes words that a handler chose apart: the key of their text, and its values.
fn with_words<R>(words: &Value, then: impl FnOnce(&str, &[(&str, Fill<'_>)]) -> Result<R, Error>) -> Result<R, Error> {
    let key = words.get_attr("key")?;
    let key = key.as_str().ok_or_else(|| broken("these are no words".to_owned()))?;
    let values = words.get_attr("values")?;
    let given: Vec<(Value, Value)> = values
        .try_iter()?
        .map(|name| values.get_item(&name).map(|value| (name, value)))
        .collect::<Result<_, _>>()?;
    let fills: Vec<(&str, Fill<'_>)> = given
        .iter()
        .map(|(name, value)| {
            let name = name.as_str().unwrap_or_default();
            Ok((name, fill(name, value)?))
        })
        .collect::<Result<_, Error>>()?;
    then(key, &fills)
}

fn fill<'v>(name: &str, value: &'v Value) -> Result<Fill<'v>, Error> {
    match (value.kind(), value.as_str()) {
        (ValueKind::Number, _) => Ok(Fill::Number(value.clone().try_into()?)),
        (_, Some(text)) => Ok(Fill::Name(text)),
        _ => Err(broken(format!("value {name:?} is neither text nor number"))),
    }
}

/// A small file as an address of its own. Every byte but letters and digits is escaped, so nothing in it can end it.
fn data_url(content: &str) -> String {
    let mut url = "data:text/plain;charset=utf-8,".to_owned();
    for byte in content.bytes() {
        if byte.is_ascii_alphanumeric() {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url
}

/// Which explanation an error code gets. Codes of RFC 6749, its extensions and OpenID Connect, and our own; a code nobody
/// knows gets a general one. Unknown and forbidden clients look alike.
fn error_kind(code: &str) -> &'static str {
    match code {
        "invalid_request"
        | "invalid_scope"
        | "invalid_target"
        | "unsupported_response_type"
        | "unsupported_response_mode"
        | "invalid_request_uri"
        | "invalid_request_object"
        | "request_not_supported"
        | "request_uri_not_supported"
        | "registration_not_supported"
        | "invalid_authorization_details"
        | "unmet_authentication_requirements"
        | "method_not_allowed" => "request",
        "invalid_client" | "unauthorized_client" => "client",
        "invalid_redirect_uri" => "redirect",
        "access_denied" => "denied",
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => "sign-in",
        "form_expired" | "expired_token" | "session_expired" => "expired",
        "client_moved" => "moved",
        "cross_site" => "forged",
        "temporarily_unavailable" | "too_many_requests" | "slow_down" => "busy",
        "upstream_failed" => "elsewhere",
        "upstream_refused" => "elsewhere-refused",
        "upstream_unknown" => "elsewhere-unknown",
        "upstream_stale" => "elsewhere-stale",
        "not_found" => "missing",
        "server_error" => "fault",
        _ => "unknown",
    }
}

fn asset_url(state: &State<'_, '_>, public_name: &str) -> Result<String, Error> {
    let base = shell(state, "base")?;
    let base = base.as_str().unwrap_or_default();
    Ok(format!("{}/assets/{public_name}", base.trim_end_matches('/')))
}

fn shell(state: &State<'_, '_>, attribute: &str) -> Result<Value, Error> {
    state
        .lookup("shell")
        .ok_or_else(|| broken("no shell".to_owned()))?
        .get_attr(attribute)
}

fn broken(reason: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, reason)
}
