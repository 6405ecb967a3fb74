-- name: MCPServerInsert :one
INSERT INTO mcp_servers (id, name, config) VALUES (@id, @name, @config) RETURNING *;

-- MCPServerPut changes what a server is; what it offers has to be asked anew if its
-- address has changed.
-- name: MCPServerPut :one
UPDATE mcp_servers
   SET name = @name, config = @config, updated_at = now(), listed_at = CASE WHEN config = @config THEN listed_at END,
       error = CASE WHEN config = @config THEN error ELSE '' END
 WHERE tenant_id = app_tenant() AND id = @id
RETURNING *;

-- name: MCPServerGet :one
SELECT * FROM mcp_servers WHERE tenant_id = app_tenant() AND id = @id;

-- name: MCPServerList :many
SELECT * FROM mcp_servers WHERE tenant_id = app_tenant() ORDER BY name;

-- MCPServerListed keeps what a server has said who was asked at that address.
-- name: MCPServerListed :one
UPDATE mcp_servers SET tools = @tools, error = '', listed_at = now()
 WHERE tenant_id = app_tenant() AND id = @id AND config = @config
RETURNING *;

-- MCPServerFailed keeps why a server could not be asked, and what it has said before.
-- name: MCPServerFailed :one
UPDATE mcp_servers SET error = @error
 WHERE tenant_id = app_tenant() AND id = @id AND config = @config
RETURNING *;

-- name: MCPServerDelete :one
DELETE FROM mcp_servers WHERE tenant_id = app_tenant() AND id = @id RETURNING id;
