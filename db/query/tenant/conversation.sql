-- name: ConversationInsert :one
INSERT INTO conversations (id, agent_id, visitor_id, chat_id)
VALUES (@id, @agent_id, @visitor_id, @chat_id)
RETURNING *;

-- ConversationByChat finds the conversation of a client's own chat id, or makes
-- it. Nothing else may be told from the result: both look alike on purpose.
-- name: ConversationByChat :one
INSERT INTO conversations (id, agent_id, visitor_id, chat_id)
VALUES (@id, @agent_id, @visitor_id, @chat_id)
ON CONFLICT (tenant_id, agent_id, visitor_id, chat_id) WHERE chat_id IS NOT NULL AND deleted_at IS NULL
DO UPDATE SET chat_id = excluded.chat_id
RETURNING *;

-- name: ConversationFindChat :one
SELECT * FROM conversations
 WHERE tenant_id = app_tenant() AND agent_id = @agent_id AND visitor_id IS NOT DISTINCT FROM @visitor_id
   AND chat_id = @chat_id AND deleted_at IS NULL;

-- name: ConversationGet :one
SELECT sqlc.embed(c), t.id AS active_turn_id
  FROM conversations c
  LEFT JOIN turns t ON t.tenant_id = c.tenant_id AND t.conversation_id = c.id AND t.status = 'running'
 WHERE c.tenant_id = app_tenant() AND c.id = @id AND c.deleted_at IS NULL;

-- ConversationLock serialises everything that begins or ends a turn of one
-- conversation, deleted ones too: a turn may end after that. Foreign key checks
-- do not wait. Whoever locks a turn as well locks its conversation first.
-- name: ConversationLock :one
SELECT * FROM conversations
 WHERE tenant_id = app_tenant() AND id = @id
   FOR NO KEY UPDATE;

-- ConversationFork lets the conversation go on after the message with that
-- number, 0: from its beginning. What is said next begins a run.
-- name: ConversationFork :exec
UPDATE conversations SET run = message_count + 1, fork = nullif(@position::integer, 0)
 WHERE tenant_id = app_tenant() AND id = @id;

-- ConversationListByVisitor gives those with one agent, the newest first; before and before_id are
-- the last row of the page before and NULL on the first.
-- name: ConversationListByVisitor :many
SELECT sqlc.embed(c), t.id AS active_turn_id
  FROM conversations c
  LEFT JOIN turns t ON t.tenant_id = c.tenant_id AND t.conversation_id = c.id AND t.status = 'running'
 WHERE c.tenant_id = app_tenant() AND c.visitor_id = @visitor_id AND c.agent_id = @agent_id AND c.deleted_at IS NULL
   AND c.updated_at <= coalesce(sqlc.narg(before)::timestamptz, 'infinity')
   AND (c.updated_at < coalesce(sqlc.narg(before)::timestamptz, 'infinity') OR c.id < @before_id)
 ORDER BY c.updated_at DESC, c.id DESC
 LIMIT @max;

-- name: ConversationDelete :one
UPDATE conversations SET deleted_at = now(), updated_at = now()
 WHERE tenant_id = app_tenant() AND id = @id AND deleted_at IS NULL
RETURNING id;
