-- name: AgentInsert :one
INSERT INTO agents (id, name, draft) VALUES (@id, @name, @draft) RETURNING *;

-- name: AgentGet :one
SELECT sqlc.embed(agents), v.number AS published_number, v.revision AS published_revision, v.created_at AS published_at
  FROM agents
  LEFT JOIN agent_versions v ON v.tenant_id = agents.tenant_id AND v.id = agents.published_version_id
 WHERE agents.tenant_id = app_tenant() AND agents.id = @id AND agents.deleted_at IS NULL;

-- AgentList gives the oldest first, in the order of their ids; after is the last
-- of the page before and NULL on the first.
-- name: AgentList :many
SELECT sqlc.embed(agents), v.number AS published_number, v.revision AS published_revision, v.created_at AS published_at
  FROM agents
  LEFT JOIN agent_versions v ON v.tenant_id = agents.tenant_id AND v.id = agents.published_version_id
 WHERE agents.tenant_id = app_tenant() AND agents.deleted_at IS NULL AND (agents.id > @after OR @after IS NULL)
 ORDER BY agents.id
 LIMIT @max;

-- AgentDraftPut changes name and draft if nobody else has since that revision
-- was read; otherwise nothing is found.
-- name: AgentDraftPut :one
UPDATE agents SET name = @name, draft = @draft, draft_revision = draft_revision + 1, updated_at = now()
 WHERE tenant_id = app_tenant() AND id = @id AND draft_revision = @revision AND deleted_at IS NULL
RETURNING *;

-- name: AgentDelete :one
UPDATE agents SET deleted_at = now(), updated_at = now()
 WHERE tenant_id = app_tenant() AND id = @id AND deleted_at IS NULL
RETURNING id;

-- AgentPublish freezes the draft of that revision as the next version and makes
-- it the one that visitors meet. A revision that is no longer the newest is not
-- found; two at the same moment conflict.
-- name: AgentPublish :one
WITH agent AS (
    UPDATE agents SET published_version_id = @id, updated_at = now()
     WHERE tenant_id = app_tenant() AND agents.id = @agent_id AND draft_revision = @revision AND deleted_at IS NULL
    RETURNING agents.id, agents.draft, agents.draft_revision
)
INSERT INTO agent_versions (id, agent_id, number, revision, config, published_by)
SELECT @id, agent.id,
       1 + (SELECT coalesce(max(v.number), 0) FROM agent_versions v WHERE v.tenant_id = app_tenant() AND v.agent_id = agent.id),
       agent.draft_revision, agent.draft, @published_by
  FROM agent
RETURNING *;

-- AgentDraftFreeze keeps the draft as it is now, so that turns can name it. One that
-- is kept already stays as it is.
-- name: AgentDraftFreeze :execrows
INSERT INTO agent_versions (id, agent_id, number, revision, config)
SELECT @id, a.id, 0, a.draft_revision, a.draft
  FROM agents a
 WHERE a.tenant_id = app_tenant() AND a.id = @agent_id AND a.deleted_at IS NULL
ON CONFLICT (tenant_id, agent_id, revision) WHERE number = 0 DO NOTHING;

-- AgentDraftFrozen is the newest draft that was kept.
-- name: AgentDraftFrozen :one
SELECT id FROM agent_versions
 WHERE tenant_id = app_tenant() AND agent_id = @agent_id AND number = 0
 ORDER BY revision DESC
 LIMIT 1;

-- AgentVersionList gives the newest first, below the given number. Drafts that were
-- tried out are not among them.
-- name: AgentVersionList :many
SELECT * FROM agent_versions
 WHERE tenant_id = app_tenant() AND agent_id = @agent_id AND number < @before AND number > 0
 ORDER BY number DESC
 LIMIT @max;

-- name: AgentVersionGet :one
SELECT * FROM agent_versions
 WHERE tenant_id = app_tenant() AND agent_id = @agent_id AND number = @number AND number > 0;

-- AgentPublished is what visitors meet; an agent that was never published is
-- not found.
-- name: AgentPublished :one
SELECT a.name, sqlc.embed(v)
  FROM agents a
  JOIN agent_versions v ON v.tenant_id = a.tenant_id AND v.id = a.published_version_id
 WHERE a.tenant_id = app_tenant() AND a.id = @agent_id AND a.deleted_at IS NULL;

-- AgentSnippetSeen notes that a page shows the widget, once a day and origin.
-- name: AgentSnippetSeen :exec
UPDATE agents SET snippet_seen_at = now(), snippet_seen_origin = @origin, snippet_seen_page = @page
 WHERE tenant_id = app_tenant() AND id = @id
   AND (snippet_seen_at IS NULL OR snippet_seen_at < now() - interval '1 day' OR snippet_seen_origin <> @origin
        OR snippet_seen_page = '' AND @page <> '');

-- AgentsKnown gives those of the ids that are agents of the tenant.
-- name: AgentsKnown :many
SELECT id FROM agents WHERE tenant_id = app_tenant() AND id = ANY (@ids::uuid[]) AND deleted_at IS NULL;

-- AgentVersionByCall is the version that has asked for a tool's call.
-- name: AgentVersionByCall :one
SELECT v.* FROM tool_calls c
  JOIN agent_versions v ON v.tenant_id = c.tenant_id AND v.id = c.agent_version_id
 WHERE c.tenant_id = app_tenant() AND c.id = @call_id;
