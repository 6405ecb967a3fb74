package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const patience = 2 * time.Minute

// instance is a devserver that this test runs in its own process.
type instance struct {
	address, web string
	stop         func() error
}

func databaseURL(t *testing.T) string {
	t.Helper()
	url := os.Getenv("PARLEY_TEST_DATABASE_URL")
	if url == "" {
		t.Fatal("these tests need Postgres: run make test, or set PARLEY_TEST_DATABASE_URL")
	}
	return url
}

func startInstance(t *testing.T, database string) *instance {
	t.Helper()
	t.Setenv("DATABASE_URL", databaseURL(t))
	ports, err := servicePorts(freePort(t))
	if err != nil {
		t.Fatal(err)
	}
	grpc, web := ports["frontend"], ports["history"]
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, []string{
			"-database", database, "-port", strconv.Itoa(grpc), "-web-port", strconv.Itoa(web),
			"-dynamic-config", "../dynamicconfig/parley.yaml", "-codec-endpoint", "http://localhost:1/codec",
		}, in)
		_ = in.CloseWithError(fmt.Errorf("ended: %w", err))
		ended <- err
	}()
	lines := bufio.NewScanner(out)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "ready") {
		t.Fatalf("not ready: %q %v", lines.Text(), lines.Err())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return &instance{
		address: fmt.Sprintf("%s:%d", loopback, grpc), web: fmt.Sprintf("http://%s:%d", loopback, web),
		stop: func() error { cancel(); return <-ended },
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	ports, err := servicePorts(0)
	if err != nil {
		t.Fatal(err)
	}
	return ports["worker"]
}

func dropDatabases(t *testing.T, name string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), databaseURL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, database := range []string{name, name + "_visibility"} {
		if _, err := conn.Exec(context.Background(), "DROP DATABASE IF EXISTS "+database+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	}
}

func hello(workflow.Context) (string, error) { return "hello", nil }

func TestWhatIsReadyReallyServesAndOutlivesARestart(t *testing.T) {
	database := fmt.Sprintf("devserver_%d", os.Getpid())
	t.Cleanup(func() { dropDatabases(t, database) })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	first := startInstance(t, database)
	checkNamespaces(ctx, t, first.address)
	checkWeb(t, first.web)
	runWorkflow(ctx, t, first.address)
	if err := first.stop(); err != nil {
		t.Fatalf("stop: %v", err)
	}

	second := startInstance(t, database)
	defer func() {
		if err := second.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	}()
	c := dial(t, second.address, "parley")
	defer c.Close()
	var greeting string
	if err := c.GetWorkflow(ctx, "greeting", "").Get(ctx, &greeting); err != nil || greeting != "hello" {
		t.Errorf("the workflow of before the restart: %q, %v", greeting, err)
	}
}

func dial(t *testing.T, address, namespace string) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: address, Namespace: namespace, Logger: quiet{}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func checkNamespaces(ctx context.Context, t *testing.T, address string) {
	t.Helper()
	for _, namespace := range []string{"default", "parley"} {
		c := dial(t, address, namespace)
		described, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
		if err != nil {
			t.Fatal(err)
		}
		if kept := described.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration(); kept != 30*24*time.Hour {
			t.Errorf("%s keeps history for %s", namespace, kept)
		}
		if !described.GetNamespaceInfo().GetCapabilities().GetEagerWorkflowStart() {
			t.Errorf("%s does not start workflows eagerly", namespace)
		}
		listed, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"ParleyTenant", "ParleyAgent", "ParleyConversation"} {
			if kind := listed.GetCustomAttributes()[name]; kind != enums.INDEXED_VALUE_TYPE_KEYWORD {
				t.Errorf("%s has %s as %s", namespace, name, kind)
			}
		}
		c.Close()
	}
}

func checkWeb(t *testing.T, address string) {
	t.Helper()
	response, err := http.Get(address + "/api/v1/settings")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"Endpoint":"http://localhost:1/codec"`, `"IncludeCredentials":true`} {
		if !strings.Contains(string(body), want) {
			t.Errorf("Temporal Web's settings lack %s: %s", want, body)
		}
	}
}

// runWorkflow starts eagerly: the start call itself brings the first task.
func runWorkflow(ctx context.Context, t *testing.T, address string) {
	t.Helper()
	c := dial(t, address, "parley")
	defer c.Close()
	w := worker.New(c, "greetings", worker.Options{})
	w.RegisterWorkflow(hello)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: "greeting", TaskQueue: "greetings", EnableEagerStart: true,
		Priority: temporal.Priority{FairnessKey: "somebody"},
		TypedSearchAttributes: temporal.NewSearchAttributes(
			temporal.NewSearchAttributeKeyKeyword("ParleyTenant").ValueSet("somebody"),
		),
	}, hello)
	if err != nil {
		t.Fatal(err)
	}
	var greeting string
	if err := run.Get(ctx, &greeting); err != nil || greeting != "hello" {
		t.Fatalf("%q, %v", greeting, err)
	}
	history := c.GetWorkflowHistory(ctx, "greeting", run.GetRunID(), false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	started, err := history.Next()
	if err != nil {
		t.Fatal(err)
	}
	if !started.GetWorkflowExecutionStartedEventAttributes().GetEagerExecutionAccepted() {
		t.Error("the start was not eager")
	}
}

func TestBadSettingsAreNamedWithoutThePassword(t *testing.T) {
	t.Setenv("DATABASE_URL", "")
	for url, want := range map[string]string{
		"":                              "set DATABASE_URL",
		"mysql://localhost/x":           "must begin with postgres://",
		"postgres://u:hunter2@[bad/x":   "not a valid URL",
		"postgres://u:hunter2@h:port/x": "not a valid URL",
	} {
		_, err := parseOptions([]string{"-database-url", url})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", url, err)
		}
	}
}
