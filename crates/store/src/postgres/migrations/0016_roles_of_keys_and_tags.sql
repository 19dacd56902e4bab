-- The role within which the maker of a key acted: what it permits now bounds the key. Absent where no role bounded them, and
-- for keys from before it was noted.
ALTER TABLE api_keys ADD COLUMN role text;

-- The tag of what was made under an idempotency key, so that a retry gets it, too.
ALTER TABLE idempotency ADD COLUMN etag text;

-- Written behind together with access_by_client: what was indexed is gone over again. A client's own tokens, whose subject is
-- the client, are not in it: the index by client has them.
CREATE TABLE access_by_subject (
    realm text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    PRIMARY KEY (realm, subject, id)
);
UPDATE access_indexed SET up_to = '00000000-0000-0000-0000-000000000000';
