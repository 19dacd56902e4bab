-- What the admin API lists and remembers. None of these tables is written when a token is issued.

ALTER TABLE clients ADD COLUMN tenant text COLLATE "C" GENERATED ALWAYS AS ((record::json ->> 'tenant')) STORED;
CREATE INDEX clients_tenant ON clients (realm, tenant, client_id) WHERE tenant IS NOT NULL;

CREATE INDEX memberships_tenant ON memberships (realm, tenant_id, user_id);
CREATE INDEX memberships_role ON memberships (realm, tenant_id, role, user_id);

DROP INDEX grants_client;
CREATE INDEX grants_client ON grants (realm, client_id, id) WHERE ended_at IS NULL;
CREATE INDEX grants_realm ON grants (realm, id) WHERE ended_at IS NULL;
CREATE INDEX grants_tenant ON grants (realm, tenant, id) WHERE ended_at IS NULL AND tenant IS NOT NULL;

-- What was answered under an idempotency key. Nothing in it is a secret: those are computed from the salt.
CREATE TABLE idempotency (
    key bytea PRIMARY KEY,
    fingerprint bytea NOT NULL,
    salt bytea NOT NULL,
    body text NOT NULL,
    secret_member text,
    location text NOT NULL,
    expires_at bigint NOT NULL
);
CREATE INDEX idempotency_end ON idempotency (expires_at);
