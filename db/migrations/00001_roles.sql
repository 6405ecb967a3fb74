-- Why: the tenant wall is built from roles. Connections drop to one of these
-- right after they open, so the role that owns the tables never runs a query of
-- the application. Roles belong to the whole cluster, not to one database: a
-- second database of the same cluster finds them already there, and two
-- databases may be migrated at the same moment.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['parley_app', 'parley_system', 'parley_log', 'parley_search'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- another database's migration was faster
        END;
        BEGIN
            -- A superuser may become anyone. From Postgres 16 on, whoever made a role
            -- is its member without the right to become it, so ask for nothing first.
            IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
                EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
            END IF;
        EXCEPTION WHEN unique_violation THEN
            NULL;
        END;
    END LOOP;
END
$$;
-- +goose StatementEnd

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO parley_app, parley_system, parley_log, parley_search;

-- The tenant of the current transaction. After a transaction that had one, the
-- setting reads as an empty string rather than NULL, hence nullif. The function
-- has no SET clause on purpose: only then does the planner inline it.
CREATE FUNCTION app_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.tenant_id', true), '')::uuid;

-- An index that begins with the tenant and goes on with full text.
CREATE EXTENSION IF NOT EXISTS btree_gin;
