-- NodeSeen registers a node, and again and again that it is alive.
-- name: NodeSeen :exec
INSERT INTO nodes (id) VALUES (@id) ON CONFLICT (id) DO UPDATE SET last_seen_at = now();

-- name: NodeDelete :exec
DELETE FROM nodes WHERE id = @id;

-- NodePeers counts the other nodes that were alive a moment ago.
-- name: NodePeers :one
SELECT count(*) FROM nodes WHERE id <> @id AND last_seen_at > now() - interval '15 seconds';

-- NodePrune forgets nodes that died without a word.
-- name: NodePrune :exec
DELETE FROM nodes WHERE last_seen_at < now() - interval '5 minutes';

-- name: Notify :exec
SELECT pg_notify(@channel::text, @payload::text);
