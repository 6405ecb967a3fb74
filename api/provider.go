package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/secret"
)

// Provider is the tenant's own account with a model provider.
type Provider struct {
	API          string    `json:"api" enum:"responses,chat" doc:"responses: OpenAI's Responses API. chat: Chat Completions, for compatible servers."`
	BaseURL      string    `json:"baseUrl" format:"uri" example:"https://api.openai.com/v1"`
	DefaultModel string    `json:"defaultModel" doc:"For agents that name no model."`
	KeyHint      string    `json:"keyHint" doc:"The last characters of the key; the key itself is never shown." example:"…x7Qp"`
	CreatedAt    time.Time `json:"createdAt"`
	UpdatedAt    time.Time `json:"updatedAt"`
}

type providerOutput struct {
	Body Provider
}

type putProviderInput struct {
	Body struct {
		API          string `json:"api" enum:"responses,chat"`
		BaseURL      string `json:"baseUrl" minLength:"1" maxLength:"500"`
		DefaultModel string `json:"defaultModel" minLength:"1" maxLength:"200"`
		APIKey       string `json:"apiKey,omitempty" maxLength:"500" doc:"Left out: the stored key stays. Required at first, and when the base URL changes."`
	}
}

func (s *Server) registerProvider() {
	tags := []string{tagProvider}
	writes := access{audience: forStaff, permission: PermProviderWrite}
	missing := []int{http.StatusNotFound}
	register(s, access{audience: forStaff, permission: PermProviderRead}, huma.Operation{
		OperationID: "getProvider", Method: http.MethodGet, Path: "/v1/provider", Tags: tags,
		Summary: "Get the model provider", Errors: missing,
		Description: "404 when the workspace uses the platform's.",
	}, s.getProvider)
	register(s, writes, huma.Operation{
		OperationID: "putProvider", Method: http.MethodPut, Path: "/v1/provider", Tags: tags,
		Summary: "Set the model provider",
	}, s.putProvider)
	register(s, writes, huma.Operation{
		OperationID: "deleteProvider", Method: http.MethodDelete, Path: "/v1/provider", Tags: tags,
		Summary: "Go back to the platform's model provider", DefaultStatus: http.StatusNoContent, Errors: missing,
	}, s.deleteProvider)
}

const hintLength = 4 // characters of a key by which it is recognised

var errNoProvider = chat.NewError(chat.CodeNotFound, "The workspace has no model provider of its own.")

func providerOf(row db.Provider) Provider {
	return Provider{
		API: row.API, BaseURL: row.BaseURL, DefaultModel: row.DefaultModel, KeyHint: row.KeyHint,
		CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
	}
}

func (s *Server) getProvider(ctx context.Context, _ *struct{}) (*providerOutput, error) {
	var row db.Provider
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		row, err = tx.ProviderGet(ctx)
		return err
	})
	if err != nil {
		return nil, unknownAs(err, errNoProvider)
	}
	return &providerOutput{Body: providerOf(row)}, nil
}

func (s *Server) putProvider(ctx context.Context, in *putProviderInput) (*providerOutput, error) {
	baseURL, err := checkBaseURL(in.Body.BaseURL)
	if err != nil {
		return nil, err
	}
	wanted := db.ProviderPutParams{
		ID: chat.NewID[chat.ProviderID](), API: in.Body.API, BaseURL: baseURL, DefaultModel: chat.CleanText(in.Body.DefaultModel),
	}
	var row db.Provider
	err = s.tenantTx(ctx, func(tx *db.TenantTx) error {
		if err := s.sealProviderKey(ctx, tx, &wanted, in.Body.APIKey); err != nil {
			return err
		}
		if row, err = tx.ProviderPut(ctx, wanted); err != nil {
			return err
		}
		return audit(ctx, tx, "provider.put", "provider", row.ID.String())
	})
	return &providerOutput{Body: providerOf(row)}, err
}

var errKeyNeeded = chat.NewError(chat.CodeInvalid, "The provider's key is needed, since it goes to a new address.").At("body.apiKey")

// sealProviderKey seals a new key, or keeps the stored one for the address that
// it was given for. Whoever may change the address must not be able to have the
// key sent to another.
func (s *Server) sealProviderKey(ctx context.Context, tx *db.TenantTx, wanted *db.ProviderPutParams, key string) error {
	if key == "" {
		stored, err := tx.ProviderGet(ctx)
		if err != nil {
			return unknownAs(err, errKeyNeeded)
		}
		if stored.BaseURL != wanted.BaseURL {
			return errKeyNeeded
		}
		wanted.SecretCiphertext, wanted.KeyHint = stored.SecretCiphertext, stored.KeyHint
		return nil
	}
	sealed, err := s.key.Seal([]byte(key), actorOf(ctx).Tenant, secret.ProviderColumn)
	wanted.SecretCiphertext, wanted.KeyHint = sealed, hintOf(key)
	return err
}

func hintOf(key string) string {
	if len(key) < 3*hintLength {
		return "…"
	}
	return "…" + chat.CleanText(key[len(key)-hintLength:])
}

func checkBaseURL(text string) (string, error) {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") ||
		parsed.User != nil || parsed.RawQuery != "" || parsed.Fragment != "" {
		return "", chat.NewError(chat.CodeInvalid, "The base URL must be an http or https address without user, query or fragment.").At("body.baseUrl")
	}
	return strings.TrimRight(text, "/"), nil
}

func (s *Server) deleteProvider(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, s.tenantTx(ctx, func(tx *db.TenantTx) error {
		row, err := tx.ProviderGet(ctx)
		if err != nil {
			return unknownAs(err, errNoProvider)
		}
		if err := tx.ProviderDelete(ctx); err != nil {
			return err
		}
		return audit(ctx, tx, "provider.delete", "provider", row.ID.String())
	})
}
