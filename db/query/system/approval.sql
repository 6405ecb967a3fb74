-- ApprovalUntold gives questions that were decided, or whose time ran out, a while ago
-- and whose calls have not gone on: the signal was lost, or the workflow.
-- name: ApprovalUntold :many
SELECT p.tenant_id, p.id, c.turn_id, c.step, c.place
  FROM approvals p
  JOIN tool_calls c ON c.tenant_id = p.tenant_id AND c.id = p.call_id
 WHERE c.finished_at IS NULL AND c.state IN ('awaiting', 'approved')
   AND coalesce(p.decided_at, p.expires_at) < now() - make_interval(secs => @older_than::float8)
 ORDER BY coalesce(p.decided_at, p.expires_at)
 LIMIT @max_rows;
