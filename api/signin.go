package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/secret"
)

// User is a person who works in one or more tenants.
type User struct {
	ID         chat.UserID `json:"id" format:"uuid"`
	Email      string      `json:"email" format:"email"`
	Name       string      `json:"name"`
	IsOperator bool        `json:"isOperator" doc:"Runs the platform: may read decoded runs in Temporal Web."`
}

// Tenant is a workspace.
type Tenant struct {
	ID   chat.TenantID `json:"id" format:"uuid"`
	Slug string        `json:"slug"`
	Name string        `json:"name"`
}

// Membership is a tenant that the person may switch to.
type Membership struct {
	TenantID chat.TenantID   `json:"tenantId" format:"uuid"`
	Name     string          `json:"name"`
	Role     chat.MemberRole `json:"role" enum:"owner,admin,agent,viewer"`
}

// Identity says who is signed in, and where.
type Identity struct {
	User        User            `json:"user"`
	Tenant      Tenant          `json:"tenant"`
	Role        chat.MemberRole `json:"role" enum:"owner,admin,agent,viewer"`
	Permissions []Permission    `json:"permissions" doc:"What the role allows."`
	Memberships []Membership    `json:"memberships"`
	Links       Links           `json:"links"`
	Platform    Platform        `json:"platform"`
}

// Links are addresses of other parts of the installation.
type Links struct {
	TemporalUIURL string `json:"temporalUiUrl,omitempty" doc:"Temporal Web; only for operators."`
}

// Platform describes the installation.
type Platform struct {
	Simulated bool   `json:"simulated" doc:"True when no model is configured and the built-in simulator answers."`
	PublicURL string `json:"publicUrl" doc:"The address to put into snippets."`
}

type signInInput struct {
	Body struct {
		Email    string `json:"email" minLength:"3" maxLength:"254" example:"ada@example.com"`
		Password string `json:"password" minLength:"1" maxLength:"1000" format:"password"`
		TenantID string `json:"tenantId,omitempty" format:"uuid" doc:"The workspace to open; when left out, the first by name."`
	}
}

type sessionOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      Identity
}

type signOutOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

type identityOutput struct {
	Body Identity
}

type switchInput struct {
	Body struct {
		TenantID string `json:"tenantId" format:"uuid"`
	}
}

func (s *Server) registerSignIn() {
	member := access{audience: forMembers}
	tags := []string{tagAuth}
	register(s, access{audience: forAnyone}, huma.Operation{
		OperationID: "signIn", Method: http.MethodPost, Path: "/v1/auth/sign-in", Tags: tags,
		Summary: "Sign in", Errors: []int{http.StatusUnauthorized},
		Description: "Sets the session cookie.",
	}, s.signIn)
	register(s, member, huma.Operation{
		OperationID: "signOut", Method: http.MethodPost, Path: "/v1/auth/sign-out", Tags: tags,
		Summary: "Sign out", DefaultStatus: http.StatusNoContent,
	}, s.signOut)
	register(s, member, huma.Operation{
		OperationID: "switchTenant", Method: http.MethodPost, Path: "/v1/auth/switch", Tags: tags,
		Summary: "Open another workspace", Errors: []int{http.StatusNotFound},
		Description: "Replaces the session, and its cookie, with one in the other workspace.",
	}, s.switchTenant)
	register(s, member, huma.Operation{
		OperationID: "getMe", Method: http.MethodGet, Path: "/v1/me", Tags: tags, Summary: "Who is signed in",
	}, s.getMe)
}

const sessionLife = 14 * 24 * time.Hour

var (
	errWrongPassword = chat.NewError(chat.CodeUnauthenticated, "The e-mail address or the password is wrong.")
	errNoWorkspace   = chat.NewError(chat.CodeNotFound, "There is no such workspace among yours.")
	errExpelled      = chat.NewError(chat.CodeUnauthenticated, "You are not a member of this workspace any more.")
)

func (s *Server) signIn(ctx context.Context, in *signInInput) (*sessionOutput, error) {
	user, err := s.checkPassword(ctx, strings.ToLower(strings.TrimSpace(chat.CleanText(in.Body.Email))), in.Body.Password)
	if err != nil {
		return nil, err
	}
	return s.openSession(ctx, user, in.Body.TenantID, "session.sign-in")
}

// checkPassword counts failures by account as well as all attempts by address,
// so that neither many guesses at one account nor one guess at many gets far.
func (s *Server) checkPassword(ctx context.Context, email, password string) (db.User, error) {
	if err := s.limits.signInAddress.take(ctx, network(noteOf(ctx).address)); err != nil {
		return db.User{}, err
	}
	if err := s.limits.signInAccount.left(ctx, email); err != nil {
		return db.User{}, err
	}
	var user db.User
	err := s.db.System(ctx, func(tx *db.SystemTx) (err error) {
		user, err = tx.UserByEmail(ctx, email)
		return ignoreMissing(err)
	})
	if err != nil {
		return user, err
	}
	right, err := s.passwords.match(ctx, password, user.PasswordHash)
	if err != nil {
		return user, err
	}
	if !right {
		s.limits.signInAccount.spend(email)
		return user, errWrongPassword
	}
	return user, nil
}

// openSession makes a session of the person in one of its tenants.
func (s *Server) openSession(ctx context.Context, user db.User, tenant, action string) (*sessionOutput, error) {
	token := secret.NewToken(sessionPrefix)
	var memberships []db.MembershipListByUserRow
	var chosen db.MembershipListByUserRow
	err := s.db.System(ctx, func(tx *db.SystemTx) (err error) {
		if memberships, err = tx.MembershipListByUser(ctx, user.ID); err != nil {
			return err
		}
		at := slices.IndexFunc(memberships, func(m db.MembershipListByUserRow) bool {
			return tenant == "" || strings.EqualFold(m.TenantID.String(), tenant)
		})
		if at < 0 {
			return errNoWorkspace
		}
		chosen = memberships[at]
		session, err := tx.SessionInsert(ctx, db.SessionInsertParams{
			TenantID: chosen.TenantID, ID: chat.NewID[chat.SessionID](), UserID: user.ID,
			TokenHash: secret.HashToken(token), ExpiresAt: s.now().Add(sessionLife),
		})
		if err != nil {
			return err
		}
		return auditSession(ctx, tx, session, action)
	})
	if err != nil {
		return nil, err
	}
	identity, err := s.identity(ctx, user, chosen, memberships)
	return &sessionOutput{SetCookie: s.cookie(ctx, token, sessionLife), Body: identity}, err
}

// cookie is sent by this site's own pages, and by others only when a person
// follows a link here. Scripts cannot read it.
func (s *Server) cookie(ctx context.Context, token string, life time.Duration) http.Cookie {
	return http.Cookie{ //nolint:gosec // Secure where there is https: a machine's own http is the other case
		Name: sessionCookie, Value: token, Path: "/", MaxAge: int(life.Seconds()),
		HttpOnly: true, Secure: noteOf(ctx).secure, SameSite: http.SameSiteLaxMode,
	}
}

func (s *Server) identity(ctx context.Context, user db.User, at db.MembershipListByUserRow, all []db.MembershipListByUserRow) (Identity, error) {
	identity := Identity{
		User:        User{ID: user.ID, Email: user.Email, Name: user.Name, IsOperator: user.IsOperator},
		Tenant:      Tenant{ID: at.TenantID, Slug: at.Slug, Name: at.Name},
		Role:        at.Role,
		Permissions: roleMay[at.Role],
		Memberships: make([]Membership, len(all)),
		Platform:    Platform{PublicURL: s.config.PublicURL},
	}
	for i, m := range all {
		identity.Memberships[i] = Membership{TenantID: m.TenantID, Name: m.Name, Role: m.Role}
	}
	if user.IsOperator {
		identity.Links.TemporalUIURL = s.config.TemporalUIURL
	}
	err := s.db.Tenant(ctx, at.TenantID, func(tx *db.TenantTx) (err error) {
		identity.Platform.Simulated, err = s.simulated(ctx, tx)
		return err
	})
	return identity, err
}

// simulated reports whether the built-in simulator answers the tenant's agents:
// neither the tenant nor the platform has a model.
func (s *Server) simulated(ctx context.Context, tx *db.TenantTx) (bool, error) {
	if !s.config.Simulated {
		return false, nil
	}
	_, err := tx.ProviderGet(ctx)
	if chat.CodeOf(err) == chat.CodeNotFound {
		return true, nil
	}
	return false, err
}

func (s *Server) signOut(ctx context.Context, _ *struct{}) (*signOutOutput, error) {
	if err := s.endSession(ctx); err != nil {
		return nil, err
	}
	gone := s.cookie(ctx, "", 0) //nolint:gosec // as the cookie that it removes
	gone.MaxAge = -1
	return &signOutOutput{SetCookie: gone}, nil
}

func (s *Server) endSession(ctx context.Context) error {
	actor := actorOf(ctx)
	err := s.db.System(ctx, func(tx *db.SystemTx) error {
		if err := tx.SessionDelete(ctx, actor.sessionHash); err != nil {
			return err
		}
		ended := db.Session{TenantID: actor.Tenant, ID: actor.Session.ID, UserID: actor.User}
		return auditSession(ctx, tx, ended, "session.sign-out")
	})
	s.auth.forget(actor.sessionHash)
	return err
}

func (s *Server) switchTenant(ctx context.Context, in *switchInput) (*sessionOutput, error) {
	user, err := s.signedIn(ctx)
	if err != nil {
		return nil, err
	}
	opened, err := s.openSession(ctx, user, in.Body.TenantID, "session.switch")
	if err != nil {
		return nil, err
	}
	return opened, s.endSession(ctx)
}

func (s *Server) signedIn(ctx context.Context) (db.User, error) {
	var user db.User
	err := s.db.System(ctx, func(tx *db.SystemTx) (err error) {
		user, err = tx.UserGet(ctx, actorOf(ctx).User)
		return err
	})
	return user, err
}

func (s *Server) getMe(ctx context.Context, _ *struct{}) (*identityOutput, error) {
	session := actorOf(ctx).Session
	var memberships []db.MembershipListByUserRow
	err := s.db.System(ctx, func(tx *db.SystemTx) (err error) {
		memberships, err = tx.MembershipListByUser(ctx, session.UserID)
		return err
	})
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(memberships, func(m db.MembershipListByUserRow) bool { return m.TenantID == session.TenantID })
	if at < 0 {
		return nil, errExpelled
	}
	user := db.User{ID: session.UserID, Email: session.Email, Name: session.UserName, IsOperator: session.IsOperator}
	identity, err := s.identity(ctx, user, memberships[at], memberships)
	return &identityOutput{Body: identity}, err
}
