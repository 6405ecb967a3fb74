// Package openai speaks to OpenAI and to servers that are compatible with it,
// through the Responses API or through Chat Completions.
package openai

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/parley-chat/parley/llm"
)

// API is the dialect to speak with a server.
type API string

const (
	// APIResponses is OpenAI's own: answers can be resumed and cancelled.
	APIResponses API = "responses"
	// APIChat is Chat Completions, which nearly every other server speaks.
	APIChat API = "chat"
)

// DefaultBaseURL is OpenAI's own address.
const DefaultBaseURL = "https://api.openai.com/v1"

// Config says where the models are.
type Config struct {
	// API is APIResponses if empty.
	API API
	// BaseURL is DefaultBaseURL if empty.
	BaseURL string
	// APIKey may be empty for servers that want none.
	APIKey string
	// HTTPClient is shared by all providers if nil; see NewHTTPClient.
	HTTPClient *http.Client
}

// New makes a provider. It opens no connection and holds nothing that must be
// closed, so a provider may be made for each turn. The error names the field of
// the configuration that is wrong.
func New(config Config) (llm.Provider, error) {
	if config.BaseURL == "" {
		config.BaseURL = DefaultBaseURL
	}
	base, err := url.Parse(config.BaseURL)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, errors.New("the provider's base URL is not an http or https address")
	}
	if config.HTTPClient == nil {
		config.HTTPClient = sharedHTTPClient()
	}
	conn := connection{client: client(config), key: config.APIKey}
	switch config.API {
	case APIResponses, "":
		return &responsesProvider{connection: conn}, nil
	case APIChat:
		return &chatProvider{connection: conn, official: base.Hostname() == "api.openai.com"}, nil
	}
	return nil, errors.New(`the provider's API is neither "responses" nor "chat"`)
}

// client is put together by hand: the SDK's own constructor reads OPENAI_*
// variables, which would send one tenant's requests with the operator's
// organisation and headers, and it builds every service of the API.
func client(config Config) sdk.Client {
	options := []option.RequestOption{
		option.WithBaseURL(config.BaseURL),
		option.WithHTTPClient(config.HTTPClient),
		option.WithMaxRetries(0), // the workflow retries
		option.WithMiddleware(boundFaults),
	}
	if config.APIKey != "" {
		options = append(options, option.WithAPIKey(config.APIKey))
	}
	return sdk.Client{Options: options}
}

// connection makes requests on behalf of one account.
type connection struct {
	client sdk.Client
	key    string
}

// call describes one request.
type call struct {
	method, path string
	body         any
	options      []option.RequestOption
}

// open starts a streamed answer, whose events parser reads.
func (c connection) open(ctx context.Context, request call, parser parser) (llm.Stream, error) {
	ctx, cancel := context.WithCancel(ctx)
	var response *http.Response
	err := c.client.Execute(ctx, request.method, request.path, request.body, &response, request.options...)
	if err == nil && !isEventStream(response) {
		_ = response.Body.Close()
		err = llm.NewError(llm.KindInvalid, "the server did not answer with an event stream; is the base URL right?")
	}
	if err != nil {
		failed := c.classify(ctx, err, response)
		cancel()
		return nil, failed
	}
	return newStream(ctx, cancel, response, c.redacting(parser)), nil
}

// streamed asks for an answer as a stream, under our own name for the call.
func streamed(request llm.Request) []option.RequestOption {
	options := []option.RequestOption{option.WithJSONSet("stream", true)}
	if request.ID != "" {
		options = append(options, option.WithHeader("X-Client-Request-Id", request.ID))
	}
	return options
}

func isEventStream(response *http.Response) bool {
	return strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream")
}

type responsesProvider struct{ connection }

func (p *responsesProvider) Stream(ctx context.Context, request llm.Request) (llm.Stream, error) {
	body, err := responsesBody(request)
	if err != nil {
		return nil, err
	}
	return p.open(ctx, call{
		method: http.MethodPost, path: "responses", body: body, options: streamed(request),
	}, &responsesParser{})
}

func (p *responsesProvider) Resume(ctx context.Context, responseID string, after int64) (llm.Stream, error) {
	query := []option.RequestOption{
		option.WithQuery("stream", "true"),
		option.WithQuery("include_obfuscation", "false"),
	}
	if after >= 0 {
		query = append(query, option.WithQuery("starting_after", strconv.FormatInt(after, 10)))
	}
	stream, err := p.open(ctx, call{
		method: http.MethodGet, path: "responses/" + url.PathEscape(responseID), options: query,
	}, &responsesParser{})
	if failed := llm.AsError(err); failed != nil && isGone(failed.Status) {
		return nil, failed.Because(llm.ErrCannotResume)
	}
	return stream, err
}

// Cancel asks for the answer itself where the reply to the wish does not say what
// it cost: it may have ended before.
func (p *responsesProvider) Cancel(ctx context.Context, responseID string) (*llm.Usage, error) {
	path := "responses/" + url.PathEscape(responseID)
	usage, err := p.usage(ctx, http.MethodPost, path+"/cancel")
	if usage != nil || err != nil {
		return usage, err
	}
	return p.usage(ctx, http.MethodGet, path)
}

// usage makes a request that is answered with a response, and reads what that has
// cost. It gives nil for one that is gone, or does not say.
func (p *responsesProvider) usage(ctx context.Context, method, path string) (*llm.Usage, error) {
	var response *http.Response
	var document responsesResponse
	err := p.client.Execute(ctx, method, path, nil, &document, option.WithResponseInto(&response))
	if err == nil {
		return document.Usage.port(), nil
	}
	failed := p.classify(ctx, err, response)
	if isGone(failed.Status) {
		return nil, nil
	}
	return nil, failed
}

// isGone reports whether the server says that the answer is unknown to it, has
// ended, or was never one that outlives its connection.
func isGone(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusGone, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

type chatProvider struct {
	connection
	// official is OpenAI itself, which knows fields that other servers refuse.
	official bool
}

func (p *chatProvider) Stream(ctx context.Context, request llm.Request) (llm.Stream, error) {
	body, err := chatBody(request, p.official)
	if err != nil {
		return nil, err
	}
	return p.open(ctx, call{
		method: http.MethodPost, path: "chat/completions", body: body, options: streamed(request),
	}, &chatParser{})
}

// Resume is impossible: Chat Completions keeps no answers.
func (p *chatProvider) Resume(context.Context, string, int64) (llm.Stream, error) {
	return nil, llm.NewError(llm.KindInvalid, "chat completions keep no answers").Because(llm.ErrCannotResume)
}

// Cancel has nothing to do: the answer ended with its connection.
func (p *chatProvider) Cancel(context.Context, string) (*llm.Usage, error) { return nil, nil }
