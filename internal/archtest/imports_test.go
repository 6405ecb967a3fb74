package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/parley-chat/parley"

// may says which rooms a room may import, besides itself. Imports point one
// way, so no two rooms may import each other. A room that is not here fails the
// test: say where it stands.
var may = map[string][]string{
	"chat":       {},
	"screen":     {"chat"},
	"outbound":   {},
	"secret":     {"chat"},
	"llm":        {"chat", "outbound"},
	"tool":       {"chat", "outbound"},
	"structured": {"chat", "tool"},
	"mail":       {},
	"workflows":  {"chat"},
	"telemetry":  {"chat"},
	"db":         {"chat", "telemetry"},
	"temporal":   {"chat", "telemetry"},
	"turn":       {"chat", "db", "llm", "screen", "telemetry", "workflows"},
	"activities": {"chat", "db", "llm", "mail", "screen", "secret", "structured", "telemetry", "tool", "turn", "workflows"},
	"worker":     {"workflows", "activities"},
	"api":        {"chat", "db", "llm", "screen", "secret", "structured", "telemetry", "temporal", "tool", "turn", "workflows", "widget", "dashboard"},
	"internal":   {"activities", "api", "chat", "db", "llm", "mail", "secret", "telemetry", "temporal", "tool", "turn", "worker", "workflows"},
	"cmd":        {"activities", "api", "chat", "dashboard", "db", "internal", "llm", "mail", "secret", "telemetry", "temporal", "tool", "turn", "widget", "worker", "workflows"},
	"bench":      {"api", "chat", "db", "internal", "llm"},
	"chaos":      {"chat", "db", "internal", "llm", "workflows"},
	"widget":     {},
	"dashboard":  {},
}

// only names who may import a library of others: tests too, but for the parts
// of Temporal's SDK, which tests of workflows have to put together.
var only = map[string][]string{
	"cel.dev/cel-go":                        {"tool"},
	"github.com/cockroachdb/apd":            {"tool"},
	"github.com/modelcontextprotocol":       {"api", "internal/crashtest", "tool", "turn"},
	"github.com/wneessen/go-mail":           {"mail"},
	"github.com/emersion/go-smtp":           {"mail"},
	"github.com/santhosh-tekuri/jsonschema": {"tool"},
	"github.com/jackc/pgx":                  {"db", "cmd"},
	"github.com/pressly/goose":              {"db"},
	"github.com/sony/gobreaker":             {"activities"},
	"github.com/openai/openai-go":           {"llm/openai"},
	"github.com/danielgtaylor/huma":         {"api"},
	"github.com/go-chi":                     {"api", "cmd"},
	"github.com/tink-crypto":                {"api", "secret", "temporal"},
	"github.com/prometheus":                 {"telemetry"},
	"go.opentelemetry.io/otel":              {"telemetry", "temporal"},
	"github.com/alexedwards/argon2id":       {"secret"},
	"github.com/tiktoken-go":                {"llm/tokens"},
	"github.com/spf13/cobra":                {"cmd"},
	"go.temporal.io/sdk/worker":             {"bench", "cmd", "worker"},
	"go.temporal.io/sdk/activity":           {"activities"},
	"go.temporal.io/sdk/workflow":           {"bench", "cmd", "workflows"},
}

// pkg is what go list says of a package.
type pkg struct {
	ImportPath, ForTest                string
	Standard                           bool
	Imports, TestImports, XTestImports []string
	Deps                               []string
	Module                             *struct{ Path string }
}

func (p pkg) ours() bool { return p.Module != nil && p.Module.Path == module }

// room is the first folder of an import path of ours.
func room(path string) string {
	first, _, _ := strings.Cut(inside(path), "/")
	return first
}

func inside(path string) string { return strings.TrimPrefix(path, module+"/") }

func list(t *testing.T, arguments ...string) []pkg {
	t.Helper()
	command := exec.Command("go", append([]string{"list", "-json=ImportPath,Standard,Imports,TestImports,XTestImports,Deps,Module"}, arguments...)...)
	command.Dir = "../.."
	out, err := command.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Fatalf("go list: %s", failed.Stderr)
	}
	require.NoError(t, err)
	var packages []pkg
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		packages = append(packages, p)
	}
	require.NotEmpty(t, packages)
	return packages
}

func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "./...") {
		from := room(p.ImportPath)
		allowed, known := may[from]
		require.True(t, known, "%s is a new room: say in may what it may import", from)
		for _, imported := range p.Imports {
			if !strings.HasPrefix(imported, module+"/") || room(imported) == from {
				continue
			}
			if !slices.Contains(allowed, room(imported)) {
				t.Errorf("%s must not import %s", inside(p.ImportPath), inside(imported))
			}
		}
	}
}

// What a room may not import itself it may not reach through another either,
// where that would undo the point: the API never runs side effects of workflows.
func TestAPINeverReachesActivities(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "./api/...") {
		for _, reached := range p.Deps {
			if room(reached) == "activities" || room(reached) == "worker" {
				t.Errorf("%s reaches %s", inside(p.ImportPath), inside(reached))
			}
		}
	}
}

func TestLibrariesStayInTheirRooms(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "./...") {
		tests := slices.DeleteFunc(slices.Concat(p.TestImports, p.XTestImports), func(imported string) bool {
			return strings.HasPrefix(imported, "go.temporal.io/")
		})
		for _, imported := range append(tests, p.Imports...) {
			if !mayUse(inside(p.ImportPath), imported) {
				t.Errorf("%s must not import %s", inside(p.ImportPath), imported)
			}
		}
	}
}

func mayUse(path, imported string) bool {
	for library, rooms := range only {
		if strings.HasPrefix(imported, library) {
			return slices.ContainsFunc(rooms, func(room string) bool { return within(path, room) })
		}
	}
	return true
}

func within(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

// Everyone speaks chat, so it must weigh nothing.
func TestChatNeedsOnlyUUIDs(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "-deps", "./chat") {
		if !p.Standard && !p.ours() {
			require.Equal(t, "github.com/google/uuid", p.ImportPath)
		}
	}
}

// A workflow is replayed, so it may not meet anything that has effects: of the
// SDK it gets the packages that are safe in workflow code.
func TestWorkflowsMeetOnlyWhatReplays(t *testing.T) {
	t.Parallel()
	safe := []string{"go.temporal.io/sdk/workflow", "go.temporal.io/sdk/temporal", "go.temporal.io/api/enums/v1"}
	std := []string{"context", "encoding/json", "errors", "fmt", "slices", "strconv", "strings", "time"}
	for _, p := range list(t, "./workflows") {
		for _, imported := range p.Imports {
			if !strings.HasPrefix(imported, module) && !slices.Contains(safe, imported) && !slices.Contains(std, imported) {
				t.Errorf("workflows must not import %s", imported)
			}
		}
	}
}
