package api

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/parley-chat/parley/db"
)

// audit notes who did what to what, in the transaction that does it.
func audit(ctx context.Context, tx *db.TenantTx, action, targetKind, targetID string) error {
	actor := actorOf(ctx)
	return tx.AuditAppend(ctx, db.AuditAppendParams{
		ID: uuid.Must(uuid.NewV7()), ActorKind: string(actor.Kind), ActorID: actor.ID(),
		Action: action, TargetKind: targetKind, TargetID: targetID,
		Detail: json.RawMessage("{}"), RequestID: requestID(ctx),
	})
}

// auditSession notes a sign-in, sign-out or switch, for which there is no
// tenant's transaction.
func auditSession(ctx context.Context, tx *db.SystemTx, session db.Session, action string) error {
	return tx.AuditAppend(ctx, db.SystemAuditAppendParams{
		TenantID: session.TenantID, ID: uuid.Must(uuid.NewV7()), ActorKind: string(ActorUser), ActorID: session.UserID.String(),
		Action: action, TargetKind: "session", TargetID: session.ID.String(),
		Detail: json.RawMessage("{}"), RequestID: requestID(ctx),
	})
}
