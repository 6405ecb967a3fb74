-- What the platform forgets, so that no table grows for ever. Each query takes a
-- bite of bounded size: call it again until it affects nothing.

-- TurnEventPrune drops the chunks of turns that ended before the given moment,
-- once their answer is stored as a message. From then on a stream of such a turn
-- is made from the message.
-- name: TurnEventPrune :execrows
WITH old AS (
    SELECT t.tenant_id, t.id
      FROM turns t
      JOIN messages m ON m.tenant_id = t.tenant_id AND m.id = t.assistant_message_id AND m.state <> 'pending'
     WHERE t.finished_at < @finished_before AND t.events_pruned_at IS NULL
     LIMIT @max
       FOR NO KEY UPDATE OF t SKIP LOCKED
), dropped AS (
    DELETE FROM turn_events e USING old WHERE e.tenant_id = old.tenant_id AND e.turn_id = old.id
)
UPDATE turns t SET events_pruned_at = now() FROM old WHERE t.tenant_id = old.tenant_id AND t.id = old.id;

-- name: IdempotencyKeyPrune :execrows
DELETE FROM idempotency_keys k USING (
    SELECT o.tenant_id, o.scope, o.key FROM idempotency_keys o WHERE o.created_at < @created_before
     LIMIT @max FOR UPDATE SKIP LOCKED
) old
 WHERE k.tenant_id = old.tenant_id AND k.scope = old.scope AND k.key = old.key;

-- name: SessionPrune :execrows
DELETE FROM sessions s USING (
    SELECT o.tenant_id, o.id FROM sessions o WHERE o.expires_at < now() LIMIT @max FOR UPDATE SKIP LOCKED
) old
 WHERE s.tenant_id = old.tenant_id AND s.id = old.id;
