-- Why: a person of the team can take a conversation over, because the visitor, the
-- agent or the person wants it. While a person answers no model is asked; when the
-- person does not, the agent goes on. A workflow watches the clock for that.
-- +goose Up
ALTER TABLE conversations
    DROP CONSTRAINT conversations_mode_check,
    ADD CHECK (mode IN ('agent', 'human')),
    -- Who answers in mode human; empty: nobody has come yet.
    ADD staff_name text NOT NULL DEFAULT '',
    -- Since when a visitor waits for a person's word; NULL: none does.
    ADD waiting_since timestamptz,
    ADD CHECK (mode = 'human' OR (staff_name = '' AND waiting_since IS NULL));
-- An agent can give a conversation to another one, which answers from then on.
ALTER TABLE conversations ADD speaker_id uuid, ADD FOREIGN KEY (tenant_id, speaker_id) REFERENCES agents;
-- A turn may change its agent between its steps, so each call knows whose it is.
ALTER TABLE tool_calls ADD agent_version_id uuid;
ALTER TABLE tool_calls NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER tool_call_final;
ALTER TABLE turns NO FORCE ROW LEVEL SECURITY;
UPDATE tool_calls c SET agent_version_id = t.agent_version_id FROM turns t WHERE t.tenant_id = c.tenant_id AND t.id = c.turn_id;
ALTER TABLE tool_calls FORCE ROW LEVEL SECURITY, ENABLE TRIGGER tool_call_final;
ALTER TABLE turns FORCE ROW LEVEL SECURITY;
ALTER TABLE tool_calls ALTER agent_version_id SET NOT NULL, ADD FOREIGN KEY (tenant_id, agent_version_id) REFERENCES agent_versions;

-- The queue of the staff, the longest wait first.
CREATE INDEX conversations_waiting ON conversations (tenant_id, waiting_since, id) WHERE waiting_since IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE handoffs (
    tenant_id       uuid NOT NULL DEFAULT app_tenant(),
    id              uuid NOT NULL,
    conversation_id uuid NOT NULL,
    asked_by        text NOT NULL CHECK (asked_by IN ('visitor', 'agent', 'staff')),
    -- The tool's call with which the agent has asked: asking again is the same.
    call_id         text,
    reason          text NOT NULL DEFAULT '',
    -- How long a visitor waits for a person's word before the agent goes on.
    answer_minutes  integer NOT NULL CHECK (answer_minutes > 0),
    taken_by        uuid REFERENCES users,
    taken_at        timestamptz,
    -- When the agent goes on; NULL: nobody waits for a word.
    due_at          timestamptz,
    -- Since when a workflow watches the clock.
    watched_at      timestamptz,
    -- returned by staff, unanswered in time, or canceled by the visitor.
    ending          text CHECK (ending IN ('returned', 'unanswered', 'canceled')),
    ended_at        timestamptz,
    -- The workflow has seen the end, and had answered what waited.
    settled_at      timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations,
    FOREIGN KEY (tenant_id, call_id) REFERENCES tool_calls,
    CHECK ((ending IS NULL) = (ended_at IS NULL))
);
CREATE UNIQUE INDEX handoffs_open ON handoffs (tenant_id, conversation_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX handoffs_call ON handoffs (tenant_id, call_id) WHERE call_id IS NOT NULL;
CREATE INDEX handoffs_unsettled ON handoffs (tenant_id, created_at) WHERE settled_at IS NULL;
ALTER TABLE handoffs ENABLE ROW LEVEL SECURITY;
ALTER TABLE handoffs FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON handoffs TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
CREATE POLICY system ON handoffs FOR SELECT TO parley_system USING (true);
GRANT SELECT, INSERT, UPDATE (taken_by, taken_at, due_at, watched_at, ending, ended_at, settled_at) ON handoffs TO parley_app;
GRANT SELECT (tenant_id, id, conversation_id, due_at, watched_at, ended_at, settled_at, created_at) ON handoffs TO parley_system;

-- What a person has written, under the name that the visitor was shown.
ALTER TABLE messages
    ADD author_id uuid REFERENCES users,
    ADD author    text NOT NULL DEFAULT '';
