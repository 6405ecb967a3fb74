-- name: KeyInsert :one
INSERT INTO api_keys (id, kind, name, prefix, key_hash, public_value, scopes, created_by)
VALUES (@id, @kind, @name, @prefix, @key_hash, @public_value, @scopes, @created_by)
RETURNING *;

-- KeyList gives the newest first; before is the last id of the page before,
-- whose order is that of time, and NULL on the first.
-- name: KeyList :many
SELECT * FROM api_keys
 WHERE tenant_id = app_tenant() AND (id < @before OR @before IS NULL)
 ORDER BY id DESC
 LIMIT @max;

-- KeyRevoke says nothing new about a key that was revoked before.
-- name: KeyRevoke :one
UPDATE api_keys SET revoked_at = coalesce(revoked_at, now())
 WHERE tenant_id = app_tenant() AND id = @id
RETURNING *;

-- name: ProviderGet :one
SELECT * FROM providers WHERE tenant_id = app_tenant();

-- ProviderPut keeps the id of an existing row.
-- name: ProviderPut :one
INSERT INTO providers (id, api, base_url, default_model, secret_ciphertext, key_hint)
VALUES (@id, @api, @base_url, @default_model, @secret_ciphertext, @key_hint)
ON CONFLICT (tenant_id) DO UPDATE
   SET api = excluded.api, base_url = excluded.base_url, default_model = excluded.default_model,
       secret_ciphertext = excluded.secret_ciphertext, key_hint = excluded.key_hint, updated_at = now()
RETURNING *;

-- name: ProviderDelete :exec
DELETE FROM providers WHERE tenant_id = app_tenant();
