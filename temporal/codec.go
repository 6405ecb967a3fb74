package temporal

import (
	"fmt"

	"github.com/tink-crypto/tink-go/v2/tink"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	sdktemporal "go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"
)

const (
	metadataEncoding = "encoding"
	// encodingSealed marks a payload as ours, in the way of Temporal's own
	// encryption samples.
	encodingSealed = "binary/encrypted"
)

// associated binds a ciphertext to its use: one copied out of a database column
// does not decrypt here.
var associated = []byte("temporal payload")

// NewCodec makes the payload codec. Payloads it did not seal pass through
// Decode unchanged, so that Temporal Web can show those of the server itself.
func NewCodec(aead tink.AEAD) converter.PayloadCodec { return codec{aead} }

type codec struct{ aead tink.AEAD }

// Encode implements converter.PayloadCodec.
func (c codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	return each(payloads, c.seal)
}

// Decode implements converter.PayloadCodec.
func (c codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	return each(payloads, c.open)
}

func (c codec) seal(payload *commonpb.Payload) (*commonpb.Payload, error) {
	plain, err := proto.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("encode payload: %w", err)
	}
	sealed, err := c.aead.Encrypt(plain, associated)
	if err != nil {
		return nil, fmt.Errorf("seal payload: %w", err)
	}
	return &commonpb.Payload{
		Metadata: map[string][]byte{metadataEncoding: []byte(encodingSealed)},
		Data:     sealed,
	}, nil
}

func (c codec) open(payload *commonpb.Payload) (*commonpb.Payload, error) {
	if string(payload.GetMetadata()[metadataEncoding]) != encodingSealed {
		return payload, nil
	}
	plain, err := c.aead.Decrypt(payload.GetData(), associated)
	if err != nil {
		return nil, fmt.Errorf("open payload: %w", err)
	}
	opened := &commonpb.Payload{}
	if err := proto.Unmarshal(plain, opened); err != nil {
		return nil, fmt.Errorf("decode payload: %w", err)
	}
	return opened, nil
}

func each(payloads []*commonpb.Payload, change func(*commonpb.Payload) (*commonpb.Payload, error)) ([]*commonpb.Payload, error) {
	changed := make([]*commonpb.Payload, len(payloads))
	for i, payload := range payloads {
		var err error
		if changed[i], err = change(payload); err != nil {
			return nil, err
		}
	}
	return changed, nil
}

// FailureConverter seals error messages and stack traces as well: a
// provider's message may quote what a visitor wrote.
func FailureConverter(aead tink.AEAD) converter.FailureConverter {
	return sdktemporal.NewDefaultFailureConverter(sdktemporal.DefaultFailureConverterOptions{
		DataConverter:          DataConverter(aead),
		EncodeCommonAttributes: true,
	})
}
