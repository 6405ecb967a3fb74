package api_test

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api"
)

var update = flag.Bool("update", false, "write the golden file instead of comparing with it")

// The document is committed, so that a change of the interface shows in review
// and the front ends' types are generated from what the server really does.
func TestOpenAPIMatchesTheGoldenFile(t *testing.T) {
	t.Parallel()
	got, err := api.OpenAPI()
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("openapi.yaml", got, 0o644))
	}
	want, err := os.ReadFile("openapi.yaml")
	require.NoError(t, err)
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("api/openapi.yaml is out of date: run `go test ./api -run OpenAPI -update` (-file +code):\n%s", diff)
	}
}
