package tool

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/auth/extauth"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
	"golang.org/x/oauth2"
)

// errSignIn tells nothing of what an authorization server says: it may quote what it
// was sent.
var errSignIn = errors.New("the server does not let us in: look at its headers, or its sign-in")

// signIns keeps how we are signed in at MCP servers, so that a token is asked for
// once in its life, and by one call at a time. What is kept is forgotten with the
// process, and belongs to one tenant and one set of credentials.
type signIns struct {
	client *http.Client
	mu     sync.Mutex
	known  *lru.Cache[[sha256.Size]byte, *signIn]
}

func newSignIns(client *http.Client) *signIns {
	known, _ := lru.New[[sha256.Size]byte, *signIn](kept) // fails for sizes below 1 alone
	return &signIns{client: client, known: known}
}

// of gives the handler for a server, nil where there is nothing to sign in with.
func (s *signIns) of(server Server) (auth.OAuthHandler, error) {
	config := server.Config.OAuth
	if config == nil {
		return nil, nil //nolint:nilnil // the SDK means no sign-in by nil
	}
	secret := server.Secrets[config.Secret]
	if secret == "" {
		return nil, unfit("the server is set up wrongly: its secret " + config.Secret + " is not there")
	}
	name := sha256.Sum256([]byte(strings.Join([]string{server.Tenant.String(), server.Config.URL, config.ClientID, secret, config.Issuer}, "\n")))
	s.mu.Lock()
	defer s.mu.Unlock()
	if found, ok := s.known.Get(name); ok {
		return found, nil
	}
	inner, err := extauth.NewClientCredentialsHandler(&extauth.ClientCredentialsHandlerConfig{
		Credentials: &oauthex.ClientCredentials{
			ClientID: config.ClientID, ClientSecretAuth: &oauthex.ClientSecretAuth{ClientSecret: secret}, Issuer: config.Issuer,
		},
		HTTPClient: s.client,
	})
	if err != nil {
		return nil, errSignIn
	}
	handler := &signIn{inner: inner}
	s.known.Add(name, handler)
	return handler, nil
}

// signIn lets many calls share one token: the SDK's handler is for one session.
type signIn struct {
	mu    sync.Mutex
	inner *extauth.ClientCredentialsHandler
}

// TokenSource implements auth.OAuthHandler. A token that has run out is none: then
// the server says where to get another one.
func (s *signIn) TokenSource(ctx context.Context) (oauth2.TokenSource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.valid(ctx), nil
}

func (s *signIn) valid(ctx context.Context) oauth2.TokenSource {
	source, err := s.inner.TokenSource(ctx)
	if err != nil || source == nil {
		return nil
	}
	token, err := source.Token()
	if err != nil {
		return nil
	}
	return oauth2.StaticTokenSource(token)
}

// Authorize implements auth.OAuthHandler. Of many calls that were refused at once,
// the first gets a token for all.
func (s *signIn) Authorize(ctx context.Context, request *http.Request, response *http.Response) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if source := s.valid(ctx); source != nil {
		if token, err := source.Token(); err == nil && request.Header.Get("Authorization") != token.Type()+" "+token.AccessToken {
			return response.Body.Close()
		}
	}
	// The SDK keeps the context for the token's renewal; the client has a timeout of
	// its own.
	if err := s.inner.Authorize(context.WithoutCancel(ctx), request, response); err != nil {
		return errors.Join(errSignIn, err)
	}
	return nil
}

// signInTimeout bounds each request to an authorization server.
const signInTimeout = 10 * time.Second
