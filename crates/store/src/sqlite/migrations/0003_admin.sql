-- What the admin API lists and remembers. Of these tables only sessions is written on the way of a request, once a
-- login, beside a password hash that takes a thousand times as long as an index.

ALTER TABLE clients ADD COLUMN tenant TEXT GENERATED ALWAYS AS (json_extract(body, '$.tenant')) VIRTUAL;
CREATE INDEX clients_by_tenant ON clients (realm, tenant, id) WHERE tenant IS NOT NULL;

CREATE INDEX memberships_by_tenant ON memberships (realm, tenant, user);
CREATE INDEX memberships_by_role ON memberships (realm, tenant, role, user);

-- The key's id follows by itself in the index of a table without rowid.
CREATE INDEX grants_by_realm ON grants (realm) WHERE ended_at IS NULL;
CREATE INDEX grants_by_tenant ON grants (realm, tenant) WHERE ended_at IS NULL AND tenant IS NOT NULL;
CREATE INDEX sessions_by_user ON sessions (realm, user);

-- What was answered under an idempotency key. Nothing in it is a secret: those are computed from the salt.
CREATE TABLE idempotency (
    key BLOB PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    salt BLOB NOT NULL,
    body TEXT NOT NULL,
    secret_member TEXT,
    location TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);
