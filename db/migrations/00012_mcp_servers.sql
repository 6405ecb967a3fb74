-- Why: agents use the tools of MCP servers. What a server said it offers is kept,
-- so that nobody waits for it to see it; an agent's version has its own copy of the
-- tools that it uses, which no server can change.
-- +goose Up
CREATE TABLE mcp_servers (
    tenant_id  uuid NOT NULL DEFAULT app_tenant() REFERENCES tenants,
    id         uuid NOT NULL,
    name       text NOT NULL,
    -- The address and how to sign in there; secrets by their names.
    config     jsonb NOT NULL,
    -- The tools that it last said it has, and when.
    tools      jsonb NOT NULL DEFAULT '[]',
    listed_at  timestamptz,
    -- Why it could not be asked, the last time; '': it could.
    error      text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);
ALTER TABLE mcp_servers ENABLE ROW LEVEL SECURITY;
ALTER TABLE mcp_servers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON mcp_servers TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT, INSERT, DELETE, UPDATE (name, config, tools, listed_at, error, updated_at) ON mcp_servers TO parley_app;
