-- Why: an Idempotency-Key belongs to the message that came with it, also where
-- the message joined a turn that was running and so has no turn of its own. The
-- log of a turn is pruned, so why its model stopped is kept with the turn. The
-- page that shows the widget tells an owner more than its origin does.
-- +goose Up
ALTER TABLE messages
    ADD COLUMN idempotency_key text CHECK (length(idempotency_key) <= 255),
    ADD COLUMN body_hash bytea;
CREATE UNIQUE INDEX messages_idempotency ON messages (tenant_id, conversation_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

ALTER TABLE turns ADD COLUMN finish_reason text NOT NULL DEFAULT '';

ALTER TABLE agents ADD COLUMN snippet_seen_page text NOT NULL DEFAULT '';
