-- What the platform forgets, so that no table grows for ever. Each query takes a
-- bite of bounded size: call it again until it affects nothing.

-- TurnEventPrune drops the chunks of turns that ended before the given moment,
-- once their answer is stored as a message. From then on a stream of such a turn
-- is made from the message. For exports each log is kept in one row for a while,
-- unless it is enormous or that while is over already.
-- name: TurnEventPrune :execrows
WITH old AS (
    SELECT t.tenant_id, t.id, t.created_at, t.finished_at
      FROM turns t
      JOIN messages m ON m.tenant_id = t.tenant_id AND m.id = t.assistant_message_id AND m.state <> 'pending'
     WHERE t.finished_at < @finished_before AND t.events_pruned_at IS NULL
     LIMIT @max
       FOR NO KEY UPDATE OF t SKIP LOCKED
), archived AS (
    INSERT INTO turn_archives (tenant_id, turn_id, ended_at, events)
    SELECT old.tenant_id, old.id, min(old.finished_at),
           jsonb_agg(jsonb_build_array((extract(epoch FROM e.created_at - old.created_at) * 1000)::bigint, e.chunk) ORDER BY e.seq)
      FROM turn_events e, old
     WHERE e.tenant_id = old.tenant_id AND e.turn_id = old.id AND old.finished_at >= @archived_since::timestamptz
     GROUP BY old.tenant_id, old.id
    HAVING sum(octet_length(e.chunk::text)) <= @archive_bytes::bigint
        ON CONFLICT DO NOTHING
), dropped AS (
    DELETE FROM turn_events e USING old WHERE e.tenant_id = old.tenant_id AND e.turn_id = old.id
)
UPDATE turns t SET events_pruned_at = now() FROM old WHERE t.tenant_id = old.tenant_id AND t.id = old.id;

-- TurnArchivePrune drops the archived logs of turns that ended before the moment.
-- name: TurnArchivePrune :execrows
DELETE FROM turn_archives a USING (
    SELECT o.tenant_id, o.turn_id FROM turn_archives o WHERE o.ended_at < @ended_before LIMIT @max
) old
 WHERE a.tenant_id = old.tenant_id AND a.turn_id = old.turn_id;

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
