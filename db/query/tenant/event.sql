-- TurnEventState tells whether a stream has more to come, for a replay that
-- found no rows.
-- name: TurnEventState :one
SELECT status, last_seq, events_pruned_at FROM turns WHERE tenant_id = app_tenant() AND id = @id;

-- name: Notify :exec
SELECT pg_notify(@channel::text, @payload::text);
