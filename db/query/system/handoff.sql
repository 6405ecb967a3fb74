-- HandoffUnsettled gives handoffs whose workflow has missed something: the beginning,
-- its time, or the end.
-- name: HandoffUnsettled :many
SELECT tenant_id, id, conversation_id FROM handoffs
 WHERE settled_at IS NULL
   AND least(CASE WHEN watched_at IS NULL THEN created_at END, due_at, ended_at) < now() - make_interval(secs => @older_than::float8)
 ORDER BY created_at
 LIMIT @max_rows;
