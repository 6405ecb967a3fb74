-- KeyByHash resolves a presented key, if it has not been revoked.
-- name: KeyByHash :one
SELECT * FROM api_keys WHERE key_hash = @key_hash AND revoked_at IS NULL;

-- KeyUsed dates a key's use, to the minute.
-- name: KeyUsed :exec
UPDATE api_keys SET last_used_at = now()
 WHERE tenant_id = @tenant_id AND id = @id
   AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute');

-- name: UserByEmail :one
SELECT * FROM users WHERE email = lower(@email);

-- name: UserGet :one
SELECT * FROM users WHERE id = @id;

-- name: UserInsert :one
INSERT INTO users (id, email, name, password_hash, is_operator)
VALUES (@id, lower(@email), @name, @password_hash, @is_operator)
RETURNING *;

-- name: UserPasswordPut :one
UPDATE users SET password_hash = @password_hash WHERE id = @id RETURNING id;

-- MembershipListByUser gives the tenants that a person may sign in to, the
-- oldest membership first.
-- name: MembershipListByUser :many
SELECT m.tenant_id, t.slug, t.name, m.role
  FROM memberships m JOIN tenants t ON t.id = m.tenant_id
 WHERE m.user_id = @user_id
 ORDER BY m.created_at, t.id;

-- name: MembershipInsert :one
INSERT INTO memberships (tenant_id, user_id, role) VALUES (@tenant_id, @user_id, @role) RETURNING *;

-- name: TenantInsert :one
INSERT INTO tenants (id, slug, name) VALUES (@id, @slug, @name) RETURNING *;

-- name: TenantBySlug :one
SELECT * FROM tenants WHERE slug = @slug;

-- name: SessionInsert :one
INSERT INTO sessions (tenant_id, id, user_id, token_hash, expires_at)
VALUES (@tenant_id, @id, @user_id, @token_hash, @expires_at)
RETURNING *;

-- SessionByHash resolves a cookie to everything that a request wants to know
-- about who sent it.
-- name: SessionByHash :one
SELECT s.tenant_id, s.id, s.user_id, s.expires_at, s.last_seen_at, m.role,
       u.email, u.name AS user_name, u.is_operator, t.slug AS tenant_slug, t.name AS tenant_name
  FROM sessions s
  JOIN memberships m ON m.tenant_id = s.tenant_id AND m.user_id = s.user_id
  JOIN users u ON u.id = s.user_id
  JOIN tenants t ON t.id = s.tenant_id
 WHERE s.token_hash = @token_hash AND s.expires_at > now();

-- SessionSeen dates a session's use, to the minute.
-- name: SessionSeen :exec
UPDATE sessions SET last_seen_at = now()
 WHERE tenant_id = @tenant_id AND id = @id AND last_seen_at < now() - interval '1 minute';

-- name: SessionDelete :exec
DELETE FROM sessions WHERE token_hash = @token_hash;

-- UserNames gives the names of people that a tenant's rows mention.
-- name: UserNames :many
SELECT u.id, u.name FROM users u
  JOIN memberships m ON m.user_id = u.id AND m.tenant_id = @tenant_id;

-- MembersByRole gives the people of a tenant who have one of the roles.
-- name: MembersByRole :many
SELECT u.id, u.email, u.name, m.role
  FROM memberships m JOIN users u ON u.id = m.user_id
 WHERE m.tenant_id = @tenant_id AND m.role = ANY (@roles::text[])
 ORDER BY u.email;

-- MemberGet gives what a person is to a tenant.
-- name: MemberGet :one
SELECT u.id, u.email, u.name, m.role
  FROM memberships m JOIN users u ON u.id = m.user_id
 WHERE m.tenant_id = @tenant_id AND m.user_id = @user_id;
