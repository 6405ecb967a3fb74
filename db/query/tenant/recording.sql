-- What a recording of an ended turn is made of, besides what other queries give.

-- AgentVersionByTurn is the version that answers, with the agent's name of today.
-- name: AgentVersionByTurn :one
SELECT a.name AS agent_name, c.play_asks, sqlc.embed(v)
  FROM turns t
  JOIN conversations c ON c.tenant_id = t.tenant_id AND c.id = t.conversation_id
  JOIN agents a ON a.tenant_id = t.tenant_id AND a.id = t.agent_id
  JOIN agent_versions v ON v.tenant_id = t.tenant_id AND v.id = t.agent_version_id
 WHERE t.tenant_id = app_tenant() AND t.id = @turn_id;

-- TurnMessages is what visitors said to a turn, in the order in which it came in:
-- the question, and what was added while the answer was given.
-- name: TurnMessages :many
SELECT id, role, parts, author FROM messages
 WHERE tenant_id = app_tenant() AND conversation_id = @conversation_id AND turn_id = @turn_id AND role = 'user'
 ORDER BY position;

-- TurnEventRecorded pages through a turn's log, with the moment at which each
-- event was written.
-- name: TurnEventRecorded :many
SELECT seq, chunk, created_at FROM turn_events
 WHERE tenant_id = app_tenant() AND turn_id = @turn_id AND seq > @after
 ORDER BY seq
 LIMIT @max;

-- TurnArchiveGet is the log of a turn whose events have been pruned.
-- name: TurnArchiveGet :one
SELECT a.events, t.created_at
  FROM turn_archives a
  JOIN turns t ON t.tenant_id = a.tenant_id AND t.id = a.turn_id
 WHERE a.tenant_id = app_tenant() AND a.turn_id = @turn_id;

-- UsageListByTurn gives the rows whole, whatever columns they come to have.
-- name: UsageListByTurn :many
SELECT (to_jsonb(u) - 'tenant_id' - 'turn_id')::jsonb AS usage
  FROM usage u
 WHERE u.tenant_id = app_tenant() AND u.turn_id = @turn_id
 ORDER BY u.created_at, u.id;
