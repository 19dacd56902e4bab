//! Writes every sample of every page, in every language, with its assets into a directory, for the browser checks:
//! `cargo run -p grantd-pages --example render -- DIRECTORY`.

#![expect(clippy::print_stderr, reason = "a tool for developers")]

use std::{error::Error, fs, path::Path};

use grantd_pages::{
    Accent, Locale, Pages, Shell, content_security_policy, framing_policy, picture_policy, picturing_policy, samples,
};

fn main() -> Result<(), Box<dyn Error>> {
    let Some(directory) = std::env::args_os().nth(1) else {
        return Err("usage: render DIRECTORY".into());
    };
    let directory = Path::new(&directory);
    fs::create_dir_all(directory.join("assets"))?;
    let pages = Pages::new(None)?;
    fs::write(
        directory.join("content-security-policy.txt"),
        content_security_policy(None),
    )?;
    let posts_to = samples::form_posts().into_iter().next().map(|(_, view)| view.action);
    fs::write(
        directory.join("content-security-policy.form-post.txt"),
        content_security_policy(posts_to.as_ref()),
    )?;
    let frames = samples::signed_outs().into_iter().flat_map(|(_, view)| view.frames);
    fs::write(
        directory.join("content-security-policy.frames.txt"),
        framing_policy(&frames.collect::<Vec<_>>()),
    )?;
    fs::write(directory.join("content-security-policy.picture.txt"), picture_policy())?;
    fs::write(
        directory.join("content-security-policy.picturing.txt"),
        picturing_policy(),
    )?;
    let mut count = 0;
    for locale in Locale::ALL {
        for (name, html) in gallery(&pages, &samples::shell(locale)) {
            fs::write(directory.join(format!("{name}.{}.html", locale.tag())), &html)?;
            copy_assets(&pages, &html, directory)?;
            count += 1;
        }
    }
    for (name, colour) in [("yellow", "#ffd400"), ("night", "#0b0d12"), ("pink", "#ff4f8b")] {
        let shell = Shell {
            accent: Accent::parse(colour)?,
            ..samples::shell(Locale::En)
        };
        for (page, html) in gallery(&pages, &shell)
            .into_iter()
            .filter(|(page, _)| page == "login--plain")
        {
            fs::write(directory.join(format!("{page}-{name}.en.html")), &html)?;
            copy_assets(&pages, &html, directory)?;
            count += 1;
        }
    }
    eprintln!("{count} pages in {}", directory.display());
    Ok(())
}

/// Every sample as `page--sample` and its HTML.
fn gallery(pages: &Pages, shell: &Shell) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut add = |page: &str, sample: &str, html: String| all.push((format!("{page}--{sample}"), html));
    for (sample, view) in samples::logins() {
        add("login", sample, pages.login(&view, shell));
    }
    for (sample, view) in samples::resets() {
        add("reset", sample, pages.reset(&view, shell));
    }
    for (sample, view) in samples::otps() {
        add("otp", sample, pages.otp(&view, shell));
    }
    for (sample, view) in samples::two_steps() {
        add("two-step", sample, pages.two_step(&view, shell));
    }
    for (sample, view) in samples::passkeys() {
        add("passkeys", sample, pages.passkeys(&view, shell));
    }
    for (sample, view) in samples::providers() {
        add("providers", sample, pages.providers(&view, shell));
    }
    for (sample, view) in samples::consents() {
        add("consent", sample, pages.consent(&view, shell));
    }
    for (_, view) in samples::consents().into_iter().take(1) {
        add("consent", "picture", pages.picture_of_consent(&view, shell));
    }
    add("consent", "300", pages.consent(&samples::crowded_consent(300), shell));
    for (sample, view) in samples::continues() {
        add("continue", sample, pages.carry_on(&view, shell));
    }
    for (sample, view) in samples::form_posts() {
        add("form-post", sample, pages.form_post(&view, shell));
    }
    for (sample, view) in samples::errors() {
        add("error", sample, pages.error(&view, shell));
    }
    for (sample, view) in samples::interstitials() {
        add("interstitial", sample, pages.interstitial(&view, shell));
    }
    for (sample, view) in samples::barred() {
        add("barred", sample, pages.barred(&view, shell));
    }
    for (sample, view) in samples::signed_outs() {
        add("signed-out", sample, pages.signed_out(&view, shell));
    }
    for (sample, view) in samples::logout_confirms() {
        add("logout-confirm", sample, pages.logout_confirm(&view, shell));
    }
    for (sample, view) in samples::devices() {
        add("device", sample, pages.device(&view, shell));
    }
    for (sample, view) in samples::accounts() {
        add("account", sample, pages.account(&view, shell));
    }
    for (sample, view) in samples::apps() {
        add("apps", sample, pages.apps(&view, shell));
    }
    for (sample, view) in samples::app_pages() {
        add("app", sample, pages.app(&view, shell));
    }
    for (sample, view) in samples::sessions() {
        add("sessions", sample, pages.sessions(&view, shell));
    }
    for (sample, view) in samples::passwords() {
        add("password", sample, pages.password(&view, shell));
    }
    for (sample, view) in samples::messages() {
        add("message", sample, pages.message(&view, shell));
    }
    for (sample, view) in samples::homes() {
        add("home", sample, pages.realm_home(&view, shell));
    }
    for (sample, view) in samples::signed_in::all() {
        add("signed-in", sample, pages.signed_in(&view, shell));
    }
    for (sample, view) in samples::signed_in::many() {
        add("signed-in", sample, pages.signed_in(&view, shell));
    }
    let crowded = samples::signed_in::crowded_portal();
    for (sample, view) in samples::signed_in::portal().into_iter().chain(crowded) {
        add("portal", sample, pages.signed_in(&view, shell));
    }
    all
}

/// Copies every asset that a page names.
fn copy_assets(pages: &Pages, html: &str, directory: &Path) -> Result<(), Box<dyn Error>> {
    for piece in html.split("assets/").skip(1) {
        let name = piece.split('"').next().unwrap_or_default();
        let asset = pages.asset(name).ok_or_else(|| format!("no asset {name}"))?;
        fs::write(directory.join("assets").join(name), &asset.bytes)?;
    }
    Ok(())
}
