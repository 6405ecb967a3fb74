-- Why: one question and its answer, chunk by chunk, and what it cost. The log of
-- chunks is only ever added to: the application may not update or delete there,
-- and the one query that prunes belongs to the system role.
-- +goose Up
CREATE TABLE turns (
    tenant_id            uuid NOT NULL DEFAULT app_tenant(),
    id                   uuid NOT NULL,
    conversation_id      uuid NOT NULL,
    agent_id             uuid NOT NULL,
    agent_version_id     uuid NOT NULL,
    user_message_id      uuid NOT NULL,
    -- Chosen when the turn is claimed; the message is stored when it ends.
    assistant_message_id uuid NOT NULL,
    status               text NOT NULL DEFAULT 'running'
        CHECK (status IN ('running', 'awaiting_approval', 'completed', 'stopped', 'failed')),
    idempotency_key      text CHECK (length(idempotency_key) <= 255),
    body_hash            bytea,
    -- Each attempt takes the next epoch; whoever writes with an older one has
    -- been replaced and must stop.
    writer_epoch         bigint NOT NULL DEFAULT 0,
    last_seq             bigint NOT NULL DEFAULT 0,
    step                 integer NOT NULL DEFAULT 0,
    -- Where the provider's own answer can be taken up again.
    response_id          text NOT NULL DEFAULT '',
    response_seq         bigint NOT NULL DEFAULT 0,
    stop_requested_at    timestamptz,
    error_code           text NOT NULL DEFAULT '',
    error_message        text NOT NULL DEFAULT '',
    created_at           timestamptz NOT NULL DEFAULT now(),
    finished_at          timestamptz,
    -- From then on the stream of the turn is made from its stored message.
    events_pruned_at     timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations,
    FOREIGN KEY (tenant_id, agent_id, agent_version_id) REFERENCES agent_versions (tenant_id, agent_id, id),
    -- Turn and question name each other, so one of the two keys has to wait.
    FOREIGN KEY (tenant_id, user_message_id) REFERENCES messages DEFERRABLE INITIALLY DEFERRED
);
-- At most one turn answers in a conversation: this index decides who starts one.
CREATE UNIQUE INDEX turns_one_active ON turns (tenant_id, conversation_id) WHERE status = 'running';
CREATE UNIQUE INDEX turns_idempotency ON turns (tenant_id, conversation_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX turns_conversation ON turns (tenant_id, conversation_id, created_at, id);
CREATE INDEX turns_running ON turns (tenant_id, created_at) WHERE status = 'running';
CREATE INDEX turns_unpruned ON turns (tenant_id, finished_at) WHERE finished_at IS NOT NULL AND events_pruned_at IS NULL;

ALTER TABLE messages ADD FOREIGN KEY (tenant_id, turn_id) REFERENCES turns;
-- The closing transaction asks whether anything is still waiting to be answered.
CREATE INDEX messages_pending ON messages (tenant_id, turn_id) WHERE state = 'pending';

ALTER TABLE turns ENABLE ROW LEVEL SECURITY;
ALTER TABLE turns FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON turns TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
CREATE POLICY system ON turns TO parley_system USING (true) WITH CHECK (true);
CREATE POLICY log ON turns TO parley_log USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON turns TO parley_app;
GRANT SELECT, UPDATE (events_pruned_at) ON turns TO parley_system;
GRANT SELECT (tenant_id, id, status, writer_epoch, last_seq, step, response_id, response_seq),
    UPDATE (last_seq, step, response_id, response_seq) ON turns TO parley_log;

CREATE TABLE turn_events (
    tenant_id  uuid NOT NULL DEFAULT app_tenant(),
    turn_id    uuid NOT NULL,
    seq        bigint NOT NULL CHECK (seq > 0),
    chunk      jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, turn_id, seq),
    FOREIGN KEY (tenant_id, turn_id) REFERENCES turns
);
ALTER TABLE turn_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE turn_events FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON turn_events TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
CREATE POLICY system ON turn_events TO parley_system USING (true);
CREATE POLICY log ON turn_events FOR INSERT TO parley_log WITH CHECK (true);
GRANT SELECT, INSERT ON turn_events TO parley_app;
GRANT SELECT, DELETE ON turn_events TO parley_system;
GRANT INSERT ON turn_events TO parley_log;

-- Pruning has to know that the answer is stored before it forgets the chunks.
CREATE POLICY system ON messages FOR SELECT TO parley_system USING (true);
GRANT SELECT (tenant_id, id, state) ON messages TO parley_system;

CREATE TABLE usage (
    tenant_id        uuid NOT NULL DEFAULT app_tenant(),
    id               uuid NOT NULL,
    turn_id          uuid NOT NULL,
    step             integer NOT NULL,
    attempt          integer NOT NULL,
    purpose          text NOT NULL CHECK (purpose IN ('answer', 'suggestions', 'title')),
    model            text NOT NULL,
    input_tokens     bigint NOT NULL DEFAULT 0,
    cached_tokens    bigint NOT NULL DEFAULT 0,
    output_tokens    bigint NOT NULL DEFAULT 0,
    reasoning_tokens bigint NOT NULL DEFAULT 0,
    cost_micros      bigint NOT NULL DEFAULT 0,
    -- unknown: the provider cut off before it told us; the cost is our estimate.
    source           text NOT NULL CHECK (source IN ('reported', 'unknown')),
    response_id      text NOT NULL DEFAULT '',
    created_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, turn_id, step, attempt, purpose),
    FOREIGN KEY (tenant_id, turn_id) REFERENCES turns
);
ALTER TABLE usage ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON usage TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT, INSERT ON usage TO parley_app;

-- A month's spending in 16 rows, so that turns that end together do not queue
-- for one row; the claim adds them up.
CREATE TABLE usage_months (
    tenant_id   uuid NOT NULL DEFAULT app_tenant() REFERENCES tenants,
    month       date NOT NULL CHECK (extract(day FROM month) = 1),
    shard       smallint NOT NULL CHECK (shard BETWEEN 0 AND 15),
    cost_micros bigint NOT NULL DEFAULT 0,
    turns       bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, month, shard)
);
ALTER TABLE usage_months ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_months FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON usage_months TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT, INSERT, UPDATE ON usage_months TO parley_app;
