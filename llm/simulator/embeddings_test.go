package simulator_test

import (
	"encoding/base64"
	"encoding/binary"
	"maps"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/llm/simulator"
)

func (c client) embed(extra object, texts ...string) [][]float64 {
	c.t.Helper()
	body := object{"model": "e", "input": texts}
	maps.Copy(body, extra)
	status, answer := c.call(http.MethodPost, "/v1/embeddings", body)
	require.Equal(c.t, http.StatusOK, status, answer)
	vectors := make([][]float64, len(texts))
	for i := range texts {
		for _, value := range dig(answer, "data", i, "embedding").([]any) {
			vectors[i] = append(vectors[i], value.(float64))
		}
	}
	return vectors
}

func cosine(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func TestSimilarTextsAreNear(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	for _, test := range []struct{ text, near, far string }{
		{"How long does shipping take?", "Shipping takes two working days.", "Our office is closed on Sundays."},
		{"Can I cancel my subscription?", "Subscriptions can be cancelled at any time.", "We roast our coffee in Utrecht."},
		{"refund for returned items", "Returned items are refunded within 14 days.", "The API accepts JSON only."},
		{"Wie lange dauert der Versand?", "Der Versand dauert zwei Tage.", "Unser Büro ist sonntags geschlossen."},
	} {
		for _, dimensions := range []int{1536, 256} {
			v := c.embed(object{"dimensions": dimensions}, test.text, test.near, test.far)
			require.Len(t, v[0], dimensions)
			near, far := cosine(v[0], v[1]), cosine(v[0], v[2])
			require.Greater(t, near, far+0.1, "%q at %d: %f and %f", test.text, dimensions, near, far)
		}
	}
}

func TestEmbeddingsAreStableAndNormal(t *testing.T) {
	t.Parallel()
	first := start(t, simulator.Config{}).embed(nil, "some text", "!?")
	second := start(t, simulator.Config{}).embed(nil, "some text", "!?")
	require.Equal(t, first, second)
	for _, vector := range first {
		require.Len(t, vector, 1536)
		require.InDelta(t, 1, cosine(vector, vector), 1e-5)
	}
}

func TestEmbeddingsAsBase64(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	want := c.embed(nil, "some text")[0]
	_, answer := c.call(http.MethodPost, "/v1/embeddings", object{"model": "e", "input": "some text", "encoding_format": "base64"})
	raw, err := base64.StdEncoding.DecodeString(dig(answer, "data", 0, "embedding").(string))
	require.NoError(t, err)
	require.Len(t, raw, 4*len(want))
	for i := range want {
		got := math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		require.InDelta(t, want[i], got, 1e-7)
	}
}

func TestEmbeddingsRefused(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	for _, body := range []object{
		{"input": "x"},
		{"model": "e"},
		{"model": "e", "input": []string{}},
		{"model": "e", "input": []string{""}},
		{"model": "e", "input": make([]string, 2049)},
		{"model": "e", "input": strings.Repeat("many words ", 4000)},
		{"model": "e", "input": "x", "dimensions": -1},
	} {
		status, _ := c.call(http.MethodPost, "/v1/embeddings", body)
		require.Equal(t, http.StatusBadRequest, status)
	}
	c.AddFault(simulator.Fault{Match: simulator.Match{Endpoint: simulator.EndpointEmbeddings}, Status: 503})
	status, _ := c.call(http.MethodPost, "/v1/embeddings", object{"model": "e", "input": "x"})
	require.Equal(t, http.StatusServiceUnavailable, status)
}
