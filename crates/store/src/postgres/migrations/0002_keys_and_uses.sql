-- API keys. They are made seldom and looked up by id; the indices are for their lists and their purge.
CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    realm text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    hash bytea NOT NULL,
    last_four text NOT NULL,
    tenant text COLLATE "C",
    name text NOT NULL,
    scope text NOT NULL,
    created_by text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    ended_at bigint
);
CREATE INDEX api_keys_realm ON api_keys (realm, id);
CREATE INDEX api_keys_tenant ON api_keys (realm, tenant, id);
CREATE INDEX api_keys_end ON api_keys ((least(ended_at, expires_at)))
    WHERE ended_at IS NOT NULL OR expires_at IS NOT NULL;

-- Uses of permissions, written in batches. `holder` is `client:<id>` or `api_key:<id>`; the empty permission stands for
-- the credential itself.
CREATE TABLE uses (
    realm text COLLATE "C" NOT NULL,
    holder text COLLATE "C" NOT NULL,
    permission text COLLATE "C" NOT NULL,
    count bigint NOT NULL,
    first_used_at bigint NOT NULL,
    last_used_at bigint NOT NULL,
    PRIMARY KEY (realm, holder, permission)
) WITH (fillfactor = 70);

-- Tokens made by hand have a name. They are few, so they are indexed apart, and no other insert pays for it.
ALTER TABLE access_tokens ADD COLUMN name text;
CREATE TABLE access_by_hand (
    realm text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    PRIMARY KEY (realm, id)
);

-- Written behind together with access_by_client: what was indexed is gone over again.
CREATE TABLE access_by_tenant (
    realm text COLLATE "C" NOT NULL,
    tenant text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    PRIMARY KEY (realm, tenant, id)
);
UPDATE access_indexed SET up_to = '00000000-0000-0000-0000-000000000000';
