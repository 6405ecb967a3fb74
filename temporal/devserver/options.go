package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// loopback is the only address anything here listens on.
const loopback = "127.0.0.1"

type options struct {
	Database      database
	Port          int // gRPC
	WebPort       int
	PProfPort     int // 0 means none
	Namespaces    []string
	Retention     time.Duration
	DynamicConfig string // path of the dynamic config file; "" means defaults
	CodecEndpoint string // where Temporal Web has payloads decoded; "" means nowhere
	LogLevel      string
}

// database is where both stores live: two databases of one Postgres.
type database struct {
	URL    *url.URL // of any existing database, with the right to create others
	Prefix string   // of the names of the two
}

func (d database) storeName() string      { return d.Prefix }
func (d database) visibilityName() string { return d.Prefix + "_visibility" }

func (o options) address() string    { return net.JoinHostPort(loopback, strconv.Itoa(o.Port)) }
func (o options) webAddress() string { return net.JoinHostPort(loopback, strconv.Itoa(o.WebPort)) }

func parseOptions(args []string) (options, error) {
	var o options
	var rawURL, namespaces string
	flags := flag.NewFlagSet("devserver", flag.ContinueOnError)
	flags.StringVar(&rawURL, "database-url", os.Getenv("DATABASE_URL"),
		"Postgres `URL`; better given as DATABASE_URL, which other users cannot see")
	flags.StringVar(&o.Database.Prefix, "database", "temporal", "`name` of the store; visibility gets <name>_visibility")
	flags.IntVar(&o.Port, "port", 7233, "gRPC port")
	flags.IntVar(&o.WebPort, "web-port", 8233, "port of Temporal Web")
	flags.IntVar(&o.PProfPort, "pprof-port", 0, "port for Go profiles")
	flags.StringVar(&namespaces, "namespaces", "default,parley", "comma-separated `names` to create")
	flags.DurationVar(&o.Retention, "retention", 30*24*time.Hour, "how long closed workflows are kept")
	flags.StringVar(&o.DynamicConfig, "dynamic-config", "", "`path` of the dynamic config file")
	flags.StringVar(&o.CodecEndpoint, "codec-endpoint", "", "`URL` at which Temporal Web has payloads decoded")
	flags.StringVar(&o.LogLevel, "log-level", "error", "debug, info, warn or error")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	o.Namespaces = strings.Split(namespaces, ",")
	var err error
	o.Database.URL, err = parseDatabaseURL(rawURL)
	return o, err
}

func parseDatabaseURL(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, errors.New("set DATABASE_URL to the Postgres that keeps Temporal's databases")
	}
	parsed, err := url.Parse(raw)
	if err != nil {
		// The parser's message repeats the URL, which may hold a password.
		return nil, errors.New("DATABASE_URL is not a valid URL")
	}
	if parsed.Scheme != "postgres" && parsed.Scheme != "postgresql" {
		return nil, fmt.Errorf("DATABASE_URL must begin with postgres://, not %s://", parsed.Scheme)
	}
	return parsed, nil
}
