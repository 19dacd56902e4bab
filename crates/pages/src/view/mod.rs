//! The data of each page, filled by the server's handlers. Plain owned values and no behaviour: what may be shown to
//! whom is decided before. Views have no `Debug`, because some carry codes and sealed requests.

mod account;
mod carry;
mod consent;
mod device;
mod home;
mod login;
mod notice;
mod passkeys;
mod providers;
mod reset;
mod shell;
mod signed_in;
mod two_step;
mod words;

pub use account::{
    AccountError, AccountFrame, AccountLink, AccountNotice, AccountPage, AccountView, AppView, AppsOfTenant, AppsView,
    Browser, ConnectedApp, LastDone, PasswordView, SessionsView, SignedIn, System,
};
pub use carry::{BarredState, BarredView, ContinueView, FormPostView, InterstitialView, Outcome, RedirectTarget};
pub use consent::{
    ConsentError, ConsentView, DetailItem, DetailRow, DetailValue, GrantDuration, IdentityItem, IdentityScope,
    Permission, PermissionGroup, Reach, Requested, Risk, TenantChoice, Trust,
};
pub use device::{DeviceError, DeviceState, DeviceView};
pub use home::{HomeEndpoint, RealmHomeView};
pub use login::{LoginError, LoginView, OtpView, ProviderButton};
pub use notice::{ErrorView, LogoutConfirmView, MessageTone, MessageView, SignedOutView};
pub use passkeys::{OwnPasskey, PasskeyCreation, PasskeyLogin, PasskeysState, PasskeysView};
pub use providers::{OwnLink, ProvidersView};
pub use reset::{ResetError, ResetLetter, ResetState, ResetView};
pub use shell::Shell;
pub use signed_in::{
    Action, Block, Cell, Chip, Column, Empty, Field, FieldKind, Figure, Filters, Form, FormError, Frame, Heading,
    NavGroup, NavItem, Offer, Pick, PickGroup, Picture, Row, Share, SignedInView, Slot, Sort, Tab, Table, Toast, Tone,
    Usage, Weight,
};
pub use two_step::{TwoStepState, TwoStepView};
pub use words::{Filling, Said, Words};
