-- Why: people try a draft out before visitors meet it. They talk to it in a
-- conversation of their own, by the same way as visitors do; and whatever an
-- answer did can be read afterwards, step by step.
-- +goose Up
-- A draft that was tried out is kept like a version, so that a turn can name it,
-- but with the number 0: nobody publishes it, lists it or meets it.
ALTER TABLE agent_versions DROP CONSTRAINT agent_versions_number_check;
ALTER TABLE agent_versions ADD CONSTRAINT agent_versions_number_check CHECK (number >= 0);
ALTER TABLE agent_versions DROP CONSTRAINT agent_versions_tenant_id_agent_id_number_key;
CREATE UNIQUE INDEX agent_versions_number ON agent_versions (tenant_id, agent_id, number) WHERE number > 0;
CREATE UNIQUE INDEX agent_versions_draft ON agent_versions (tenant_id, agent_id, revision) WHERE number = 0;

ALTER TABLE conversations
    ADD kind      text NOT NULL DEFAULT 'visitor' CHECK (kind IN ('visitor', 'playground')),
    -- Who tries the draft out. Nobody else may say anything there.
    ADD played_by uuid REFERENCES users,
    -- Which calls of tools that person is asked about, beyond what the tools' policies
    -- ask: none, those that change something, or all.
    ADD play_asks text NOT NULL DEFAULT 'none' CHECK (play_asks IN ('none', 'changes', 'all')),
    ADD CHECK ((kind = 'playground') = (played_by IS NOT NULL)),
    ADD CHECK (kind = 'visitor' OR visitor_id IS NULL);
CREATE INDEX conversations_played ON conversations (tenant_id, agent_id, played_by, updated_at, id)
    WHERE kind = 'playground' AND deleted_at IS NULL;

-- The person who plays is asked as well.
ALTER TABLE approvals DROP CONSTRAINT approvals_asks_check;
ALTER TABLE approvals ADD CONSTRAINT approvals_asks_check CHECK (asks IN ('staff', 'visitor', 'player'));

-- What was decided about a call, and by what: 'default', a rule of the policy, or
-- 'playground'. Visitors change, so it cannot be found out later.
ALTER TABLE tool_calls ADD decision text NOT NULL DEFAULT '', ADD decided_by text NOT NULL DEFAULT '';
GRANT UPDATE (decision, decided_by) ON tool_calls TO parley_app;

-- A hash of what a model was asked, so that a prompt which is put together again
-- can be told from one that has changed since. NULL: nobody knows.
ALTER TABLE usage ADD prompt_hash bytea;
GRANT UPDATE (prompt_hash) ON usage TO parley_app;

-- Staff search what visitors have said.
GRANT SELECT (kind) ON conversations TO parley_search;
CREATE OR REPLACE FUNCTION conversations_search(text, uuid, timestamptz, uuid, integer) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT c.id
      FROM (SELECT DISTINCT m.conversation_id
              FROM public.messages m
             WHERE m.tenant_id = public.app_tenant() AND m.search @@ websearch_to_tsquery('simple', $1)) hit
      JOIN public.conversations c ON c.tenant_id = public.app_tenant() AND c.id = hit.conversation_id
     WHERE c.deleted_at IS NULL AND c.kind = 'visitor'
       AND ($2 IS NULL OR c.agent_id = $2)
       AND ($3 IS NULL OR (c.updated_at, c.id) < ($3, $4))
     ORDER BY c.updated_at DESC, c.id DESC
     LIMIT $5
$$;
