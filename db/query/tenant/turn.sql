-- name: TurnGet :one
SELECT * FROM turns WHERE tenant_id = app_tenant() AND id = @id;

-- name: TurnActive :one
SELECT * FROM turns WHERE tenant_id = app_tenant() AND conversation_id = @conversation_id AND status = 'running';

-- TurnList gives a conversation's turns, the newest first, with the number of
-- the version that answers and what they have used so far; before is the last id of the page before, whose
-- order is that of time, and NULL on the first.
-- name: TurnList :many
SELECT sqlc.embed(t), v.number AS version_number,
       coalesce(u.input_tokens, 0)::bigint AS input_tokens, coalesce(u.cached_tokens, 0)::bigint AS cached_tokens,
       coalesce(u.output_tokens, 0)::bigint AS output_tokens,
       coalesce(u.reasoning_tokens, 0)::bigint AS reasoning_tokens, coalesce(u.cost_micros, 0)::bigint AS cost_micros,
       coalesce(u.unreported, 0)::bigint AS unreported
  FROM turns t
  JOIN agent_versions v ON v.tenant_id = t.tenant_id AND v.id = t.agent_version_id
  LEFT JOIN LATERAL (
       SELECT sum(r.input_tokens) AS input_tokens, sum(r.cached_tokens) AS cached_tokens,
              sum(r.output_tokens) AS output_tokens, sum(r.reasoning_tokens) AS reasoning_tokens,
              sum(r.cost_micros) AS cost_micros, count(*) FILTER (WHERE r.source = 'unknown') AS unreported
         FROM usage r WHERE r.tenant_id = t.tenant_id AND r.turn_id = t.id) u ON true
 WHERE t.tenant_id = app_tenant() AND t.conversation_id = @conversation_id AND (t.id < @before OR @before IS NULL)
 ORDER BY t.id DESC
 LIMIT @max;

-- name: TurnEventListAfter :many
SELECT seq, chunk FROM turn_events
 WHERE tenant_id = app_tenant() AND turn_id = @turn_id AND seq > @after
 ORDER BY seq
 LIMIT @max;
