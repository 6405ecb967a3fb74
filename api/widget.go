package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/secret"
)

// WidgetSessionInput is what the widget knows when a page opens it.
type WidgetSessionInput struct {
	Origin string `header:"Origin" maxLength:"300" doc:"Set by the browser; must be one of the published agent's allowed origins."`
	Body   struct {
		AgentID        chat.AgentID `json:"agentId" format:"uuid" doc:"The agent to talk to."`
		PublishableKey string       `json:"publishableKey" minLength:"1" maxLength:"200" doc:"A key that starts with pk_." example:"pk_9nVx3rDkq0yQ"`
		VisitorSecret  string       `json:"visitorSecret,omitempty" maxLength:"200" doc:"From an earlier session: makes this the same visitor."`
		VisitorJWT     string       `json:"visitorJwt,omitempty" maxLength:"4000" doc:"Signed by the tenant with its identity secret (HS256; sub and exp are required, name, email and traits are optional): makes this the visitor whom the tenant knows as sub."`
		Page           string       `json:"page,omitempty" maxLength:"2000" doc:"The address of the page, on that origin; its query is not kept. Shown to the tenant as where the widget was last seen."`
	}
}

// WidgetSession lets a page act as one visitor for a quarter of an hour.
type WidgetSession struct {
	VisitorID      chat.VisitorID `json:"visitorId" format:"uuid"`
	Token          string         `json:"token" doc:"A visitor token: send it as Authorization: Bearer."`
	TokenExpiresAt time.Time      `json:"tokenExpiresAt"`
	VisitorSecret  string         `json:"visitorSecret,omitempty" doc:"Only when the visitor is new: keep it to renew the token."`
	Config         WidgetConfig   `json:"config"`
}

// WidgetConfig is what the published agent says about its widget.
type WidgetConfig struct {
	AgentID        chat.AgentID `json:"agentId" format:"uuid"`
	Name           string       `json:"name"`
	Greeting       string       `json:"greeting"`
	StarterPrompts []string     `json:"starterPrompts"`
	Suggestions    bool         `json:"suggestions"`
	Appearance     Appearance   `json:"appearance"`
	Person         bool         `json:"person" doc:"The visitor may ask for a person."`
	Simulated      bool         `json:"simulated" doc:"True when no model is configured and the built-in simulator answers."`
}

type widgetSessionOutput struct {
	Body WidgetSession
}

func (s *Server) registerWidget() {
	register(s, access{audience: forAnyone, crossOrigin: true}, huma.Operation{
		OperationID: "createWidgetSession", Method: http.MethodPost, Path: "/v1/widget/sessions",
		Tags: []string{tagWidget}, Summary: "Open the widget", DefaultStatus: http.StatusCreated,
		Description: "Gives a page of an allowed origin a visitor token for 15 minutes, and the look of the widget. " +
			"A new visitor also gets a secret with which to renew the token later.",
		Errors: []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound},
	}, s.createWidgetSession)
}

var (
	errOriginRefused = chat.NewError(chat.CodeForbidden, "The agent is not offered on this origin: add it to the agent's allowed origins and publish.")
	errNoIdentity    = chat.NewError(chat.CodeUnauthenticated, "The workspace has no identity secret, so it cannot identify visitors.").At("body.visitorJwt")
)

// createWidgetSession is where a web page becomes a visitor. Everything that the
// page says is checked against what the tenant has published.
func (s *Server) createWidgetSession(ctx context.Context, in *WidgetSessionInput) (*widgetSessionOutput, error) {
	if err := s.limits.session.take(ctx, network(noteOf(ctx).address)); err != nil {
		return nil, err
	}
	key, err := s.auth.publishableKey(ctx, in.Body.PublishableKey)
	if err != nil {
		return nil, chat.NewError(chat.CodeUnauthenticated, "The publishable key is not valid.").At("body.publishableKey").Because(err)
	}
	noteOf(ctx).actor = key
	if err := s.limits.key.take(ctx, key.ID()); err != nil {
		return nil, err
	}
	var session WidgetSession
	var visitor db.Visitor
	err = s.db.Tenant(ctx, key.Tenant, func(tx *db.TenantTx) error {
		published, err := tx.AgentPublished(ctx, in.Body.AgentID)
		if err != nil {
			return unknownAs(err, errNoAgent)
		}
		if !isOrigin(in.Origin) || !published.AgentVersion.Config.AllowsOrigin(in.Origin) {
			return errOriginRefused
		}
		page, err := pageOf(in.Body.Page, in.Origin)
		if err != nil {
			return err
		}
		session.Config = widgetConfig(published)
		if session.Config.Simulated, err = s.simulated(ctx, tx); err != nil {
			return err
		}
		if visitor, session.VisitorSecret, err = s.visitor(ctx, tx, key.Tenant, in); err != nil {
			return err
		}
		return tx.AgentSnippetSeen(ctx, in.Origin, page, in.Body.AgentID)
	})
	if err != nil {
		return nil, err
	}
	session.VisitorID = visitor.ID
	session.Token, session.TokenExpiresAt, err = s.tokens.sign(Actor{
		Kind: ActorVisitor, Tenant: key.Tenant, Visitor: visitor.ID, Agent: in.Body.AgentID, Origin: in.Origin,
	})
	return &widgetSessionOutput{Body: session}, err
}

// pageOf gives the page's address without what may be secret in it.
func pageOf(address, origin string) (string, error) {
	if address == "" {
		return "", nil
	}
	parsed, err := url.Parse(address)
	if err != nil || originOf(address) != origin {
		return "", chat.NewError(chat.CodeInvalid, "The page is not on the origin that the request comes from.").At("body.page").Because(err)
	}
	return origin + parsed.EscapedPath(), nil
}

func widgetConfig(published db.AgentPublishedRow) WidgetConfig {
	config := published.AgentVersion.Config
	return WidgetConfig{
		AgentID: published.AgentVersion.AgentID, Name: published.Name, Greeting: config.Greeting,
		StarterPrompts: orEmpty(config.StarterPrompts), Suggestions: config.Suggestions,
		Appearance: Appearance(config.Appearance), Person: config.Human.Enabled,
	}
}

// visitor finds out who asks: whom the tenant vouches for, who was here before,
// or somebody new, who is given a secret to be known by.
func (s *Server) visitor(ctx context.Context, tx *db.TenantTx, tenant chat.TenantID, in *WidgetSessionInput) (db.Visitor, string, error) {
	if in.Body.VisitorJWT != "" {
		known, err := s.identified(ctx, tx, tenant, in.Body.VisitorJWT)
		return known, "", err
	}
	if in.Body.VisitorSecret != "" {
		known, err := tx.VisitorBySecret(ctx, secret.HashToken(in.Body.VisitorSecret))
		if chat.CodeOf(err) != chat.CodeNotFound {
			return known, "", err
		}
	}
	fresh := secret.NewToken(visitorPrefix)
	added, err := tx.VisitorInsert(ctx, chat.NewID[chat.VisitorID](), secret.HashToken(fresh))
	return added, fresh, err
}

func (s *Server) identified(ctx context.Context, tx *db.TenantTx, tenant chat.TenantID, token string) (db.Visitor, error) {
	sealed, err := tx.TenantIdentitySecretGet(ctx)
	if err != nil {
		return db.Visitor{}, err
	}
	if len(sealed) == 0 {
		return db.Visitor{}, errNoIdentity
	}
	identitySecret, err := s.key.Open(sealed, tenant, secret.IdentityColumn)
	if err != nil {
		return db.Visitor{}, err
	}
	claims, err := readIdentity(token, identitySecret, s.now)
	if err != nil {
		return db.Visitor{}, err
	}
	traits, err := traitsOf(claims)
	if err != nil {
		return db.Visitor{}, err
	}
	return tx.VisitorByExternalID(ctx, db.VisitorByExternalIDParams{
		ID: chat.NewID[chat.VisitorID](), ExternalID: &claims.Subject, Name: claims.Name, Email: claims.Email, Traits: traits,
	})
}

// traitsOf leaves out U+0000, which jsonb cannot hold in any notation.
func traitsOf(claims identityClaims) (json.RawMessage, error) {
	if claims.Traits == nil {
		return json.RawMessage("{}"), nil
	}
	return json.Marshal(cleaned(claims.Traits))
}

func cleaned(value any) any {
	switch value := value.(type) {
	case string:
		return chat.CleanText(value)
	case []any:
		for i := range value {
			value[i] = cleaned(value[i])
		}
		return value
	case map[string]any:
		clean := make(map[string]any, len(value))
		for name, inner := range value {
			clean[chat.CleanText(name)] = cleaned(inner)
		}
		return clean
	}
	return value
}
