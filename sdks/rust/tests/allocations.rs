//! What a kept token costs. A binary of its own: it counts what the allocator gives.

use grantd_sdk::testing::FakeIssuer;
use grantd_sdk::{Credentials, TokenManager, TokenSource as _};
use std::task::{Context, Poll, Waker};

#[tokio::test]
async fn a_kept_token_is_handed_out_without_an_allocation() {
    let issuer = FakeIssuer::new().unwrap();
    let manager = TokenManager::builder(issuer.issuer(), Credentials::secret("client", "secret"))
        .transport(issuer.clone())
        .clock(issuer.clock())
        .build()
        .unwrap();
    let mut headers = http::HeaderMap::with_capacity(4);
    manager.token().await.unwrap().apply(&mut headers);
    let info = allocation_counter::measure(|| {
        for _ in 0..100 {
            let Poll::Ready(token) = std::pin::pin!(manager.token()).poll(&mut Context::from_waker(Waker::noop()))
            else {
                panic!("a kept token is ready at once");
            };
            token.unwrap().apply(&mut headers);
        }
    });
    assert_eq!(info.count_total, 0);
}
