-- Why: who asks, what was said, and how it is found again.
-- +goose Up
CREATE TABLE visitors (
    tenant_id    uuid NOT NULL DEFAULT app_tenant() REFERENCES tenants,
    id           uuid NOT NULL,
    -- The subject of a token that the tenant signed: the tenant's own user id.
    external_id  text,
    name         text NOT NULL DEFAULT '',
    email        text NOT NULL DEFAULT '',
    traits       jsonb NOT NULL DEFAULT '{}',
    secret_hash  bytea,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX visitors_external ON visitors (tenant_id, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX visitors_secret ON visitors (tenant_id, secret_hash) WHERE secret_hash IS NOT NULL;
ALTER TABLE visitors ENABLE ROW LEVEL SECURITY;
ALTER TABLE visitors FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON visitors TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT, INSERT, UPDATE ON visitors TO parley_app;

CREATE TABLE conversations (
    tenant_id      uuid NOT NULL DEFAULT app_tenant(),
    id             uuid NOT NULL,
    agent_id       uuid NOT NULL,
    visitor_id     uuid,
    -- The client's own name for it, unique for one agent and visitor.
    chat_id        text CHECK (length(chat_id) <= 255),
    title          text NOT NULL DEFAULT '',
    -- The beginning of the newest message, for lists.
    preview        text NOT NULL DEFAULT '',
    mode           text NOT NULL DEFAULT 'agent' CHECK (mode IN ('agent')),
    message_count  integer NOT NULL DEFAULT 0,
    last_event_seq bigint NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    deleted_at     timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, agent_id) REFERENCES agents,
    FOREIGN KEY (tenant_id, visitor_id) REFERENCES visitors
);
CREATE UNIQUE INDEX conversations_chat ON conversations (tenant_id, agent_id, visitor_id, chat_id)
    NULLS NOT DISTINCT WHERE chat_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX conversations_recent ON conversations (tenant_id, updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX conversations_visitor ON conversations (tenant_id, visitor_id, updated_at, id) WHERE deleted_at IS NULL;
ALTER TABLE conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversations FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON conversations TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT, INSERT, UPDATE ON conversations TO parley_app;

-- What can be found again: the text parts, and of an enormous message only the
-- beginning, since a tsvector ends at 1 MB and a message must never fail for it.
CREATE FUNCTION message_words(parts jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT left(coalesce(string_agg(part ->> 'text', ' '), ''), 100000)
              FROM jsonb_array_elements(parts) AS part
             WHERE part ->> 'type' = 'text');

CREATE TABLE messages (
    tenant_id       uuid NOT NULL DEFAULT app_tenant(),
    id              uuid NOT NULL,
    conversation_id uuid NOT NULL,
    turn_id         uuid,
    role            text NOT NULL CHECK (role IN ('user', 'assistant')),
    parts           jsonb NOT NULL,
    position        integer NOT NULL CHECK (position > 0),
    -- pending: sent while a turn ran, not yet part of it.
    state           text NOT NULL CHECK (state IN ('pending', 'complete', 'stopped', 'failed')),
    client_id       text CHECK (length(client_id) <= 255),
    search          tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', message_words(parts))) STORED,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, conversation_id, position),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations
);
CREATE UNIQUE INDEX messages_client ON messages (tenant_id, conversation_id, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX messages_search ON messages USING gin (tenant_id, search);
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON messages TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT, INSERT, UPDATE ON messages TO parley_app;

CREATE TABLE feedback (
    tenant_id  uuid NOT NULL DEFAULT app_tenant(),
    message_id uuid NOT NULL,
    visitor_id uuid,
    rating     smallint NOT NULL CHECK (rating IN (-1, 1)),
    comment    text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, message_id),
    FOREIGN KEY (tenant_id, message_id) REFERENCES messages,
    FOREIGN KEY (tenant_id, visitor_id) REFERENCES visitors
);
ALTER TABLE feedback ENABLE ROW LEVEL SECURITY;
ALTER TABLE feedback FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON feedback TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON feedback TO parley_app;

-- What happens in a conversation between and around its turns.
CREATE TABLE conversation_events (
    tenant_id       uuid NOT NULL DEFAULT app_tenant(),
    conversation_id uuid NOT NULL,
    seq             bigint NOT NULL CHECK (seq > 0),
    event           jsonb NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, conversation_id, seq),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations
);
ALTER TABLE conversation_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversation_events FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON conversation_events TO parley_app USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
CREATE POLICY system ON conversation_events FOR SELECT TO parley_system USING (true);
GRANT SELECT, INSERT ON conversation_events TO parley_app;
GRANT SELECT ON conversation_events TO parley_system;

-- Text operators are not leakproof, so under row-level security the planner may
-- not use the text index before it has checked each row's tenant. The search
-- therefore runs as a role whose policy lets everything through, takes the
-- tenant from the transaction and from nowhere else, and gives ids alone: the
-- caller joins them to rows that its own policies show.
CREATE POLICY search ON messages FOR SELECT TO parley_search USING (true);
CREATE POLICY search ON conversations FOR SELECT TO parley_search USING (true);
GRANT SELECT (tenant_id, conversation_id, search) ON messages TO parley_search;
GRANT SELECT (tenant_id, id, agent_id, updated_at, deleted_at) ON conversations TO parley_search;

-- $1 words as typed, $2 agent or NULL, $3 and $4 the last row of the page
-- before (NULL on the first page), $5 how many.
CREATE FUNCTION conversations_search(text, uuid, timestamptz, uuid, integer) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT c.id
      FROM (SELECT DISTINCT m.conversation_id
              FROM public.messages m
             WHERE m.tenant_id = public.app_tenant() AND m.search @@ websearch_to_tsquery('simple', $1)) hit
      JOIN public.conversations c ON c.tenant_id = public.app_tenant() AND c.id = hit.conversation_id
     WHERE c.deleted_at IS NULL
       AND ($2 IS NULL OR c.agent_id = $2)
       AND ($3 IS NULL OR (c.updated_at, c.id) < ($3, $4))
     ORDER BY c.updated_at DESC, c.id DESC
     LIMIT $5
$$;
REVOKE ALL ON FUNCTION conversations_search(text, uuid, timestamptz, uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION conversations_search(text, uuid, timestamptz, uuid, integer) TO parley_app;
-- A new owner must be allowed to create in the schema, but only for this moment.
GRANT CREATE ON SCHEMA public TO parley_search;
ALTER FUNCTION conversations_search(text, uuid, timestamptz, uuid, integer) OWNER TO parley_search;
REVOKE CREATE ON SCHEMA public FROM parley_search;
