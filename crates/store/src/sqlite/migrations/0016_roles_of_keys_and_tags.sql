-- The role within which the maker of a key acted: what it permits now bounds the key. Absent where no role bounded them, and
-- for keys from before it was noted.
ALTER TABLE api_keys ADD COLUMN role TEXT;

-- The tag of what was made under an idempotency key, so that a retry gets it, too.
ALTER TABLE idempotency ADD COLUMN etag TEXT;
