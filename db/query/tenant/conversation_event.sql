-- ConversationEventAppend gives the event the conversation's next number. The
-- row lock that this takes makes the order of commits the order of numbers.
-- name: ConversationEventAppend :one
WITH numbered AS (
    UPDATE conversations SET last_event_seq = last_event_seq + 1
     WHERE conversations.tenant_id = app_tenant() AND conversations.id = @conversation_id
    RETURNING conversations.id, conversations.last_event_seq
)
INSERT INTO conversation_events (conversation_id, seq, event)
SELECT numbered.id, numbered.last_event_seq, @event FROM numbered
RETURNING seq;

-- name: ConversationEventListAfter :many
SELECT seq, event FROM conversation_events
 WHERE tenant_id = app_tenant() AND conversation_id = @conversation_id AND seq > @after
 ORDER BY seq
 LIMIT @max;
