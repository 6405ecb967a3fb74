package secret_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/secret"
)

func TestLinksCannotBeMadeOrChanged(t *testing.T) {
	t.Parallel()
	key, link := newKey(t), secret.Link{Tenant: "t", User: "u", Approval: "a", Expires: time.Now().Add(time.Hour).UTC().Truncate(time.Second)}
	text, err := key.SignLink(link)
	require.NoError(t, err)
	read, err := key.ReadLink(text)
	require.NoError(t, err)
	require.Equal(t, link, read)
	link.Expires = time.Now().Add(-time.Second)
	late, err := key.SignLink(link)
	require.NoError(t, err)
	for name, wrong := range map[string]string{
		"another text": "x" + text, "another signature": text[:len(text)-2] + "xx", "no signature": text[:20], "nothing": "", "too late": late,
	} {
		_, err := key.ReadLink(wrong)
		require.ErrorIs(t, err, secret.ErrLink, name)
	}
	_, err = newKey(t).ReadLink(text)
	require.ErrorIs(t, err, secret.ErrLink, "another installation's")
}
