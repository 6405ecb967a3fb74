-- OriginPublished reports whether any tenant's published agent may be shown on
-- pages of that origin. A browser's preflight names no agent and no tenant.
-- name: OriginPublished :one
SELECT EXISTS (
    SELECT FROM agent_versions v
      JOIN agents a ON a.tenant_id = v.tenant_id AND a.id = v.agent_id AND a.published_version_id = v.id
     WHERE v.config -> 'allowedOrigins' ? @origin::text AND a.deleted_at IS NULL);
