-- TurnTakeEpoch makes the caller the turn's only writer: calls of tools that are
-- under way still get into the ledger, and no longer into the log. No row: the
-- turn is not running.
-- name: TurnTakeEpoch :one
UPDATE turns SET writer_epoch = writer_epoch + 1, calling = 0
 WHERE tenant_id = app_tenant() AND id = @id AND status = 'running'
RETURNING *;

-- TurnLockOwned locks the turn for a transaction of the writer that has the
-- epoch. No row: the turn is closed, or another writer has taken over.
-- name: TurnLockOwned :one
SELECT * FROM turns
 WHERE tenant_id = app_tenant() AND id = @id AND writer_epoch = @epoch AND status = 'running'
   FOR NO KEY UPDATE;

-- TurnEventAppend adds a step's last chunks in the transaction that closes it.
-- name: TurnEventAppend :exec
INSERT INTO turn_events (turn_id, seq, chunk)
SELECT @turn_id, c.ordinal + sqlc.arg(after)::bigint, c.chunk
  FROM unnest(@chunks::jsonb[]) WITH ORDINALITY AS c (chunk, ordinal);

-- TurnStepClose is a step's checkpoint: a later attempt begins with the next one.
-- If the step has calls to make, the log is theirs from now on, and its writer's
-- no more.
-- name: TurnStepClose :exec
UPDATE turns
   SET step = @step, last_seq = @last_seq, response_id = '', response_seq = 0,
       calling = @calling, writer_epoch = writer_epoch + (@calling <> 0)::integer
 WHERE tenant_id = app_tenant() AND id = @id;

-- TurnClose ends a turn, stores its answer and counts it in the month, if it was a
-- visitor's.
-- name: TurnClose :exec
WITH counted AS (
    UPDATE conversations
       SET message_count = message_count + 1, last_event_seq = last_event_seq + cardinality(@events::jsonb[]),
           updated_at = now(), preview = coalesce(nullif(@preview::text, ''), preview)
     WHERE conversations.tenant_id = app_tenant() AND conversations.id = @conversation_id
 RETURNING conversations.message_count, conversations.run, conversations.fork, conversations.last_event_seq
), answered AS (
    INSERT INTO messages (id, conversation_id, turn_id, role, parts, position, run, fork, state, author)
    SELECT @message_id, @conversation_id, @id, 'assistant', @parts, message_count, run, fork, @message_state, @author FROM counted
), announced AS (
    INSERT INTO conversation_events (conversation_id, seq, event)
    SELECT @conversation_id, last_event_seq - cardinality(@events::jsonb[]) + e.ordinal, e.event
      FROM counted, unnest(@events::jsonb[]) WITH ORDINALITY AS e (event, ordinal)
), month AS (
    INSERT INTO usage_months (month, shard, turns)
    SELECT date_trunc('month', now() AT TIME ZONE 'UTC')::date, (pg_backend_pid() % 16)::smallint, 1
      FROM conversations c WHERE c.tenant_id = app_tenant() AND c.id = @conversation_id AND c.kind = 'visitor'
    ON CONFLICT (tenant_id, month, shard) DO UPDATE SET turns = usage_months.turns + 1
)
UPDATE turns
   SET status = @status, step = @step, last_seq = @last_seq, response_id = '', response_seq = 0,
       finish_reason = @finish_reason, error_code = @error_code, error_message = @error_message, finished_at = now()
 WHERE turns.tenant_id = app_tenant() AND turns.id = @id;

-- TurnRequestStop records the wish for every later attempt. No row: the turn is
-- over.
-- name: TurnRequestStop :execrows
UPDATE turns SET stop_requested_at = coalesce(stop_requested_at, now())
 WHERE tenant_id = app_tenant() AND id = @id AND status = 'running';

-- MessagePendingSettle takes the messages that came in while the turn ran into
-- the conversation.
-- name: MessagePendingSettle :many
UPDATE messages SET state = 'complete'
 WHERE tenant_id = app_tenant() AND turn_id = @turn_id AND state = 'pending'
RETURNING id, position;

-- TurnContinued ends the waiting of a turn that another one goes on for.
-- name: TurnContinued :exec
UPDATE turns SET status = 'completed' WHERE tenant_id = app_tenant() AND id = @id AND status = 'awaiting_approval';

-- TurnContinuing is the turn that goes on for another.
-- name: TurnContinuing :one
SELECT * FROM turns WHERE tenant_id = app_tenant() AND continues = @id;

-- TurnContinuable tells whether there is something to go on with: the answer is
-- shown, nothing of it is waited for any more, and nobody has gone on with it. late
-- counts the calls whose outcomes the model does not know yet.
-- name: TurnContinuable :one
SELECT sqlc.embed(t),
       (SELECT count(*) FROM tool_calls c
         WHERE c.tenant_id = t.tenant_id AND c.turn_id = t.id AND c.finished_at IS NULL) AS open,
       (SELECT count(*) FROM tool_calls c
         WHERE c.tenant_id = t.tenant_id AND c.turn_id = t.id AND c.finished_at IS NOT NULL AND NOT c.told AND c.state <> 'canceled') AS late,
       EXISTS (SELECT FROM turns n WHERE n.tenant_id = t.tenant_id AND n.continues = t.id) AS continued,
       EXISTS (SELECT FROM messages m, conversation_runs(t.conversation_id, NULL) AS r
                WHERE m.tenant_id = t.tenant_id AND m.id = t.assistant_message_id
                  AND m.position BETWEEN r.first AND r.last) AS shown
  FROM turns t
 WHERE t.tenant_id = app_tenant() AND t.id = @id;

-- TurnBlocked notes why an answer was not given. The turn's row must be locked.
-- name: TurnBlocked :exec
UPDATE turns SET blocked = @blocked WHERE tenant_id = app_tenant() AND id = @id;
