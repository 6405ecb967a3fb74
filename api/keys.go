package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/secret"
)

// APIKey is a credential of a program. A publishable key only opens widgets and
// may stand in a page; a secret key acts for the tenant within its scopes.
type APIKey struct {
	ID         chat.KeyID   `json:"id" format:"uuid"`
	Kind       chat.KeyKind `json:"kind" enum:"publishable,secret"`
	Name       string       `json:"name"`
	Prefix     string       `json:"prefix" doc:"The beginning of the key, to recognise it by." example:"sk_4f9aXq"`
	Key        string       `json:"key,omitempty" doc:"The whole key; only of publishable keys, which are public."`
	Scopes     []Permission `json:"scopes" doc:"What a secret key may do; empty for publishable keys."`
	CreatedAt  time.Time    `json:"createdAt"`
	LastUsedAt *time.Time   `json:"lastUsedAt,omitempty" doc:"Exact to a minute."`
	RevokedAt  *time.Time   `json:"revokedAt,omitempty"`
}

// NewAPIKey shows a key for the only time.
type NewAPIKey struct {
	Key    string `json:"key" doc:"Copy it now: a secret key cannot be shown again."`
	APIKey APIKey `json:"apiKey"`
}

type keyListOutput struct {
	Body List[APIKey]
}

type newKeyOutput struct {
	Body NewAPIKey
}

type createKeyInput struct {
	Body struct {
		Kind   chat.KeyKind `json:"kind" enum:"publishable,secret"`
		Name   string       `json:"name" minLength:"1" maxLength:"80" example:"Website"`
		Scopes []Permission `json:"scopes,omitempty" maxItems:"14" doc:"Of a secret key: chat when left out. Nobody can grant what they may not do themselves."`
	}
}

type keyPath struct {
	ID chat.KeyID `path:"id" format:"uuid" doc:"The key."`
}

func (s *Server) registerKeys() {
	tags := []string{tagKeys}
	writes := access{audience: forStaff, permission: PermKeysWrite}
	register(s, access{audience: forStaff, permission: PermKeysRead}, huma.Operation{
		OperationID: "listKeys", Method: http.MethodGet, Path: "/v1/keys", Tags: tags, Summary: "List API keys",
	}, s.listKeys)
	register(s, writes, huma.Operation{
		OperationID: "createKey", Method: http.MethodPost, Path: "/v1/keys", Tags: tags,
		Summary: "Create an API key", DefaultStatus: http.StatusCreated,
		Description: "Takes no Idempotency-Key: a recorded answer would keep the secret.",
	}, s.createKey)
	register(s, writes, huma.Operation{
		OperationID: "revokeKey", Method: http.MethodDelete, Path: "/v1/keys/{id}", Tags: tags,
		Summary: "Revoke an API key", DefaultStatus: http.StatusNoContent, Errors: []int{http.StatusNotFound},
		Description: "Takes effect within seconds on every node.",
	}, s.revokeKey)
}

func keyOf(row db.APIKey) APIKey {
	key := APIKey{
		ID: row.ID, Kind: row.Kind, Name: row.Name, Prefix: row.Prefix, Scopes: make([]Permission, len(row.Scopes)),
		CreatedAt: row.CreatedAt, LastUsedAt: row.LastUsedAt, RevokedAt: row.RevokedAt,
	}
	for i, scope := range row.Scopes {
		key.Scopes[i] = Permission(scope)
	}
	if row.PublicValue != nil {
		key.Key = *row.PublicValue
	}
	return key
}

func (s *Server) listKeys(ctx context.Context, in *Page) (*keyListOutput, error) {
	var before chat.KeyID
	if err := in.afterID(&before); err != nil {
		return nil, err
	}
	var rows []db.APIKey
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		rows, err = tx.KeyList(ctx, before, in.more())
		return err
	})
	if err != nil {
		return nil, err
	}
	return &keyListOutput{Body: listOf(*in, rows, keyOf, func(row db.APIKey) string { return row.ID.String() })}, nil
}

func (s *Server) createKey(ctx context.Context, in *createKeyInput) (*newKeyOutput, error) {
	name, err := cleanName(in.Body.Name)
	if err != nil {
		return nil, err
	}
	scopes, err := grantedScopes(actorOf(ctx), in.Body.Kind, in.Body.Scopes)
	if err != nil {
		return nil, err
	}
	text := secret.NewToken(secretPrefix)
	var public *string
	if in.Body.Kind == chat.KeyPublishable {
		text = secret.NewToken(publishablePrefix)
		public = &text
	}
	var row db.APIKey
	err = s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		row, err = tx.KeyInsert(ctx, db.KeyInsertParams{
			ID: chat.NewID[chat.KeyID](), Kind: in.Body.Kind, Name: name, Prefix: text[:shownOfKey],
			KeyHash: secret.HashToken(text), PublicValue: public, Scopes: scopes, CreatedBy: actorOf(ctx).User,
		})
		if err != nil {
			return err
		}
		return audit(ctx, tx, "key.create", "key", row.ID.String())
	})
	return &newKeyOutput{Body: NewAPIKey{Key: text, APIKey: keyOf(row)}}, err
}

// grantedScopes keeps anybody from making a key that may do more than its maker.
func grantedScopes(maker Actor, kind chat.KeyKind, wanted []Permission) ([]string, error) {
	if kind == chat.KeyPublishable {
		if len(wanted) > 0 {
			return nil, chat.NewError(chat.CodeInvalid, "A publishable key has no scopes: it opens widgets.").At("body.scopes")
		}
		return []string{}, nil
	}
	if wanted == nil {
		wanted = []Permission{PermChat}
	}
	scopes := make([]string, len(wanted))
	for i, scope := range wanted {
		if !maker.May(scope) {
			return nil, chat.Errorf(chat.CodeForbidden, "You may not grant %s: you do not have it yourself.", scope).At("body.scopes")
		}
		scopes[i] = string(scope)
	}
	return scopes, nil
}

func (s *Server) revokeKey(ctx context.Context, in *keyPath) (*struct{}, error) {
	var row db.APIKey
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		if row, err = tx.KeyRevoke(ctx, in.ID); err != nil {
			return unknownAs(err, chat.NewError(chat.CodeNotFound, "There is no such key."))
		}
		return audit(ctx, tx, "key.revoke", "key", in.ID.String())
	})
	if err != nil {
		return nil, err
	}
	s.auth.forget(row.KeyHash)
	return nil, nil
}
