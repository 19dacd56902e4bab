//! All pages of one theme, checked when they are made: a page that was once made cannot fail to render later, short of a
//! theme with a branch no sample reaches, and then the built-in page is shown in its place.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
};

use serde::Serialize;

use crate::{
    assets::{Asset, Assets, theme_name},
    check,
    error::PageError,
    letter,
    locale::Locale,
    overrides::Overrides,
    templates::Templates,
    texts::{self, Texts},
    theme::Accent,
    view::{
        AccountView, AppView, AppsView, BarredView, ConsentView, ContinueView, DeviceView, ErrorView, FormPostView,
        InterstitialView, LoginView, LogoutConfirmView, MessageView, OtpView, PasskeysView, PasswordView,
        ProvidersView, RealmHomeView, ResetLetter, ResetView, SessionsView, Shell, SignedInView, SignedOutView,
        TwoStepView,
    },
};

/// Renders views. Made once at start (a few milliseconds), shared between threads.
pub struct Pages {
    templates: Templates,
    /// What is shown if a page of the theme fails after all; `None` when `templates` is the built-in set already.
    fallback: Option<Templates>,
    texts: Arc<Texts>,
    assets: Arc<Assets>,
    failure: OnceLock<String>,
}

impl Pages {
    /// Compiles and tries every template, those of a theme in every language.
    ///
    /// `overrides` is a theme directory: `templates/*.html` replace pages, `locales/{en,de,ja}.ftl` replace single texts,
    /// `assets/*` replace and add files.
    ///
    /// # Errors
    /// [`PageError`] for a theme that cannot be read, parsed or rendered, or lacks a field or button a page needs.
    pub fn new(overrides: Option<&Path>) -> Result<Self, PageError> {
        let Some(directory) = overrides else {
            return Self::built_in();
        };
        let themed = Self::from_overrides(Overrides::read(directory)?, &Locale::ALL)?;
        let built_in = Self::built_in()?;
        Ok(Self {
            fallback: Some(built_in.templates),
            ..themed
        })
    }

    /// Tried in one language only, since tests have tried the rest: a start should not wait for what cannot differ.
    fn built_in() -> Result<Self, PageError> {
        Self::from_overrides(Overrides::default(), &[Locale::default()])
    }

    fn from_overrides(overrides: Overrides, tried_in: &[Locale]) -> Result<Self, PageError> {
        let texts = Arc::new(Texts::new(&overrides.locales)?);
        let assets = Arc::new(Assets::new(overrides.assets));
        let templates = Templates::new(&overrides.templates, Arc::clone(&texts), Arc::clone(&assets))?;
        check::every_page(&templates, tried_in)?;
        Ok(Self {
            templates,
            fallback: None,
            texts,
            assets,
            failure: OnceLock::new(),
        })
    }

    /// The sign-in page.
    #[must_use]
    pub fn login(&self, view: &LoginView, shell: &Shell) -> String {
        self.shown(|templates| templates.login(view, shell))
    }

    /// The page for whoever forgot their password.
    #[must_use]
    pub fn reset(&self, view: &ResetView, shell: &Shell) -> String {
        self.page("reset.html", view, shell)
    }

    /// The letter with the link that resets a password.
    #[must_use]
    pub fn reset_letter(&self, shell: &Shell, username: &str, link: &str) -> ResetLetter {
        letter::reset(&self.texts, shell, username, link)
    }

    /// The second step of signing in.
    #[must_use]
    pub fn otp(&self, view: &OtpView, shell: &Shell) -> String {
        self.page("otp.html", view, shell)
    }

    /// The page that sets up a second step.
    #[must_use]
    pub fn two_step(&self, view: &TwoStepView, shell: &Shell) -> String {
        self.page("two-step.html", view, shell)
    }

    /// The page of a user's passkeys.
    #[must_use]
    pub fn passkeys(&self, view: &PasskeysView, shell: &Shell) -> String {
        self.page("passkeys.html", view, shell)
    }

    /// The page of the providers that a user can come from.
    #[must_use]
    pub fn providers(&self, view: &ProvidersView, shell: &Shell) -> String {
        self.page("providers.html", view, shell)
    }

    /// The consent page.
    #[must_use]
    pub fn consent(&self, view: &ConsentView, shell: &Shell) -> String {
        self.shown(|templates| templates.consent(view, shell))
    }

    /// A picture of the consent page: what its users will read, without a script, and with nothing to send.
    #[must_use]
    pub fn picture_of_consent(&self, view: &ConsentView, shell: &Shell) -> String {
        self.shown(|templates| templates.picture_of_consent(view, shell))
    }

    /// The page that carries the browser back to the client.
    #[must_use]
    pub fn carry_on(&self, view: &ContinueView, shell: &Shell) -> String {
        self.page("continue.html", view, shell)
    }

    /// The page that posts the answer to the client.
    #[must_use]
    pub fn form_post(&self, view: &FormPostView, shell: &Shell) -> String {
        self.page("form-post.html", view, shell)
    }

    /// An error that stays here.
    #[must_use]
    pub fn error(&self, view: &ErrorView, shell: &Shell) -> String {
        self.page("error.html", view, shell)
    }

    /// The page in place of a redirect to a client nobody vouches for.
    #[must_use]
    pub fn interstitial(&self, view: &InterstitialView, shell: &Shell) -> String {
        self.page("interstitial.html", view, shell)
    }

    /// The page on which a tenant's word is missing, or was no.
    #[must_use]
    pub fn barred(&self, view: &BarredView, shell: &Shell) -> String {
        self.page("barred.html", view, shell)
    }

    /// "You are signed out."
    #[must_use]
    pub fn signed_out(&self, view: &SignedOutView, shell: &Shell) -> String {
        self.page("signed-out.html", view, shell)
    }

    /// "Do you want to sign out?"
    #[must_use]
    pub fn logout_confirm(&self, view: &LogoutConfirmView, shell: &Shell) -> String {
        self.page("logout-confirm.html", view, shell)
    }

    /// The page for the code of a device.
    #[must_use]
    pub fn device(&self, view: &DeviceView, shell: &Shell) -> String {
        self.page("device.html", view, shell)
    }

    /// A title and a paragraph.
    #[must_use]
    pub fn message(&self, view: &MessageView, shell: &Shell) -> String {
        self.page("message.html", view, shell)
    }

    /// The page at the issuer's root.
    #[must_use]
    pub fn realm_home(&self, view: &RealmHomeView, shell: &Shell) -> String {
        self.page("home.html", view, shell)
    }

    /// A page for somebody who is signed in.
    #[must_use]
    pub fn signed_in(&self, view: &SignedInView, shell: &Shell) -> String {
        self.page("signed-in.html", view, shell)
    }

    /// A user's account.
    #[must_use]
    pub fn account(&self, view: &AccountView, shell: &Shell) -> String {
        self.page("account.html", view, shell)
    }

    /// The applications that a user allowed something.
    #[must_use]
    pub fn apps(&self, view: &AppsView, shell: &Shell) -> String {
        self.page("apps.html", view, shell)
    }

    /// One of them.
    #[must_use]
    pub fn app(&self, view: &AppView, shell: &Shell) -> String {
        self.page("app.html", view, shell)
    }

    /// Where a user is signed in.
    #[must_use]
    pub fn sessions(&self, view: &SessionsView, shell: &Shell) -> String {
        self.page("sessions.html", view, shell)
    }

    /// The page that changes a password.
    #[must_use]
    pub fn password(&self, view: &PasswordView, shell: &Shell) -> String {
        self.page("password.html", view, shell)
    }

    /// The file to serve at `{base}assets/{name}`; `None` means 404.
    #[must_use]
    pub fn asset(&self, name: &str) -> Option<Asset> {
        self.assets.get(name)
    }

    /// The stylesheet of an accent colour; pages link to it by themselves and [`Pages::asset`] serves it.
    #[must_use]
    pub fn theme_css(accent: Accent) -> String {
        accent.css()
    }

    /// The name below `assets/` under which [`Pages::asset`] serves that stylesheet.
    #[must_use]
    pub fn theme_name(accent: Accent) -> String {
        theme_name(accent)
    }

    /// The keys of the texts that a product's handlers choose by [`crate::Words`]: of `locales/en.console.ftl` for `console`.
    #[must_use]
    pub fn keys_of(product: &str) -> Vec<String> {
        texts::keys_of(product)
    }

    /// The first page of the theme that failed after the start check and was replaced by the built-in one, if any: worth
    /// a line in the log and in a health report.
    #[must_use]
    pub fn theme_failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    fn page(&self, template: &str, view: &impl Serialize, shell: &Shell) -> String {
        self.shown(|templates| templates.render(template, view, shell))
    }

    fn shown(&self, render: impl Fn(&Templates) -> Result<String, PageError>) -> String {
        let failed = match render(&self.templates) {
            Ok(html) => return html,
            Err(error) => error,
        };
        // Keep the first one: later ones are most likely the same mistake.
        let _ = self.failure.set(failed.to_string());
        self.fallback
            .as_ref()
            .and_then(|built_in| render(built_in).ok())
            .unwrap_or_else(|| LAST_RESORT.to_owned())
    }
}

/// Shown when not even the built-in template renders, which the tests rule out.
const LAST_RESORT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Error</title>\
    <h1 id=\"error\" data-error=\"server_error\">This page could not be shown</h1></html>";
