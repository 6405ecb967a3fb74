-- IdempotencyKeyTake makes the caller the one who answers the request with that
-- key. No row is affected when another has the key; it may still be at work, or
-- have answered. Whoever died at work loses the key after a minute.
-- name: IdempotencyKeyTake :execrows
INSERT INTO idempotency_keys (scope, key, body_hash) VALUES (@scope, @key, @body_hash)
ON CONFLICT (tenant_id, scope, key) DO UPDATE SET created_at = now()
 WHERE idempotency_keys.status IS NULL AND idempotency_keys.body_hash = excluded.body_hash
   AND idempotency_keys.created_at < now() - interval '1 minute';

-- name: IdempotencyKeyGet :one
SELECT * FROM idempotency_keys WHERE tenant_id = app_tenant() AND scope = @scope AND key = @key;

-- IdempotencyKeyFinish keeps the answer for those who ask again.
-- name: IdempotencyKeyFinish :exec
UPDATE idempotency_keys SET status = @status, response = @response
 WHERE tenant_id = app_tenant() AND scope = @scope AND key = @key;

-- IdempotencyKeyRelease lets the request be tried again after it failed.
-- name: IdempotencyKeyRelease :exec
DELETE FROM idempotency_keys
 WHERE tenant_id = app_tenant() AND scope = @scope AND key = @key AND status IS NULL;
