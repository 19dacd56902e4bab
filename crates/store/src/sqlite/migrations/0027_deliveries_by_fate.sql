-- Deliveries of a webhook are listed by what became of them.
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (webhook, event) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_delivered ON webhook_deliveries (webhook, event)
    WHERE due_at IS NULL AND delivered_at IS NOT NULL;
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (webhook, event)
    WHERE due_at IS NULL AND delivered_at IS NULL;
