-- Deliveries of a webhook are listed by what became of them.
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (webhook, event) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_delivered ON webhook_deliveries (webhook, event)
    WHERE due_at IS NULL AND delivered_at IS NOT NULL;
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (webhook, event)
    WHERE due_at IS NULL AND delivered_at IS NULL;

-- Clients and users are listed by name and by age, too. A name is compared without the case of the letters from A to Z, the
-- rest of it byte by byte; 120 characters of it, since an index has no room for all that a name can be.
ALTER TABLE clients ADD COLUMN sort_name text COLLATE "C" GENERATED ALWAYS AS (left(lower((record::json ->> 'name') COLLATE "C"), 120)) STORED;
ALTER TABLE clients ADD COLUMN created_at bigint GENERATED ALWAYS AS ((record::json ->> 'created_at')::bigint) STORED;
CREATE INDEX clients_name ON clients (realm, sort_name, client_id);
CREATE INDEX clients_creation ON clients (realm, created_at, client_id);
-- A claim may hold a NUL, which no text of this database can; the reading of a document looks at all of it.
ALTER TABLE users ADD COLUMN created_at bigint GENERATED ALWAYS AS
    ((replace(record, '\u0000', '\u0020')::json ->> 'created_at')::bigint) STORED;
CREATE INDEX users_creation ON users (realm, created_at, id);
