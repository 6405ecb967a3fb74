-- Why: an exported turn tells what its model said for as long as Temporal keeps
-- the history of its workflow, and the log itself is pruned after a day. So each
-- log is first put together into one row, which Postgres compresses.
-- +goose Up
CREATE TABLE turn_archives (
    tenant_id uuid NOT NULL DEFAULT app_tenant(),
    turn_id   uuid NOT NULL,
    -- An array of [milliseconds since the turn was claimed, chunk], dense from the
    -- first event on.
    events    jsonb NOT NULL,
    ended_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, turn_id),
    FOREIGN KEY (tenant_id, turn_id) REFERENCES turns
);
CREATE INDEX turn_archives_ended ON turn_archives (tenant_id, ended_at);
ALTER TABLE turn_archives ENABLE ROW LEVEL SECURITY;
ALTER TABLE turn_archives FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON turn_archives TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
CREATE POLICY system ON turn_archives TO parley_system USING (true) WITH CHECK (true);
GRANT SELECT ON turn_archives TO parley_app;
GRANT SELECT (tenant_id, turn_id, ended_at), INSERT, DELETE ON turn_archives TO parley_system;
