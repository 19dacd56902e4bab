-- Instants are milliseconds since the epoch, ids 16-byte blobs in time order. Hot tables (access, codes, families,
-- sessions) are clustered on the id, so that inserts land at the right edge, and have one secondary index: the expiry.

-- Long and repeated texts of hot rows, stored once. Ids are never used again. A text is kept at least until the last
-- row that names it has expired.
CREATE TABLE texts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash INTEGER NOT NULL,
    text TEXT NOT NULL,
    keep_until INTEGER NOT NULL
) STRICT;
CREATE INDEX texts_by_hash ON texts (hash);

-- realm, client, issuer, audience and scope are texts.id. A NULL subject is the client itself.
CREATE TABLE access (
    id BLOB PRIMARY KEY,
    realm INTEGER NOT NULL,
    client INTEGER NOT NULL,
    issuer INTEGER NOT NULL,
    audience INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    hash BLOB,
    grant_id BLOB,
    family BLOB,
    subject TEXT,
    tenant TEXT,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX access_by_expiry ON access (expires_at);

-- Written behind, in sorted batches, up to the id in meta.access_indexed. owner is a hash of realm and client or
-- subject, so rows found here are checked again.
CREATE TABLE access_by_owner (
    owner INTEGER NOT NULL,
    id BLOB NOT NULL,
    PRIMARY KEY (owner, id)
) STRICT, WITHOUT ROWID;

-- epoch of codes' families and sessions: users.epoch when the row was made. A lower one than the user's has now means
-- that the user was ended since. That needs no index by user on a hot table.
CREATE TABLE families (
    id BLOB PRIMARY KEY,
    realm INTEGER NOT NULL,
    client INTEGER NOT NULL,
    issuer INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    grant_id BLOB NOT NULL,
    session BLOB,
    user TEXT NOT NULL,
    tenant TEXT,
    authentication TEXT NOT NULL,
    nonce TEXT,
    generation INTEGER,
    rotated_at INTEGER NOT NULL,
    salt BLOB NOT NULL,
    offline INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    idle_expires_at INTEGER NOT NULL,
    absolute_expires_at INTEGER,
    ended_at INTEGER,
    epoch INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX families_by_expiry ON families (idle_expires_at);

CREATE TABLE codes (
    id BLOB PRIMARY KEY,
    realm INTEGER NOT NULL,
    client INTEGER NOT NULL,
    issuer INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    grant_id BLOB NOT NULL,
    session BLOB,
    user TEXT NOT NULL,
    tenant TEXT,
    authentication TEXT NOT NULL,
    nonce TEXT,
    hash BLOB NOT NULL,
    family BLOB NOT NULL,
    redirect_uri TEXT NOT NULL,
    challenge BLOB,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    spent_at INTEGER,
    keep_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX codes_by_expiry ON codes (keep_until);

CREATE TABLE sessions (
    id BLOB PRIMARY KEY,
    hash BLOB NOT NULL,
    realm TEXT NOT NULL,
    user TEXT NOT NULL,
    authentication TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER,
    user_agent TEXT,
    address TEXT,
    epoch INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE grants (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    realm TEXT NOT NULL,
    user TEXT NOT NULL,
    client_id TEXT NOT NULL,
    tenant TEXT,
    scope TEXT NOT NULL,
    resource TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    expires_at INTEGER,
    session BLOB,
    ended_at INTEGER
) STRICT, WITHOUT ROWID;
-- NULLs differ from each other in an index, hence the two expressions.
CREATE UNIQUE INDEX grants_live ON grants (realm, user, client_id, (tenant IS NULL), (ifnull(tenant, '')))
    WHERE ended_at IS NULL;
CREATE INDEX grants_by_client ON grants (realm, client_id) WHERE ended_at IS NULL;
CREATE INDEX grants_by_end ON grants (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX grants_by_expiry ON grants (expires_at) WHERE expires_at IS NOT NULL;

-- body is the record as JSON; the columns beside it are what SQL needs, and win over it. ended_at is when the user was
-- last ended.
CREATE TABLE users (
    realm TEXT NOT NULL,
    id TEXT NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    enabled INTEGER NOT NULL,
    epoch INTEGER NOT NULL DEFAULT 0,
    ended_at INTEGER,
    body TEXT NOT NULL,
    PRIMARY KEY (realm, id),
    UNIQUE (realm, key)
) STRICT;

CREATE TABLE clients (
    realm TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (realm, id)
) STRICT;

CREATE TABLE tenants (
    realm TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (realm, id)
) STRICT;

CREATE TABLE memberships (
    realm TEXT NOT NULL,
    user TEXT NOT NULL,
    tenant TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (realm, user, tenant),
    FOREIGN KEY (realm, tenant) REFERENCES tenants (realm, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
    realm TEXT NOT NULL,
    kid TEXT NOT NULL,
    alg TEXT NOT NULL,
    state TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    since INTEGER NOT NULL,
    remove_at INTEGER,
    PRIMARY KEY (realm, kid)
) STRICT;

CREATE TABLE seen (
    key BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_by_expiry ON seen (expires_at);

CREATE TABLE attempts (
    key BLOB PRIMARY KEY,
    tat INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_by_expiry ON attempts (expires_at);

CREATE TABLE audit (
    realm TEXT NOT NULL,
    id BLOB NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    address TEXT,
    detail TEXT NOT NULL,
    PRIMARY KEY (realm, id)
) STRICT, WITHOUT ROWID;

-- What caches must forget. Positions are never used again.
CREATE TABLE changes (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    realm TEXT NOT NULL,
    key TEXT NOT NULL
) STRICT;

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
