-- Roles beside those of the realm's file.
CREATE TABLE roles (
    realm text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    record text NOT NULL,
    PRIMARY KEY (realm, name)
);

-- Who has one is counted before it goes.
CREATE INDEX memberships_with_role ON memberships (realm, role);
ALTER TABLE clients ADD COLUMN role text COLLATE "C" GENERATED ALWAYS AS ((record::json ->> 'role')) STORED;
CREATE INDEX clients_with_role ON clients (realm, role) WHERE role IS NOT NULL;
CREATE INDEX api_keys_with_role ON api_keys (realm, role) WHERE role IS NOT NULL AND ended_at IS NULL;
