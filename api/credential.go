package api

import (
	"context"
	"runtime"

	"github.com/parley-chat/parley/secret"
)

// The beginnings of tokens say what they are, to people and to scanners of
// leaked secrets.
const (
	publishablePrefix = "pk_"
	secretPrefix      = "sk_"
	visitorPrefix     = "vs_"
	identityPrefix    = "is_"
	sessionPrefix     = "ss_"
	shownOfKey        = 9 // characters by which a key is recognised in a list
)

// passwords checks a few passwords at a time: each check takes 19 MB and a core.
type passwords chan struct{}

func newPasswords() passwords { return make(passwords, max(2, runtime.NumCPU())) }

// match takes the same time for a user that does not exist, whose hash is "".
func (p passwords) match(ctx context.Context, password, hash string) (bool, error) {
	select {
	case p <- struct{}{}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	defer func() { <-p }()
	return secret.VerifyPassword(password, hash), nil
}
