-- name: MessageGet :one
SELECT id, conversation_id, turn_id, role, parts, position, state, client_id, created_at
  FROM messages WHERE tenant_id = app_tenant() AND id = @id;

-- MessageListAfter pages forwards: positions above after, the oldest first.
-- name: MessageListAfter :many
SELECT m.id, m.conversation_id, m.turn_id, m.role, m.parts, m.position, m.state, m.client_id, m.created_at,
       f.rating, f.comment
  FROM messages m
  LEFT JOIN feedback f ON f.tenant_id = m.tenant_id AND f.message_id = m.id
 WHERE m.tenant_id = app_tenant() AND m.conversation_id = @conversation_id AND m.position > @after
 ORDER BY m.position
 LIMIT @max;

-- MessageListBefore pages backwards: positions below before, the newest first.
-- name: MessageListBefore :many
SELECT m.id, m.conversation_id, m.turn_id, m.role, m.parts, m.position, m.state, m.client_id, m.created_at,
       f.rating, f.comment
  FROM messages m
  LEFT JOIN feedback f ON f.tenant_id = m.tenant_id AND f.message_id = m.id
 WHERE m.tenant_id = app_tenant() AND m.conversation_id = @conversation_id AND m.position < @before
 ORDER BY m.position DESC
 LIMIT @max;

-- MessagePartsPut replaces what a message says, like when suggestions come late.
-- name: MessagePartsPut :one
UPDATE messages SET parts = @parts WHERE tenant_id = app_tenant() AND id = @id RETURNING id;

-- FeedbackPut rates a message; only an answer can be rated.
-- name: FeedbackPut :one
INSERT INTO feedback (message_id, visitor_id, rating, comment)
SELECT m.id, @visitor_id, @rating, @comment FROM messages m
 WHERE m.tenant_id = app_tenant() AND m.id = @message_id AND m.role = 'assistant'
ON CONFLICT (tenant_id, message_id)
DO UPDATE SET rating = excluded.rating, comment = excluded.comment, visitor_id = excluded.visitor_id, updated_at = now()
RETURNING *;

-- name: FeedbackDelete :exec
DELETE FROM feedback WHERE tenant_id = app_tenant() AND message_id = @message_id;
