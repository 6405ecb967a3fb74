-- name: MessageGet :one
SELECT id, conversation_id, turn_id, role, parts, position, parent, state, client_id, author, created_at
  FROM messages WHERE tenant_id = app_tenant() AND id = @id;

-- MessageShow gives a message as the lists below do, of whatever branch it is.
-- name: MessageShow :one
SELECT m.id, m.conversation_id, m.turn_id, m.role, m.parts, m.position, m.parent, m.state, m.client_id, m.author, m.created_at,
       f.rating, f.comment, message_versions(m.conversation_id, m.parent)::text[] AS versions, t.blocked,
       ARRAY(SELECT DISTINCT u.model FROM usage u
              WHERE m.role = 'assistant' AND u.tenant_id = m.tenant_id AND u.turn_id = m.turn_id
                AND u.purpose = 'answer' AND u.cost_micros > 0 AND u.model <> '')::text[] AS models
  FROM messages m
  LEFT JOIN feedback f ON f.tenant_id = m.tenant_id AND f.message_id = m.id
  LEFT JOIN turns t ON m.role = 'assistant' AND t.tenant_id = m.tenant_id AND t.id = m.turn_id
 WHERE m.tenant_id = app_tenant() AND m.id = @id;

-- MessageListAfter pages forwards through the branch that ends with a message,
-- NULL: the one that is shown; positions above after, the oldest first.
-- name: MessageListAfter :many
SELECT said.*, f.rating, f.comment,
       message_versions(said.conversation_id, said.parent)::text[] AS versions, t.blocked,
       ARRAY(SELECT DISTINCT u.model FROM usage u
              WHERE said.role = 'assistant' AND u.tenant_id = app_tenant() AND u.turn_id = said.turn_id
                AND u.purpose = 'answer' AND u.cost_micros > 0 AND u.model <> '')::text[] AS models
  FROM conversations c
 CROSS JOIN LATERAL conversation_runs(c.id, sqlc.narg(ending)) AS r
 CROSS JOIN LATERAL (
       SELECT m.id, m.conversation_id, m.turn_id, m.role, m.parts, m.position, m.parent, m.state, m.client_id, m.author, m.created_at
         FROM messages m
        WHERE m.tenant_id = app_tenant() AND m.conversation_id = c.id
          AND m.position > @after AND m.position BETWEEN r.first AND r.last
        ORDER BY m.position LIMIT @max) AS said
  LEFT JOIN feedback f ON f.tenant_id = app_tenant() AND f.message_id = said.id
  LEFT JOIN turns t ON said.role = 'assistant' AND t.tenant_id = app_tenant() AND t.id = said.turn_id
 WHERE c.tenant_id = app_tenant() AND c.id = @conversation_id
 ORDER BY said.position
 LIMIT @max;

-- MessageListBefore pages backwards: positions below before, the newest first.
-- name: MessageListBefore :many
SELECT said.*, f.rating, f.comment,
       message_versions(said.conversation_id, said.parent)::text[] AS versions, t.blocked,
       ARRAY(SELECT DISTINCT u.model FROM usage u
              WHERE said.role = 'assistant' AND u.tenant_id = app_tenant() AND u.turn_id = said.turn_id
                AND u.purpose = 'answer' AND u.cost_micros > 0 AND u.model <> '')::text[] AS models
  FROM conversations c
 CROSS JOIN LATERAL conversation_runs(c.id, sqlc.narg(ending)) AS r
 CROSS JOIN LATERAL (
       SELECT m.id, m.conversation_id, m.turn_id, m.role, m.parts, m.position, m.parent, m.state, m.client_id, m.author, m.created_at
         FROM messages m
        WHERE m.tenant_id = app_tenant() AND m.conversation_id = c.id
          AND m.position < @before AND m.position BETWEEN r.first AND r.last
        ORDER BY m.position DESC LIMIT @max) AS said
  LEFT JOIN feedback f ON f.tenant_id = app_tenant() AND f.message_id = said.id
  LEFT JOIN turns t ON said.role = 'assistant' AND t.tenant_id = app_tenant() AND t.id = said.turn_id
 WHERE c.tenant_id = app_tenant() AND c.id = @conversation_id
 ORDER BY said.position DESC
 LIMIT @max;

-- MessageVersion says where a message stands among the branches: what it follows
-- (0 and no id: nothing), whether the conversation shows it, and the newest
-- message that was said after it, which ends a branch.
-- name: MessageVersion :one
WITH RECURSIVE later AS (
    SELECT m.position FROM messages m
     WHERE m.tenant_id = app_tenant() AND m.conversation_id = @conversation_id AND m.id = @id
     UNION ALL
    SELECT m.position FROM later
      JOIN messages m ON m.tenant_id = app_tenant() AND m.conversation_id = @conversation_id AND m.parent = later.position
)
SELECT m.role, m.position, m.parent, p.id AS parent_id,
       EXISTS (SELECT FROM conversation_runs(m.conversation_id, NULL) AS r
                WHERE m.position BETWEEN r.first AND r.last) AS shown,
       (SELECT max(later.position) FROM later)::integer AS newest
  FROM messages m
  LEFT JOIN messages p ON p.tenant_id = m.tenant_id AND p.conversation_id = m.conversation_id AND p.position = m.parent
 WHERE m.tenant_id = app_tenant() AND m.conversation_id = @conversation_id AND m.id = @id;

-- MessageOffering is an answer that the conversation shows, with a part of that id, and
-- whether the visitor has sent what the part asks for.
-- name: MessageOffering :one
SELECT m.parts,
       EXISTS (SELECT FROM messages s, conversation_runs(m.conversation_id, NULL) AS r
                WHERE s.tenant_id = app_tenant() AND s.conversation_id = m.conversation_id AND s.role = 'user'
                  AND s.position > m.position AND s.position BETWEEN r.first AND r.last
                  AND s.parts @> jsonb_build_array(jsonb_build_object('type', 'data-form',
                        'data', jsonb_build_object('messageId', m.id, 'formId', @part_id::text)))) AS sent
  FROM messages m
 WHERE m.tenant_id = app_tenant() AND m.conversation_id = @conversation_id AND m.id = @id AND m.role = 'assistant'
   AND EXISTS (SELECT FROM conversation_runs(m.conversation_id, NULL) AS r
                WHERE m.position BETWEEN r.first AND r.last)
   AND m.parts @> jsonb_build_array(jsonb_build_object('type', 'data-ui', 'id', @part_id::text));

-- MessageByClient finds the newest message that a client calls by that id.
-- name: MessageByClient :one
SELECT id, role, parts FROM messages
 WHERE tenant_id = app_tenant() AND conversation_id = @conversation_id AND client_id = @client_id::text
 ORDER BY position DESC
 LIMIT 1;

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
