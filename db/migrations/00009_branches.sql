-- Why: a question can be put differently and an answer be given anew without
-- losing what was said: a conversation is a tree, and one branch of it is shown.
-- A run is an unbroken stretch of numbers on one branch, so that a branch is a
-- few ranges of numbers, however long it is, and one in a conversation that has
-- never been forked. What was said before branches existed is one run.
-- +goose Up
ALTER TABLE messages
    -- The number of the first message of the run.
    ADD run  integer NOT NULL DEFAULT 1 CHECK (run BETWEEN 1 AND position),
    -- The number of the message after which the run begins; NULL: none.
    ADD fork integer CHECK (fork < run),
    -- The number of the message before this one on its branch, 0 if none is.
    -- Messages that have it in common are versions of each other.
    ADD parent integer NOT NULL GENERATED ALWAYS AS (CASE WHEN position > run THEN position - 1 ELSE coalesce(fork, 0) END) STORED,
    ADD FOREIGN KEY (tenant_id, conversation_id, fork) REFERENCES messages (tenant_id, conversation_id, position);
CREATE INDEX messages_versions ON messages (tenant_id, conversation_id, parent, position);

-- The run on which the conversation goes on. It has no message yet if a branch
-- has been chosen and nothing was said there since.
ALTER TABLE conversations
    ADD run  integer NOT NULL DEFAULT 1 CHECK (run BETWEEN 1 AND message_count + 1),
    ADD fork integer CHECK (fork < run),
    ADD FOREIGN KEY (tenant_id, id, fork) REFERENCES messages (tenant_id, conversation_id, position);

-- The runs of the branch that ends with the message of that number, or, if there
-- is no number, of the branch that the conversation shows; the last one first.
CREATE FUNCTION conversation_runs(conversation uuid, ending integer) RETURNS TABLE (first integer, last integer)
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH RECURSIVE runs AS (
        (SELECT c.run AS first, c.message_count AS last, c.fork
           FROM conversations c
          WHERE c.tenant_id = app_tenant() AND c.id = conversation AND ending IS NULL
          UNION ALL
         SELECT m.run, m.position, m.fork
           FROM messages m
          WHERE m.tenant_id = app_tenant() AND m.conversation_id = conversation AND m.position = ending)
         UNION ALL
        SELECT m.run, m.position, m.fork
          FROM runs r
          JOIN messages m ON m.tenant_id = app_tenant() AND m.conversation_id = conversation AND m.position = r.fork
    )
    SELECT runs.first, runs.last FROM runs
$$;

-- The ids of the messages that have a place of the conversation in common, the
-- oldest first.
CREATE FUNCTION message_versions(conversation uuid, parent integer) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ARRAY(SELECT m.id::text FROM messages m
                  WHERE m.tenant_id = app_tenant() AND m.conversation_id = message_versions.conversation
                    AND m.parent = message_versions.parent
                  ORDER BY m.position);

-- What was said stays where it stands: its state may change, and suggestions may
-- be added to it.
REVOKE UPDATE ON messages FROM parley_app;
GRANT UPDATE (parts, state) ON messages TO parley_app;

-- A client may keep its id for a message that its user has edited (the AI SDK
-- does), so an id names the newest of them. That it is not used for two at once
-- is seen to by the claim, which holds the conversation's lock.
DROP INDEX messages_client;
CREATE INDEX messages_client ON messages (tenant_id, conversation_id, client_id, position) WHERE client_id IS NOT NULL;
