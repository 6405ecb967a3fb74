-- Why: what a tenant configures. A draft may change at any time; what visitors
-- meet is a version, which nothing can change: the application has no right to
-- update or delete one.
-- +goose Up
CREATE TABLE agents (
    tenant_id            uuid NOT NULL DEFAULT app_tenant() REFERENCES tenants,
    id                   uuid NOT NULL,
    name                 text NOT NULL CHECK (name <> ''),
    draft                jsonb NOT NULL,
    -- Counts the draft's changes, so that two editors cannot overwrite each other.
    draft_revision       bigint NOT NULL DEFAULT 1,
    published_version_id uuid,
    snippet_seen_at      timestamptz,
    snippet_seen_origin  text NOT NULL DEFAULT '',
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now(),
    deleted_at           timestamptz,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE agent_versions (
    tenant_id    uuid NOT NULL DEFAULT app_tenant(),
    id           uuid NOT NULL,
    agent_id     uuid NOT NULL,
    number       integer NOT NULL CHECK (number > 0),
    -- The draft's revision that was published.
    revision     bigint NOT NULL,
    config       jsonb NOT NULL,
    published_by uuid REFERENCES users,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, agent_id, number),
    -- For the foreign keys that must prove that a version is of that agent.
    UNIQUE (tenant_id, agent_id, id),
    FOREIGN KEY (tenant_id, agent_id) REFERENCES agents
);

ALTER TABLE agents ADD FOREIGN KEY (tenant_id, id, published_version_id)
    REFERENCES agent_versions (tenant_id, agent_id, id);

ALTER TABLE agents ENABLE ROW LEVEL SECURITY;
ALTER TABLE agents FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON agents TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT, INSERT, UPDATE ON agents TO parley_app;

ALTER TABLE agent_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE agent_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON agent_versions TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT, INSERT ON agent_versions TO parley_app;

-- A browser asks whether it may ask, naming its page's origin and nothing else,
-- so that answer is found across tenants.
CREATE POLICY system ON agents FOR SELECT TO parley_system USING (true);
CREATE POLICY system ON agent_versions FOR SELECT TO parley_system USING (true);
GRANT SELECT (tenant_id, id, published_version_id, deleted_at) ON agents TO parley_system;
GRANT SELECT (tenant_id, id, agent_id, config) ON agent_versions TO parley_system;
CREATE INDEX agent_versions_origins ON agent_versions USING gin ((config -> 'allowedOrigins'));
