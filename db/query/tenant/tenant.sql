-- name: TenantGet :one
SELECT * FROM tenants WHERE id = app_tenant();

-- name: TenantPut :one
UPDATE tenants
   SET name = @name, monthly_budget_micros = @monthly_budget_micros,
       max_active_turns = @max_active_turns, turns_per_minute = @turns_per_minute
 WHERE id = app_tenant()
RETURNING *;

-- name: TenantIdentitySecretGet :one
SELECT identity_secret_ciphertext FROM tenants WHERE id = app_tenant();

-- TenantIdentitySecretPut replaces the key with which the tenant's own server
-- signs who a visitor is; NULL removes it.
-- name: TenantIdentitySecretPut :exec
UPDATE tenants SET identity_secret_ciphertext = @identity_secret_ciphertext WHERE id = app_tenant();

-- name: LaunchChecklistGet :one
SELECT
    EXISTS (SELECT FROM agents a WHERE a.tenant_id = app_tenant() AND a.deleted_at IS NULL AND a.published_version_id IS NOT NULL) AS agent_published,
    EXISTS (SELECT FROM agents a WHERE a.tenant_id = app_tenant() AND a.deleted_at IS NULL AND jsonb_path_exists(a.draft, '$.allowedOrigins[0]')) AS origins_set,
    EXISTS (SELECT FROM api_keys k WHERE k.tenant_id = app_tenant() AND k.revoked_at IS NULL) AS key_created,
    EXISTS (SELECT FROM agents a WHERE a.tenant_id = app_tenant() AND a.deleted_at IS NULL AND a.snippet_seen_at IS NOT NULL) AS snippet_seen,
    EXISTS (SELECT FROM conversations c WHERE c.tenant_id = app_tenant()) AS first_conversation;
