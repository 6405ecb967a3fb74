-- Conversations in which people try a draft out.

-- name: PlaygroundInsert :one
INSERT INTO conversations (id, agent_id, kind, played_by, play_asks)
SELECT @id, a.id, 'playground', @played_by, @play_asks FROM agents a
 WHERE a.tenant_id = app_tenant() AND a.id = @agent_id AND a.deleted_at IS NULL
RETURNING *;

-- PlaygroundList gives those of one person with one agent, the newest first; before and
-- before_id are the last row of the page before and NULL on the first.
-- name: PlaygroundList :many
SELECT sqlc.embed(c), t.id AS active_turn_id, a.name AS agent_name
  FROM conversations c
  JOIN agents a ON a.tenant_id = c.tenant_id AND a.id = c.agent_id
  LEFT JOIN turns t ON t.tenant_id = c.tenant_id AND t.conversation_id = c.id AND t.status = 'running'
 WHERE c.tenant_id = app_tenant() AND c.agent_id = @agent_id AND c.played_by = @played_by AND c.kind = 'playground'
   AND c.deleted_at IS NULL
   AND c.updated_at <= coalesce(sqlc.narg(before)::timestamptz, 'infinity')
   AND (c.updated_at < coalesce(sqlc.narg(before)::timestamptz, 'infinity') OR c.id < @before_id)
 ORDER BY c.updated_at DESC, c.id DESC
 LIMIT @max;

-- PlaygroundGet finds a conversation if that person plays there.
-- name: PlaygroundGet :one
SELECT sqlc.embed(c), t.id AS active_turn_id, a.name AS agent_name
  FROM conversations c
  JOIN agents a ON a.tenant_id = c.tenant_id AND a.id = c.agent_id
  LEFT JOIN turns t ON t.tenant_id = c.tenant_id AND t.conversation_id = c.id AND t.status = 'running'
 WHERE c.tenant_id = app_tenant() AND c.id = @id AND c.played_by = @played_by AND c.kind = 'playground' AND c.deleted_at IS NULL;

-- name: PlaygroundAsksPut :exec
UPDATE conversations SET play_asks = @play_asks
 WHERE tenant_id = app_tenant() AND id = @id AND kind = 'playground';
