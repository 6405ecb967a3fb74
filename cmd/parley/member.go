package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

func memberCommand() *cobra.Command {
	var tenant, role string
	var who owner
	add := &cobra.Command{
		Use:   "add-member --tenant slug --email grace@example.com",
		Short: "Let one more person work in a tenant",
		Long: `Adds a person to a tenant, in one of the roles owner, admin, agent and viewer.
The password is generated and printed once; a person who has an account already
keeps theirs.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := openDatabase(cmd.Context())
			if err != nil {
				return err
			}
			defer d.Close()
			password, err := addMember(cmd.Context(), d, tenant, chat.MemberRole(role), who)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "role      %s\nsign in   %s\npassword  %s\n", role, who.Email, password)
			return nil
		},
	}
	flags := add.Flags()
	flags.StringVar(&tenant, "tenant", "", "slug of the tenant")
	flags.StringVar(&who.Email, "email", "", "address that the person signs in with")
	flags.StringVar(&who.Name, "name", "", "name of the person (default: the first part of the address)")
	flags.StringVar(&role, "role", string(chat.MemberViewer), "what the person may do: owner, admin, agent or viewer")
	_ = add.MarkFlagRequired("tenant") // these fail only for an unknown flag
	_ = add.MarkFlagRequired("email")
	return add
}

// addMember returns the person's password, or words in its place where it stays
// as it was.
func addMember(ctx context.Context, d *db.DB, slug string, role chat.MemberRole, who owner) (password string, err error) {
	if !slices.Contains([]chat.MemberRole{chat.MemberOwner, chat.MemberAdmin, chat.MemberAgent, chat.MemberViewer}, role) {
		return "", fmt.Errorf("%q is no role: it can be owner, admin, agent or viewer", role)
	}
	if who, err = who.complete(); err != nil {
		return "", err
	}
	user, password, err := who.newUser()
	if err != nil {
		return "", err
	}
	err = d.System(ctx, func(tx *db.SystemTx) error {
		tenant, err := tx.TenantBySlug(ctx, slug)
		if err != nil {
			return explainMember(err, chat.CodeNotFound, fmt.Errorf("there is no tenant %q", slug))
		}
		_, existed, err := tx.MemberAdd(ctx, tenant.ID, role, user)
		if existed {
			password = "as before"
		}
		return explainMember(err, chat.CodeConflict, fmt.Errorf("%s works in %s already", who.Email, tenant.Name))
	})
	return password, err
}

// explainMember puts an error of that code into the words of the command.
func explainMember(err error, code chat.Code, words error) error {
	if err != nil && chat.CodeOf(err) == code {
		return words
	}
	return err
}
