//! What people see: view structs become HTML pages, with their styles, scripts, pictures and texts.
//!
//! This crate must not know HTTP, the store, the clock or any protocol rule. A handler decides everything, fills a
//! view struct with plain data, and gets a `String` back. Nothing here trusts that data: every value is escaped, and
//! the few that become links are types that refuse dangerous schemes when they are made.
//!
//! ```
//! use grantd_pages::{Accent, LocalUrl, Locale, LoginView, Pages, Shell};
//!
//! let pages = Pages::new(None)?;
//! let shell = Shell {
//!     locale: Locale::En,
//!     realm: "Nordwind".into(),
//!     logo: None,
//!     accent: Accent::default(),
//!     base: LocalUrl::parse("/")?,
//! };
//! let html = pages.login(
//!     &LoginView {
//!         action: LocalUrl::parse("/login")?,
//!         request: "sealed".into(),
//!         username: String::new(),
//!         error: None,
//!         client_name: None,
//!         reauthenticate: false,
//!         goes_on: false,
//!         reset_url: None,
//!         passkey: None,
//!         providers: Vec::new(),
//!     },
//!     &shell,
//! );
//! assert!(html.contains(r#"id="login-submit""#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alike;
mod asked;
mod assets;
mod check;
mod error;
mod escape;
mod letter;
mod link;
mod locale;
mod moment;
mod overrides;
mod pages;
mod policy;
mod qr;
pub mod samples;
mod templates;
mod texts;
mod theme;
mod view;

pub use assets::Asset;
pub use error::{InvalidValue, PageError};
pub use link::{CarryUrl, LocalUrl};
pub use locale::{Locale, negotiate};
pub use moment::Moment;
pub use pages::Pages;
pub use policy::{content_security_policy, framing_policy, picture_policy, picturing_policy};
pub use qr::QrPicture;
pub use theme::Accent;
pub use view::*;
