-- AuditAppend is for what happens before a tenant's own transaction can: signing
-- in and out.
-- name: AuditAppend :exec
INSERT INTO audit_log (tenant_id, id, actor_kind, actor_id, action, target_kind, target_id, detail, request_id)
VALUES (@tenant_id, @id, @actor_kind, @actor_id, @action, @target_kind, @target_id, @detail, @request_id);
