-- name: AuditAppend :exec
INSERT INTO audit_log (id, actor_kind, actor_id, action, target_kind, target_id, detail, request_id)
VALUES (@id, @actor_kind, @actor_id, @action, @target_kind, @target_id, @detail, @request_id);
