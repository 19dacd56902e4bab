-- Deliveries of a webhook are listed by what became of them.
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (webhook, event) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_delivered ON webhook_deliveries (webhook, event)
    WHERE due_at IS NULL AND delivered_at IS NOT NULL;
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (webhook, event)
    WHERE due_at IS NULL AND delivered_at IS NULL;

-- Clients and users are listed by name and by age, too. A name is compared without the case of the letters from A to Z, the
-- rest of it byte by byte; 120 characters of it, as in the other database.
ALTER TABLE clients ADD COLUMN sort_name TEXT GENERATED ALWAYS AS (substr(lower(json_extract(body, '$.name')), 1, 120)) VIRTUAL;
ALTER TABLE clients ADD COLUMN created_at INTEGER GENERATED ALWAYS AS (json_extract(body, '$.created_at')) VIRTUAL;
CREATE INDEX clients_by_name ON clients (realm, sort_name, id);
CREATE INDEX clients_by_creation ON clients (realm, created_at, id);
ALTER TABLE users ADD COLUMN created_at INTEGER GENERATED ALWAYS AS (json_extract(body, '$.created_at')) VIRTUAL;
CREATE INDEX users_by_creation ON users (realm, created_at, id);
