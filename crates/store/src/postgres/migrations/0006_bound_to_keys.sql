-- SHA-256 thumbprints of the keys that values are bound to (RFC 9449); most are not.
ALTER TABLE access_tokens ADD COLUMN jkt bytea;
ALTER TABLE codes ADD COLUMN jkt bytea;
ALTER TABLE families ADD COLUMN jkt bytea;
