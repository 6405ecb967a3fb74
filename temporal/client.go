// Package temporal connects Parley to a Temporal server: the client, and the
// codec that keeps what workflows carry unreadable to the server's operator.
package temporal

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	sdklog "go.temporal.io/sdk/log"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"github.com/parley-chat/parley/telemetry"
)

// Config says where the server is.
type Config struct {
	Address   string // host:port of the frontend's gRPC
	Namespace string
	// APIKey, if set, is sent as bearer token over TLS (Temporal Cloud).
	APIKey string
	TLS    bool
	// AEAD encrypts every payload. It is required: there is no plain mode.
	AEAD   tink.AEAD
	Logger *slog.Logger
	// Metrics and Tracing observe the client and its workers; nil: they do not.
	Metrics *telemetry.Metrics
	Tracing *telemetry.Tracing
	// Polls, if set, is told how the client's workers ask for work.
	Polls *Polls
}

// reconnecting is how a lost connection comes back. Visitors wait for a server
// that has started again, so it is looked for more often than the SDK would,
// which ends at once in ten seconds.
var reconnecting = grpc.ConnectParams{
	Backoff: backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.5, Jitter: 0.2, MaxDelay: time.Second},
	// A machine that answers takes no longer; one that is gone says nothing.
	MinConnectTimeout: 5 * time.Second,
}

// pollWhenReady implements grpc.UnaryClientInterceptor. A poll that finds no
// server waits for the connection: one that fails has its worker ask again only
// after a pause that grows to ten seconds.
func pollWhenReady(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	switch method {
	case workflowservice.WorkflowService_PollWorkflowTaskQueue_FullMethodName,
		workflowservice.WorkflowService_PollActivityTaskQueue_FullMethodName:
		options = append(options, grpc.WaitForReady(true))
	}
	return invoke(ctx, method, request, reply, conn, options...)
}

// Dial connects, or says which server did not answer. The connection survives
// restarts of the server.
func Dial(ctx context.Context, config Config) (client.Client, error) {
	settings, err := options(config)
	if err != nil {
		return nil, err
	}
	connected, err := client.DialContext(ctx, settings)
	if err != nil {
		return nil, fmt.Errorf("temporal at %s (namespace %s): %w", config.Address, config.Namespace, err)
	}
	return connected, nil
}

func options(config Config) (client.Options, error) {
	observers, err := interceptors(config.Tracing)
	options := client.Options{
		HostPort:         config.Address,
		Namespace:        config.Namespace,
		Logger:           sdklog.NewStructuredLogger(config.Logger),
		DataConverter:    DataConverter(config.AEAD),
		FailureConverter: FailureConverter(config.AEAD),
		MetricsHandler:   metricsHandler(config.Metrics),
		Interceptors:     observers,
	}
	// What is sealed cannot be compressed, and to try costs a tenth of a node's CPU.
	options.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{}
	if config.TLS || config.APIKey != "" {
		options.ConnectionOptions.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	options.ConnectionOptions.DialOptions = []grpc.DialOption{grpc.WithConnectParams(reconnecting), grpc.WithChainUnaryInterceptor(pollWhenReady)}
	if config.Polls != nil {
		options.ConnectionOptions.DialOptions = append(options.ConnectionOptions.DialOptions, grpc.WithChainUnaryInterceptor(config.Polls.intercept))
	}
	if config.APIKey != "" {
		options.Credentials = client.NewAPIKeyStaticCredentials(config.APIKey)
	}
	return options, err
}

// DataConverter turns values into encrypted payloads and back.
func DataConverter(aead tink.AEAD) converter.DataConverter {
	return converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), NewCodec(aead))
}
