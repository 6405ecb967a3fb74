// Package secret keeps what must not be readable in a stolen database: it
// seals columns, derives the keys of other seals and signatures from the one
// key of the installation, hashes passwords, and makes tokens of which only the
// hash is stored.
package secret

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/secretdata"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/parley-chat/parley/chat"
)

const (
	keySize         = 32 // bytes: AES-256
	fingerprintSize = 8
)

// Purpose says what a derived key is for. Keys of different purposes tell
// nothing about each other.
type Purpose string

const (
	// Columns is for the sealed columns of the database.
	Columns Purpose = "parley/columns/v1"
	// Tokens is for signing the tokens of visitors.
	Tokens Purpose = "parley/tokens/v1" //nolint:gosec // the name of a purpose, not a credential
	// Payloads is for what Temporal stores of workflows.
	Payloads Purpose = "parley/payloads/v1"
	// Requests is for signing what is sent to the servers of tenants.
	Requests Purpose = "parley/requests/v1"
	// Links is for signing links in letters.
	Links Purpose = "parley/links/v1"
	// fingerprint is for telling keys apart.
	fingerprint Purpose = "parley/fingerprint/v1"
)

// The columns that are sealed, as Seal and Open want to hear it.
const (
	ProviderColumn = "providers.secret_ciphertext"
	IdentityColumn = "tenants.identity_secret_ciphertext"
	ToolColumn     = "tool_secrets.secret_ciphertext"
)

// Key is the key of an installation, from which all others come. Whoever loses
// it loses what was sealed.
type Key struct {
	root    []byte
	columns tink.AEAD
}

// NewKey makes the text form of a fresh key.
func NewKey() string {
	root := make([]byte, keySize)
	_, _ = rand.Read(root) // never fails: it would end the program
	return base64.StdEncoding.EncodeToString(root)
}

// ParseKey reads the text form of a key, 32 bytes in base64. The error never
// repeats the text.
func ParseKey(text string) (*Key, error) {
	root, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(root) != keySize {
		return nil, errors.New("the secret key must be 32 bytes in base64 (make one with: openssl rand -base64 32)")
	}
	key := &Key{root: root}
	key.columns, err = key.AEAD(Columns)
	return key, err
}

// Derive gives the 32 bytes of the key for a purpose.
func (k *Key) Derive(purpose Purpose) ([]byte, error) { return k.derive(string(purpose), keySize) }

// Fingerprint tells keys apart, and tells nothing about them: it may be written
// down anywhere.
func (k *Key) Fingerprint() (string, error) {
	raw, err := k.derive(string(fingerprint), fingerprintSize)
	return hex.EncodeToString(raw), err
}

// AEAD gives AES-256-GCM under the key for a purpose. Each ciphertext begins
// with the number of its key, so that one under another key is refused as such.
func (k *Key) AEAD(purpose Purpose) (tink.AEAD, error) {
	raw, err := k.Derive(purpose)
	if err != nil {
		return nil, err
	}
	number, err := k.derive(string(purpose)+"/number", 4)
	if err != nil {
		return nil, err
	}
	parameters, err := aesgcm.NewParameters(aesgcm.ParametersOpts{
		KeySizeInBytes: keySize, IVSizeInBytes: 12, TagSizeInBytes: 16, Variant: aesgcm.VariantTink,
	})
	if err != nil {
		return nil, err
	}
	bytes := secretdata.NewBytesFromData(raw, insecuresecretdataaccess.Token{})
	key, err := aesgcm.NewKey(bytes, binary.BigEndian.Uint32(number), parameters)
	if err != nil {
		return nil, err
	}
	return aesgcm.NewAEAD(key)
}

// Signing gives the key of that number with which requests to a tenant's servers
// are signed, 32 bytes. It is stored nowhere, so it can be shown again.
func (k *Key) Signing(tenant chat.TenantID, number int) ([]byte, error) {
	return k.derive(fmt.Sprintf("%s/%s/%d", Requests, tenant, number), keySize)
}

func (k *Key) derive(info string, size int) ([]byte, error) {
	return hkdf.Key(sha256.New, k.root, nil, info, size)
}

// Seal encrypts what one column of one tenant's row holds. Copied into another
// tenant's row or another column it cannot be opened.
func (k *Key) Seal(plain []byte, tenant chat.TenantID, column string) ([]byte, error) {
	sealed, err := k.columns.Encrypt(plain, place(tenant, column))
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", column, err)
	}
	return sealed, nil
}

// Open gives back what Seal encrypted for the same tenant and column.
func (k *Key) Open(sealed []byte, tenant chat.TenantID, column string) ([]byte, error) {
	plain, err := k.columns.Decrypt(sealed, place(tenant, column))
	if err != nil {
		return nil, fmt.Errorf("open %s (was PARLEY_SECRET_KEY changed?): %w", column, err)
	}
	return plain, nil
}

// place is unambiguous, since the tenant's part has one length.
func place(tenant chat.TenantID, column string) []byte {
	id := tenant.Bytes()
	return append(id[:], column...)
}
