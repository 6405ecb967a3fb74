package db

import (
	"context"
	"strings"
	"unicode"

	"github.com/parley-chat/parley/chat"
)

// NewTenant is a tenant to be, and the person who will own it.
type NewTenant struct {
	Name  string
	Owner NewUser
}

// NewUser is a person to be. PasswordHash is what secret.HashPassword gave.
type NewUser struct {
	Email, Name, PasswordHash string
	IsOperator                bool
}

// CreatedTenant tells what TenantCreate made.
type CreatedTenant struct {
	Tenant SystemTenant
	Owner  User
	// OwnerExisted: the address was known, and its user keeps name and password.
	OwnerExisted bool
}

// TenantCreate makes a tenant with an owner, who may have been a user before.
func (tx *SystemTx) TenantCreate(ctx context.Context, wanted NewTenant) (CreatedTenant, error) {
	var made CreatedTenant
	id := chat.NewID[chat.TenantID]()
	name, err := tx.freeSlug(ctx, slug(wanted.Name), id)
	if err != nil {
		return made, err
	}
	if made.Tenant, err = tx.TenantInsert(ctx, id, name, wanted.Name); err != nil {
		return made, err
	}
	made.Owner, made.OwnerExisted, err = tx.MemberAdd(ctx, id, chat.MemberOwner, wanted.Owner)
	return made, err
}

// MemberAdd lets a person work in a tenant, who may have been a user before.
// Whoever is a member already stays what they are: chat.CodeConflict.
func (tx *SystemTx) MemberAdd(ctx context.Context, tenant chat.TenantID, role chat.MemberRole, wanted NewUser) (user User, existed bool, err error) {
	if user, existed, err = tx.ensureUser(ctx, wanted); err != nil {
		return user, existed, err
	}
	_, err = tx.MembershipInsert(ctx, tenant, user.ID, role)
	return user, existed, err
}

func (tx *SystemTx) ensureUser(ctx context.Context, wanted NewUser) (User, bool, error) {
	known, err := tx.UserByEmail(ctx, wanted.Email)
	if chat.CodeOf(err) != chat.CodeNotFound {
		return known, err == nil, err
	}
	made, err := tx.UserInsert(ctx, UserInsertParams{
		ID: chat.NewID[chat.UserID](), Email: wanted.Email, Name: wanted.Name,
		PasswordHash: wanted.PasswordHash, IsOperator: wanted.IsOperator,
	})
	return made, false, err
}

// freeSlug adds the end of the tenant's id to a slug that is taken.
func (tx *SystemTx) freeSlug(ctx context.Context, wanted string, id chat.TenantID) (string, error) {
	_, err := tx.TenantBySlug(ctx, wanted)
	if chat.CodeOf(err) == chat.CodeNotFound {
		return wanted, nil
	}
	text := id.String()
	return wanted + "-" + text[len(text)-6:], err
}

const slugLength = 40

// slug makes a name fit for an address: lower-case ASCII letters and digits
// with single hyphens between the words.
func slug(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	short := strings.Join(words, "-")
	if len(short) > slugLength {
		short = strings.TrimRight(short[:slugLength], "-")
	}
	if short == "" {
		return "tenant"
	}
	return short
}
