-- Where JWTs stand in their realm's status lists. Few ask for a token by its place, so there is no index on it.
ALTER TABLE access ADD COLUMN place INTEGER;
-- How many places of a realm's lists were given away. Never removed: a place is given away once.
CREATE TABLE places (
    realm TEXT PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
