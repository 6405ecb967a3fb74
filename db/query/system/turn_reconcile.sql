-- Claimed turns of which no step has written anything yet: perhaps the node died
-- between the claim and the start of the workflow.
-- name: TurnUnstarted :many
SELECT tenant_id, id, conversation_id, agent_id FROM turns
 WHERE status = 'running' AND last_seq <= 1 AND created_at < now() - make_interval(secs => @older_than::float8)
 ORDER BY created_at
 LIMIT @max_rows;

-- Running turns without an event for so long that their workflow may be gone.
-- name: TurnSilent :many
SELECT t.tenant_id, t.id, t.conversation_id, t.agent_id, t.last_seq FROM turns t
 WHERE t.status = 'running' AND t.created_at < now() - make_interval(secs => @silent_for::float8)
   AND NOT EXISTS (
       SELECT FROM turn_events e
        WHERE e.tenant_id = t.tenant_id AND e.turn_id = t.id AND e.seq = t.last_seq
          AND e.created_at > now() - make_interval(secs => @silent_for::float8))
 ORDER BY t.created_at
 LIMIT @max_rows;

-- TurnBacklog tells operators how many turns run, and how long the quietest of
-- them has written nothing.
-- name: TurnBacklog :one
SELECT count(*) AS running,
       coalesce(extract(epoch FROM now() - min(coalesce(e.created_at, t.created_at))), 0)::float8 AS silent_seconds
  FROM turns t
  LEFT JOIN turn_events e ON e.tenant_id = t.tenant_id AND e.turn_id = t.id AND e.seq = t.last_seq
 WHERE t.status = 'running';
