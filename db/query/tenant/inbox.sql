-- Conversations as staff see them.

-- ConversationStaffGet is ConversationGet with what staff want to know besides.
-- name: ConversationStaffGet :one
SELECT sqlc.embed(c), t.id AS active_turn_id, a.name AS agent_name,
       v.external_id, coalesce(v.name, '') AS visitor_name, coalesce(v.email, '') AS visitor_email
  FROM conversations c
  JOIN agents a ON a.tenant_id = c.tenant_id AND a.id = c.agent_id
  LEFT JOIN visitors v ON v.tenant_id = c.tenant_id AND v.id = c.visitor_id
  LEFT JOIN turns t ON t.tenant_id = c.tenant_id AND t.conversation_id = c.id AND t.status = 'running'
 WHERE c.tenant_id = app_tenant() AND c.id = @id AND c.deleted_at IS NULL;

-- ConversationList is the staff's list of what visitors have asked, one agent or all.
-- name: ConversationList :many
SELECT sqlc.embed(c), t.id AS active_turn_id, a.name AS agent_name,
       v.external_id, coalesce(v.name, '') AS visitor_name, coalesce(v.email, '') AS visitor_email
  FROM conversations c
  JOIN agents a ON a.tenant_id = c.tenant_id AND a.id = c.agent_id
  LEFT JOIN visitors v ON v.tenant_id = c.tenant_id AND v.id = c.visitor_id
  LEFT JOIN turns t ON t.tenant_id = c.tenant_id AND t.conversation_id = c.id AND t.status = 'running'
 WHERE c.tenant_id = app_tenant() AND c.deleted_at IS NULL AND c.kind = 'visitor'
   AND (c.agent_id = @agent_id OR @agent_id IS NULL)
   AND (c.waiting_since IS NOT NULL OR NOT @waiting::boolean)
   AND c.updated_at <= coalesce(sqlc.narg(before)::timestamptz, 'infinity')
   AND (c.updated_at < coalesce(sqlc.narg(before)::timestamptz, 'infinity') OR c.id < @before_id)
 ORDER BY c.updated_at DESC, c.id DESC
 LIMIT @max;

-- ConversationSearch is ConversationList for those in which the words were said.
-- name: ConversationSearch :many
SELECT sqlc.embed(c), t.id AS active_turn_id, a.name AS agent_name,
       v.external_id, coalesce(v.name, '') AS visitor_name, coalesce(v.email, '') AS visitor_email
  FROM conversations c
  JOIN agents a ON a.tenant_id = c.tenant_id AND a.id = c.agent_id
  LEFT JOIN visitors v ON v.tenant_id = c.tenant_id AND v.id = c.visitor_id
  LEFT JOIN turns t ON t.tenant_id = c.tenant_id AND t.conversation_id = c.id AND t.status = 'running'
 WHERE c.tenant_id = app_tenant() AND c.deleted_at IS NULL AND c.kind = 'visitor'
   AND (c.agent_id = @agent_id OR @agent_id IS NULL)
   AND (c.waiting_since IS NOT NULL OR NOT @waiting::boolean)
   AND c.updated_at <= coalesce(sqlc.narg(before)::timestamptz, 'infinity')
   AND (c.updated_at < coalesce(sqlc.narg(before)::timestamptz, 'infinity') OR c.id < @before_id)
   AND c.id IN (SELECT conversations_search(@words, @agent_id, sqlc.narg(before), @before_id, @max))
 ORDER BY c.updated_at DESC, c.id DESC;

-- ConversationWaitingCount is how many visitors wait for a person's word.
-- name: ConversationWaitingCount :one
SELECT count(*) FROM conversations WHERE tenant_id = app_tenant() AND waiting_since IS NOT NULL AND deleted_at IS NULL;
