-- TurnClaimState is what a claim decides on. It is read after the lock, in a
-- statement of its own, so that it sees what the last holder committed. The ids
-- of turns begin with their time in milliseconds: those of the last minute are
-- one range of the primary key, and no more of them are counted than matter. What
-- was claimed before with the same key, or for the same message of the client's,
-- comes with what tells whether it is the same request.
-- name: TurnClaimState :one
SELECT a.published_version_id,
       t.monthly_budget_micros, t.max_active_turns,
       (SELECT coalesce(sum(u.cost_micros), 0)::bigint FROM usage_months u
         WHERE u.tenant_id = app_tenant() AND u.month = date_trunc('month', now() AT TIME ZONE 'UTC')::date) AS spent_micros,
       (SELECT count(*) FROM turns r
         WHERE r.tenant_id = app_tenant() AND r.status = 'running') AS active_turns,
       coalesce((SELECT count(*) FROM (
           SELECT FROM turns r
            WHERE r.tenant_id = app_tenant()
              AND r.id >= (lpad(to_hex((extract(epoch FROM now() - interval '1 minute') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
            LIMIT coalesce(t.turns_per_minute, 0)) recent) >= t.turns_per_minute, false)::boolean AS too_fast,
       (SELECT r.id FROM turns r
         WHERE r.tenant_id = app_tenant() AND r.conversation_id = @conversation_id AND r.status = 'running') AS active_turn_id,
       coalesce(v.config #> '{guardrails,redact,kinds}', '[]')::jsonb AS redact,
       keyed.turn_id AS keyed_turn_id, keyed.body_hash AS keyed_body_hash, keyed.message_id AS keyed_message_id,
       said.id AS client_message_id, said.turn_id AS client_turn_id, said.parts AS client_parts
  FROM agents a
  JOIN tenants t ON t.id = a.tenant_id
  LEFT JOIN agent_versions v ON v.tenant_id = a.tenant_id AND v.id = a.published_version_id
  LEFT JOIN LATERAL (
       SELECT m.turn_id, m.body_hash, m.id AS message_id FROM messages m
        WHERE m.tenant_id = app_tenant() AND m.conversation_id = @conversation_id
          AND m.idempotency_key = sqlc.narg(idempotency_key)
        UNION ALL
       SELECT k.id, k.body_hash, k.user_message_id FROM turns k
        WHERE k.tenant_id = app_tenant() AND k.conversation_id = @conversation_id
          AND k.idempotency_key = sqlc.narg(idempotency_key)) keyed ON true
  LEFT JOIN LATERAL (
       SELECT m.id, m.turn_id, m.parts FROM messages m
        WHERE m.tenant_id = app_tenant() AND m.conversation_id = @conversation_id
          AND m.client_id = sqlc.narg(client_id)
        ORDER BY m.position DESC LIMIT 1) said ON true
 WHERE a.tenant_id = app_tenant() AND a.id = @agent_id AND a.deleted_at IS NULL;

-- TurnClaim stores the question and starts its turn: the commit point of the
-- whole design. The writer's first epoch belongs to whoever made the claim, and
-- the first call to the model is in the books before anybody makes it. A question
-- that is asked again is stored already.
-- name: TurnClaim :one
WITH counted AS (
    UPDATE conversations
       SET message_count = message_count + (NOT @again::boolean)::integer,
           last_event_seq = last_event_seq + cardinality(@events::jsonb[]),
           updated_at = now(), preview = @preview, title = @title
     WHERE conversations.tenant_id = app_tenant() AND conversations.id = @conversation_id
 RETURNING conversations.message_count, conversations.run, conversations.fork, conversations.last_event_seq
), asked AS (
    INSERT INTO messages (id, conversation_id, turn_id, role, parts, position, run, fork, state, client_id)
    SELECT @user_message_id, @conversation_id, @id, 'user', @parts, message_count, run, fork, 'complete', @client_id
      FROM counted WHERE NOT @again
), announced AS (
    INSERT INTO conversation_events (conversation_id, seq, event)
    SELECT @conversation_id, last_event_seq - cardinality(@events::jsonb[]) + e.ordinal, e.event
      FROM counted, unnest(@events::jsonb[]) WITH ORDINALITY AS e (event, ordinal)
), opened AS (
    INSERT INTO turn_events (turn_id, seq, chunk) VALUES (@id, 1, @start)
), metered AS (
    INSERT INTO usage (id, turn_id, step, attempt, purpose, source) VALUES (@usage_id, @id, 1, 1, 'answer', 'unknown')
)
INSERT INTO turns (id, conversation_id, agent_id, agent_version_id, user_message_id, assistant_message_id,
                   idempotency_key, body_hash, continues, client_tools, writer_epoch, last_seq)
VALUES (@id, @conversation_id, @agent_id, @agent_version_id, @user_message_id, @assistant_message_id,
        @idempotency_key, @body_hash, @continues, coalesce(@client_tools::text[], '{}'), 1, 1)
RETURNING *;

-- TurnSteer stores a message for the turn that runs. The turn's last transaction
-- will not end it while such a message waits.
-- name: TurnSteer :exec
WITH counted AS (
    UPDATE conversations
       SET message_count = message_count + 1, last_event_seq = last_event_seq + 1, updated_at = now(), preview = @preview
     WHERE conversations.tenant_id = app_tenant() AND conversations.id = @conversation_id
 RETURNING conversations.message_count, conversations.run, conversations.fork, conversations.last_event_seq
), announced AS (
    INSERT INTO conversation_events (conversation_id, seq, event)
    SELECT @conversation_id, last_event_seq, @event FROM counted
)
INSERT INTO messages (id, conversation_id, turn_id, role, parts, position, run, fork, state, client_id, idempotency_key, body_hash)
SELECT @message_id, @conversation_id, @turn_id, 'user', @parts, message_count, run, fork, 'pending', @client_id, @idempotency_key, @body_hash
  FROM counted;

-- PromptMessages is the newest part of a conversation's branch, newest first:
-- what a model may be told of it. ending is the number of the branch's last
-- message; NULL: the branch is the one that is shown. Where a person has written, the
-- author is the person.
-- name: PromptMessages :many
SELECT said.id, said.role, said.parts, said.author
  FROM conversations c
 CROSS JOIN LATERAL conversation_runs(c.id, sqlc.narg(ending)::integer) AS r
 CROSS JOIN LATERAL (
       SELECT m.id, m.role, m.parts, m.position,
              CASE WHEN m.turn_id IS NULL THEN m.author ELSE '' END::text AS author
         FROM messages m
        WHERE m.tenant_id = app_tenant() AND m.conversation_id = c.id AND m.state <> 'pending'
          AND m.position BETWEEN r.first AND r.last
        ORDER BY m.position DESC LIMIT @max_rows) AS said
 WHERE c.tenant_id = app_tenant() AND c.id = @conversation_id
 ORDER BY said.position DESC
 LIMIT @max_rows;

-- TurnContext is what a step needs beside the conversation's messages: the
-- pinned version of the agent, who asks, and the tenant's own account with a
-- model provider, if it has one.
-- name: TurnContext :one
SELECT v.config, c.visitor_id, c.play_asks, CASE WHEN t.agent_id <> c.agent_id THEN a.name ELSE '' END::text AS speaker, p.api, p.base_url, p.default_model, p.secret_ciphertext
  FROM turns t
  JOIN agent_versions v ON v.tenant_id = t.tenant_id AND v.id = t.agent_version_id
  JOIN conversations c ON c.tenant_id = t.tenant_id AND c.id = t.conversation_id
  JOIN agents a ON a.tenant_id = t.tenant_id AND a.id = t.agent_id
  LEFT JOIN providers p ON p.tenant_id = t.tenant_id
 WHERE t.tenant_id = app_tenant() AND t.id = @id;
