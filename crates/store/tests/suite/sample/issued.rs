//! What is issued: codes, families, access tokens, devices, API keys, and their uses.

use super::*;

impl Sample {
    pub fn delegation(&self, consent: &Consent) -> Delegation {
        Delegation {
            realm: REALM.into(),
            issuer: "https://id.example".into(),
            client_id: Arc::clone(&consent.grant.client_id),
            grant: consent.grant.id,
            session: Some(consent.session.id),
            user: Arc::clone(&consent.user.id),
            tenant: Some("acme".into()),
            scope: scope("invoices:read openid"),
            resource: "https://api.example".into(),
            authentication: authentication(),
            nonce: Some("n-0S6_WzA2Mj".to_owned()),
            bound_to: Some(Binding::Key(Thumbprint::from_bytes([7; 32]))),
            more: None,
        }
    }

    /// A device that waits; its user code is made of this number.
    pub fn device(&self, code: u8) -> DeviceRecord {
        DeviceRecord {
            id: DeviceId::draw(NOW, &self.entropy),
            version: 1,
            hash: SecretHash::of(b"device"),
            user_code: UserCodeKey([code; 32]),
            realm: REALM.into(),
            issuer: "https://id.example".into(),
            client_id: "ledger".into(),
            scope: scope("openid orders:read"),
            resource: "https://api.example".into(),
            details: None,
            interval: Seconds(5),
            polled_at: None,
            answer: None,
            created_at: at(0),
            expires_at: at(600),
        }
    }

    pub fn code(&self, consent: &Consent) -> CodeRecord {
        CodeRecord {
            id: CodeId::draw(NOW, &self.entropy),
            hash: SecretHash::from_bytes(draw(&self.entropy)),
            family: FamilyId::draw(NOW, &self.entropy),
            delegation: self.delegation(consent),
            redirect_uri: "https://app.example/cb".to_owned(),
            challenge: Some(CodeChallenge::from_bytes(draw(&self.entropy))),
            created_at: NOW,
            expires_at: at(60),
            spent_at: None,
            keep_until: at(60),
        }
    }

    pub fn family(&self, consent: &Consent) -> FamilyRecord {
        FamilyRecord {
            id: FamilyId::draw(NOW, &self.entropy),
            delegation: self.delegation(consent),
            generation: Some(0),
            rotated_at: NOW,
            rotated_for: Binding::from_bytes(&[4; 32]),
            salt: draw(&self.entropy),
            offline: true,
            created_at: NOW,
            idle_expires_at: at(600),
            absolute_expires_at: Some(at(6000)),
            ended_at: None,
        }
    }

    /// A token of a family.
    pub fn access(&self, family: &FamilyRecord) -> AccessRecord {
        let delegation = &family.delegation;
        AccessRecord {
            id: AccessId::draw(NOW, &self.entropy),
            realm: Arc::clone(&delegation.realm),
            hash: Some(SecretHash::from_bytes(draw(&self.entropy))),
            client_id: Arc::clone(&delegation.client_id),
            grant: Some(delegation.grant),
            family: Some(family.id),
            subject: Arc::clone(&delegation.user),
            tenant: delegation.tenant.clone(),
            scope: delegation.scope.clone(),
            audience: Arc::clone(&delegation.resource),
            issuer: Arc::clone(&delegation.issuer),
            issued_at: NOW,
            expires_at: at(300),
            ended_at: None,
            name: None,
            status: None,
            more: None,
            bound_to: Some(Binding::Certificate(CertificateThumbprint::of(b"a certificate"))),
        }
    }

    /// A token that a client got for itself.
    pub fn own_access(&self, client_id: &str) -> AccessRecord {
        self.own_access_at(client_id, NOW)
    }

    pub fn own_access_at(&self, client_id: &str, now: Timestamp) -> AccessRecord {
        AccessRecord {
            id: AccessId::draw(now, &self.entropy),
            realm: REALM.into(),
            hash: None,
            client_id: client_id.into(),
            grant: None,
            family: None,
            subject: client_id.into(),
            tenant: None,
            scope: scope("invoices:read"),
            audience: "".into(),
            issuer: "https://id.example".into(),
            issued_at: now,
            expires_at: now.plus(Seconds(300)),
            ended_at: None,
            name: None,
            status: None,
            more: None,
            bound_to: Some(Binding::Certificate(CertificateThumbprint::of(b"a certificate"))),
        }
    }

    /// A token that a user made by hand.
    pub fn access_by_hand(&self, client_id: &str, user: &str, tenant: Option<&str>) -> AccessRecord {
        AccessRecord {
            subject: user.into(),
            tenant: tenant.map(Into::into),
            hash: Some(SecretHash::from_bytes(draw(&self.entropy))),
            name: Some("nightly export".into()),
            status: None,
            more: None,
            bound_to: None,
            ..self.own_access(client_id)
        }
    }

    pub fn api_key(&self, tenant: Option<&str>) -> ApiKeyRecord {
        self.api_key_at(tenant, NOW)
    }

    pub fn api_key_at(&self, tenant: Option<&str>, now: Timestamp) -> ApiKeyRecord {
        ApiKeyRecord {
            id: ApiKeyId::draw(now, &self.entropy),
            realm: REALM.into(),
            version: 1,
            hash: SecretHash::from_bytes(draw(&self.entropy)),
            last_four: "wxyz".to_owned(),
            tenant: tenant.map(Into::into),
            name: "reporting".into(),
            scope: scope("invoices:read subscriptions:*"),
            created_by: "user:ada".to_owned(),
            role: Some("editor".into()),
            created_at: now,
            expires_at: Some(at(600)),
            ended_at: None,
        }
    }

    /// Three uses at one instant.
    pub fn uses(&self, holder: Holder, permission: Option<&str>, seconds: i64) -> UseRecord {
        UseRecord {
            realm: REALM.into(),
            holder,
            permission: permission.map(Into::into),
            count: 3,
            first_used_at: at(seconds),
            last_used_at: at(seconds),
        }
    }
}
