package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	commonpb "go.temporal.io/api/common/v1"

	"github.com/parley-chat/parley/chat"
)

// Payloads is Temporal's own form of a codec server's request and response.
type Payloads struct {
	_        struct{}  `additionalProperties:"true"`
	Payloads []Payload `json:"payloads" maxItems:"1000"`
}

// Payload is one encoded value.
type Payload struct {
	_        struct{}          `additionalProperties:"true"`
	Metadata map[string][]byte `json:"metadata,omitempty" doc:"Values are base64."`
	Data     []byte            `json:"data,omitempty" doc:"base64."`
}

type payloadsInput struct {
	Body Payloads
}

type payloadsOutput struct {
	Body Payloads
}

func (s *Server) registerCodec() {
	operator := access{audience: forOperator}
	register(s, operator, huma.Operation{
		OperationID: "decodePayloads", Method: http.MethodPost, Path: "/operator/codec/decode", Tags: []string{tagOperator},
		Summary: "Decode payloads for Temporal Web", MaxBodyBytes: chatBodyLimit,
		Description: "Temporal Web's codec endpoint: shows a signed-in operator what workflows were given; others see ciphertext.",
	}, s.decodePayloads)
	register(s, operator, huma.Operation{
		OperationID: "encodePayloads", Method: http.MethodPost, Path: "/operator/codec/encode", Tags: []string{tagOperator},
		Summary: "Encode payloads for Temporal Web", MaxBodyBytes: chatBodyLimit,
	}, s.encodePayloads)
}

func (s *Server) decodePayloads(_ context.Context, in *payloadsInput) (*payloadsOutput, error) {
	return recode(in.Body, s.codec.Decode)
}

func (s *Server) encodePayloads(_ context.Context, in *payloadsInput) (*payloadsOutput, error) {
	return recode(in.Body, s.codec.Encode)
}

func recode(body Payloads, change func([]*commonpb.Payload) ([]*commonpb.Payload, error)) (*payloadsOutput, error) {
	given := make([]*commonpb.Payload, len(body.Payloads))
	for i, payload := range body.Payloads {
		given[i] = &commonpb.Payload{Metadata: payload.Metadata, Data: payload.Data}
	}
	changed, err := change(given)
	if err != nil {
		return nil, chat.NewError(chat.CodeInvalid, "The payloads cannot be read with this installation's key.").At("body.payloads").Because(err)
	}
	answer := Payloads{Payloads: make([]Payload, len(changed))}
	for i, payload := range changed {
		answer.Payloads[i] = Payload{Metadata: payload.GetMetadata(), Data: payload.GetData()}
	}
	return &payloadsOutput{Body: answer}, nil
}
