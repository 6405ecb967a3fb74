package main

import (
	"context"
	"fmt"
	"net/mail"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/secret"
)

// owner describes a tenant to be made and the person who will own it.
type owner struct {
	TenantName string
	Email      string
	Name       string
	Operator   bool // runs the platform, not only this tenant
}

func tenantCommand() *cobra.Command {
	parent := &cobra.Command{Use: "tenant", Short: "Manage tenants"}
	var o owner
	create := &cobra.Command{
		Use:   "create --email ada@example.com",
		Short: "Make a tenant and the account of its owner",
		Long: `Makes a tenant and its owner. The password is generated and printed once; a
person who has an account already keeps theirs and gets the new tenant added.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := openDatabase(cmd.Context())
			if err != nil {
				return err
			}
			defer d.Close()
			made, password, err := createTenant(cmd.Context(), d, o)
			if err != nil {
				return err
			}
			if made.OwnerExisted {
				password = "as before"
			}
			fmt.Fprintf(cmd.OutOrStdout(), "tenant    %s (%s, %s)\nsign in   %s\npassword  %s\n",
				made.Tenant.Name, made.Tenant.Slug, made.Tenant.ID, made.Owner.Email, password)
			return nil
		},
	}
	flags := create.Flags()
	flags.StringVar(&o.Email, "email", "", "address that the owner signs in with")
	flags.StringVar(&o.TenantName, "name", "", "name of the tenant (default: the domain of the address)")
	flags.StringVar(&o.Name, "owner", "", "name of the owner (default: the first part of the address)")
	flags.BoolVar(&o.Operator, "operator", false, "let the owner read decoded runs in Temporal Web")
	_ = create.MarkFlagRequired("email") // fails only for an unknown flag
	parent.AddCommand(create, memberCommand())
	return parent
}

// createTenant returns the new owner's password as well, which is stored nowhere.
func createTenant(ctx context.Context, d *db.DB, o owner) (made db.CreatedTenant, password string, err error) {
	if o, err = o.complete(); err != nil {
		return made, "", err
	}
	user, password, err := o.newUser()
	if err != nil {
		return made, "", err
	}
	err = d.System(ctx, func(tx *db.SystemTx) error {
		made, err = tx.TenantCreate(ctx, db.NewTenant{Name: o.TenantName, Owner: user})
		return err
	})
	return made, password, err
}

// newUser is the account of somebody who has none, with a password made up now.
func (o owner) newUser() (user db.NewUser, password string, err error) {
	password = secret.NewToken("")
	hash, err := secret.HashPassword(password)
	return db.NewUser{Email: o.Email, Name: o.Name, PasswordHash: hash, IsOperator: o.Operator}, password, err
}

func (o owner) complete() (owner, error) {
	address, err := mail.ParseAddress(o.Email)
	if err != nil || address.Address != o.Email {
		return o, fmt.Errorf("%q is not an e-mail address", o.Email)
	}
	local, domain, _ := strings.Cut(o.Email, "@")
	if o.TenantName == "" {
		o.TenantName = domain
	}
	if o.Name == "" {
		o.Name = local
	}
	return o, nil
}
