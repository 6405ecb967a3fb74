package temporal_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tink-crypto/tink-go/v2/tink"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	sdktemporal "go.temporal.io/sdk/temporal"

	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/temporal"
)

func dataConverter(t *testing.T) converter.DataConverter {
	t.Helper()
	return temporal.DataConverter(newAEAD(t))
}

func TestPayloadsAreSealed(t *testing.T) {
	t.Parallel()
	mine := dataConverter(t)
	payload, err := mine.ToPayload("the visitor's words")
	require.NoError(t, err)
	require.NotContains(t, payload.String(), "visitor")

	var back string
	require.NoError(t, mine.FromPayload(payload, &back))
	require.Equal(t, "the visitor's words", back)
	require.Error(t, dataConverter(t).FromPayload(payload, &back), "another installation's key opens nothing")
}

func TestTamperedPayloadIsRefused(t *testing.T) {
	t.Parallel()
	mine := dataConverter(t)
	payload, err := mine.ToPayload("text")
	require.NoError(t, err)
	payload.Data[len(payload.Data)-1] ^= 1
	var back string
	require.Error(t, mine.FromPayload(payload, &back))
}

func TestForeignPayloadsPassThrough(t *testing.T) {
	t.Parallel()
	plain := &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(`"shown"`)}
	opened, err := temporal.NewCodec(newAEAD(t)).Decode([]*commonpb.Payload{plain})
	require.NoError(t, err)
	require.Equal(t, plain.Data, opened[0].Data)
}

func TestFailuresAreSealed(t *testing.T) {
	t.Parallel()
	failures := temporal.FailureConverter(newAEAD(t))
	sealed := failures.ErrorToFailure(sdktemporal.NewApplicationError("the model said: my secret", "internal"))
	require.NotContains(t, sealed.String(), "my secret")
	require.ErrorContains(t, failures.FailureToError(sealed), "my secret")
}
func newAEAD(t *testing.T) tink.AEAD {
	t.Helper()
	key, err := secret.ParseKey(secret.NewKey())
	require.NoError(t, err)
	aead, err := key.AEAD(secret.Payloads)
	require.NoError(t, err)
	return aead
}
