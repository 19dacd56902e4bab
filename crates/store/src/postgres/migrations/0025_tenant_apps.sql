-- What tenants decided about applications that are not the platform's own, or are asked to decide.
CREATE TABLE tenant_apps (
    realm text COLLATE "C" NOT NULL,
    tenant text COLLATE "C" NOT NULL,
    client_id text COLLATE "C" NOT NULL,
    state text NOT NULL,
    record text NOT NULL,
    PRIMARY KEY (realm, tenant, client_id)
);
CREATE INDEX tenant_apps_state ON tenant_apps (realm, state, tenant, client_id);
CREATE INDEX tenant_apps_client ON tenant_apps (realm, client_id);

-- Whether members ask before they use what nobody there has decided about.
ALTER TABLE tenants ADD COLUMN app_policy text NOT NULL DEFAULT 'open';
