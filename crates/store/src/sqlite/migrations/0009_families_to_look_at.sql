-- When the purge looks at a family next: never after its idle end. The idle end itself moves with every refresh; with an
-- index on it, each would take an entry out and put one in. The purge moves what it finds alive.
ALTER TABLE families ADD COLUMN look_at INTEGER NOT NULL DEFAULT 0;
UPDATE families SET look_at = idle_expires_at;
DROP INDEX families_by_expiry;
CREATE INDEX families_to_look_at ON families (look_at);
