package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/db"
)

func migrateCommand() *cobra.Command {
	var restored bool
	command := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database up to the schema of this version",
		Long: `Brings the database up to the schema of this version.

With --restored it also tells the database that it comes from a backup: changes
that tools had under way then may have been made since, and are not made again.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loadConfig()
			if err != nil {
				return err
			}
			url, err := cfg.databaseURL()
			if err != nil {
				return err
			}
			applied, err := db.Migrate(cmd.Context(), url)
			if err != nil {
				return err
			}
			say := func(text string) { fmt.Fprintln(cmd.OutOrStdout(), text) }
			say(fmt.Sprintf("applied %d migrations", applied))
			if !restored {
				return nil
			}
			return markRestored(cmd.Context(), url, say)
		},
	}
	command.Flags().BoolVar(&restored, "restored", false, "the database comes from a backup")
	return command
}

func markRestored(ctx context.Context, url string, say func(string)) error {
	d, err := db.Open(ctx, db.Config{URL: url, MaxConns: 1})
	if err != nil {
		return err
	}
	defer d.Close()
	calls, err := d.MarkRestored(ctx)
	if err == nil && calls > 0 {
		say(fmt.Sprintf("%d calls of tools were under way when the backup was taken: their outcome is unknown now", calls))
	}
	return err
}
