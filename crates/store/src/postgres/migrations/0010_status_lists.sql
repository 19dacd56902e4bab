-- Where JWTs stand in their realm's status lists. Few ask for a token by its place, so there is no index on it.
ALTER TABLE access_tokens ADD COLUMN place bigint;
-- How many places of a realm's lists were given away. Never removed: a place is given away once.
CREATE TABLE places (
    realm text COLLATE "C" PRIMARY KEY,
    next bigint NOT NULL
) WITH (fillfactor = 10);

-- Written behind together with access_by_client: what was indexed is gone over again. A client's own tokens are found by
-- their client.
CREATE TABLE access_by_subject (
    realm text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    PRIMARY KEY (realm, subject, id)
);
UPDATE access_indexed SET up_to = '00000000-0000-0000-0000-000000000000';
