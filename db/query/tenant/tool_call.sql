-- ToolCallInsert writes a call down in the transaction that closes the step that
-- asked for it. One that cannot be made is final at once.
-- name: ToolCallInsert :exec
INSERT INTO tool_calls (id, turn_id, conversation_id, agent_version_id, step, place, tool, class, arguments, state, error, told, finished_at)
VALUES (@id, @turn_id, @conversation_id, @agent_version_id, @step, @place, @tool, @class, @arguments, @state, @error,
        @state <> 'requested', CASE WHEN @state = 'requested' THEN NULL ELSE now() END);

-- ToolCallContext is all that deciding about a call and making it takes.
-- name: ToolCallContext :one
SELECT sqlc.embed(c), v.config, v.agent_id, (t.stop_requested_at IS NOT NULL)::boolean AS stopping, n.signing_number,
       w.id AS visitor_id, w.external_id, coalesce(w.name, '')::text AS visitor_name,
       coalesce(w.email, '')::text AS visitor_email, w.traits, k.kind AS conversation_kind, k.play_asks, (p.decided_arguments IS NOT NULL)::boolean AS edited
  FROM tool_calls c
  JOIN turns t ON t.tenant_id = c.tenant_id AND t.id = c.turn_id
  JOIN tenants n ON n.id = c.tenant_id
  JOIN agent_versions v ON v.tenant_id = c.tenant_id AND v.id = c.agent_version_id
  JOIN conversations k ON k.tenant_id = c.tenant_id AND k.id = c.conversation_id
  LEFT JOIN visitors w ON w.tenant_id = k.tenant_id AND w.id = k.visitor_id
  LEFT JOIN approvals p ON p.tenant_id = c.tenant_id AND p.call_id = c.id
 WHERE c.tenant_id = app_tenant() AND c.id = @id;

-- ToolCallReplaced finds a change that another answer of the conversation has
-- made, or may have made, with the same tool and the same arguments, and that the
-- conversation does not show any more: regenerating or editing must not make it
-- twice. Each counts for one call of the branch that is shown, the oldest first.
-- name: ToolCallReplaced :one
WITH shown AS (
    SELECT answer.turn_id
      FROM tool_calls mine
     CROSS JOIN LATERAL conversation_runs(mine.conversation_id, NULL) AS r
      JOIN messages answer ON answer.tenant_id = app_tenant() AND answer.conversation_id = mine.conversation_id
       AND answer.position BETWEEN r.first AND r.last AND answer.role = 'assistant'
     WHERE mine.tenant_id = app_tenant() AND mine.id = @id
)
SELECT c.id, c.state, c.output
  FROM tool_calls mine
  JOIN tool_calls c ON c.tenant_id = mine.tenant_id AND c.conversation_id = mine.conversation_id
   AND c.tool = mine.tool AND c.arguments = mine.arguments AND c.turn_id <> mine.turn_id AND c.class <> 'read'
   AND c.created_at <= mine.created_at AND c.reused_from IS NULL
 WHERE mine.tenant_id = app_tenant() AND mine.id = @id
   AND c.state IN ('succeeded', 'outcome_unknown', 'dispatched')
   AND c.turn_id NOT IN (SELECT shown.turn_id FROM shown)
   AND NOT EXISTS (
       SELECT FROM tool_calls taken
        WHERE taken.tenant_id = mine.tenant_id AND taken.conversation_id = mine.conversation_id AND taken.reused_from = c.id
          AND (taken.turn_id = mine.turn_id OR taken.turn_id IN (SELECT shown.turn_id FROM shown)))
 ORDER BY c.created_at, c.id
 LIMIT 1;

-- ToolCallDispatch is the last thing before a call is made, and the only way to
-- make one. No row: it may not be made, or not any more. A change that is not
-- idempotent is dispatched once in its life. Later attempts keep the deadline.
-- name: ToolCallDispatch :one
UPDATE tool_calls c
   SET state = 'dispatched', attempts = c.attempts + 1,
       decision = coalesce(nullif(@decision::text, ''), c.decision), decided_by = coalesce(nullif(@decided_by::text, ''), c.decided_by),
       dispatched_at = coalesce(c.dispatched_at, now()),
       deadline_at = coalesce(c.deadline_at, now() + make_interval(secs => @timeout_seconds::float8))
 WHERE c.tenant_id = app_tenant() AND c.id = @id
   AND (c.state IN ('requested', 'approved') OR c.state = 'dispatched' AND c.class <> 'write')
   -- Nothing begins for a turn that is to stop. What people have approved is done even
   -- if the turn did not wait for them, and what has begun is brought to its end.
   AND (c.state = 'dispatched' OR EXISTS (
       SELECT FROM turns t
        WHERE t.tenant_id = c.tenant_id AND t.id = c.turn_id AND t.stop_requested_at IS NULL
          AND (t.status IN ('running', 'awaiting_approval') OR c.state = 'approved')))
RETURNING *;

-- ToolCallOffer lets pages take a call, until a deadline. No row: it is offered
-- already, or may not be made any more.
-- name: ToolCallOffer :one
UPDATE tool_calls c
   SET state = 'offered', page = '', deadline_at = now() + make_interval(secs => @timeout_seconds::float8)
 WHERE c.tenant_id = app_tenant() AND c.id = @id AND c.state IN ('requested', 'approved')
   AND EXISTS (
       SELECT FROM turns t
        WHERE t.tenant_id = c.tenant_id AND t.id = c.turn_id AND t.stop_requested_at IS NULL
          AND (t.status IN ('running', 'awaiting_approval') OR c.state = 'approved'))
RETURNING *;

-- ToolCallClaim gives a call that is offered to one page, with a deadline of its own.
-- No row: another page was first, or it is too late.
-- name: ToolCallClaim :one
UPDATE tool_calls c
   SET state = 'dispatched', page = @page::text, attempts = c.attempts + 1, dispatched_at = now(),
       deadline_at = now() + make_interval(secs => @timeout_seconds::float8)
 WHERE c.tenant_id = app_tenant() AND c.id = @id AND c.state = 'offered' AND c.deadline_at > now()
   AND EXISTS (SELECT FROM turns t WHERE t.tenant_id = c.tenant_id AND t.id = c.turn_id AND t.stop_requested_at IS NULL)
RETURNING *;

-- ToolCallFinish records what has become of a call; where a state is expected, only if
-- the call is in that one. No row: that is known already, or it is not.
-- name: ToolCallFinish :one
UPDATE tool_calls
   SET state = @state, output = @output, error = @error, reused_from = @reused_from, told = @told, answered = @answered, finished_at = now(),
       decision = coalesce(nullif(@decision::text, ''), decision), decided_by = coalesce(nullif(@decided_by::text, ''), decided_by)
 WHERE tenant_id = app_tenant() AND id = @id AND finished_at IS NULL AND (@expected::text = '' OR state = @expected)
RETURNING *;

-- TurnEventOffered is where the log offers pages the last of these calls; 0: nowhere.
-- name: TurnEventOffered :one
SELECT coalesce(max(seq), 0)::bigint FROM turn_events
 WHERE tenant_id = app_tenant() AND turn_id = @turn_id
   AND chunk->>'type' = 'tool-input-available' AND chunk->>'providerExecuted' = 'false' AND chunk->>'toolCallId' = ANY (@call_ids::text[]);

-- ToolCallGet is a call by its name.
-- name: ToolCallGet :one
SELECT * FROM tool_calls WHERE tenant_id = app_tenant() AND id = @id;

-- ToolCallCancelTurn gives up what a turn that ends has not begun.
-- name: ToolCallCancelTurn :exec
UPDATE tool_calls SET state = 'canceled', error = @error, finished_at = now()
 WHERE tenant_id = app_tenant() AND turn_id = @turn_id AND state IN ('requested', 'awaiting', 'approved', 'offered');

-- name: ToolCallListByTurn :many
SELECT * FROM tool_calls WHERE tenant_id = app_tenant() AND turn_id = @turn_id ORDER BY step, place;

-- name: ToolCallState :one
SELECT state FROM tool_calls WHERE tenant_id = app_tenant() AND id = @id;

-- TurnLockCalling locks the turn for the outcome of one of its calls.
-- name: TurnLockCalling :one
SELECT * FROM turns
 WHERE tenant_id = app_tenant() AND id = @id
   FOR NO KEY UPDATE;

-- TurnAdvance counts what was added to a turn's log between two steps.
-- name: TurnAdvance :exec
UPDATE turns SET last_seq = @last_seq WHERE tenant_id = app_tenant() AND id = @id;

-- name: ToolSecretsNamed :many
SELECT name, secret_ciphertext FROM tool_secrets WHERE tenant_id = app_tenant() AND name = ANY (@names::text[]);

-- name: ToolSecretList :many
SELECT name, created_at, updated_at FROM tool_secrets WHERE tenant_id = app_tenant() ORDER BY name;

-- name: ToolSecretPut :one
INSERT INTO tool_secrets (name, secret_ciphertext) VALUES (@name, @secret_ciphertext)
ON CONFLICT (tenant_id, name) DO UPDATE SET secret_ciphertext = excluded.secret_ciphertext, updated_at = now()
RETURNING name, created_at, updated_at;

-- name: ToolSecretDelete :one
DELETE FROM tool_secrets WHERE tenant_id = app_tenant() AND name = @name RETURNING name;

-- TenantSigningRotate gives the number of another key for signatures. The one
-- before is not used any more.
-- name: TenantSigningRotate :one
UPDATE tenants SET signing_number = signing_number + 1 WHERE id = app_tenant() RETURNING signing_number;

-- TurnHandoffCount is how often agents have given a turn to each other.
-- name: TurnHandoffCount :one
SELECT count(*) FROM tool_calls
 WHERE tenant_id = app_tenant() AND turn_id = @turn_id AND state = 'succeeded' AND output ? 'versionId' AND tool LIKE 'handoff\_to\_%';

-- TurnHandedOver is the agent that a step's calls have given the turn to, the last
-- one if there are several.
-- name: TurnHandedOver :one
SELECT c.output FROM tool_calls c
 WHERE c.tenant_id = app_tenant() AND c.turn_id = @turn_id AND c.step = @step AND c.state = 'succeeded'
   AND c.output ? 'versionId' AND c.tool LIKE 'handoff\_to\_%'
 ORDER BY c.place DESC
 LIMIT 1;

-- TurnHandOver lets another agent go on with a turn and its conversation.
-- name: TurnHandOver :one
WITH speaks AS (
    UPDATE conversations c SET speaker_id = @agent_id
      FROM turns t
     WHERE c.tenant_id = app_tenant() AND t.tenant_id = app_tenant() AND t.id = @id AND c.id = t.conversation_id
)
UPDATE turns SET agent_id = @agent_id, agent_version_id = @agent_version_id
 WHERE turns.tenant_id = app_tenant() AND turns.id = @id
RETURNING *;
