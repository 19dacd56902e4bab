-- Roles beside those of the realm's file.
CREATE TABLE roles (
    realm TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (realm, name)
) STRICT, WITHOUT ROWID;

-- Who has one is counted before it goes.
CREATE INDEX memberships_with_role ON memberships (realm, role);
ALTER TABLE clients ADD COLUMN role TEXT GENERATED ALWAYS AS (json_extract(body, '$.role')) VIRTUAL;
CREATE INDEX clients_with_role ON clients (realm, role) WHERE role IS NOT NULL;
CREATE INDEX api_keys_with_role ON api_keys (realm, role) WHERE role IS NOT NULL AND ended_at IS NULL;
