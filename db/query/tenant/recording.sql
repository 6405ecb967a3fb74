-- What a recording of an ended turn is made of, besides what other queries give.

-- AgentVersionByTurn is the version that answers, with the agent's name of today.
-- name: AgentVersionByTurn :one
SELECT a.name AS agent_name, sqlc.embed(v)
  FROM turns t
  JOIN agents a ON a.tenant_id = t.tenant_id AND a.id = t.agent_id
  JOIN agent_versions v ON v.tenant_id = t.tenant_id AND v.id = t.agent_version_id
 WHERE t.tenant_id = app_tenant() AND t.id = @turn_id;

-- PromptMessagesUntil is what PromptMessages gave when the message was the
-- newest of its branch.
-- name: PromptMessagesUntil :many
SELECT said.id, said.role, said.parts
  FROM messages q
 CROSS JOIN LATERAL conversation_runs(q.conversation_id, q.position) AS r
 CROSS JOIN LATERAL (
       SELECT m.id, m.role, m.parts, m.position FROM messages m
        WHERE m.tenant_id = app_tenant() AND m.conversation_id = q.conversation_id AND m.state <> 'pending'
          AND m.position BETWEEN r.first AND r.last
        ORDER BY m.position DESC LIMIT @max_rows) AS said
 WHERE q.tenant_id = app_tenant() AND q.id = @message_id
 ORDER BY said.position DESC
 LIMIT @max_rows;

-- TurnMessages is what visitors said to a turn, in the order in which it came in:
-- the question, and what was added while the answer was given.
-- name: TurnMessages :many
SELECT id, role, parts FROM messages
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
