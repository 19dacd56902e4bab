-- The user whose application it is, where a developer made it.
ALTER TABLE clients ADD COLUMN owner text COLLATE "C"
    GENERATED ALWAYS AS ((record::json -> 'development' ->> 'owner')) STORED;
CREATE INDEX clients_owner ON clients (realm, owner, client_id) WHERE owner IS NOT NULL;
