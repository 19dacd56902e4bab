//! Temporary.
pub fn service(_: std::sync::Arc<crate::app::App>) -> impl crate::net::Service { |_r: http::Request<hyper::body::Incoming>, _p: crate::net::Peer| async { http::Response::new(axum::body::Body::empty()) } }
pub struct Unobserved;
impl crate::net::Observe for Unobserved { fn finished(&self, _: &crate::net::Seen<'_>) {} }
