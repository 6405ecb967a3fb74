package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/embedded"
)

// databaseURL is DATABASE_URL, or the private Postgres of a `parley up` in this
// folder, so that tools find the installation that they stand in.
func (c config) databaseURL() (string, error) {
	if c.DatabaseURL != "" {
		return c.DatabaseURL, nil
	}
	home, err := filepath.Abs(c.Home)
	if err != nil {
		return "", err
	}
	url, running := embedded.Running(postgresHome(home), databaseName)
	if !running {
		return "", errors.New("no database: set DATABASE_URL, or start a private one in this folder with `make run`")
	}
	return url, nil
}

// openDatabase is for commands that are run by hand.
func openDatabase(ctx context.Context) (*db.DB, error) {
	cfg, err := loadConfig()
	if err != nil {
		return nil, err
	}
	url, err := cfg.databaseURL()
	if err != nil {
		return nil, err
	}
	return db.Open(ctx, db.Config{URL: url, MaxConns: 1})
}
