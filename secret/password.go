package secret

import (
	"fmt"

	"github.com/alexedwards/argon2id"
)

// cost is OWASP's second choice of parameters for Argon2id: some 25 ms and
// 19 MiB a hash, so that a few sign-ins at once do not exhaust a small machine.
var cost = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// absent is the hash of a password that nobody has: what a wrong e-mail address
// is compared with.
const absent = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// HashPassword gives what to store of a password.
func HashPassword(password string) (string, error) {
	hash, err := argon2id.CreateHash(password, cost)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return hash, nil
}

// VerifyPassword reports whether the hash is that password's. An empty hash,
// meaning that there is no such user, takes as long as a real one: the time of
// the answer must not tell whose addresses are known.
func VerifyPassword(password, hash string) bool {
	if hash == "" {
		_, _ = argon2id.ComparePasswordAndHash(password, absent)
		return false
	}
	same, err := argon2id.ComparePasswordAndHash(password, hash)
	return err == nil && same
}
