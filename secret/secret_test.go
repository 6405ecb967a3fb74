package secret_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/secret"
)

func newKey(t *testing.T) *secret.Key {
	t.Helper()
	key, err := secret.ParseKey(secret.NewKey())
	require.NoError(t, err)
	return key
}

func TestSealedColumnOpensOnlyInItsPlace(t *testing.T) {
	t.Parallel()
	key, tenant := newKey(t), chat.NewID[chat.TenantID]()
	sealed, err := key.Seal([]byte("sk-provider"), tenant, "providers.secret")
	require.NoError(t, err)
	require.NotContains(t, string(sealed), "provider")

	plain, err := key.Open(sealed, tenant, "providers.secret")
	require.NoError(t, err)
	require.Equal(t, "sk-provider", string(plain))

	_, err = key.Open(sealed, chat.NewID[chat.TenantID](), "providers.secret")
	require.Error(t, err, "another tenant's row")
	_, err = key.Open(sealed, tenant, "webhooks.secret")
	require.Error(t, err, "another column")
	_, err = newKey(t).Open(sealed, tenant, "providers.secret")
	require.Error(t, err, "another installation")
	for i := range sealed {
		bent := bytes.Clone(sealed)
		bent[i] ^= 1
		_, err = key.Open(bent, tenant, "providers.secret")
		require.Error(t, err, "byte %d was changed", i)
	}
}

func TestSealingTwiceGivesTwoCiphertexts(t *testing.T) {
	t.Parallel()
	key, tenant := newKey(t), chat.NewID[chat.TenantID]()
	first, err := key.Seal([]byte("same"), tenant, "c")
	require.NoError(t, err)
	second, err := key.Seal([]byte("same"), tenant, "c")
	require.NoError(t, err)
	require.NotEqual(t, first, second)
}

func TestKeyOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	text, tenant := secret.NewKey(), chat.NewID[chat.TenantID]()
	before, err := secret.ParseKey(text)
	require.NoError(t, err)
	sealed, err := before.Seal([]byte("kept"), tenant, "c")
	require.NoError(t, err)
	after, err := secret.ParseKey(text)
	require.NoError(t, err)
	plain, err := after.Open(sealed, tenant, "c")
	require.NoError(t, err)
	require.Equal(t, "kept", string(plain))
}

func TestPurposesHaveUnrelatedKeys(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	tokens, err := key.Derive(secret.Tokens)
	require.NoError(t, err)
	payloads, err := key.Derive(secret.Payloads)
	require.NoError(t, err)
	require.Len(t, tokens, 32)
	require.NotEqual(t, tokens, payloads)

	columns, err := key.AEAD(secret.Columns)
	require.NoError(t, err)
	sealed, err := columns.Encrypt([]byte("text"), nil)
	require.NoError(t, err)
	other, err := key.AEAD(secret.Payloads)
	require.NoError(t, err)
	_, err = other.Decrypt(sealed, nil)
	require.Error(t, err)
}

func TestMalformedKeyIsRefusedWithoutRepeatingIt(t *testing.T) {
	t.Parallel()
	short := base64.StdEncoding.EncodeToString([]byte("too short"))
	for _, text := range []string{"", "not base64!", short, strings.Repeat("A", 100)} {
		_, err := secret.ParseKey(text)
		require.Error(t, err)
		if text != "" {
			require.NotContains(t, err.Error(), text)
		}
	}
}

func TestFingerprintTellsKeysApart(t *testing.T) {
	t.Parallel()
	text := secret.NewKey()
	var seen []string
	for _, of := range []string{text, text, secret.NewKey()} {
		key, err := secret.ParseKey(of)
		require.NoError(t, err)
		fingerprint, err := key.Fingerprint()
		require.NoError(t, err)
		require.Len(t, fingerprint, 16)
		seen = append(seen, fingerprint)
	}
	require.Equal(t, seen[0], seen[1])
	require.NotEqual(t, seen[0], seen[2])
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	hash, err := secret.HashPassword("correct horse")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(hash, "$argon2id$"))
	require.True(t, secret.VerifyPassword("correct horse", hash))
	require.False(t, secret.VerifyPassword("battery staple", hash))
	require.False(t, secret.VerifyPassword("", ""), "no such user")
	require.False(t, secret.VerifyPassword("x", "not a hash"))
}

func TestTokens(t *testing.T) {
	t.Parallel()
	first, second := secret.NewToken("sk_"), secret.NewToken("sk_")
	require.True(t, strings.HasPrefix(first, "sk_"))
	require.NotEqual(t, first, second)
	require.GreaterOrEqual(t, len(first), len("sk_")+26)
	require.Equal(t, secret.HashToken(first), secret.HashToken("sk_"+first[3:]))
	require.NotEqual(t, secret.HashToken(first), secret.HashToken(second))
}
