-- Who the people of other providers are, for those who look at their account: JSON, on the row of the person alone.
ALTER TABLE upstream_links ADD COLUMN person TEXT;
ALTER TABLE upstream_links ADD COLUMN used_at INTEGER;
