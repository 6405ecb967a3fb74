package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/embedded"
	"github.com/parley-chat/parley/temporal/dynamicconfig"
	"github.com/parley-chat/parley/workflows"
)

const (
	notRunning = "not running here; start it with `make run`"
	openAIURL  = "https://api.openai.com/v1"
)

// silent drops the client's log: a finding says what matters.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}

func (d doctor) database(ctx context.Context) finding {
	if d.cfg.DatabaseURL == "" {
		return skip("%s", notRunning)
	}
	server, err := db.Inspect(ctx, d.cfg.DatabaseURL)
	switch {
	case err != nil:
		return fail("%v: check DATABASE_URL and that the server runs", err)
	case server.Major < embedded.MinMajor:
		return fail("this is PostgreSQL %d, and Parley needs %d or newer", server.Major, embedded.MinMajor)
	case server.PGVector == "":
		return fail("the server has no pgvector: install the extension's package on its machine")
	}
	return ok("PostgreSQL %d, pgvector %s", server.Major, server.PGVector)
}

func (d doctor) schema(ctx context.Context) finding {
	if d.cfg.DatabaseURL == "" {
		return skip("%s", notRunning)
	}
	pending, err := db.Pending(ctx, d.cfg.DatabaseURL)
	switch {
	case err != nil:
		return fail("%v", err)
	case pending > 0:
		return fail("%d migrations are missing: run `parley migrate`", pending)
	}
	return ok("up to date")
}

func (d doctor) roles(ctx context.Context) finding {
	if d.cfg.DatabaseURL == "" {
		return skip("%s", notRunning)
	}
	opened, err := db.Open(ctx, db.Config{URL: d.cfg.DatabaseURL, MaxConns: 1})
	if err != nil {
		return fail("%v", err)
	}
	opened.Close()
	return ok("row-level security binds the roles that act for tenants")
}

// dialTemporal needs no codec: the doctor reads no payloads.
func (d doctor) dialTemporal(ctx context.Context) (client.Client, error) {
	c, err := client.DialContext(ctx, client.Options{
		HostPort: d.cfg.TemporalAddress, Namespace: d.cfg.TemporalNamespace, Logger: silent{},
	})
	if err != nil {
		return nil, fmt.Errorf("no answer at %s (%w): check TEMPORAL_ADDRESS and that it runs", d.cfg.TemporalAddress, err)
	}
	return c, nil
}

func (d doctor) temporal(ctx context.Context) finding {
	if d.cfg.TemporalAddress == "" {
		return skip("%s", notRunning)
	}
	c, err := d.dialTemporal(ctx)
	if err != nil {
		return fail("%v", err)
	}
	defer c.Close()
	namespace, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{
		Namespace: d.cfg.TemporalNamespace,
	})
	if err != nil {
		return fail("namespace %s: %v; create it, or name another in TEMPORAL_NAMESPACE", d.cfg.TemporalNamespace, err)
	}
	if !namespace.GetNamespaceInfo().GetCapabilities().GetEagerWorkflowStart() {
		return note("namespace %s at %s does not start workflows eagerly: answers begin some 10 ms later (system.enableEagerWorkflowStart)",
			d.cfg.TemporalNamespace, d.cfg.TemporalAddress)
	}
	return ok("namespace %s at %s, history kept %s", d.cfg.TemporalNamespace, d.cfg.TemporalAddress,
		namespace.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
}

func (d doctor) searchAttributes(ctx context.Context) finding {
	if d.cfg.TemporalAddress == "" {
		return skip("%s", notRunning)
	}
	c, err := d.dialTemporal(ctx)
	if err != nil {
		return skip("Temporal does not answer")
	}
	defer c.Close()
	listed, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{
		Namespace: d.cfg.TemporalNamespace,
	})
	if err != nil {
		return note("they cannot be listed here: %v", err)
	}
	var missing []string
	for _, key := range []interface{ GetName() string }{
		workflows.TenantAttribute, workflows.AgentAttribute, workflows.ConversationAttribute,
	} {
		if _, found := listed.GetCustomAttributes()[key.GetName()]; !found {
			missing = append(missing, key.GetName())
		}
	}
	if len(missing) > 0 {
		return fail("%s missing: create them as Keyword in namespace %s, or no turn can start",
			strings.Join(missing, ", "), d.cfg.TemporalNamespace)
	}
	return ok("tenant, agent and conversation can be filtered by in Temporal Web")
}

// fairness can only be seen where the service's settings are ours: the service
// itself does not tell.
func (d doctor) fairness(context.Context) finding {
	settings, err := os.ReadFile(filepath.Join(d.cfg.Home, dynamicconfig.FileName))
	switch {
	case d.cfg.TemporalAddress == "":
		return skip("%s", notRunning)
	case !d.running || err != nil:
		return note("a Temporal service does not tell: make sure that matching.enableFairness is true there, or a busy tenant slows the others")
	case !bytes.Equal(settings, dynamicconfig.YAML):
		return fail("%s is not what this version wrote: restart Parley", dynamicconfig.FileName)
	}
	return ok("tasks are handed out by tenant (matching.enableFairness)")
}

func (d doctor) modelEndpoint(ctx context.Context) finding {
	m, err := d.cfg.model()
	if err != nil {
		if d.cfg.needsSimulator() {
			return skip("simulated, and %s", notRunning)
		}
		return fail("%v", err)
	}
	base := m.BaseURL
	if base == "" {
		base = openAIURL
	}
	status, err := modelStatus(ctx, strings.TrimSuffix(base, "/")+"/models", m.Key)
	switch {
	case err != nil:
		return fail("%s: %v", base, err)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fail("%s refuses the key: check OPENAI_API_KEY", base)
	case status != http.StatusOK:
		return note("%s answers %d to a list of its models", base, status)
	case m.Simulated:
		return ok("simulated at %s; set OPENAI_API_KEY to ask a real model", base)
	}
	return ok("%s at %s", m.Name, base)
}

func modelStatus(ctx context.Context, url, key string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// serving expects no node where none was started.
func (d doctor) serving(ctx context.Context) finding {
	found := d.ready(ctx)
	if found.verdict == broken && !d.running {
		return skip("does not serve at %s", d.cfg.Listen)
	}
	return found
}

func (d doctor) ready(ctx context.Context) finding { return answering(ctx, d.cfg.Listen, "/readyz") }

// metrics looks where the settings say, or where `up` puts them by itself.
func (d doctor) metrics(ctx context.Context) finding {
	listen := d.cfg.MetricsListen
	if listen == "" && d.running {
		listen = defaultMetrics
	}
	if listen == "" {
		return skip("off; set PARLEY_METRICS_LISTEN to an address that only operators reach (docs/operations.md)")
	}
	if found := answering(ctx, listen, "/metrics"); found.verdict != fine {
		return note("none at %s (docs/operations.md)", listen)
	}
	return ok("for Prometheus at http://%s/metrics", listen)
}

func (d doctor) simulator(ctx context.Context) finding {
	return answering(ctx, d.cfg.SimulatorListen, simulatorPath+"/models")
}

func answering(ctx context.Context, listen, path string) finding {
	address, err := localURL(listen)
	if err != nil {
		return fail("%v", err)
	}
	if err := answers(address + path)(ctx); err != nil {
		return fail("%v: its log says more", err)
	}
	return ok("serves at %s", address)
}
