-- The user whose application it is, where a developer made it.
ALTER TABLE clients ADD COLUMN owner TEXT GENERATED ALWAYS AS (json_extract(body, '$.development.owner')) VIRTUAL;
CREATE INDEX clients_by_owner ON clients (realm, owner, id) WHERE owner IS NOT NULL;
