//! The endpoints that programs call.

pub mod authenticate;
pub mod challenge;
pub mod device_code;
pub mod discovery;
pub mod dpop;
mod imported;
pub mod introspect;
pub mod jwks;
pub mod jwt_bearer;
pub mod par;
pub mod present;
pub mod register;
pub mod revoke;
pub mod status_list;
pub mod token;
pub mod usage;
pub mod userinfo;
