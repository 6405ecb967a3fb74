package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/secret"
)

// seeded runs the seeding step of `up` on its own.
func seeded(t *testing.T, home, database, demoListen string) demo {
	t.Helper()
	u := newUp(config{
		Home: home, DatabaseURL: database, DemoListen: demoListen, PublicURL: "http://localhost:8080",
	}, io.Discard)
	require.NoError(t, u.seed(t.Context()))
	return u.demo
}

func migrated(t *testing.T) (url string, d *db.DB) {
	t.Helper()
	url = dbtest.Empty(t)
	_, err := db.Migrate(t.Context(), url)
	require.NoError(t, err)
	d, err = db.Open(t.Context(), db.Config{URL: url, MaxConns: 1})
	require.NoError(t, err)
	t.Cleanup(d.Close)
	return url, d
}

func published(t *testing.T, d *db.DB, tenant demoTenant) chat.AgentConfig {
	t.Helper()
	var config chat.AgentConfig
	require.NoError(t, d.Tenant(t.Context(), tenant.TenantID, func(tx *db.TenantTx) error {
		row, err := tx.AgentPublished(t.Context(), tenant.AgentID)
		config = row.AgentVersion.Config
		return err
	}))
	return config
}

func TestTheDemoFollowsItsPageToAnotherPort(t *testing.T) {
	t.Parallel()
	url, d := migrated(t)
	home := t.TempDir()
	first := seeded(t, home, url, "127.0.0.1:8081")
	assert.True(t, published(t, d, first.demoTenant).AllowsOrigin("http://localhost:8081"))

	second := seeded(t, home, url, "127.0.0.1:9081")

	assert.Equal(t, first.demoTenant, second.demoTenant)
	config := published(t, d, second.demoTenant)
	for _, origin := range []string{"http://localhost:9081", "http://127.0.0.1:9081", "http://localhost:8081"} {
		assert.True(t, config.AllowsOrigin(origin), origin)
	}
	assert.Len(t, config.AllowedOrigins, 4, "no origin is added twice")
	assert.Equal(t, second, seeded(t, home, url, "127.0.0.1:9081"))
}

func TestALostDemoFileGivesNewKeysToTheSameTenants(t *testing.T) {
	t.Parallel()
	url, d := migrated(t)
	home := t.TempDir()
	first := seeded(t, home, url, "127.0.0.1:8081")
	require.NoError(t, os.Remove(filepath.Join(home, demoFile)))

	second := seeded(t, home, url, "127.0.0.1:8081")

	for _, pair := range [][2]demoTenant{{first.demoTenant, second.demoTenant}, {first.Second, second.Second}} {
		before, after := pair[0], pair[1]
		assert.Equal(t, before.TenantID, after.TenantID)
		assert.Equal(t, before.AgentID, after.AgentID)
		assert.NotEqual(t, before.SecretKey, after.SecretKey)
		assert.NotEqual(t, before.AdminPassword, after.AdminPassword)
		require.NoError(t, d.System(t.Context(), func(tx *db.SystemTx) error {
			user, err := tx.UserByEmail(t.Context(), after.AdminEmail)
			assert.True(t, secret.VerifyPassword(after.AdminPassword, user.PasswordHash))
			return err
		}))
	}
}

func TestAnotherDatabaseGetsADemoOfItsOwn(t *testing.T) {
	t.Parallel()
	url, _ := migrated(t)
	other, d := migrated(t)
	home := t.TempDir()
	first := seeded(t, home, url, "127.0.0.1:8081")

	second := seeded(t, home, other, "127.0.0.1:8081")

	assert.NotEqual(t, first.TenantID, second.TenantID)
	assert.NotEmpty(t, published(t, d, second.demoTenant).Instructions)
	assert.NotEqual(t, second.TenantID, second.Second.TenantID, "two businesses")
}

func TestCreatingATenant(t *testing.T) {
	t.Parallel()
	_, d := migrated(t)
	made, password, err := createTenant(t.Context(), d, owner{Email: "ada@engines.example"})
	require.NoError(t, err)
	assert.Equal(t, "engines.example", made.Tenant.Name)
	assert.Equal(t, "ada", made.Owner.Name)
	assert.False(t, made.Owner.IsOperator, "nobody becomes operator unasked")
	assert.True(t, secret.VerifyPassword(password, made.Owner.PasswordHash))

	again, _, err := createTenant(t.Context(), d, owner{Email: "ada@engines.example", TenantName: "Looms"})
	require.NoError(t, err)
	assert.True(t, again.OwnerExisted)
	assert.Equal(t, made.Owner.PasswordHash, again.Owner.PasswordHash)

	for _, address := range []string{"", "ada", "Ada <ada@engines.example>", "ada@"} {
		_, _, err := createTenant(t.Context(), d, owner{Email: address})
		assert.ErrorContains(t, err, "is not an e-mail address", address)
	}
}
