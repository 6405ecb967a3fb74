package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/temporal/dynamicconfig"
)

// composeFile is as much of a compose file as these tests look at.
type composeFile struct {
	Services map[string]composeService `yaml:"services"`
	Volumes  map[string]any            `yaml:"volumes"`
}

type composeService struct {
	Image       string                       `yaml:"image"`
	Build       string                       `yaml:"build"`
	Command     []string                     `yaml:"command"`
	Environment map[string]string            `yaml:"environment"`
	Volumes     []string                     `yaml:"volumes"`
	Ports       []string                     `yaml:"ports"`
	DependsOn   map[string]map[string]string `yaml:"depends_on"`
	Restart     string                       `yaml:"restart"`
	Grace       time.Duration                `yaml:"stop_grace_period"`
	Healthcheck struct {
		Test []string `yaml:"test"`
	} `yaml:"healthcheck"`
}

const (
	ourImage = "parley:0.1.0"
	root     = "../.."
)

func readCompose(t *testing.T) composeFile {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "docker-compose.yml"))
	require.NoError(t, err)
	// Known fields only would refuse what a compose file may have and these tests
	// do not look at; a duplicated key is an error either way.
	var file composeFile
	require.NoError(t, yaml.Unmarshal(raw, &file))
	require.NotEmpty(t, file.Services)
	return file
}

var pinned = regexp.MustCompile(`^[a-z0-9./-]+:v?[0-9]+\.[0-9]+\.[0-9]+[a-z0-9.-]*(@sha256:[0-9a-f]{64})?$`)

func TestComposeImagesArePinnedAndServicesWatched(t *testing.T) {
	t.Parallel()
	file := readCompose(t)
	for name, service := range file.Services {
		assert.Regexp(t, pinned, service.Image, name)
		oneShot := strings.HasPrefix(service.Restart, "on-failure")
		if !oneShot {
			assert.NotEmpty(t, service.Healthcheck.Test, "%s runs on, so it needs a health check", name)
			assert.Equal(t, "unless-stopped", service.Restart, name)
		}
		for other, condition := range service.DependsOn {
			require.Contains(t, file.Services, other, name)
			checkCondition(t, name, condition["condition"], file.Services[other])
		}
		for _, port := range service.Ports {
			assert.True(t, strings.HasPrefix(port, "127.0.0.1:"), "%s opens %s to the network", name, port)
		}
	}
}

func checkCondition(t *testing.T, name, condition string, other composeService) {
	t.Helper()
	switch condition {
	case "service_healthy":
		assert.NotEmpty(t, other.Healthcheck.Test, name)
	case "service_completed_successfully":
		assert.True(t, strings.HasPrefix(other.Restart, "on-failure"), name)
	case "service_started":
	default:
		t.Errorf("%s: unknown condition %q", name, condition)
	}
}

func TestComposeMountsExist(t *testing.T) {
	t.Parallel()
	file := readCompose(t)
	for name, service := range file.Services {
		for _, volume := range service.Volumes {
			source, _, _ := strings.Cut(volume, ":")
			if strings.HasPrefix(source, ".") {
				assert.DirExists(t, filepath.Join(root, source), name)
			} else {
				assert.Contains(t, file.Volumes, source, name)
			}
		}
	}
	settings := file.Services["temporal"].Environment["DYNAMIC_CONFIG_FILE_PATH"]
	assert.Equal(t, dynamicconfig.FileName, filepath.Base(settings), "the service reads the settings that `up` uses")
}

// TestComposeLetsNodesEnd: a node that is killed before it has handed its turns
// over makes their readers wait.
func TestComposeLetsNodesEnd(t *testing.T) {
	t.Parallel()
	node := readCompose(t).Services["parley"]
	delay, err := time.ParseDuration(node.Environment["PARLEY_DRAIN_DELAY"])
	require.NoError(t, err)
	assert.Positive(t, delay)
	assert.GreaterOrEqual(t, node.Grace, delay+serveGrace)
}

// settings are the names of every environment variable that the binary reads.
func settings(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, of := range []any{&config{}, &simulator.Config{}} {
		params, err := env.GetFieldParams(of)
		require.NoError(t, err)
		for _, param := range params {
			names[param.Key] = true
		}
	}
	return names
}

func TestEveryVariableOfOurContainersIsASetting(t *testing.T) {
	t.Parallel()
	known := settings(t)
	ours := 0
	for name, service := range readCompose(t).Services {
		if service.Image != ourImage {
			continue
		}
		ours++
		for variable := range service.Environment {
			assert.True(t, known[variable], "%s sets %s, which nothing reads", name, variable)
		}
		command, _, err := rootCommand().Find(service.Command)
		require.NoError(t, err)
		assert.NotEqual(t, "parley", command.Name(), "%s runs %v", name, service.Command)
	}
	assert.Equal(t, 3, ours, "serve, migrate and simulator")
	for variable := range dockerfile(t).env {
		assert.True(t, known[variable], "the Dockerfile sets %s, which nothing reads", variable)
	}
}

// image is what a Dockerfile says about its last stage, and about all stages.
type image struct {
	bases                     []string
	env                       map[string]string
	user, healthcheck, expose string
	entrypoint, command       []string
}

var instruction = regexp.MustCompile(`(?m)^([A-Z]+) +(.*)$`)

func dockerfile(t *testing.T) image {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	require.NoError(t, err)
	parsed := image{}
	for _, match := range instruction.FindAllStringSubmatch(string(raw), -1) {
		word, rest := match[1], match[2]
		switch word {
		case "FROM":
			base, _, _ := strings.Cut(rest, " ")
			parsed = image{bases: append(parsed.bases, base), env: map[string]string{}}
		case "ENV":
			key, value, _ := strings.Cut(rest, "=")
			parsed.env[key] = value
		case "USER":
			parsed.user = rest
		case "EXPOSE":
			parsed.expose = rest
		case "HEALTHCHECK":
			_, parsed.healthcheck, _ = strings.Cut(rest, "CMD ")
		case "ENTRYPOINT":
			require.NoError(t, yaml.Unmarshal([]byte(rest), &parsed.entrypoint))
		case "CMD":
			require.NoError(t, yaml.Unmarshal([]byte(rest), &parsed.command))
		}
	}
	return parsed
}

func TestTheImageIsPinnedUnprivilegedAndWatched(t *testing.T) {
	t.Parallel()
	parsed := dockerfile(t)
	require.NotEmpty(t, parsed.bases)
	for _, base := range parsed.bases {
		if base != "scratch" {
			assert.Regexp(t, pinned, base)
		}
	}
	assert.NotEmpty(t, parsed.user)
	assert.False(t, strings.HasPrefix(parsed.user, "0") || strings.HasPrefix(parsed.user, "root"), parsed.user)
	assert.Equal(t, []string{"/parley"}, parsed.entrypoint)
	assert.Equal(t, []string{"serve"}, parsed.command)
	assert.True(t, strings.HasSuffix(parsed.env["PARLEY_LISTEN"], ":"+parsed.expose))

	var check []string
	require.NoError(t, yaml.Unmarshal([]byte(parsed.healthcheck), &check))
	for _, service := range append([][]string{check}, healthchecks(t)...) {
		command, rest, err := rootCommand().Find(service[1:])
		require.NoError(t, err)
		assert.Empty(t, rest)
		assert.Equal(t, "doctor", command.Parent().Name(), "%v", service)
	}
	assert.Equal(t, goVersion(t), strings.TrimSuffix(strings.TrimPrefix(parsed.bases[1], "golang:"), "-bookworm"))
}

// healthchecks are the commands by which compose watches our containers.
func healthchecks(t *testing.T) [][]string {
	t.Helper()
	var all [][]string
	for _, service := range readCompose(t).Services {
		if service.Image == ourImage && len(service.Healthcheck.Test) > 0 {
			all = append(all, service.Healthcheck.Test[1:])
		}
	}
	return all
}

// goVersion is the toolchain of go.mod.
func goVersion(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	match := regexp.MustCompile(`(?m)^toolchain go(.*)$`).FindStringSubmatch(string(raw))
	require.NotNil(t, match)
	return match[1]
}
