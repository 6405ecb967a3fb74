package api

import (
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/parley-chat/parley/chat"
)

const (
	visitorTokenLife     = 15 * time.Minute
	visitorTokenIssuer   = "parley"
	visitorTokenAudience = "parley:visitor" //nolint:gosec // names who may use a token
)

// visitorClaims say for whom a visitor token speaks: one visitor of one agent,
// on pages of one origin.
type visitorClaims struct {
	jwt.RegisteredClaims
	Tenant string `json:"tenant"`
	Agent  string `json:"agent"`
	Origin string `json:"origin"`
}

// visitorTokens signs and reads visitor tokens. Every node has the same key, so
// that none of them has to be asked.
type visitorTokens struct {
	key    []byte
	now    func() time.Time
	parser *jwt.Parser
}

func newVisitorTokens(key []byte, now func() time.Time) visitorTokens {
	return visitorTokens{key: key, now: now, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(visitorTokenIssuer),
		jwt.WithAudience(visitorTokenAudience),
		jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(now),
	)}
}

func (t visitorTokens) sign(visitor Actor) (token string, expires time.Time, err error) {
	now := t.now().UTC().Truncate(time.Second)
	expires = now.Add(visitorTokenLife)
	claims := visitorClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: visitorTokenIssuer, Audience: jwt.ClaimStrings{visitorTokenAudience},
			Subject: visitor.Visitor.String(), IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
		},
		Tenant: visitor.Tenant.String(), Agent: visitor.Agent.String(), Origin: visitor.Origin,
	}
	token, err = jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(t.key)
	return token, expires, err
}

func (t visitorTokens) read(token string) (visitorClaims, error) {
	var claims visitorClaims
	_, err := t.parser.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return t.key, nil })
	return claims, err
}

// identityClaims are what a tenant says about a visitor whom it knows.
type identityClaims struct {
	jwt.RegisteredClaims
	Name   string         `json:"name"`
	Email  string         `json:"email"`
	Traits map[string]any `json:"traits"`
}

const (
	identityLeeway    = 30 * time.Second
	identitySubjects  = 200
	identityTextLimit = 254
)

// readIdentity checks a token that the tenant has signed with its own secret.
// The caller wrote that code, so it is told what is wrong with the token.
func readIdentity(token string, secret []byte, now func() time.Time) (identityClaims, error) {
	var claims identityClaims
	_, err := jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return secret, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithExpirationRequired(), jwt.WithLeeway(identityLeeway), jwt.WithTimeFunc(now))
	if err != nil {
		return claims, identityError(identityFault(err)).Because(err)
	}
	claims.Subject = chat.CleanText(claims.Subject)
	claims.Name, claims.Email = chat.CleanText(claims.Name), chat.CleanText(claims.Email)
	if claims.Subject == "" || len(claims.Subject) > identitySubjects {
		return claims, identityError("sub must be the visitor's id: 1 to 200 bytes")
	}
	if len(claims.Name) > identityTextLimit || len(claims.Email) > identityTextLimit {
		return claims, identityError("name and email must be short")
	}
	return claims, nil
}

func identityFault(err error) string {
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return "it has expired"
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return "exp is required"
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return "the signature is not by this workspace's identity secret with HS256"
	case errors.Is(err, jwt.ErrTokenNotValidYet), errors.Is(err, jwt.ErrTokenUsedBeforeIssued):
		return "it is not valid yet"
	}
	return "it is not a JWT"
}

func identityError(fault string) *chat.Error {
	return chat.Errorf(chat.CodeUnauthenticated, "The visitor's token is not valid: %s.", fault).At("body.visitorJwt")
}
