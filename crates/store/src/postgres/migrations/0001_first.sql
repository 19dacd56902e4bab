-- Instants are milliseconds since 1970 (bigint), row ids the 16 bytes of a UUID, so that other tools can show them.
-- Names compare bytewise (COLLATE "C"): pages of a list must not depend on the server's locale.
-- Hot tables have one secondary index at most, on expiry; `fillfactor` leaves room for updates in place.

CREATE TABLE clients (
    realm text COLLATE "C" NOT NULL,
    client_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    record text NOT NULL,
    PRIMARY KEY (realm, client_id)
);

CREATE TABLE users (
    realm text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    username_key text COLLATE "C" NOT NULL,
    enabled boolean NOT NULL,
    record text NOT NULL,
    PRIMARY KEY (realm, id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX users_username ON users (realm, username_key);

CREATE TABLE tenants (
    realm text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    enabled boolean NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (realm, id)
);

CREATE TABLE memberships (
    realm text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    tenant_id text COLLATE "C" NOT NULL,
    role text NOT NULL,
    PRIMARY KEY (realm, user_id, tenant_id),
    FOREIGN KEY (realm, tenant_id) REFERENCES tenants (realm, id)
);

CREATE TABLE signing_keys (
    realm text COLLATE "C" NOT NULL,
    kid text COLLATE "C" NOT NULL,
    alg text NOT NULL,
    state text NOT NULL,
    sealed bytea NOT NULL,
    created_at bigint NOT NULL,
    since bigint NOT NULL,
    remove_at bigint,
    PRIMARY KEY (realm, kid)
);

-- One row for each realm and algorithm: locked by whoever needs that no key is in some state.
CREATE TABLE key_slots (
    realm text COLLATE "C" NOT NULL,
    alg text COLLATE "C" NOT NULL,
    PRIMARY KEY (realm, alg)
);

CREATE TABLE grants (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    realm text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    client_id text COLLATE "C" NOT NULL,
    tenant text COLLATE "C",
    scope text NOT NULL,
    resource text NOT NULL,
    redirect_uri text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    expires_at bigint,
    session_id uuid,
    ended_at bigint
) WITH (fillfactor = 85);
-- `=` tells a tenant whose name is empty from no tenant.
CREATE UNIQUE INDEX grants_live ON grants (realm, user_id, client_id, (coalesce('=' || tenant, '')))
    WHERE ended_at IS NULL;
CREATE INDEX grants_client ON grants (realm, client_id) WHERE ended_at IS NULL;
CREATE INDEX grants_end ON grants ((least(ended_at, expires_at)))
    WHERE ended_at IS NOT NULL OR expires_at IS NOT NULL;

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    hash bytea NOT NULL,
    realm text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    authentication text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    ended_at bigint,
    user_agent text,
    address text
) WITH (fillfactor = 90);
CREATE INDEX sessions_user ON sessions (realm, user_id);
CREATE INDEX sessions_end ON sessions (expires_at);

CREATE TABLE codes (
    id uuid PRIMARY KEY,
    hash bytea NOT NULL,
    family_id uuid NOT NULL,
    realm text NOT NULL,
    issuer text NOT NULL,
    client_id text NOT NULL,
    grant_id uuid NOT NULL,
    session_id uuid,
    user_id text COLLATE "C" NOT NULL,
    tenant text,
    scope text NOT NULL,
    resource text NOT NULL,
    authentication text NOT NULL,
    nonce text,
    redirect_uri text NOT NULL,
    challenge bytea,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    spent_at bigint,
    keep_until bigint NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX codes_end ON codes (keep_until);

-- A rotation moves `idle_expires_at` every time; the index is on its day, so that nearly all of them stay in place.
CREATE TABLE families (
    id uuid PRIMARY KEY,
    realm text COLLATE "C" NOT NULL,
    issuer text NOT NULL,
    client_id text NOT NULL,
    grant_id uuid NOT NULL,
    session_id uuid,
    user_id text COLLATE "C" NOT NULL,
    tenant text,
    scope text NOT NULL,
    resource text NOT NULL,
    authentication text NOT NULL,
    nonce text,
    generation bigint,
    rotated_at bigint NOT NULL,
    salt bytea NOT NULL,
    offline boolean NOT NULL,
    created_at bigint NOT NULL,
    idle_expires_at bigint NOT NULL,
    absolute_expires_at bigint,
    ended_at bigint,
    idle_day bigint GENERATED ALWAYS AS (idle_expires_at / 86400000) STORED
) WITH (fillfactor = 70);
CREATE INDEX families_user ON families (realm, user_id);
CREATE INDEX families_end ON families (idle_day);

CREATE TABLE access_tokens (
    id uuid PRIMARY KEY,
    realm text NOT NULL,
    hash bytea,
    client_id text NOT NULL,
    grant_id uuid,
    family_id uuid,
    subject text COLLATE "C" NOT NULL,
    tenant text,
    scope text NOT NULL,
    audience text NOT NULL,
    issuer text NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    ended_at bigint
) WITH (fillfactor = 95);
CREATE INDEX access_tokens_end ON access_tokens (expires_at);

-- Written behind, in sorted batches: an index on the hot table itself would halve the speed of issuing.
CREATE TABLE access_by_client (
    realm text COLLATE "C" NOT NULL,
    client_id text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    PRIMARY KEY (realm, client_id, id)
);
-- How far it reaches: every token up to this id is in it.
CREATE TABLE access_indexed (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    up_to uuid NOT NULL
);
INSERT INTO access_indexed (up_to) VALUES ('00000000-0000-0000-0000-000000000000');

CREATE TABLE seen (
    key bytea PRIMARY KEY,
    expires_at bigint NOT NULL
);
CREATE INDEX seen_end ON seen (expires_at);

CREATE TABLE attempts (
    key bytea PRIMARY KEY,
    tat bigint NOT NULL,
    expires_at bigint NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX attempts_end ON attempts (expires_at);

CREATE TABLE audit (
    realm text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    at bigint NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    address text,
    detail text NOT NULL,
    PRIMARY KEY (realm, id)
);

-- What caches must forget. Positions are drawn from the one row of `notes_head`, whose lock is held until the commit:
-- a later position can never be seen before an earlier one, as it could with a sequence.
CREATE TABLE notes (
    position bigint PRIMARY KEY,
    at bigint NOT NULL,
    kind text NOT NULL,
    realm text NOT NULL,
    key text NOT NULL
);
CREATE TABLE notes_head (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    position bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO notes_head (position) VALUES (0);

-- Which changes were applied, to find out after a connection was lost in a commit.
CREATE TABLE applied (
    id uuid PRIMARY KEY
);
