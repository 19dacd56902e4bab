-- Devices that wait for their user (RFC 8628), by the hash of realm and user code. Those that were allowed are codes.
CREATE TABLE devices (
    id uuid PRIMARY KEY,
    user_code bytea NOT NULL UNIQUE,
    version bigint NOT NULL,
    record text NOT NULL,
    expires_at bigint NOT NULL
);
CREATE INDEX devices_by_expiry ON devices (expires_at);

-- What few tokens have, as JSON: what they were exchanged for and who acts (RFC 8693), and what they permit in detail
-- (RFC 9396), which the delegation behind them remembers.
ALTER TABLE access_tokens ADD COLUMN more text;
ALTER TABLE codes ADD COLUMN details text;
ALTER TABLE families ADD COLUMN details text;
