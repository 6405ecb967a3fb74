-- name: VisitorInsert :one
INSERT INTO visitors (id, secret_hash) VALUES (@id, @secret_hash) RETURNING *;

-- VisitorBySecret finds the visitor whose browser kept the secret, and dates the visit.
-- name: VisitorBySecret :one
UPDATE visitors SET last_seen_at = now()
 WHERE tenant_id = app_tenant() AND secret_hash = @secret_hash
RETURNING *;

-- VisitorByExternalID finds or makes the visitor whom the tenant's token names.
-- Empty fields of the token leave what is known.
-- name: VisitorByExternalID :one
INSERT INTO visitors (id, external_id, name, email, traits)
VALUES (@id, @external_id, @name, @email, @traits)
ON CONFLICT (tenant_id, external_id) WHERE external_id IS NOT NULL DO UPDATE
   SET name = coalesce(nullif(excluded.name, ''), visitors.name),
       email = coalesce(nullif(excluded.email, ''), visitors.email),
       traits = visitors.traits || excluded.traits, last_seen_at = now()
RETURNING *;
