-- TurnEventFlush writes a batch of chunks of many turns. A turn's share is
-- written when its row still has the writer's epoch and exactly the number that
-- the writer last saw: so a flush whose commit nobody could confirm may be sent
-- again. The answer holds every turn of the batch as it stood before, for the
-- caller to tell what became of its share. Rows are locked in id order, as
-- everywhere, so that two flushes cannot wait for each other.
-- name: TurnEventFlush :many
WITH share AS (
    SELECT unnest(@tenant_ids::uuid[]) AS tenant_id, unnest(@turn_ids::uuid[]) AS turn_id,
           unnest(@epochs::bigint[]) AS epoch, unnest(@lasts::bigint[]) AS last, unnest(@counts::bigint[]) AS count,
           unnest(@response_ids::text[]) AS response_id, unnest(@response_seqs::bigint[]) AS response_seq
), found AS (
    SELECT t.tenant_id, t.id, t.last_seq, t.writer_epoch, t.status, s.epoch, s.last, s.count, s.response_id, s.response_seq
      FROM turns t
      JOIN share s ON s.tenant_id = t.tenant_id AND s.turn_id = t.id
     ORDER BY t.id
       FOR NO KEY UPDATE OF t
), owned AS (
    SELECT * FROM found
     WHERE status = 'running' AND writer_epoch = epoch AND last_seq = last
), advanced AS (
    UPDATE turns t
       SET last_seq = o.last + o.count,
           response_id = o.response_id,
           response_seq = o.response_seq
      FROM owned o
     WHERE t.tenant_id = o.tenant_id AND t.id = o.id
), written AS (
    INSERT INTO turn_events (tenant_id, turn_id, seq, chunk)
    SELECT o.tenant_id, o.id, o.last + c.ordinal, c.chunk
      FROM (SELECT unnest(@chunk_turn_ids::uuid[]) AS turn_id, unnest(@ordinals::bigint[]) AS ordinal,
                   unnest(@chunks::jsonb[]) AS chunk) c
      JOIN owned o ON o.id = c.turn_id
)
SELECT id, last_seq, writer_epoch, status FROM found;

-- name: Notify :exec
SELECT pg_notify(@channel::text, @payload::text);
