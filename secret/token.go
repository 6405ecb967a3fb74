package secret

import (
	"crypto/rand"
	"crypto/sha256"
)

// NewToken makes a secret of 128 random bits or more, which begins with a
// prefix that says what it is, like "sk_".
func NewToken(prefix string) string { return prefix + rand.Text() }

// HashToken gives what to store of a token and to find it by. Tokens are too
// random to be guessed, so one round of a fast hash is enough.
func HashToken(token string) []byte {
	hash := sha256.Sum256([]byte(token))
	return hash[:]
}
