package db_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
)

func createTenant(t *testing.T, d *db.DB, wanted db.NewTenant) db.CreatedTenant {
	t.Helper()
	var made db.CreatedTenant
	ctx := context.Background()
	require.NoError(t, d.System(ctx, func(tx *db.SystemTx) (err error) {
		made, err = tx.TenantCreate(ctx, wanted)
		return err
	}))
	return made
}

func TestTenantCreateMakesItsOwnerToo(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	email := "Ada." + chat.NewID[chat.UserID]().String() + "@Example.com"
	made := createTenant(t, d, db.NewTenant{
		Name: "Ada's Bicycles & Söhne", Owner: db.NewUser{Email: email, Name: "Ada", PasswordHash: "hash", IsOperator: true},
	})
	require.True(t, strings.HasPrefix(made.Tenant.Slug, "ada-s-bicycles-s-hne"), made.Tenant.Slug)
	require.Equal(t, strings.ToLower(email), made.Owner.Email)
	require.True(t, made.Owner.IsOperator)
	require.False(t, made.OwnerExisted)
	require.NoError(t, d.System(ctx, func(tx *db.SystemTx) error {
		memberships, err := tx.MembershipListByUser(ctx, made.Owner.ID)
		require.Len(t, memberships, 1)
		require.Equal(t, made.Tenant.ID, memberships[0].TenantID)
		require.Equal(t, chat.MemberOwner, memberships[0].Role)
		return err
	}))
}

func TestTenantCreateKeepsAKnownOwnersPassword(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	wanted := db.NewTenant{Name: "日本", Owner: db.NewUser{
		Email: chat.NewID[chat.UserID]().String() + "@example.com", Name: "Ada", PasswordHash: "first",
	}}
	first := createTenant(t, d, wanted)
	wanted.Owner.PasswordHash = "second"
	second := createTenant(t, d, wanted)
	require.True(t, second.OwnerExisted)
	require.Equal(t, first.Owner, second.Owner)
	require.NotEqual(t, first.Tenant.Slug, second.Tenant.Slug)
	require.NoError(t, d.System(ctx, func(tx *db.SystemTx) error {
		memberships, err := tx.MembershipListByUser(ctx, first.Owner.ID)
		require.Len(t, memberships, 2)
		return err
	}))
}

func TestMemberAddIsOncePerTenant(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	f := dbtest.Tenant(t, d)
	person := db.NewUser{Email: chat.NewID[chat.UserID]().String() + "@example.com", Name: "Grace", PasswordHash: "hash"}
	add := func(role chat.MemberRole) (user db.User, existed bool, err error) {
		err = d.System(ctx, func(tx *db.SystemTx) (err error) {
			user, existed, err = tx.MemberAdd(ctx, f.TenantID, role, person)
			return err
		})
		return user, existed, err
	}
	user, existed, err := add(chat.MemberViewer)
	require.NoError(t, err)
	require.False(t, existed)
	_, existed, err = add(chat.MemberOwner)
	require.True(t, existed)
	require.Equal(t, chat.CodeConflict, chat.CodeOf(err))
	require.NoError(t, d.System(ctx, func(tx *db.SystemTx) error {
		memberships, err := tx.MembershipListByUser(ctx, user.ID)
		require.Len(t, memberships, 1)
		require.Equal(t, chat.MemberViewer, memberships[0].Role)
		return err
	}))
}

func TestSessionLivesUntilItEnds(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	f := dbtest.Tenant(t, d)
	open := func(hash string, ends time.Time) {
		require.NoError(t, d.System(ctx, func(tx *db.SystemTx) error {
			_, err := tx.SessionInsert(ctx, db.SessionInsertParams{
				TenantID: f.TenantID, ID: chat.NewID[chat.SessionID](), UserID: f.UserID, TokenHash: []byte(hash + f.Slug), ExpiresAt: ends,
			})
			return err
		}))
	}
	look := func(hash string) (found db.SessionByHashRow, err error) {
		err = d.System(ctx, func(tx *db.SystemTx) (err error) {
			found, err = tx.SessionByHash(ctx, []byte(hash+f.Slug))
			return err
		})
		return found, err
	}
	open("live", time.Now().Add(time.Hour))
	open("ended", time.Now().Add(-time.Second))
	found, err := look("live")
	require.NoError(t, err)
	require.Equal(t, f.TenantID, found.TenantID)
	require.Equal(t, f.Email, found.Email)
	require.Equal(t, chat.MemberOwner, found.Role)
	_, err = look("ended")
	require.Equal(t, chat.CodeNotFound, chat.CodeOf(err))
	require.NoError(t, d.System(ctx, func(tx *db.SystemTx) error { return tx.SessionDelete(ctx, []byte("live"+f.Slug)) }))
	_, err = look("live")
	require.Equal(t, chat.CodeNotFound, chat.CodeOf(err))
}

func TestRevokedKeyIsUnknown(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	p := populate(t, d)
	look := func() (key db.SystemAPIKey, err error) {
		err = d.System(ctx, func(tx *db.SystemTx) (err error) {
			key, err = tx.KeyByHash(ctx, p.bytes("key"))
			return err
		})
		return key, err
	}
	key, err := look()
	require.NoError(t, err)
	require.Equal(t, p.TenantID, key.TenantID)
	require.NoError(t, d.Tenant(ctx, p.TenantID, func(tx *db.TenantTx) error {
		first, err := tx.KeyRevoke(ctx, p.KeyID)
		require.NoError(t, err)
		second, err := tx.KeyRevoke(ctx, p.KeyID)
		require.Equal(t, first, second)
		return err
	}))
	_, err = look()
	require.Equal(t, chat.CodeNotFound, chat.CodeOf(err))
}
