-- Devices that wait for their user (RFC 8628), by the hash of realm and user code. Those that were allowed are codes.
CREATE TABLE devices (
    id BLOB PRIMARY KEY,
    user_code BLOB NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX devices_by_expiry ON devices (expires_at);

-- What few tokens have, as JSON: what they were exchanged for and who acts (RFC 8693), and what they permit in detail
-- (RFC 9396), which the delegation behind them remembers.
ALTER TABLE access ADD COLUMN more TEXT;
ALTER TABLE codes ADD COLUMN details TEXT;
ALTER TABLE families ADD COLUMN details TEXT;
