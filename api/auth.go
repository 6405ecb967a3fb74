package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
	"golang.org/x/sync/singleflight"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/secret"
)

// ActorKind says what kind of credential a request came with.
type ActorKind string

// The kinds of credential: a visitor's token, a program's key, a person's session.
const (
	ActorVisitor ActorKind = "visitor"
	ActorKey     ActorKind = "key"
	ActorUser    ActorKind = "user"
)

// Actor is whoever a request acts for. Which of the later fields mean something
// depends on the kind.
type Actor struct {
	Kind   ActorKind
	Tenant chat.TenantID

	Visitor chat.VisitorID // a visitor, of one agent, on one origin
	Agent   chat.AgentID
	Origin  string

	Key     chat.KeyID // a key
	KeyKind chat.KeyKind
	Scopes  []Permission

	User       chat.UserID // a person
	Role       chat.MemberRole
	IsOperator bool
	Session    db.SessionByHashRow

	sessionHash []byte
	expires     time.Time
}

// ID names the actor within its kind.
func (a Actor) ID() string {
	switch a.Kind {
	case ActorVisitor:
		return a.Visitor.String()
	case ActorKey:
		return a.Key.String()
	default:
		return a.User.String()
	}
}

const (
	sessionCookie = "parley_session"
	// credentialLife bounds how long a revoked key or ended session still works
	// on other nodes than the one that was told.
	credentialLife = 3 * time.Second
	credentialsMax = 20_000
)

// authenticator turns credentials into actors. It is the only place where a
// tenant's id comes from a request.
type authenticator struct {
	db      *db.DB
	tokens  visitorTokens
	now     func() time.Time
	known   *expirable.LRU[string, Actor]
	lookups singleflight.Group
}

func newAuthenticator(d *db.DB, tokens visitorTokens, now func() time.Time) *authenticator {
	return &authenticator{
		db: d, tokens: tokens, now: now,
		known: expirable.NewLRU[string, Actor](credentialsMax, nil, credentialLife),
	}
}

var errNoCredential = chat.NewError(chat.CodeUnauthenticated, "Sign in, or send a token or a key.")

// actor resolves the credential that the audience of an operation may use.
// A request with a bearer credential never falls back to its cookie.
func (a *authenticator) actor(r *http.Request, to audience) (Actor, error) {
	bearer, hasBearer := bearerOf(r)
	cookie, _ := r.Cookie(sessionCookie)
	switch {
	case hasBearer && to == forVisitors && !strings.HasPrefix(bearer, secretPrefix):
		return a.visitor(bearer, r.Header.Get("Origin"))
	case hasBearer && (to == forVisitors || to == forStaff):
		return a.secretKey(r.Context(), bearer)
	case !hasBearer && cookie != nil && to != forVisitors:
		return a.session(r.Context(), cookie.Value)
	}
	return Actor{}, errNoCredential
}

func bearerOf(r *http.Request) (string, bool) {
	scheme, credential, found := strings.Cut(r.Header.Get("Authorization"), " ")
	return credential, found && strings.EqualFold(scheme, "Bearer")
}

var errBadToken = chat.NewError(chat.CodeUnauthenticated, "The visitor token is not valid or has expired.")

func (a *authenticator) visitor(token, origin string) (Actor, error) {
	claims, err := a.tokens.read(token)
	if err != nil {
		return Actor{}, errBadToken.Because(err)
	}
	actor := Actor{Kind: ActorVisitor, Origin: claims.Origin}
	var tenant, visitor, agent error
	actor.Tenant, tenant = chat.ParseID[chat.TenantID](claims.Tenant)
	actor.Visitor, visitor = chat.ParseID[chat.VisitorID](claims.Subject)
	actor.Agent, agent = chat.ParseID[chat.AgentID](claims.Agent)
	if err := errors.Join(tenant, visitor, agent); err != nil {
		return Actor{}, errBadToken.Because(err)
	}
	// A browser names the origin of every request to another one, so a token that
	// leaked to another page is of no use there.
	if origin != "" && origin != actor.Origin {
		return Actor{}, chat.NewError(chat.CodeForbidden, "The visitor token belongs to another origin.")
	}
	return actor, nil
}

var errUnknownKey = chat.NewError(chat.CodeUnauthenticated, "The key is not valid.")

func (a *authenticator) secretKey(ctx context.Context, text string) (Actor, error) {
	if !strings.HasPrefix(text, secretPrefix) {
		return Actor{}, errUnknownKey
	}
	return a.key(ctx, text)
}

// publishableKey resolves the key that a widget session is opened with.
func (a *authenticator) publishableKey(ctx context.Context, text string) (Actor, error) {
	if !strings.HasPrefix(text, publishablePrefix) {
		return Actor{}, errUnknownKey
	}
	return a.key(ctx, text)
}

func (a *authenticator) key(ctx context.Context, text string) (Actor, error) {
	return a.remembered(ctx, secret.HashToken(text), func(ctx context.Context, tx *db.SystemTx, hash []byte) (Actor, error) {
		row, err := tx.KeyByHash(ctx, hash)
		if err != nil {
			return Actor{}, unknownAs(err, errUnknownKey)
		}
		scopes := make([]Permission, len(row.Scopes))
		for i, scope := range row.Scopes {
			scopes[i] = Permission(scope)
		}
		actor := Actor{Kind: ActorKey, Tenant: row.TenantID, Key: row.ID, KeyKind: row.Kind, Scopes: scopes}
		return actor, tx.KeyUsed(ctx, row.TenantID, row.ID)
	})
}

func (a *authenticator) session(ctx context.Context, token string) (Actor, error) {
	actor, err := a.remembered(ctx, secret.HashToken(token), func(ctx context.Context, tx *db.SystemTx, hash []byte) (Actor, error) {
		row, err := tx.SessionByHash(ctx, hash)
		if err != nil {
			return Actor{}, unknownAs(err, errNoCredential)
		}
		actor := Actor{
			Kind: ActorUser, Tenant: row.TenantID, User: row.UserID, Role: row.Role,
			IsOperator: row.IsOperator, Session: row, sessionHash: hash, expires: row.ExpiresAt,
		}
		return actor, tx.SessionSeen(ctx, row.TenantID, row.ID)
	})
	if err == nil && !actor.expires.After(a.now()) {
		return Actor{}, errNoCredential
	}
	return actor, err
}

// linked gives a context that acts for the person whom a link in a letter was made
// for, with the role that they have today, and what they may decide about.
func (a *authenticator) linked(ctx context.Context, key *secret.Key, text string) (context.Context, chat.ApprovalID, error) {
	unknown := chat.NewError(chat.CodeNotFound, "This link does not work. It has expired, or it is not complete.")
	link, err := key.ReadLink(text)
	if err != nil {
		return ctx, chat.ApprovalID{}, unknown.Because(err)
	}
	tenant, tenantErr := chat.ParseID[chat.TenantID](link.Tenant)
	user, userErr := chat.ParseID[chat.UserID](link.User)
	approval, approvalErr := chat.ParseID[chat.ApprovalID](link.Approval)
	if err := errors.Join(tenantErr, userErr, approvalErr); err != nil {
		return ctx, chat.ApprovalID{}, unknown.Because(err)
	}
	actor := Actor{Kind: ActorUser, Tenant: tenant, User: user}
	err = a.db.System(ctx, func(tx *db.SystemTx) error {
		member, err := tx.MemberGet(ctx, tenant, user)
		actor.Role, actor.Session.UserName = member.Role, member.Name
		return err
	})
	if err != nil {
		return ctx, chat.ApprovalID{}, unknownAs(err, unknown)
	}
	return context.WithValue(ctx, actorKey{}, actor), approval, nil
}

type lookup func(ctx context.Context, tx *db.SystemTx, hash []byte) (Actor, error)

// remembered asks the database once for all who present the same credential at
// the same moment, and then not again for a few seconds.
func (a *authenticator) remembered(ctx context.Context, hash []byte, find lookup) (Actor, error) {
	if actor, ok := a.known.Get(string(hash)); ok {
		return actor, nil
	}
	found, err, _ := a.lookups.Do(string(hash), func() (any, error) {
		// One caller's disconnect must not fail the others.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		var actor Actor
		err := a.db.System(ctx, func(tx *db.SystemTx) (err error) {
			actor, err = find(ctx, tx, hash)
			return err
		})
		if err == nil {
			a.known.Add(string(hash), actor)
		}
		return actor, err
	})
	actor, _ := found.(Actor)
	return actor, err
}

// forget makes a revocation take effect on this node at once.
func (a *authenticator) forget(hash []byte) {
	a.known.Remove(string(hash))
	a.lookups.Forget(string(hash))
}

func unknownAs(err error, unknown *chat.Error) error {
	if chat.CodeOf(err) == chat.CodeNotFound {
		return unknown
	}
	return err
}
