-- SHA-256 thumbprints of the keys that values are bound to (RFC 9449); most are not.
ALTER TABLE access ADD COLUMN jkt BLOB;
ALTER TABLE codes ADD COLUMN jkt BLOB;
ALTER TABLE families ADD COLUMN jkt BLOB;
