-- ToolCallLost gives calls that nobody brings to an end any more: their turn is over,
-- and they are older than any call that somebody is at. What waits for people may be
-- as old as it likes.
-- name: ToolCallLost :many
SELECT c.tenant_id, c.turn_id, c.step, c.place
  FROM tool_calls c
  JOIN turns t ON t.tenant_id = c.tenant_id AND t.id = c.turn_id
 WHERE c.finished_at IS NULL AND c.state <> 'awaiting' AND c.created_at < now() - make_interval(secs => @older_than::float8)
   AND t.status NOT IN ('running', 'awaiting_approval')
 ORDER BY c.created_at
 LIMIT @max_rows;

-- ToolCallRestored is for a database that comes from a backup: what was open there
-- may have been done since.
-- name: ToolCallRestored :execrows
UPDATE tool_calls SET state = 'outcome_unknown', error = @error, finished_at = now()
 WHERE finished_at IS NULL AND class <> 'read';
