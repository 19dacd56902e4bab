-- Addresses that want to hear of what is done. events has each action between spaces.
CREATE TABLE webhooks (
    id uuid PRIMARY KEY,
    realm text NOT NULL,
    version bigint NOT NULL,
    events text NOT NULL,
    record text NOT NULL
);
CREATE INDEX webhooks_realm ON webhooks (realm, id);

-- What they are to hear of: lines of the audit log. due_at is absent once it is over.
CREATE TABLE webhook_deliveries (
    webhook uuid NOT NULL,
    event uuid NOT NULL,
    due_at bigint,
    tries bigint NOT NULL,
    tried_at bigint,
    status bigint,
    delivered_at bigint,
    PRIMARY KEY (webhook, event)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_over ON webhook_deliveries (event) WHERE due_at IS NULL;
