-- HandoffOpen gives a conversation to people. The conversation must be locked, and
-- answered by its agent.
-- name: HandoffOpen :one
WITH given AS (
    UPDATE conversations SET mode = 'human', waiting_since = now()
     WHERE conversations.tenant_id = app_tenant() AND conversations.id = @conversation_id
)
INSERT INTO handoffs (id, conversation_id, asked_by, call_id, reason, answer_minutes, due_at)
VALUES (@id, @conversation_id, @asked_by, sqlc.narg(call_id), @reason, @answer_minutes::integer,
        now() + make_interval(mins => @answer_minutes::integer))
RETURNING *;

-- name: HandoffGet :one
SELECT * FROM handoffs WHERE tenant_id = app_tenant() AND id = @id;

-- HandoffOfConversation gives the one that is under way.
-- name: HandoffOfConversation :one
SELECT * FROM handoffs WHERE tenant_id = app_tenant() AND conversation_id = @conversation_id AND ended_at IS NULL;

-- HandoffByCall gives the one that a tool's call has begun.
-- name: HandoffByCall :one
SELECT * FROM handoffs WHERE tenant_id = app_tenant() AND call_id = @call_id::text;

-- HandoffTake puts a person in charge. From then on the visitor knows who answers.
-- name: HandoffTake :one
WITH named AS (
    UPDATE conversations SET staff_name = @staff_name
     WHERE conversations.tenant_id = app_tenant() AND conversations.id = @conversation_id
)
UPDATE handoffs SET taken_by = sqlc.narg(user_id), taken_at = now()
 WHERE tenant_id = app_tenant() AND conversation_id = @conversation_id AND ended_at IS NULL
RETURNING *;

-- HandoffVisitorWaits starts the clock, if it does not run already.
-- name: HandoffVisitorWaits :one
WITH waits AS (
    UPDATE conversations SET waiting_since = coalesce(waiting_since, now())
     WHERE conversations.tenant_id = app_tenant() AND conversations.id = @conversation_id
)
UPDATE handoffs SET due_at = coalesce(due_at, now() + make_interval(mins => answer_minutes))
 WHERE tenant_id = app_tenant() AND conversation_id = @conversation_id AND ended_at IS NULL
RETURNING *;

-- HandoffAnswered stops the clock: a person has written.
-- name: HandoffAnswered :one
WITH answered AS (
    UPDATE conversations SET waiting_since = NULL
     WHERE conversations.tenant_id = app_tenant() AND conversations.id = @conversation_id
)
UPDATE handoffs SET due_at = NULL
 WHERE tenant_id = app_tenant() AND conversation_id = @conversation_id AND ended_at IS NULL
RETURNING *;

-- HandoffEnd gives the conversation back to its agent.
-- name: HandoffEnd :one
WITH returned AS (
    UPDATE conversations SET mode = 'agent', staff_name = '', waiting_since = NULL
     WHERE conversations.tenant_id = app_tenant() AND conversations.id = @conversation_id
)
UPDATE handoffs SET ending = @ending::text, ended_at = now()
 WHERE tenant_id = app_tenant() AND conversation_id = @conversation_id AND ended_at IS NULL
RETURNING *;

-- HandoffWatched notes that its workflow is there.
-- name: HandoffWatched :exec
UPDATE handoffs SET watched_at = now() WHERE tenant_id = app_tenant() AND id = @id AND watched_at IS NULL;

-- name: HandoffSettled :exec
UPDATE handoffs SET settled_at = now() WHERE tenant_id = app_tenant() AND id = @id AND ended_at IS NOT NULL;

-- MessageAdd stores what is said in a conversation without any turn: by a visitor
-- whom people answer, by people, or about who answers. The conversation must be locked.
-- name: MessageAdd :one
WITH counted AS (
    UPDATE conversations
       SET message_count = message_count + 1, last_event_seq = last_event_seq + cardinality(@events::jsonb[]), updated_at = now(),
           preview = coalesce(sqlc.narg(preview)::text, conversations.preview), title = coalesce(sqlc.narg(title)::text, conversations.title)
     WHERE conversations.tenant_id = app_tenant() AND conversations.id = @conversation_id
 RETURNING conversations.message_count, conversations.run, conversations.fork, conversations.last_event_seq
), announced AS (
    INSERT INTO conversation_events (conversation_id, seq, event)
    SELECT @conversation_id, last_event_seq - cardinality(@events::jsonb[]) + e.ordinal, e.event
      FROM counted, unnest(@events::jsonb[]) WITH ORDINALITY AS e (event, ordinal)
)
INSERT INTO messages (id, conversation_id, role, parts, position, run, fork, state, client_id, idempotency_key, body_hash, author_id, author)
SELECT @id, @conversation_id, @role, @parts, message_count, run, fork, 'complete', @client_id, @idempotency_key, @body_hash,
       sqlc.narg(author_id), @author
  FROM counted
RETURNING id, position;

-- MessageLeft gives the newest message of what a conversation shows, if it is the
-- visitor's and nobody has answered it.
-- name: MessageLeft :one
SELECT said.id
  FROM conversations c
 CROSS JOIN LATERAL conversation_runs(c.id, NULL) AS r
 CROSS JOIN LATERAL (
       SELECT m.id, m.role, m.position, m.turn_id FROM messages m
        WHERE m.tenant_id = app_tenant() AND m.conversation_id = c.id AND m.position BETWEEN r.first AND r.last
          AND NOT m.parts @> '[{"type": "data-handoff"}]'
        ORDER BY m.position DESC LIMIT 1) AS said
 WHERE c.tenant_id = app_tenant() AND c.id = @conversation_id AND said.role = 'user' AND said.turn_id IS NULL
 ORDER BY said.position DESC
 LIMIT 1;
