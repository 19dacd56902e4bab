//! The authorization endpoint's decisions (OAuth 2.1 section 4.1.1, OpenID Connect Core section 3.1.2): which client
//! and redirect URI, then a table of checks, then what the browser sees next.

pub mod checks;
pub mod claims;
pub mod consent;
pub mod decide;
pub mod device;
pub mod identify;
pub mod jar;
pub mod level;
pub mod par;
pub mod request;
pub mod response;
pub mod shown;

pub use consent::{ConsentAnswer, Duration};
pub use decide::{Next, decide};
pub use identify::{Identified, identify};
pub use request::{AuthorizationRequest, Prompt, ResponseMode, Way};
pub use response::{AuthorizeError, Callback};
pub use shown::Shown;
