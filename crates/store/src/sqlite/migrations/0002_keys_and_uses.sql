-- API keys. They are made seldom and looked up by id; the indices are for their lists and their purge.
CREATE TABLE api_keys (
    id BLOB PRIMARY KEY,
    realm TEXT NOT NULL,
    version INTEGER NOT NULL,
    hash BLOB NOT NULL,
    last_four TEXT NOT NULL,
    tenant TEXT,
    name TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX api_keys_by_realm ON api_keys (realm, id);
CREATE INDEX api_keys_by_tenant ON api_keys (realm, tenant, id);
CREATE INDEX api_keys_by_end ON api_keys (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX api_keys_by_expiry ON api_keys (expires_at) WHERE expires_at IS NOT NULL;

-- Uses of permissions, written in batches. holder is `client:<id>` or `api_key:<id>`; the empty permission stands for
-- the credential itself.
CREATE TABLE uses (
    realm TEXT NOT NULL,
    holder TEXT NOT NULL,
    permission TEXT NOT NULL,
    count INTEGER NOT NULL,
    first_used_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    PRIMARY KEY (realm, holder, permission)
) STRICT, WITHOUT ROWID;

-- Tokens made by hand have a name. They are few, so they are indexed apart, and no other insert pays for it.
ALTER TABLE access ADD COLUMN name TEXT;
CREATE TABLE access_by_hand (
    realm TEXT NOT NULL,
    id BLOB NOT NULL,
    PRIMARY KEY (realm, id)
) STRICT, WITHOUT ROWID;

-- access_by_owner has the tenant's tokens too from here on: what was indexed is gone over again.
DELETE FROM meta WHERE name = 'access_indexed';
