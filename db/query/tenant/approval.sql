-- ApprovalOpen asks people about a call that is not decided yet, and leaves the
-- call waiting. No row: it waits already, or is over.
-- name: ApprovalOpen :one
WITH waiting AS (
    UPDATE tool_calls SET state = 'awaiting', decision = @decision, decided_by = @decided_by
     WHERE tool_calls.tenant_id = app_tenant() AND tool_calls.id = @call_id AND tool_calls.state = 'requested'
 RETURNING tool_calls.id, tool_calls.conversation_id, tool_calls.tool, tool_calls.arguments
)
INSERT INTO approvals (id, call_id, conversation_id, agent_id, asks, tool, title, arguments, quorum, roles, editable,
                       expires_at, on_expiry, reminder_due)
SELECT @id, waiting.id, waiting.conversation_id, @agent_id, @asks, waiting.tool, @title, waiting.arguments, @quorum, @roles, @editable,
       now() + make_interval(mins => @expires_in_minutes::integer), @on_expiry,
       CASE WHEN @remind_after_minutes::integer > 0 THEN now() + make_interval(mins => @remind_after_minutes) END
  FROM waiting
RETURNING *;

-- name: ApprovalByCall :one
SELECT * FROM approvals WHERE tenant_id = app_tenant() AND call_id = @call_id;

-- ApprovalLock serialises those who decide.
-- name: ApprovalLock :one
SELECT * FROM approvals WHERE tenant_id = app_tenant() AND id = @id FOR NO KEY UPDATE;

-- ApprovalVote says what one person thinks. No row: that person has voted already.
-- name: ApprovalVote :one
INSERT INTO approval_votes (approval_id, voter, name, approve, arguments, reason)
VALUES (@approval_id, @voter, @name, @approve, @arguments, @reason)
ON CONFLICT (tenant_id, approval_id, voter) DO NOTHING
RETURNING *;

-- ApprovalCount counts those who approve of exactly these arguments.
-- name: ApprovalCount :one
SELECT count(*) FROM approval_votes
 WHERE tenant_id = app_tenant() AND approval_id = @approval_id AND approve AND arguments = @arguments::jsonb;

-- ApprovalDecide ends the question, and lets the call go on: what was approved may
-- be made from here on.
-- name: ApprovalDecide :one
WITH released AS (
    UPDATE tool_calls c
       SET state = 'approved', arguments = coalesce(@decided_arguments, c.arguments)
      FROM approvals p
     WHERE p.tenant_id = app_tenant() AND p.id = @id AND p.state = 'open' AND @state = 'approved'
       AND c.tenant_id = p.tenant_id AND c.id = p.call_id AND c.state = 'awaiting'
)
UPDATE approvals
   SET state = @state, decided_arguments = @decided_arguments, expired = @expired, reason = @reason, decided_at = now()
 WHERE approvals.tenant_id = app_tenant() AND approvals.id = @id AND approvals.state = 'open'
RETURNING *;

-- ApprovalCancelTurn takes back what a turn's calls have asked people.
-- name: ApprovalCancelTurn :many
UPDATE approvals a SET state = 'canceled', decided_at = now(), reason = @reason
  FROM tool_calls c
 WHERE a.tenant_id = app_tenant() AND a.state = 'open' AND c.tenant_id = a.tenant_id AND c.id = a.call_id AND c.turn_id = @turn_id
RETURNING a.id;

-- ApprovalCancelReplaced takes back what was asked for answers that the conversation
-- does not show any more.
-- name: ApprovalCancelReplaced :many
UPDATE approvals a SET state = 'canceled', decided_at = now(), reason = @reason
  FROM tool_calls c
  JOIN turns t ON t.tenant_id = c.tenant_id AND t.id = c.turn_id
  JOIN messages m ON m.tenant_id = t.tenant_id AND m.id = t.assistant_message_id
 WHERE a.tenant_id = app_tenant() AND a.state = 'open' AND a.conversation_id = @conversation_id
   AND c.tenant_id = a.tenant_id AND c.id = a.call_id
   AND NOT EXISTS (SELECT FROM conversation_runs(a.conversation_id, NULL) AS r WHERE m.position BETWEEN r.first AND r.last)
RETURNING a.id;

-- name: ApprovalReminded :one
UPDATE approvals SET reminded_at = now()
 WHERE tenant_id = app_tenant() AND id = @id AND state = 'open'
RETURNING *;

-- ApprovalGet is an approval with what those who decide want to know.
-- name: ApprovalGet :one
SELECT sqlc.embed(p), c.turn_id, c.state AS call_state, c.class, c.output, c.error, a.name AS agent_name,
       k.visitor_id, v.external_id, coalesce(v.name, '')::text AS visitor_name, coalesce(v.email, '')::text AS visitor_email,
       coalesce(v.traits, '{}')::jsonb AS visitor_traits, t.agent_version_id, k.played_by
  FROM approvals p
  JOIN tool_calls c ON c.tenant_id = p.tenant_id AND c.id = p.call_id
  JOIN turns t ON t.tenant_id = c.tenant_id AND t.id = c.turn_id
  JOIN agents a ON a.tenant_id = p.tenant_id AND a.id = p.agent_id
  JOIN conversations k ON k.tenant_id = p.tenant_id AND k.id = p.conversation_id
  LEFT JOIN visitors v ON v.tenant_id = k.tenant_id AND v.id = k.visitor_id
 WHERE p.tenant_id = app_tenant() AND p.id = @id;

-- ApprovalList gives the newest first, of one state or of all; before is the last
-- id of the page before, whose order is that of time, and NULL on the first.
-- name: ApprovalList :many
SELECT sqlc.embed(p), c.turn_id, c.state AS call_state, c.class, a.name AS agent_name,
       k.visitor_id, v.external_id, coalesce(v.name, '')::text AS visitor_name, coalesce(v.email, '')::text AS visitor_email
  FROM approvals p
  JOIN tool_calls c ON c.tenant_id = p.tenant_id AND c.id = p.call_id
  JOIN agents a ON a.tenant_id = p.tenant_id AND a.id = p.agent_id
  JOIN conversations k ON k.tenant_id = p.tenant_id AND k.id = p.conversation_id
  LEFT JOIN visitors v ON v.tenant_id = k.tenant_id AND v.id = k.visitor_id
 WHERE p.tenant_id = app_tenant() AND p.asks = 'staff'
   AND (p.state = @state OR @state = '') AND (p.agent_id = @agent_id OR @agent_id IS NULL)
   AND (p.id < @before OR @before IS NULL)
 ORDER BY p.id DESC
 LIMIT @max;

-- ApprovalListOpen is what staff or the visitor has not decided yet in a conversation.
-- name: ApprovalListOpen :many
SELECT * FROM approvals
 WHERE tenant_id = app_tenant() AND conversation_id = @conversation_id AND asks = @asks AND state = 'open'
 ORDER BY id;

-- ApprovalAskedByTurn reports whether people are still to decide about one of a turn's
-- calls.
-- name: ApprovalAskedByTurn :one
SELECT EXISTS (
       SELECT FROM approvals p
         JOIN tool_calls c ON c.tenant_id = p.tenant_id AND c.id = p.call_id
        WHERE p.tenant_id = app_tenant() AND p.state = 'open' AND c.turn_id = @turn_id);

-- name: ApprovalOpenCount :one
SELECT count(*) FROM approvals WHERE tenant_id = app_tenant() AND asks = 'staff' AND state = 'open';

-- ApprovalListByTurn is what people were asked about a turn's calls.
-- name: ApprovalListByTurn :many
SELECT p.*
  FROM approvals p
  JOIN tool_calls c ON c.tenant_id = p.tenant_id AND c.id = p.call_id
 WHERE p.tenant_id = app_tenant() AND c.turn_id = @turn_id
 ORDER BY p.id;

-- ApprovalListPlayed is what the person who plays has not decided yet: what visitors
-- would be asked, and what only they are.
-- name: ApprovalListPlayed :many
SELECT * FROM approvals
 WHERE tenant_id = app_tenant() AND conversation_id = @conversation_id AND asks IN ('player', 'visitor') AND state = 'open'
 ORDER BY id;

-- name: ApprovalVoteList :many
SELECT * FROM approval_votes WHERE tenant_id = app_tenant() AND approval_id = @approval_id ORDER BY created_at, voter;
