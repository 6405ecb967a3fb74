package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/secret"
)

// Settings are a tenant's own. A limit that is absent is the platform's.
type Settings struct {
	ID                  chat.TenantID `json:"id" format:"uuid"`
	Slug                string        `json:"slug"`
	Name                string        `json:"name"`
	MonthlyBudgetMicros *int64        `json:"monthlyBudgetMicros,omitempty" doc:"What all turns of a month may cost, in millionths of a US dollar."`
	MaxActiveTurns      *int32        `json:"maxActiveTurns,omitempty" doc:"How many turns may run at once."`
	TurnsPerMinute      *int32        `json:"turnsPerMinute,omitempty" doc:"How many turns may start in a minute."`
	HasIdentitySecret   bool          `json:"hasIdentitySecret" doc:"Whether visitors can be identified by a signed JWT."`
}

type settingsOutput struct {
	Body Settings
}

type updateSettingsInput struct {
	Body struct {
		Name                *string         `json:"name,omitempty" minLength:"1" maxLength:"80"`
		MonthlyBudgetMicros Optional[int64] `json:"monthlyBudgetMicros,omitzero" minimum:"0" doc:"null goes back to the platform's."`
		MaxActiveTurns      Optional[int32] `json:"maxActiveTurns,omitzero" minimum:"1" maximum:"100000" doc:"null goes back to the platform's."`
		TurnsPerMinute      Optional[int32] `json:"turnsPerMinute,omitzero" minimum:"1" maximum:"1000000" doc:"null goes back to the platform's."`
	}
}

// IdentitySecret is what the tenant's server signs visitor JWTs with.
type IdentitySecret struct {
	Secret string `json:"secret" doc:"Copy it now: it cannot be shown again. Use the text as it is as the HS256 key."`
}

type identitySecretOutput struct {
	Body IdentitySecret
}

// Usage is what the tenant has used in the current calendar month, UTC.
type Usage struct {
	Month        string `json:"month" example:"2027-03"`
	CostMicros   int64  `json:"costMicros" doc:"Millionths of a US dollar."`
	Turns        int64  `json:"turns"`
	BudgetMicros int64  `json:"budgetMicros" doc:"The cap that applies: the workspace's own, or the platform's."`
}

type usageOutput struct {
	Body Usage
}

func (s *Server) registerSettings() {
	tags := []string{tagTenant}
	writes := access{audience: forStaff, permission: PermSettingsWrite}
	register(s, access{audience: forStaff, permission: PermSettingsRead}, huma.Operation{
		OperationID: "getSettings", Method: http.MethodGet, Path: "/v1/settings", Tags: tags, Summary: "Get the settings",
	}, s.getSettings)
	register(s, writes, huma.Operation{
		OperationID: "updateSettings", Method: http.MethodPatch, Path: "/v1/settings", Tags: tags, Summary: "Change the settings",
		Description: "The limits need the permission budget:write as well.",
	}, s.updateSettings)
	register(s, writes, huma.Operation{
		OperationID: "createIdentitySecret", Method: http.MethodPost, Path: "/v1/settings/identity-secret", Tags: tags,
		Summary: "Make a new identity secret", DefaultStatus: http.StatusCreated,
		Description: "JWTs signed with the one before stop working at once. Takes no Idempotency-Key: a recorded answer would keep the secret.",
	}, s.createIdentitySecret)
	register(s, writes, huma.Operation{
		OperationID: "deleteIdentitySecret", Method: http.MethodDelete, Path: "/v1/settings/identity-secret", Tags: tags,
		Summary: "Stop identifying visitors", DefaultStatus: http.StatusNoContent,
	}, s.deleteIdentitySecret)
	register(s, access{audience: forStaff, permission: PermUsageRead}, huma.Operation{
		OperationID: "getUsage", Method: http.MethodGet, Path: "/v1/usage", Tags: tags, Summary: "Get this month's usage",
	}, s.getUsage)
}

func settingsOf(row db.Tenant) Settings {
	return Settings{
		ID: row.ID, Slug: row.Slug, Name: row.Name, MonthlyBudgetMicros: row.MonthlyBudgetMicros,
		MaxActiveTurns: row.MaxActiveTurns, TurnsPerMinute: row.TurnsPerMinute,
		HasIdentitySecret: len(row.IdentitySecretCiphertext) > 0,
	}
}

func (s *Server) getSettings(ctx context.Context, _ *struct{}) (*settingsOutput, error) {
	var row db.Tenant
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		row, err = tx.TenantGet(ctx)
		return err
	})
	return &settingsOutput{Body: settingsOf(row)}, err
}

func (s *Server) updateSettings(ctx context.Context, in *updateSettingsInput) (*settingsOutput, error) {
	wanted := in.Body
	limits := wanted.MonthlyBudgetMicros.Present || wanted.MaxActiveTurns.Present || wanted.TurnsPerMinute.Present
	if limits && !actorOf(ctx).May(PermBudgetWrite) {
		return nil, chat.NewError(chat.CodeForbidden, "You may not change the limits.")
	}
	var row db.Tenant
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		if row, err = tx.TenantGet(ctx); err != nil {
			return err
		}
		if err := setName(&row.Name, wanted.Name); err != nil {
			return err
		}
		wanted.MonthlyBudgetMicros.apply(&row.MonthlyBudgetMicros)
		wanted.MaxActiveTurns.apply(&row.MaxActiveTurns)
		wanted.TurnsPerMinute.apply(&row.TurnsPerMinute)
		row, err = tx.TenantPut(ctx, db.TenantPutParams{
			Name: row.Name, MonthlyBudgetMicros: row.MonthlyBudgetMicros,
			MaxActiveTurns: row.MaxActiveTurns, TurnsPerMinute: row.TurnsPerMinute,
		})
		if err != nil {
			return err
		}
		return audit(ctx, tx, "settings.update", "tenant", row.ID.String())
	})
	return &settingsOutput{Body: settingsOf(row)}, err
}

func (s *Server) createIdentitySecret(ctx context.Context, _ *struct{}) (*identitySecretOutput, error) {
	text := secret.NewToken(identityPrefix) + secret.NewToken("")
	sealed, err := s.key.Seal([]byte(text), actorOf(ctx).Tenant, secret.IdentityColumn)
	if err != nil {
		return nil, err
	}
	err = s.putIdentitySecret(ctx, sealed, "identity-secret.create")
	return &identitySecretOutput{Body: IdentitySecret{Secret: text}}, err
}

func (s *Server) deleteIdentitySecret(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, s.putIdentitySecret(ctx, nil, "identity-secret.delete")
}

func (s *Server) putIdentitySecret(ctx context.Context, sealed []byte, action string) error {
	return s.tenantTx(ctx, func(tx *db.TenantTx) error {
		if err := tx.TenantIdentitySecretPut(ctx, sealed); err != nil {
			return err
		}
		return audit(ctx, tx, action, "tenant", actorOf(ctx).Tenant.String())
	})
}

func (s *Server) getUsage(ctx context.Context, _ *struct{}) (*usageOutput, error) {
	var usage Usage
	err := s.tenantTx(ctx, func(tx *db.TenantTx) error {
		tenant, err := tx.TenantGet(ctx)
		if err != nil {
			return err
		}
		month, err := tx.UsageMonthGet(ctx)
		usage = Usage{
			Month: month.Month.Format("2006-01"), CostMicros: month.CostMicros, Turns: month.Turns,
			BudgetMicros: s.config.Budget,
		}
		set(&usage.BudgetMicros, tenant.MonthlyBudgetMicros)
		return err
	})
	return &usageOutput{Body: usage}, err
}
