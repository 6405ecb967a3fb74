-- Why: some calls of tools are for people to decide. What they are asked, who has
-- said what, and how it ended is kept; a workflow only watches the clock.
-- +goose Up
CREATE TABLE approvals (
    tenant_id         uuid NOT NULL DEFAULT app_tenant(),
    id                uuid NOT NULL,
    call_id           text NOT NULL,
    conversation_id   uuid NOT NULL,
    agent_id          uuid NOT NULL,
    asks              text NOT NULL CHECK (asks IN ('staff', 'visitor')),
    tool              text NOT NULL,
    title             text NOT NULL,
    -- What is asked about, and what it became where it could be edited.
    arguments         jsonb NOT NULL,
    decided_arguments jsonb,
    quorum            integer NOT NULL CHECK (quorum > 0),
    -- Which members may decide, where staff is asked.
    roles             text[] NOT NULL,
    editable          boolean NOT NULL,
    expires_at        timestamptz NOT NULL,
    -- What silence means.
    on_expiry         text NOT NULL CHECK (on_expiry IN ('allow', 'deny')),
    -- When those who may decide are told again; NULL: never.
    reminder_due      timestamptz,
    reminded_at       timestamptz,
    state             text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'approved', 'denied', 'canceled')),
    -- Nobody has decided in time.
    expired           boolean NOT NULL DEFAULT false,
    reason            text NOT NULL DEFAULT '',
    decided_at        timestamptz,
    created_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, call_id),
    FOREIGN KEY (tenant_id, call_id) REFERENCES tool_calls,
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations,
    FOREIGN KEY (tenant_id, agent_id) REFERENCES agents,
    CHECK ((decided_at IS NULL) = (state = 'open'))
);
CREATE INDEX approvals_list ON approvals (tenant_id, state, id);
CREATE INDEX approvals_conversation ON approvals (tenant_id, conversation_id, id);
ALTER TABLE approvals ENABLE ROW LEVEL SECURITY;
ALTER TABLE approvals FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON approvals TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
CREATE POLICY system ON approvals FOR SELECT TO parley_system USING (true);
GRANT SELECT, INSERT, UPDATE (decided_arguments, reminded_at, state, expired, reason, decided_at) ON approvals TO parley_app;
GRANT SELECT (tenant_id, id, call_id, decided_at, expires_at) ON approvals TO parley_system;

CREATE TABLE approval_votes (
    tenant_id   uuid NOT NULL DEFAULT app_tenant(),
    approval_id uuid NOT NULL,
    -- Who: a member's id, or the visitor's. Nobody is counted twice.
    voter       uuid NOT NULL,
    name        text NOT NULL DEFAULT '',
    approve     boolean NOT NULL,
    -- What is approved; those of a quorum have to approve the same.
    arguments   jsonb NOT NULL,
    reason      text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, approval_id, voter),
    FOREIGN KEY (tenant_id, approval_id) REFERENCES approvals
);
ALTER TABLE approval_votes ENABLE ROW LEVEL SECURITY;
ALTER TABLE approval_votes FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON approval_votes TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT, INSERT ON approval_votes TO parley_app;

-- What people approve may be other than what the model has asked for.
GRANT UPDATE (arguments) ON tool_calls TO parley_app;

-- A turn that goes on where another one has stopped to wait for people.
ALTER TABLE turns ADD continues uuid;
ALTER TABLE turns ADD FOREIGN KEY (tenant_id, continues) REFERENCES turns;
CREATE UNIQUE INDEX turns_continues ON turns (tenant_id, continues) WHERE continues IS NOT NULL;
