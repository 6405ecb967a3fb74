package activities

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/turn"
)

// Where tenants are strangers, only the operator's own account may be in the
// operator's network.
func TestTenantsAreKeptOutOfTheNetwork(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(simulator.New(simulator.Config{}))
	t.Cleanup(server.Close)
	key, err := secret.ParseKey(secret.NewKey())
	require.NoError(t, err)
	tenant := chat.NewID[chat.TenantID]()
	sealed, err := key.Seal([]byte("sk-tenant"), tenant, secret.ProviderColumn)
	require.NoError(t, err)
	own := &turn.Account{BaseURL: server.URL, SealedKey: sealed}

	ask := func(publicOnly bool, account *turn.Account) error {
		models := NewModels(Platform{BaseURL: server.URL, PublicOnly: publicOnly}, key)
		l, err := models.of(tenant, account, chat.AgentConfig{Model: "m"})
		require.NoError(t, err)
		_, err = llm.Complete(t.Context(), l, llm.Request{Model: l.names[0]})
		return err
	}
	require.NoError(t, ask(false, own))
	require.NoError(t, ask(true, nil))
	require.ErrorContains(t, ask(true, own), "public internet")
}
