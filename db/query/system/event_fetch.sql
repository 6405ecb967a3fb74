-- What other nodes have committed for the turns that this node's readers follow.
-- name: TurnEventFetch :many
SELECT e.turn_id, e.seq, e.chunk
  FROM (SELECT unnest(@tenant_ids::uuid[]) AS tenant_id, unnest(@turn_ids::uuid[]) AS turn_id,
               unnest(@afters::bigint[]) AS after) f
  JOIN turn_events e ON e.tenant_id = f.tenant_id AND e.turn_id = f.turn_id AND e.seq > f.after
 ORDER BY e.turn_id, e.seq
 LIMIT @max_rows;

-- name: ConversationEventFetch :many
SELECT e.conversation_id, e.seq, e.event
  FROM (SELECT unnest(@tenant_ids::uuid[]) AS tenant_id, unnest(@conversation_ids::uuid[]) AS conversation_id,
               unnest(@afters::bigint[]) AS after) f
  JOIN conversation_events e
    ON e.tenant_id = f.tenant_id AND e.conversation_id = f.conversation_id AND e.seq > f.after
 ORDER BY e.conversation_id, e.seq
 LIMIT @max_rows;
