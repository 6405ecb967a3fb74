-- Why: what agents do in the tenants' systems, once and only once. A call is
-- written down before it is made, under the name that travels with it as
-- Idempotency-Key; so after a crash it is known which calls may have been made.
-- +goose Up
-- The number of the key with which requests to the tenant's servers are signed.
-- The keys are derived, not stored: another number is another key.
ALTER TABLE tenants ADD signing_number integer NOT NULL DEFAULT 1 CHECK (signing_number > 0);
GRANT UPDATE (signing_number) ON tenants TO parley_app;

-- What headers and addresses of tools hold and nobody is ever shown again.
CREATE TABLE tool_secrets (
    tenant_id         uuid NOT NULL DEFAULT app_tenant() REFERENCES tenants,
    name              text NOT NULL CHECK (name ~ '^[A-Z][A-Z0-9_]{0,63}$'),
    secret_ciphertext bytea NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, name)
);
ALTER TABLE tool_secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE tool_secrets FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tool_secrets TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON tool_secrets TO parley_app;

CREATE TABLE tool_calls (
    tenant_id       uuid NOT NULL DEFAULT app_tenant(),
    -- Made of the tenant, the turn, the step and the place in it: providers use
    -- their own ids again.
    id              text NOT NULL CHECK (id LIKE 'call\_%'),
    turn_id         uuid NOT NULL,
    conversation_id uuid NOT NULL,
    step            integer NOT NULL CHECK (step > 0),
    place           integer NOT NULL CHECK (place >= 0),
    tool            text NOT NULL,
    class           text NOT NULL CHECK (class IN ('read', 'idempotent', 'write')),
    -- As they are sent; a string where the model wrote no JSON.
    arguments       jsonb NOT NULL,
    state           text NOT NULL CHECK (state IN ('requested', 'awaiting', 'approved', 'dispatched',
                                                   'succeeded', 'failed', 'denied', 'canceled', 'outcome_unknown')),
    output          jsonb,
    error           text NOT NULL DEFAULT '',
    -- The call of a replaced answer whose outcome this one has taken over.
    reused_from     text,
    -- The step that asked had the outcome when it went on. Otherwise the model does
    -- not know it yet.
    told            boolean NOT NULL DEFAULT false,
    attempts        integer NOT NULL DEFAULT 0,
    -- From then on it may have been made; after the deadline nobody makes it any more.
    dispatched_at   timestamptz,
    deadline_at     timestamptz,
    finished_at     timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, turn_id, step, place),
    FOREIGN KEY (tenant_id, turn_id) REFERENCES turns,
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations,
    FOREIGN KEY (tenant_id, reused_from) REFERENCES tool_calls,
    CHECK ((finished_at IS NULL) = (state IN ('requested', 'awaiting', 'approved', 'dispatched')))
);
CREATE INDEX tool_calls_conversation ON tool_calls (tenant_id, conversation_id, created_at);
CREATE INDEX tool_calls_open ON tool_calls (tenant_id, created_at, id) WHERE finished_at IS NULL;
ALTER TABLE tool_calls ENABLE ROW LEVEL SECURITY;
ALTER TABLE tool_calls FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tool_calls TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
CREATE POLICY system ON tool_calls TO parley_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (state, output, error, reused_from, told, attempts, dispatched_at, deadline_at, finished_at)
    ON tool_calls TO parley_app;
GRANT SELECT (tenant_id, id, turn_id, step, place, class, state, created_at, finished_at), UPDATE (state, error, finished_at)
    ON tool_calls TO parley_system;

-- +goose StatementBegin
CREATE FUNCTION tool_call_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what has become of a call is never changed' USING ERRCODE = 'insufficient_privilege';
END
$$;
-- +goose StatementEnd
-- An unknown outcome can still become a known one.
CREATE TRIGGER tool_call_final BEFORE UPDATE ON tool_calls FOR EACH ROW
    WHEN (OLD.state IN ('succeeded', 'failed', 'denied', 'canceled')) EXECUTE FUNCTION tool_call_is_final();

-- The step whose calls may add their outcomes to the log; 0: none. Whoever takes
-- the turn over, to go on or to end it, sets it back.
ALTER TABLE turns ADD calling integer NOT NULL DEFAULT 0;
