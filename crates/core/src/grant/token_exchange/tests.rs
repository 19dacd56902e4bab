use super::*;
use crate::fixture::token_endpoint::{Around, FAMILY, access_facts, plain_refusal};
use crate::fixture::{
    API, CLIENT, GRANT, OTHER_API, USER, after, authenticated, decided, make_public, membership, scopes,
};
use crate::grant::TokenRequest;
use crate::record::access::Party;
use crate::record::{AppState, Binding, ClientOrigin};
use grantd_jose::Thumbprint;
use grantd_protocol::ErrorCode;
use grantd_protocol::id::AccessId;

const GATEWAY: &str = "gateway";

/// A gateway that was sent a user's token and asks for one for the API behind it.
struct Exchange {
    around: Around,
    subject: Option<Found>,
    actor: Option<Found>,
    tenant: Option<TenantRecord>,
    apps: Vec<TenantAppRecord>,
}

fn found(change: impl FnOnce(&mut AccessRecord)) -> Found {
    let mut facts = access_facts();
    facts.token.scope = scopes("openid invoices:read invoices:write");
    change(&mut facts.token);
    Found { facts, live: true }
}

impl Exchange {
    fn new() -> Self {
        let mut around = Around::new();
        around.client.client_id = GATEWAY.into();
        around.realm.exchanges = vec![ExchangePolicy {
            client_id: GATEWAY.into(),
            subject_clients: vec![CLIENT.into()],
            resources: vec![OTHER_API.into()],
            scopes: scopes("invoices:read customers:read"),
            is_named: false,
        }];
        Self {
            around,
            subject: Some(found(|_| {})),
            actor: None,
            tenant: None,
            apps: Vec::new(),
        }
    }

    fn with(change: impl FnOnce(&mut Self)) -> Self {
        let mut exchange = Self::new();
        change(&mut exchange);
        exchange
    }

    fn subject(&mut self) -> &mut AccessRecord {
        &mut self.subject.as_mut().unwrap().facts.token
    }

    fn decide(&self) -> Result<Approved, Refusal> {
        let params = self.around.params(&[
            ("grant_type", GrantType::TokenExchange.as_str()),
            ("subject_token", "looked up by the caller"),
            ("subject_token_type", ACCESS_TOKEN),
        ]);
        let request = match TokenRequest::parse(&params)? {
            TokenRequest::TokenExchange(request) => request,
            other => panic!("{other:?}"),
        };
        let copy = |found: &Option<Found>| {
            found.as_ref().map(|found| Found {
                facts: found.facts.clone(),
                live: found.live,
            })
        };
        let facts = Facts {
            subject: copy(&self.subject),
            actor: copy(&self.actor),
            tenant: self.tenant.clone(),
            apps: self.apps.clone(),
        };
        let client = authenticated(&self.around.client);
        self.around.decide(|context| decide(&request, &client, &facts, context))
    }

    fn error(&self) -> ErrorCode {
        plain_refusal(self.decide())
    }
}

#[test]
fn what_comes_of_it_is_the_subjects_and_says_who_acts() {
    let approved = Exchange::new().decide().unwrap();
    assert_eq!((&*approved.subject, &*approved.client_id), (USER, GATEWAY));
    assert_eq!(&*approved.audience, OTHER_API);
    assert_eq!(
        approved.scope,
        scopes("invoices:read"),
        "within the token, the row and the client"
    );
    assert_eq!(approved.refresh_generation, None);
    let more = approved.more.unwrap();
    assert_eq!(more.act.unwrap().sub, GATEWAY.into());
}

#[test]
fn it_ends_with_what_it_was_made_of() {
    let approved = Exchange::new().decide().unwrap();
    let made_of = approved.more.as_ref().unwrap().made_of.unwrap();
    assert_eq!(made_of, access_facts().token.id);
    assert!(approved.guards.contains(&Guard::AccessLive(made_of)));
    assert_eq!((approved.grant, approved.hangs_off), (Some(GRANT), Some(FAMILY)));
}

#[test]
fn it_never_lives_longer_than_the_subjects_token() {
    assert_eq!(Exchange::new().decide().unwrap().lifetime, Seconds(540));
    let long = Exchange::with(|exchange| exchange.subject().expires_at = after(100_000));
    assert_eq!(long.decide().unwrap().lifetime, Seconds(600));
}

#[test]
fn nothing_is_exchanged_that_the_realm_does_not_name() {
    let nobody = Exchange::with(|exchange| exchange.around.realm.exchanges.clear());
    assert_eq!(nobody.error(), ErrorCode::UnauthorizedClient);
    let other = Exchange::with(|exchange| exchange.around.client.client_id = "another".into());
    assert_eq!(other.error(), ErrorCode::UnauthorizedClient);
    let theirs = Exchange::with(|exchange| exchange.subject().client_id = "another".into());
    assert_eq!(theirs.error(), ErrorCode::InvalidRequest);
    let unregistered = Exchange::with(|exchange| exchange.around.client.grant_types.clear());
    assert_eq!(unregistered.error(), ErrorCode::UnauthorizedClient);
    let closed = Exchange::with(|exchange| exchange.around.realm.grant_types.clear());
    assert_eq!(closed.error(), ErrorCode::UnsupportedGrantType);
    let public = Exchange::with(|exchange| make_public(&mut exchange.around.client));
    assert_eq!(public.error(), ErrorCode::UnauthorizedClient);
    let everybodys = Exchange::with(|exchange| {
        exchange.subject().client_id = "another".into();
        for row in &mut exchange.around.realm.exchanges {
            row.subject_clients = vec!["*".into()];
        }
    });
    assert!(everybodys.decide().is_ok());
}

#[test]
fn a_target_beyond_the_row_is_refused() {
    let aimed = |name: &'static str, value: &str| Exchange::with(|exchange| exchange.around.send(name, value));
    assert_eq!(aimed("resource", API).error(), ErrorCode::InvalidTarget);
    assert_eq!(aimed("audience", API).error(), ErrorCode::InvalidTarget);
    assert_eq!(
        aimed("audience", "https://nobody.example").error(),
        ErrorCode::InvalidTarget
    );
    assert_eq!(&*aimed("audience", OTHER_API).decide().unwrap().audience, OTHER_API);
    let two = Exchange::with(|exchange| {
        exchange.around.realm.exchanges[0].resources.push(API.into());
    });
    assert_eq!(two.error(), ErrorCode::InvalidTarget, "which of them?");
    let both = Exchange::with(|exchange| {
        exchange.around.realm.exchanges[0].resources.push(API.into());
        exchange.around.send("audience", API);
        exchange.around.send("resource", OTHER_API);
    });
    assert_eq!(&*both.decide().unwrap().audience, format!("{OTHER_API} {API}"));
}

#[test]
fn the_scope_never_widens() {
    let asked = |scope: &str| Exchange::with(|exchange| exchange.around.send("scope", scope));
    assert_eq!(asked("invoices:read").decide().unwrap().scope, scopes("invoices:read"));
    // Beyond the token, beyond the row, beyond the client.
    for scope in ["customers:read", "invoices:write", "nonsense", "*"] {
        assert_eq!(asked(scope).error(), ErrorCode::InvalidScope, "{scope}");
    }
    let client = Exchange::with(|exchange| exchange.around.client.scopes = scopes("customers:read"));
    assert_eq!(client.error(), ErrorCode::InvalidScope);
}

#[test]
fn a_token_that_is_over_or_somebody_elses_is_not_exchanged() {
    let changes: [fn(&mut Exchange); 6] = [
        |exchange| exchange.subject = None,
        |exchange| exchange.subject.as_mut().unwrap().live = false,
        |exchange| exchange.subject().realm = "another".into(),
        |exchange| exchange.subject().issuer = "https://alias.example".into(),
        |exchange| exchange.subject().name = Some("by hand".into()),
        |exchange| exchange.subject().bound_to = Some(Binding::Key(Thumbprint::from_bytes([1; 32]))),
    ];
    for change in changes {
        assert_eq!(Exchange::with(change).error(), ErrorCode::InvalidRequest);
    }
}

#[test]
fn types_that_do_not_fit_are_refused() {
    let typed = |name: &'static str, value: &str| Exchange::with(|exchange| exchange.around.send(name, value));
    for kind in ["refresh_token", "id_token", "saml2"] {
        let urn = format!("urn:ietf:params:oauth:token-type:{kind}");
        assert_eq!(typed("subject_token_type", &urn).error(), ErrorCode::InvalidRequest);
        assert_eq!(typed("requested_token_type", &urn).error(), ErrorCode::InvalidRequest);
    }
    assert_eq!(typed("actor_token", "alone").error(), ErrorCode::InvalidRequest);
    assert_eq!(
        typed("actor_token_type", ACCESS_TOKEN).error(),
        ErrorCode::InvalidRequest
    );
    // An opaque token is no JWT, neither here nor there.
    let mut opaque = typed("subject_token_type", JWT);
    assert!(opaque.decide().is_ok());
    opaque.subject().hash = Some(grantd_protocol::SecretHash::of(b"opaque"));
    assert_eq!(opaque.error(), ErrorCode::InvalidRequest);
    assert_eq!(typed("requested_token_type", JWT).error(), ErrorCode::InvalidRequest);
}

#[test]
fn those_who_acted_before_stay_and_are_five_at_most() {
    let chain = |depth: usize| {
        (0..depth).fold(None, |act, number| {
            Some(Actor {
                sub: format!("service-{number}").into(),
                act: act.map(Box::new),
            })
        })
    };
    let exchange = |depth| {
        Exchange::with(|exchange| {
            exchange.subject().more = Some(Box::new(AccessMore {
                made_of: None,
                act: chain(depth),
                ..AccessMore::default()
            }));
        })
    };
    let act = exchange(4).decide().unwrap().more.unwrap().act.unwrap();
    assert_eq!(act.depth(), MOST_ACTORS);
    assert_eq!(act.act.unwrap().sub, "service-3".into());
    assert_eq!(exchange(5).error(), ErrorCode::InvalidRequest);
}

#[test]
fn an_actor_is_who_its_token_says_and_the_token_must_be_the_clients() {
    let acted = |change: fn(&mut AccessRecord)| {
        acted(|token| {
            token.subject = "robot".into();
            change(token);
        })
    };
    let approved = acted(|_| {}).decide().unwrap();
    assert_eq!(approved.more.unwrap().act.unwrap().sub, "robot".into());
    assert!(
        approved
            .guards
            .contains(&Guard::AccessLive(AccessId::from_bytes([9; 16])))
    );
    assert_eq!(
        acted(|token| token.client_id = "another".into()).error(),
        ErrorCode::InvalidRequest
    );
    assert_eq!(
        acted(|token| token.tenant = Some("another".into())).error(),
        ErrorCode::InvalidRequest
    );
    let mut over = acted(|_| {});
    over.actor.as_mut().unwrap().live = false;
    assert_eq!(over.error(), ErrorCode::InvalidRequest);
}

fn naming(sub: Option<&str>) -> Option<Box<AccessMore>> {
    let may_act = sub.map(|sub| Party { sub: sub.into() });
    Some(Box::new(AccessMore {
        may_act,
        ..AccessMore::default()
    }))
}

#[test]
fn a_token_that_says_who_may_act_is_exchanged_by_nobody_else() {
    let saying = |sub: Option<&'static str>, is_named: bool| {
        Exchange::with(|exchange| {
            exchange.subject().more = naming(sub);
            exchange.around.realm.exchanges[0].is_named = is_named;
        })
    };
    assert!(saying(Some(GATEWAY), true).decide().is_ok());
    // The row may have been changed since: what the token says stays true of it.
    assert!(saying(Some(GATEWAY), false).decide().is_ok());
    for is_named in [false, true] {
        assert_eq!(saying(Some("another"), is_named).error(), ErrorCode::InvalidRequest);
    }
    assert_eq!(saying(None, true).error(), ErrorCode::InvalidRequest);
    assert!(saying(None, false).decide().is_ok());
}

/// An exchange with an actor's token that this client was given.
fn acted(change: impl FnOnce(&mut AccessRecord)) -> Exchange {
    Exchange::with(|exchange| {
        exchange.around.send("actor_token", "looked up");
        exchange.around.send("actor_token_type", ACCESS_TOKEN);
        exchange.actor = Some(found(|token| {
            token.id = AccessId::from_bytes([9; 16]);
            token.client_id = GATEWAY.into();
            change(token);
        }));
    })
}

#[test]
fn who_may_act_is_the_client_that_asks_by_itself_or_by_its_own_token() {
    let naming_and_acting = |party: &'static str, acting: &'static str| {
        let mut exchange = acted(|token| token.subject = acting.into());
        exchange.subject().more = naming(Some(party));
        exchange
    };
    assert!(naming_and_acting(GATEWAY, GATEWAY).decide().is_ok());
    // A token about another party does not make the client that party, nor the other way round.
    for (party, acting) in [("robot", "robot"), (GATEWAY, "robot"), ("robot", GATEWAY)] {
        let refused = naming_and_acting(party, acting).error();
        assert_eq!(refused, ErrorCode::InvalidRequest, "{party} {acting}");
    }
}

#[test]
fn an_actors_token_that_was_exchanged_itself_hides_nobody() {
    let exchanged = |more: AccessMore| {
        let exchange = acted(|token| {
            token.subject = "robot".into();
            token.more = Some(Box::new(more));
        });
        exchange.decide().map(drop).map_err(|_| exchange.error())
    };
    let act = Actor {
        sub: GATEWAY.into(),
        act: None,
    };
    let made_of = Some(AccessId::from_bytes([8; 16]));
    for (made_of, act) in [(made_of, None), (None, Some(act.clone())), (made_of, Some(act))] {
        let more = AccessMore {
            made_of,
            act,
            ..AccessMore::default()
        };
        assert_eq!(exchanged(more), Err(ErrorCode::InvalidRequest));
    }
    // What else is kept of a token says nothing about who acts.
    assert_eq!(exchanged(AccessMore::default()), Ok(()));
}

#[test]
fn what_comes_of_it_names_who_may_act_next_and_not_who_might_before() {
    let exchange = Exchange::with(|exchange| exchange.subject().more = naming(Some(GATEWAY)));
    assert_eq!(exchange.decide().unwrap().more.unwrap().may_act, None);
}

#[test]
fn a_client_that_a_tenant_blocked_exchanges_nothing_of_its_members() {
    let of = |origin, tenant: Option<&str>, state| {
        Exchange::with(|exchange| {
            exchange.around.client.origin = origin;
            exchange.subject().tenant = Some("acme".into());
            exchange.tenant = tenant.map(|id| membership(id, "owner").tenant);
            let row = TenantAppRecord {
                client_id: GATEWAY.into(),
                ..decided("acme", state)
            };
            exchange.apps = vec![row];
        })
    };
    let blocked = of(ClientOrigin::Portal, Some("acme"), AppState::Blocked);
    assert_eq!(blocked.error(), ErrorCode::InvalidRequest);
    let unread = of(ClientOrigin::Portal, None, AppState::Allowed);
    assert_eq!(unread.error(), ErrorCode::InvalidRequest);
    let allowed = of(ClientOrigin::Portal, Some("acme"), AppState::Allowed)
        .decide()
        .unwrap();
    assert!(
        allowed
            .guards
            .iter()
            .any(|guard| matches!(guard, Guard::TenantAt { .. }))
    );
    assert!(
        of(ClientOrigin::Console, Some("acme"), AppState::Blocked)
            .decide()
            .is_ok()
    );
}
