//! The consent page: who asks, for whom, for what, and for how long.

use serde::Serialize;

use super::RedirectTarget;
use crate::link::LocalUrl;

/// Everything a person needs to see before allowing. Posts `request`, `decision` (`allow`, `deny`, or `switch` to sign in as
/// somebody else), `tenant`, `scope` (each ticked optional permission) and `duration`.
#[derive(Clone, Serialize)]
pub struct ConsentView {
    /// Where the form posts to.
    pub action: LocalUrl,
    /// Sealed state of the authorization request, sent back as the hidden field `request`.
    pub request: String,
    /// The application's name, as registered (or as it calls itself).
    pub client_name: String,
    /// How far that name can be trusted.
    pub trust: Trust,
    /// Where the answer goes.
    pub target: RedirectTarget,
    /// Every redirect URI of this client is a loopback address, so any program on the computer can pose as it: warn.
    pub loopback_only: bool,
    /// The code that the device shows which asks (RFC 8628): to be compared, with a warning. `None` where no device asks.
    pub device: Option<String>,
    /// The signed-in user, as he knows himself (name or mail address).
    pub username: String,
    /// Who the application may act for. Empty: for the user himself. One: shown as text. Several: a choice.
    pub tenants: Vec<TenantChoice>,
    /// What is asked for and not yet granted. The page gets the finished list (`asked`) and not what it is made of.
    #[serde(skip)]
    pub requested: Requested,
    /// What an earlier grant already allows; shown folded. Empty on a first consent.
    #[serde(skip)]
    pub already_granted: Requested,
    /// What is asked in detail, each to be read in full: allowed together with the rest, or not.
    pub details: Vec<DetailItem>,
    /// The durations on offer, in order. Empty: no choice is shown.
    pub durations: Vec<GrantDuration>,
    /// The duration that is selected: normally [`GrantDuration::UntilRemoved`].
    pub duration: GrantDuration,
    /// Page on which grants can be ended, if there is one.
    pub manage_url: Option<LocalUrl>,
    /// What was wrong with the last answer.
    pub error: Option<ConsentError>,
}

/// How the application came to be known.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Trust {
    /// The realm has verified who publishes it.
    VerifiedPublisher {
        /// The publisher's proven domain.
        domain: String,
    },
    /// A developer with an account here registered it; nobody has checked it.
    RegisteredByDeveloper,
    /// It registered itself, or is known by a metadata document only.
    Unverified {
        /// The name it gave itself.
        identified_as: String,
        /// The host the registration or document came from, if known.
        from_host: Option<String>,
    },
}

/// One tenant that the user can choose.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
pub struct TenantChoice {
    /// Sent back as `tenant`; what the tenant claim says.
    pub value: String,
    /// Display name.
    pub name: String,
    /// The user's role there, in the realm's words.
    pub role: Option<String>,
    /// Selected: only when the request named it or the user chose it before. Never by default among several.
    pub selected: bool,
}

/// A set of permissions to show.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Requested {
    /// OpenID Connect scopes, in words.
    pub identity: Vec<IdentityItem>,
    /// Permissions of the platform, grouped by resource.
    pub groups: Vec<PermissionGroup>,
}

impl Requested {
    /// How many lines that is.
    #[must_use]
    pub fn count(&self) -> usize {
        self.identity.len() + self.groups.iter().map(|group| group.permissions.len()).sum::<usize>()
    }
}

/// One OpenID Connect scope that is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct IdentityItem {
    /// Which one.
    pub scope: IdentityScope,
    /// The user may leave it out: a checkbox `scope`.
    pub optional: bool,
    /// The checkbox is ticked, because the user ticked it before.
    pub ticked: bool,
}

/// The scopes of OpenID Connect Core section 5.4 and 11.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityScope {
    /// `openid`: who the user is.
    Openid,
    /// `profile`: name and picture.
    Profile,
    /// `email`: mail address.
    Email,
    /// `address`: postal address.
    Address,
    /// `phone`: telephone number.
    Phone,
    /// `offline_access`: stay connected when the user is not signed in.
    OfflineAccess,
}

/// The permissions of one resource.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
pub struct PermissionGroup {
    /// The resource, in the realm's words: "Orders".
    pub resource: String,
    /// At least one.
    pub permissions: Vec<Permission>,
}

/// One permission of the realm's catalogue, or a pattern over it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Permission {
    /// The scope as the client asked for it: `orders:read`, `orders:*`.
    pub scope: String,
    /// What it lets the application do, in the realm's words. For a pattern the page finds the words itself.
    pub title: String,
    /// One more sentence, if the catalogue has it.
    pub description: Option<String>,
    /// The gravest thing it allows.
    pub risk: Risk,
    /// One permission or a pattern.
    pub reach: Reach,
    /// The user may leave it out: a checkbox `scope` with the scope as its value.
    pub optional: bool,
    /// The checkbox is ticked, because the user ticked it before. Never on the first showing.
    pub ticked: bool,
}

/// Something that is asked in detail (RFC 9396): a payment, a file.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
pub struct DetailItem {
    /// What it is, in the realm's words: "Make a payment".
    pub title: String,
    /// What it says.
    pub rows: Vec<DetailRow>,
}

/// One line of it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
pub struct DetailRow {
    /// What the value is, in the realm's words: "Amount".
    pub label: String,
    /// The value, from the request.
    pub value: DetailValue,
}

/// What a line says.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DetailValue {
    /// Texts as the application sent them.
    Texts {
        /// At least one.
        texts: Vec<String>,
    },
    /// Yes or no.
    Flag {
        /// Yes.
        yes: bool,
    },
}

/// What a permission allows at worst.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// See data.
    Read,
    /// Create and change data.
    Change,
    /// Delete data.
    Delete,
    /// Move money.
    Money,
    /// Manage members, settings and access.
    Admin,
}

/// Whether a scope names one permission or all that match.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reach {
    /// One permission.
    One,
    /// Everything in the group, including permissions added later (`orders:*`).
    Group {
        /// Titles of what it covers today.
        covers: Vec<String>,
    },
    /// Everything in the realm, including permissions added later (`*`).
    Everything {
        /// Titles of what it covers today.
        covers: Vec<String>,
    },
}

/// How long a grant lasts; the value of `duration`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum GrantDuration {
    /// `until_removed`: until somebody ends it.
    #[serde(rename = "until_removed")]
    UntilRemoved,
    /// `30_days`.
    #[serde(rename = "30_days")]
    ThirtyDays,
    /// `session`: until the user signs out.
    #[serde(rename = "session")]
    Session,
}

impl GrantDuration {
    /// All of them, the usual one first.
    pub const ALL: [Self; 3] = [Self::UntilRemoved, Self::ThirtyDays, Self::Session];
}

/// What was wrong with the answer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentError {
    /// Several tenants, none chosen.
    TenantMissing,
    /// A tenant the user does not belong to (any more).
    TenantUnknown,
    /// The form was open for too long; a fresh one is shown.
    Expired,
}
