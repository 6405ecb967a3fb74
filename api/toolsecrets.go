package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/tool"
)

// ToolSecret is something that requests of tools hold and nobody is shown again.
type ToolSecret struct {
	Name      string    `json:"name" doc:"As in {{secrets.NAME}}." example:"SHOP_KEY"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// ToolSecretPath names a tool secret in a path.
type ToolSecretPath struct {
	Name string `path:"name" pattern:"^[A-Z][A-Z0-9_]{0,63}$" patternDescription:"a capital letter, then capitals, digits and _" doc:"The secret's name."`
}

type toolSecretListOutput struct {
	Body List[ToolSecret]
}

type toolSecretOutput struct {
	Body ToolSecret
}

type putToolSecretInput struct {
	ToolSecretPath
	Body struct {
		Value string `json:"value" minLength:"1" maxLength:"8192" doc:"It cannot be shown again."`
	}
}

// SigningSecret is what your server checks requests of tools with.
type SigningSecret struct {
	Secret string `json:"secret" doc:"For libraries of Standard Webhooks." example:"whsec_…"`
}

type signingSecretOutput struct {
	Body SigningSecret
}

func (s *Server) registerToolSecrets() {
	tags := []string{tagTools}
	writes := access{audience: forStaff, permission: PermSettingsWrite}
	missing := []int{http.StatusNotFound}
	register(s, writes, huma.Operation{
		OperationID: "listToolSecrets", Method: http.MethodGet, Path: "/v1/tool-secrets", Tags: tags,
		Summary: "List tool secrets", Description: "Their names: what they hold is never shown.",
	}, s.listToolSecrets)
	register(s, writes, huma.Operation{
		OperationID: "putToolSecret", Method: http.MethodPut, Path: "/v1/tool-secrets/{name}", Tags: tags,
		Summary: "Set a tool secret", Description: "From the next call on, in every version of every agent.",
	}, s.putToolSecret)
	register(s, writes, huma.Operation{
		OperationID: "deleteToolSecret", Method: http.MethodDelete, Path: "/v1/tool-secrets/{name}", Tags: tags,
		Summary: "Delete a tool secret", DefaultStatus: http.StatusNoContent, Errors: missing,
	}, s.deleteToolSecret)
	register(s, writes, huma.Operation{
		OperationID: "getSigningSecret", Method: http.MethodGet, Path: "/v1/signing-secret", Tags: tags,
		Summary: "Get the signing secret", Description: "Your server checks with it that a request of a tool comes from us.",
	}, s.getSigningSecret)
	register(s, writes, huma.Operation{
		OperationID: "rotateSigningSecret", Method: http.MethodPost, Path: "/v1/signing-secret/rotate", Tags: tags,
		Summary: "Make another signing secret", Description: "The one before signs nothing any more, at once.",
	}, s.rotateSigningSecret)
}

func (s *Server) listToolSecrets(ctx context.Context, _ *struct{}) (*toolSecretListOutput, error) {
	out := &toolSecretListOutput{Body: List[ToolSecret]{Items: []ToolSecret{}}}
	return out, s.tenantTx(ctx, func(tx *db.TenantTx) error {
		rows, err := tx.ToolSecretList(ctx)
		for _, row := range rows {
			out.Body.Items = append(out.Body.Items, ToolSecret(row))
		}
		return err
	})
}

func (s *Server) putToolSecret(ctx context.Context, in *putToolSecretInput) (*toolSecretOutput, error) {
	sealed, err := s.key.Seal([]byte(in.Body.Value), actorOf(ctx).Tenant, secret.ToolColumn)
	if err != nil {
		return nil, err
	}
	out := &toolSecretOutput{}
	return out, s.tenantTx(ctx, func(tx *db.TenantTx) error {
		row, err := tx.ToolSecretPut(ctx, in.Name, sealed)
		if err != nil {
			return err
		}
		out.Body = ToolSecret(row)
		return audit(ctx, tx, "tool-secret.put", "tool-secret", in.Name)
	})
}

func (s *Server) deleteToolSecret(ctx context.Context, in *ToolSecretPath) (*struct{}, error) {
	return nil, s.tenantTx(ctx, func(tx *db.TenantTx) error {
		if _, err := tx.ToolSecretDelete(ctx, in.Name); err != nil {
			return unknownAs(err, chat.NewError(chat.CodeNotFound, "There is no secret of this name."))
		}
		return audit(ctx, tx, "tool-secret.delete", "tool-secret", in.Name)
	})
}

func (s *Server) getSigningSecret(ctx context.Context, _ *struct{}) (*signingSecretOutput, error) {
	out := &signingSecretOutput{}
	return out, s.tenantTx(ctx, func(tx *db.TenantTx) error {
		row, err := tx.TenantGet(ctx)
		if err != nil {
			return err
		}
		return s.fillSigning(ctx, out, row.SigningNumber)
	})
}

func (s *Server) rotateSigningSecret(ctx context.Context, _ *struct{}) (*signingSecretOutput, error) {
	out := &signingSecretOutput{}
	return out, s.tenantTx(ctx, func(tx *db.TenantTx) error {
		number, err := tx.TenantSigningRotate(ctx)
		if err != nil {
			return err
		}
		if err := s.fillSigning(ctx, out, number); err != nil {
			return err
		}
		return audit(ctx, tx, "signing-secret.rotate", "tenant", actorOf(ctx).Tenant.String())
	})
}

func (s *Server) fillSigning(ctx context.Context, out *signingSecretOutput, number int32) error {
	key, err := s.key.Signing(actorOf(ctx).Tenant, int(number))
	out.Body.Secret = tool.SigningSecret(key)
	return err
}
