//! The requests that decisions are made for: authorization, code exchange, refresh.

use super::*;

impl Server {
    pub(super) fn context<T>(&self, run: impl FnOnce(&Context<'_>) -> T) -> T {
        run(&Context {
            realm: &self.realm,
            issuer: &self.realm.issuer,
            now: self.now,
        })
    }

    pub(super) fn authenticated(&self, client: usize) -> Option<AuthenticatedClient> {
        let record = &self.clients[client];
        let mut pairs = vec![("client_id", &*record.client_id)];
        if !record.is_public() {
            pairs.push(("client_secret", SECRET));
        }
        let presented = Presented::read(&params(&pairs), None).unwrap();
        let setting = Setting {
            realm: &self.realm,
            issuer: &self.realm.issuer,
            token_endpoint: "https://id.example/token",
            fetched_keys: None,
            certificate: None,
            now: self.now,
        };
        authenticate(&presented, Some(record), &setting).ok()
    }

    pub(super) fn approve(&self, user: usize, client: usize, offline: bool, length: Length, silent: bool) -> Decision {
        let scope = if offline {
            "openid invoices:read offline_access"
        } else {
            "openid invoices:read"
        };
        let params = params(&[
            ("client_id", &*self.clients[client].client_id),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("scope", scope),
            ("prompt", if silent { "none" } else { "consent" }),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        let Ok(identified) = identify(&params, Some(Arc::clone(&self.clients[client]))) else {
            return refused();
        };
        let facts = self.authorize_facts(user, client);
        let answer = ConsentAnswer {
            shown: None,
            tenant: None,
            ticked: ScopeSet::empty(),
            duration: match length {
                Length::UntilRemoved => Duration::UntilRemoved,
                Length::ThirtyDays => Duration::ThirtyDays,
                Length::Session => Duration::Session,
            },
        };
        let approval = self.context(|context| {
            let request = checks::check(identified, &params, context).unwrap();
            match decide(&request, &facts, context, &self.entropy) {
                Next::Approve(approval) => Some(*approval),
                Next::Consent(_) => {
                    let session = facts.session.as_ref().unwrap();
                    Some(allow(&request, session, &facts, &answer, context, &self.entropy).unwrap())
                }
                Next::Login { .. } | Next::Refuse(_) | Next::Closed(_) | Next::Barred(_) => None,
            }
        });
        let Some(approval) = approval else {
            return refused();
        };
        let Some(Write::InsertCode(code)) = approval.change.writes.last() else {
            panic!("{:?}", approval.change);
        };
        let issued = Issued {
            text: approval.code.expose().to_owned(),
            id: code.id,
            family: code.family,
        };
        Decision {
            outcome: Outcome::Code(issued),
            change: Some(approval.change),
        }
    }

    pub(super) fn authorize_facts(&self, user: usize, client: usize) -> Facts {
        let grant = self
            .store
            .grant_of(&setting::user(user).id, &self.clients[client].client_id);
        Facts {
            session: self.browser[user].and_then(|id| self.store.session(id)),
            grants: grant.cloned().into_iter().collect(),
            ..Facts::default()
        }
    }

    pub(super) fn exchange(&self, code: usize, client: usize, right_verifier: bool) -> Decision {
        if self.codes.is_empty() {
            return refused();
        }
        let (issued, owner) = &self.codes[chosen(code, self.codes.len())];
        let client = if client == RIGHT { *owner } else { client };
        let Some(client) = self.authenticated(client) else {
            return refused();
        };
        let verifier = if right_verifier { VERIFIER } else { WRONG_VERIFIER };
        let params = params(&[
            ("grant_type", "authorization_code"),
            ("code", &issued.text),
            ("redirect_uri", REDIRECT),
            ("code_verifier", verifier),
        ]);
        let Ok(TokenRequest::AuthorizationCode(request)) = TokenRequest::parse(&params) else {
            panic!("it must parse");
        };
        let facts = authorization_code::Facts {
            code: self.store.code(issued.id),
            membership: None,
            salt: grantd_protocol::entropy::draw(&self.entropy),
        };
        let decided = self.context(|context| authorization_code::decide(&request, &client, &facts, context));
        self.minted(decided, &client)
    }

    pub(super) fn refresh(&self, family: usize, which: Which, client: usize) -> Decision {
        if self.families.is_empty() {
            return refused();
        }
        let given = &self.families[chosen(family, self.families.len())];
        let client = if client == RIGHT { given.client } else { client };
        let (Some(client), Some(text)) = (self.authenticated(client), given.text(which)) else {
            return refused();
        };
        let params = params(&[("grant_type", "refresh_token"), ("refresh_token", text)]);
        let Ok(TokenRequest::RefreshToken(request)) = TokenRequest::parse(&params) else {
            panic!("it must parse");
        };
        let facts = refresh_token::Facts {
            family: self.store.family(given.id),
            membership: None,
        };
        let decided = self.context(|context| refresh_token::decide(&request, &client, &facts, &self.key, context));
        self.minted(decided, &client)
    }

    pub(super) fn minted(&self, decided: Result<Approved, Refusal>, client: &ClientRecord) -> Decision {
        match decided {
            Err(refusal) if refusal.writes.is_empty() => refused(),
            Err(refusal) => Decision {
                outcome: Outcome::Replay,
                change: Some(Change::new(self.change_id(), refusal.writes)),
            },
            Ok(approved) => {
                let minted = self.context(|context| mint::mint(approved, client, &self.key, context, &self.entropy));
                let Some(Write::InsertAccess(record)) = minted.change.writes.last() else {
                    panic!("{:?}", minted.change);
                };
                Decision {
                    outcome: Outcome::Tokens {
                        access: record.id,
                        refresh: minted.refresh.map(|text| text.expose().to_owned()),
                    },
                    change: Some(minted.change),
                }
            }
        }
    }
}
