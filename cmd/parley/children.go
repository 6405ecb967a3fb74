package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/parley-chat/parley/cmd/parley/supervise"
	"github.com/parley-chat/parley/db/embedded"
	"github.com/parley-chat/parley/temporal/dynamicconfig"
)

const (
	temporalBinary = "parley-temporal"
	// startLimit is generous: a cold disk and a busy machine are no error.
	startLimit = 2 * time.Minute
)

func postgresChild(cluster *embedded.Cluster) supervise.Child {
	return supervise.Child{
		Name:        "postgres",
		Command:     cluster.Command,
		Ready:       cluster.Ready,
		ReadyWithin: startLimit,
		StopSignal:  embedded.StopSignal,
		Grace:       time.Minute, // a last checkpoint writes what memory holds
	}
}

// temporalOptions says how to run the program built from temporal/devserver.
type temporalOptions struct {
	Binary        string
	DatabaseURL   string
	Port, WebPort int
	Namespaces    string // "" means the program's own default
	CodecEndpoint string
	ConfigDir     string // where the dynamic config file is written
}

func temporalChild(o temporalOptions) (supervise.Child, error) {
	settings := filepath.Join(o.ConfigDir, dynamicconfig.FileName)
	if err := os.WriteFile(settings, dynamicconfig.YAML, 0o600); err != nil {
		return supervise.Child{}, err
	}
	args := []string{
		"-port", strconv.Itoa(o.Port), "-web-port", strconv.Itoa(o.WebPort),
		"-dynamic-config", settings, "-codec-endpoint", o.CodecEndpoint,
	}
	return supervise.Child{
		Name: "temporal",
		Command: func() *exec.Cmd {
			cmd := exec.Command(o.Binary, args...)
			cmd.Env = append(os.Environ(), "DATABASE_URL="+o.DatabaseURL)
			return cmd
		},
		// Temporal Web starts last, when every namespace takes requests.
		Ready:       answers(fmt.Sprintf("http://127.0.0.1:%d/healthz", o.WebPort)),
		ReadyWithin: startLimit,
	}, nil
}

// findTemporal returns the path of the program built from temporal/devserver.
func (c config) findTemporal() (string, error) {
	path := c.TemporalBinary
	if path == "" {
		self, err := os.Executable()
		if err != nil {
			return "", err
		}
		path = filepath.Join(filepath.Dir(self), temporalBinary)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s is missing: build it with `make build`, or set TEMPORAL_ADDRESS to a Temporal service that runs elsewhere", path)
	}
	return path, nil
}

// selfChild runs another command of this very binary.
func selfChild(name, readyURL string, settings map[string]string) (supervise.Child, error) {
	self, err := os.Executable()
	if err != nil {
		return supervise.Child{}, err
	}
	return supervise.Child{
		Name: name,
		Command: func() *exec.Cmd {
			cmd := exec.Command(self, name)
			cmd.Env = os.Environ()
			for key, value := range settings {
				cmd.Env = append(cmd.Env, key+"="+value)
			}
			return cmd
		},
		Ready:       answers(readyURL),
		ReadyWithin: startLimit,
	}, nil
}

// answers makes a check that a URL answers with success.
func answers(url string) func(context.Context) error {
	client := &http.Client{Timeout: 2 * time.Second}
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", url, response.Status)
		}
		return nil
	}
}
