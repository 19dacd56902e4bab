-- Addresses that want to hear of what is done. events has each action between spaces.
CREATE TABLE webhooks (
    id BLOB NOT NULL PRIMARY KEY,
    realm TEXT NOT NULL,
    version INTEGER NOT NULL,
    events TEXT NOT NULL,
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX webhooks_by_realm ON webhooks (realm, id);

-- What they are to hear of: lines of the audit log. due_at is absent once it is over.
CREATE TABLE webhook_deliveries (
    webhook BLOB NOT NULL,
    event BLOB NOT NULL,
    due_at INTEGER,
    tries INTEGER NOT NULL,
    tried_at INTEGER,
    status INTEGER,
    delivered_at INTEGER,
    PRIMARY KEY (webhook, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_over ON webhook_deliveries (event) WHERE due_at IS NULL;
