-- Why: who rents the platform, who works for them, and how both prove it.
-- Users are people and may belong to several tenants, so their table has no
-- tenant and only the system role reads it; everything else here is walled.
-- +goose Up
CREATE TABLE tenants (
    id                    uuid PRIMARY KEY,
    slug                  text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 63),
    name                  text NOT NULL CHECK (name <> ''),
    -- NULL in these three means the platform's default.
    monthly_budget_micros bigint CHECK (monthly_budget_micros >= 0),
    max_active_turns      integer CHECK (max_active_turns > 0),
    turns_per_minute      integer CHECK (turns_per_minute > 0),
    -- The key with which the tenant's own server signs who a visitor is; sealed.
    identity_secret_ciphertext bytea,
    created_at            timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tenants TO parley_app USING (id = app_tenant()) WITH CHECK (id = app_tenant());
CREATE POLICY system ON tenants TO parley_system USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (name, monthly_budget_micros, max_active_turns, turns_per_minute, identity_secret_ciphertext)
    ON tenants TO parley_app;
GRANT SELECT, INSERT ON tenants TO parley_system;

CREATE TABLE users (
    id            uuid PRIMARY KEY,
    email         text NOT NULL UNIQUE CHECK (email = lower(email)),
    name          text NOT NULL,
    password_hash text NOT NULL,
    is_operator   boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE (name, password_hash, is_operator) ON users TO parley_system;

CREATE TABLE memberships (
    tenant_id  uuid NOT NULL DEFAULT app_tenant() REFERENCES tenants,
    user_id    uuid NOT NULL REFERENCES users,
    role       text NOT NULL CHECK (role IN ('owner', 'admin', 'agent', 'viewer')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, user_id)
);
ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON memberships TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
CREATE POLICY system ON memberships TO parley_system USING (true) WITH CHECK (true);
GRANT SELECT ON memberships TO parley_app;
GRANT SELECT, INSERT ON memberships TO parley_system;

-- A session dies with the membership that it speaks for.
CREATE TABLE sessions (
    tenant_id    uuid NOT NULL DEFAULT app_tenant(),
    id           uuid NOT NULL,
    user_id      uuid NOT NULL,
    token_hash   bytea NOT NULL UNIQUE,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES memberships ON DELETE CASCADE
);
CREATE INDEX sessions_user ON sessions (tenant_id, user_id);
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON sessions TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
CREATE POLICY system ON sessions TO parley_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (last_seen_at), DELETE ON sessions TO parley_system;

-- Only the hash of a key is kept, but for publishable ones, which stand in the
-- source of public pages anyway.
CREATE TABLE api_keys (
    tenant_id    uuid NOT NULL DEFAULT app_tenant() REFERENCES tenants,
    id           uuid NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('publishable', 'secret')),
    name         text NOT NULL,
    prefix       text NOT NULL,
    key_hash     bytea NOT NULL UNIQUE,
    public_value text CHECK ((kind = 'publishable') = (public_value IS NOT NULL)),
    scopes       text[] NOT NULL DEFAULT '{}',
    created_by   uuid REFERENCES users,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    revoked_at   timestamptz,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON api_keys TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
CREATE POLICY system ON api_keys TO parley_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (revoked_at) ON api_keys TO parley_app;
GRANT SELECT, UPDATE (last_used_at) ON api_keys TO parley_system;

-- The tenant's own account with a model provider; one at most.
CREATE TABLE providers (
    tenant_id         uuid NOT NULL DEFAULT app_tenant() REFERENCES tenants,
    id                uuid NOT NULL,
    api               text NOT NULL CHECK (api IN ('responses', 'chat')),
    base_url          text NOT NULL,
    default_model     text NOT NULL,
    secret_ciphertext bytea NOT NULL,
    key_hint          text NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id)
);
ALTER TABLE providers ENABLE ROW LEVEL SECURITY;
ALTER TABLE providers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON providers TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON providers TO parley_app;

-- The first answer to a request with an Idempotency-Key, repeated to whoever
-- sends the same key again. status is NULL while the first is still at work.
CREATE TABLE idempotency_keys (
    tenant_id  uuid NOT NULL DEFAULT app_tenant() REFERENCES tenants,
    scope      text NOT NULL,
    key        text NOT NULL CHECK (length(key) <= 255),
    body_hash  bytea NOT NULL,
    status     integer,
    response   jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, scope, key)
);
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON idempotency_keys TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
CREATE POLICY system ON idempotency_keys TO parley_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO parley_app;
-- To lock a row takes the right to update it.
GRANT SELECT, UPDATE (created_at), DELETE ON idempotency_keys TO parley_system;

-- Who did what. Nobody can change or remove a line.
CREATE TABLE audit_log (
    tenant_id   uuid NOT NULL DEFAULT app_tenant() REFERENCES tenants,
    id          uuid NOT NULL,
    actor_kind  text NOT NULL CHECK (actor_kind IN ('user', 'key', 'visitor', 'system')),
    actor_id    text NOT NULL,
    action      text NOT NULL,
    target_kind text NOT NULL,
    target_id   text NOT NULL,
    detail      jsonb NOT NULL DEFAULT '{}',
    request_id  text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_log FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON audit_log TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
CREATE POLICY system ON audit_log FOR INSERT TO parley_system WITH CHECK (true);
GRANT SELECT, INSERT ON audit_log TO parley_app;
GRANT INSERT ON audit_log TO parley_system;

-- The nodes that serve. While there is one alone, nothing needs to be notified.
CREATE TABLE nodes (
    id           uuid PRIMARY KEY,
    started_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE, DELETE ON nodes TO parley_system;
