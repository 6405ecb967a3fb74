package main

import (
	"context"
	"fmt"
	"net"
	"net/url"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	"go.temporal.io/server/tools/common/schema"
	"go.temporal.io/server/tools/sql"
)

// prepareStores creates the two databases where they are missing and brings
// their schema up to the version of the service that is built in here.
func prepareStores(ctx context.Context, db database) error {
	if err := createDatabases(ctx, db); err != nil {
		return err
	}
	stores := map[string]string{
		db.storeName():      "postgresql/v12/temporal",
		db.visibilityName(): "postgresql/v12/visibility",
	}
	for name, schemaName := range stores {
		if err := applySchema(db.sql(name), schemaName); err != nil {
			return fmt.Errorf("apply the schema of database %s: %w", name, err)
		}
	}
	return trimVisibility(ctx, db)
}

func createDatabases(ctx context.Context, db database) error {
	conn, err := pgx.Connect(ctx, db.URL.String())
	if err != nil {
		return fmt.Errorf("connect to Postgres: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, name := range []string{db.storeName(), db.visibilityName()} {
		if err := createDatabase(ctx, conn, name); err != nil {
			return fmt.Errorf("create database %s: %w", name, err)
		}
	}
	return nil
}

func createDatabase(ctx context.Context, conn *pgx.Conn, name string) error {
	var exists bool
	err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists)
	if err != nil || exists {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	return err
}

// applySchema is safe to repeat: the tables that hold the version are made only
// once, and the versions already applied are skipped.
func applySchema(cfg *config.SQL, schemaName string) error {
	logger := log.NewNoopLogger()
	conn, err := sql.NewConnection(cfg, logger)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ReadSchemaVersion(); err != nil {
		setup := &schema.SetupConfig{InitialVersion: "0.0"}
		if err := schema.NewSetupSchemaTask(conn, setup, logger).Run(); err != nil {
			return err
		}
	}
	update := &schema.UpdateConfig{SchemaName: schemaName}
	return schema.NewUpdateSchemaTask(conn, update, logger).Run()
}

// sql is the same Postgres in the service's own terms. A socket folder arrives
// as the URL's host parameter and is passed on as one.
func (d database) sql(name string) *config.SQL {
	attributes := map[string]string{}
	for key, values := range d.URL.Query() {
		attributes[key] = values[0]
	}
	password, _ := d.URL.User.Password()
	return &config.SQL{
		PluginName:        postgresql.PluginNamePGX,
		ConnectProtocol:   "tcp",
		ConnectAddr:       hostPort(d.URL),
		User:              url.QueryEscape(d.URL.User.Username()),
		Password:          password,
		DatabaseName:      name,
		ConnectAttributes: attributes,
	}
}

func hostPort(u *url.URL) string {
	switch {
	case u.Hostname() == "":
		return ""
	case u.Port() == "":
		return net.JoinHostPort(u.Hostname(), "5432")
	default:
		return u.Host
	}
}
