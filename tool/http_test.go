package tool_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/tool"
)

var here = tool.NewRunner(tool.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}})

func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// calling is a call of a tool with the request.
func calling(class chat.ToolClass, h chat.HTTPTool, arguments string) tool.Call {
	return tool.Call{
		ID: "call_1", Arguments: json.RawMessage(arguments), Conversation: "c1", SigningKey: []byte("signing key"),
		Tool:    chat.Tool{Name: "t", Kind: chat.ToolHTTP, Class: class, HTTP: &h},
		Visitor: tool.Visitor{ID: "v1", ExternalID: "customer 7"},
		Secrets: map[string]string{"KEY": "very-secret"},
	}
}

func get(url string) chat.HTTPTool { return chat.HTTPTool{Method: http.MethodGet, URL: url} }

func post(url string) chat.HTTPTool { return chat.HTTPTool{Method: http.MethodPost, URL: url} }

func TestRequestIsPutTogetherAndSigned(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body []byte
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		_, _ = io.WriteString(w, `{"items":[{"name":"bell"}]}`)
	})
	outcome := here.Run(t.Context(), calling(chat.ClassIdempotent, chat.HTTPTool{
		Method: http.MethodPut, URL: url + "/orders/{{ args.id }}/lines?who={{visitor.externalId}}&q={{args.note}}&none={{args.none}}&n={{args.list.1.n}}",
		Headers: map[string]string{
			"Authorization": "Bearer {{secrets.KEY}}", "X-Mail": "{{visitor.email}}", "Content-Type": "application/vnd.api+json",
			"idempotency-key": "mine", "USER-AGENT": "mine", "Webhook-Id": "mine", "webhook-signature": "mine", "Host": "elsewhere.example", "Content-Length": "1", "Connection": "close",
		},
		Body: json.RawMessage(`{"count":"{{args.count}}","text":"n={{args.count}} {{args.list}}","none":"{{args.none}}","list":["{{conversation.id}}","{{args.list.1}}",7],"key":"{{secrets.KEY}}"}`),
	}, `{"id":"a/b?c#d %25","count":12345678901234567890,"note":"x&y=z#<","list":["a",{"n":2.50}]}`))

	require.Equal(t, chat.CallSucceeded, outcome.State, outcome.Error)
	require.JSONEq(t, `{"items":[{"name":"bell"}]}`, string(outcome.Output))
	require.Equal(t, http.MethodPut, got.Method)
	require.Equal(t, "/orders/a%2Fb%3Fc%23d%20%2525/lines", got.URL.EscapedPath(), "an argument stays in its place")
	require.Equal(t, "who=customer+7&q=x%26y%3Dz%23%3C&none=&n=2.50", got.URL.RawQuery)
	require.Equal(t, strings.TrimPrefix(url, "http://"), got.Host)
	require.Equal(t, "Bearer very-secret", got.Header.Get("Authorization"))
	require.Equal(t, []string{"Parley"}, got.Header.Values("User-Agent"))
	require.Equal(t, "application/vnd.api+json", got.Header.Get("Content-Type"))
	require.JSONEq(t, `{"count":12345678901234567890,"text":"n=12345678901234567890 [\"a\",{\"n\":2.50}]","none":null,"list":["c1",{"n":2.50},7],"key":"very-secret"}`, string(body))
	require.Contains(t, string(body), "12345678901234567890", "a number is the one that was given")

	require.Equal(t, []string{"call_1"}, got.Header.Values("Idempotency-Key"))
	require.Equal(t, []string{"call_1"}, got.Header.Values("Webhook-Id"))
	seconds, err := strconv.ParseInt(got.Header.Get("Webhook-Timestamp"), 10, 64)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), time.Unix(seconds, 0), time.Minute)
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(tool.SigningSecret([]byte("signing key")), "whsec_"))
	require.NoError(t, err)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("call_1." + got.Header.Get("Webhook-Timestamp") + "."))
	mac.Write(body)
	require.Equal(t, []string{"v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))}, got.Header.Values("Webhook-Signature"))
}

func TestArgumentsAreTheBodyWithoutATemplate(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	})
	outcome := here.Run(t.Context(), calling(chat.ClassWrite, post(url), `{"amount":20,"amount":30}`))
	require.Equal(t, `{"amount":30}`, string(outcome.Output), "there is one reading of them")
	h := post(url)
	h.Body = json.RawMessage(`null`)
	require.JSONEq(t, `{"a":"<&>"}`, string(here.Run(t.Context(), calling(chat.ClassWrite, h, `{"a":"<&>"}`)).Output))
	h.Method = http.MethodDelete
	require.Contains(t, string(here.Run(t.Context(), calling(chat.ClassWrite, h, `{"a":1}`)).Output), "empty")
	h.Body = json.RawMessage(`{"why":"{{args.a}}"}`)
	require.JSONEq(t, `{"why":1}`, string(here.Run(t.Context(), calling(chat.ClassWrite, h, `{"a":1}`)).Output))
}

// TestArgumentsStayInTheirPlace: what would lead a request elsewhere is not sent.
func TestArgumentsStayInTheirPlace(t *testing.T) {
	t.Parallel()
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s was asked for", r.URL) })
	for _, value := range []string{"", "..", ".", "../admin", `..\\admin`, "a/../../admin", "..;/admin", "a/./b"} {
		outcome := here.Run(t.Context(), calling(chat.ClassRead, get(url+"/orders/{{args.id}}"), `{"id":"`+value+`"}`))
		require.Equal(t, chat.CallFailed, outcome.State, value)
		require.Contains(t, outcome.Error, "address", value)
		require.False(t, outcome.Again, value)
	}
	require.Contains(t, here.Run(t.Context(), calling(chat.ClassRead, get(url+"/{{args.a}}{{args.a}}/x"), `{"a":"."}`)).Error, "address", "nor do two together")
	for _, value := range []string{`a\r\nX-Evil: b`, `a\nb`, `a\u0000b`} {
		h := get(url)
		h.Headers = map[string]string{"X-Note": "{{args.note}}"}
		outcome := here.Run(t.Context(), calling(chat.ClassRead, h, `{"note":"`+value+`"}`))
		require.Equal(t, tool.Outcome{State: chat.CallFailed, Error: "The value of args.note must be one line."}, outcome)
	}
	for name, h := range map[string]chat.HTTPTool{
		"host":        get("http://{{args.host}}/"),
		"host's end":  get(url + "{{args.host}}/"),
		"scheme":      get("file:///etc/passwd"),
		"placeholder": get(url + "/{{args.a}}/{{nobody.knows}}"),
		"secret":      get(url + "/?key={{secrets.OTHER}}"),
	} {
		outcome := here.Run(t.Context(), calling(chat.ClassRead, h, `{"a":"x","host":".evil.example"}`))
		require.Contains(t, outcome.Error, "The tool is set up wrongly: ", name)
		require.Equal(t, chat.CallFailed, outcome.State, name)
	}
}

func TestResultIsMapped(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/text":
			_, _ = io.WriteString(w, "plain \x00 words")
		case "/long":
			_ = json.NewEncoder(w).Encode(strings.Repeat("ü\"", 100_000))
		case "/list":
			_ = json.NewEncoder(w).Encode(make([]int, 100_000))
		case "/huge":
			_, _ = io.WriteString(w, `{"data":"`+strings.Repeat("x", 2<<20)+`"}`)
		case "/picture":
			_, _ = w.Write([]byte{0x89, 'P', 'N', 'G', 0xff, 0xfe})
		case "/number":
			_, _ = io.WriteString(w, `[1e999999,1e-999999,1e-350]`)
		case "/empty":
			w.WriteHeader(http.StatusNoContent)
		default:
			_, _ = io.WriteString(w, `{"data":{"items":[{"id":1,"x":2},{"id":12345678901234567890}]}}`)
		}
	})
	run := func(path, result string) string {
		h := post(url + path)
		h.Result = result
		outcome := here.Run(t.Context(), calling(chat.ClassWrite, h, `{}`))
		require.Equal(t, chat.CallSucceeded, outcome.State, "what was done was done, whatever the answer looks like: %s", outcome.Error)
		require.True(t, json.Valid(outcome.Output))
		require.LessOrEqual(t, len(outcome.Output), 64<<10)
		return string(outcome.Output)
	}
	require.JSONEq(t, `{"data":{"items":[{"id":1,"x":2},{"id":12345678901234567890}]}}`, run("/", ""))
	require.Equal(t, `[1,12345678901234567890]`, run("/", "data.items.#.id"))
	require.JSONEq(t, `{"status":200,"note":"The answer has nothing in the place that the tool's result is taken from."}`, run("/", "data.nothing"))
	require.JSONEq(t, `"plain  words"`, run("/text", ""))
	require.JSONEq(t, `"plain  words"`, run("/text", "data"))
	require.JSONEq(t, `"[\"1e999999\",\"1e-999999\",1e-350]"`, run("/number", ""))
	require.JSONEq(t, `{"status":204,"note":"The answer is empty."}`, run("/empty", "data"))
	require.Contains(t, run("/picture", ""), "neither JSON nor text")
	require.Contains(t, run("/long", ""), "this is the beginning of its 390 KB")
	require.Contains(t, run("/list", ""), `{"beginning":"[0,0,0`)
	require.Contains(t, run("/huge", "data"), "longer than a megabyte")
}

// TestSecretsAreTakenOut of whatever a server repeats.
func TestSecretsAreTakenOut(t *testing.T) {
	t.Parallel()
	const secret = `p&ss/"wörd"`
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bad" {
			http.Error(w, strings.Repeat("x", 295)+r.Header.Get("X-Key"), http.StatusBadRequest)
			return
		}
		echo := map[string]any{
			"header": "it was " + r.Header.Get("X-Key"), "query": r.URL.RawQuery, "path": r.URL.EscapedPath(), r.Header.Get("X-Key"): 1,
			"basic": base64.StdEncoding.EncodeToString([]byte(r.Header.Get("X-Key"))), "number": 4711471147, "list": []string{r.Header.Get("X-Key")},
		}
		if r.URL.Query().Has("text") {
			_, _ = fmt.Fprintln(w, echo)
		} else {
			_ = json.NewEncoder(w).Encode(echo)
		}
	})
	run := func(path string) tool.Outcome {
		h := get(url + path)
		h.Headers = map[string]string{"X-Key": "{{secrets.KEY}}", "X-Pin": "{{secrets.PIN}}"}
		call := calling(chat.ClassRead, h, `{}`)
		call.Secrets = map[string]string{"KEY": secret, "PIN": "4711471147"}
		return here.Run(t.Context(), call)
	}
	outcome := run("/{{secrets.KEY}}?key={{secrets.KEY}}")
	require.JSONEq(t, `{"header":"it was [secret]","query":"key=[secret]","path":"/[secret]","[secret]":1,"basic":"[secret]","number":"[secret]","list":["[secret]"]}`, string(outcome.Output))
	for _, path := range []string{"/x?text", "/{{secrets.KEY}}?text&key={{secrets.KEY}}"} {
		outcome := run(path)
		require.Equal(t, chat.CallSucceeded, outcome.State)
		require.NotContains(t, string(outcome.Output), "ss/")
		require.NotContains(t, string(outcome.Output), "4711471147")
	}
	require.Equal(t, "The tool's server answered 400 Bad Request: "+strings.Repeat("x", 295)+"[secr….", run("/bad").Error, "nor is half of one left where a text is cut")
}

// TestOutcomesByClass: what an answer means depends on what it would mean to make
// the call twice.
func TestOutcomesByClass(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/404":
			http.Error(w, `{"detail":"No\n order\u0000 very-secret."}`, http.StatusNotFound)
		case "/page":
			http.Error(w, `<html>Forbidden</html>`, http.StatusForbidden)
		case "/501":
			w.WriteHeader(http.StatusNotImplemented)
		case "/303":
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(http.StatusSeeOther)
		case "/308":
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(http.StatusPermanentRedirect)
		case "/half":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half of")
		case "/429":
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		case "/500":
			w.WriteHeader(http.StatusInternalServerError)
		case "/cut":
			conn, _, _ := http.NewResponseController(w).Hijack()
			_ = conn.Close()
		}
	})
	const read, idempotent, write = chat.ClassRead, chat.ClassIdempotent, chat.ClassWrite
	for path, want := range map[string]map[chat.ToolClass]tool.Outcome{
		"/404": {read: {State: chat.CallFailed}, idempotent: {State: chat.CallFailed}, write: {State: chat.CallFailed}},
		"/429": {
			read: {State: chat.CallFailed, Again: true, RetryAfter: 7 * time.Second}, idempotent: {State: chat.CallFailed, Again: true, RetryAfter: 7 * time.Second},
			write: {State: chat.CallFailed},
		},
		"/500":  {read: {State: chat.CallFailed, Again: true}, idempotent: {State: chat.CallUnknown, Again: true}, write: {State: chat.CallUnknown}},
		"/501":  {read: {State: chat.CallFailed}, idempotent: {State: chat.CallUnknown}, write: {State: chat.CallUnknown}},
		"/303":  {read: {State: chat.CallFailed}, idempotent: {State: chat.CallUnknown}, write: {State: chat.CallUnknown}},
		"/308":  {read: {State: chat.CallFailed}, idempotent: {State: chat.CallFailed}, write: {State: chat.CallFailed}},
		"/half": {read: {State: chat.CallFailed, Again: true}, idempotent: {State: chat.CallUnknown, Again: true}, write: {State: chat.CallUnknown}},
		"/cut":  {read: {State: chat.CallFailed, Again: true}, idempotent: {State: chat.CallUnknown, Again: true}, write: {State: chat.CallUnknown}},
	} {
		for class, want := range want {
			got := here.Run(t.Context(), calling(class, post(url+path), `{}`))
			require.NotEmpty(t, got.Error)
			require.NotContains(t, got.Error, "very-secret")
			got.Error = ""
			require.Equal(t, want, got, "%s of class %s", path, class)
		}
	}
	require.Equal(t, "The tool's server answered 404 Not Found: No order [secret].", here.Run(t.Context(), calling(read, get(url+"/404"), `{}`)).Error)
	require.Equal(t, "The tool's server answered 403 Forbidden.", here.Run(t.Context(), calling(read, get(url+"/page"), `{}`)).Error)
}

func TestDeadServerIsProvablyNotReached(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	url := "http://" + listener.Addr().String()
	require.NoError(t, listener.Close())
	require.Equal(t, tool.Outcome{State: chat.CallFailed, Error: "The tool's server was not reached."},
		here.Run(t.Context(), calling(chat.ClassWrite, post(url), `{}`)))
	require.Equal(t, tool.Outcome{State: chat.CallFailed, Again: true, Error: "The tool's server was not reached."},
		here.Run(t.Context(), calling(chat.ClassIdempotent, post(url), `{}`)), "what was not sent was not done")
	require.Equal(t, chat.CallUnknown, here.Probe(t.Context(), probing(url+"/{{call.id}}")).State)

	private := httptest.NewTLSServer(http.NotFoundHandler())
	private.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(private.Close)
	require.Equal(t, "The tool's server was not reached.", here.Run(t.Context(), calling(chat.ClassWrite, post(private.URL), `{}`)).Error, "nobody vouches for its certificate")
}

func TestDeadlineDecidesByClass(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else nobody hears that the caller has gone
		if r.URL.Path == "/slowly" {
			_, _ = io.WriteString(w, `{"half":`)
			_ = http.NewResponseController(w).Flush()
		}
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	for class, want := range map[chat.ToolClass]chat.ToolCallState{
		chat.ClassRead: chat.CallFailed, chat.ClassIdempotent: chat.CallUnknown, chat.ClassWrite: chat.CallUnknown,
	} {
		for _, path := range []string{"/", "/slowly"} {
			// The deadline passes once the request has arrived, however slow this is.
			ctx, pass := context.WithCancel(t.Context())
			outcome := make(chan tool.Outcome)
			go func() { outcome <- here.Run(ctx, calling(class, post(url+path), `{}`)) }()
			<-arrived
			pass()
			got := <-outcome
			require.Equal(t, want, got.State, "%s of class %s", path, class)
			require.False(t, got.Again)
		}
	}
	ctx, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	require.Equal(t, chat.CallFailed, here.Run(ctx, calling(chat.ClassWrite, post(url), `{}`)).State, "what was not sent was not done")
	require.Equal(t, chat.CallUnknown, here.Probe(ctx, calling(chat.ClassWrite, post(url), `{}`)).State)
}

// TestWriteIsNeverSentTwice: a kept connection that the server has closed makes
// Go's client send a request with an Idempotency-Key again by itself.
func TestWriteIsNeverSentTwice(t *testing.T) {
	t.Parallel()
	seen := make(chan string, 10)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Method
		if r.Method == http.MethodDelete {
			conn, _, _ := http.NewResponseController(w).Hijack()
			_ = conn.Close()
		}
	})
	runner := tool.NewRunner(tool.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	require.Equal(t, chat.CallSucceeded, runner.Run(t.Context(), calling(chat.ClassWrite, post(url), `{}`)).State)
	h := chat.HTTPTool{Method: http.MethodDelete, URL: url}
	require.Equal(t, chat.CallUnknown, runner.Run(t.Context(), calling(chat.ClassWrite, h, `{}`)).State)
	require.Equal(t, http.MethodPost, <-seen)
	require.Equal(t, http.MethodDelete, <-seen)
	require.Empty(t, seen)
}

// probing is a call of a tool with the probe.
func probing(url string) tool.Call {
	h := post("http://127.0.0.1:1")
	h.Probe = &chat.HTTPProbe{URL: url, Headers: map[string]string{"X-Key": "{{secrets.KEY}}"}}
	return calling(chat.ClassWrite, h, `{"id":"7"}`)
}

func TestProbeTellsWhatBecameOfACall(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.Method + r.URL.Path {
		case "GET/orders/7/calls/call_1":
			_, _ = fmt.Fprintf(w, `{"refund":{"id":1,"key":%q}}`, r.Header.Get("X-Key"))
		case "GET/broken":
			w.WriteHeader(http.StatusInternalServerError)
		case "GET/created":
			w.WriteHeader(http.StatusCreated)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	call := probing(url + "/orders/{{args.id}}/calls/{{call.id}}")
	call.Tool.HTTP.Result = "refund"
	done := here.Probe(t.Context(), call)
	require.Equal(t, chat.CallSucceeded, done.State)
	require.JSONEq(t, `{"id":1,"key":"[secret]"}`, string(done.Output))
	require.Equal(t, tool.Outcome{State: chat.CallFailed, Error: "It was not done.", Again: true}, here.Probe(t.Context(), probing(url+"/elsewhere")))
	for _, path := range []string{"/broken", "/created", "/{{args.missing}}", "/{{secrets.OTHER}}"} {
		outcome := here.Probe(t.Context(), probing(url+path))
		require.Equal(t, chat.CallUnknown, outcome.State, path)
		require.False(t, outcome.Again, path)
	}
	require.Equal(t, chat.CallUnknown, here.Probe(t.Context(), calling(chat.ClassWrite, post(url), `{}`)).State, "there is no probe")
	require.Equal(t, chat.CallUnknown, tool.NewRunner(tool.Options{}).Probe(t.Context(), probing(url+"/elsewhere")).State, "a guard is no answer")
}

func TestOnlyServersAreCalledFromHere(t *testing.T) {
	t.Parallel()
	for _, kind := range []chat.ToolKind{chat.ToolClient, chat.ToolHTTP, chat.ToolBuiltIn, ""} {
		outcome := here.Run(t.Context(), tool.Call{Tool: chat.Tool{Name: "x", Kind: kind}})
		require.Equal(t, chat.CallFailed, outcome.State, kind)
		require.NotEmpty(t, outcome.Error)
		require.Equal(t, chat.CallUnknown, here.Probe(t.Context(), tool.Call{Tool: chat.Tool{Kind: kind}}).State, kind)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", r.URL.Query().Get("after"))
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	wait := func(header string) time.Duration {
		outcome := here.Run(t.Context(), calling(chat.ClassRead, get(url+"?after={{args.after}}"), `{"after":"`+header+`"}`))
		require.True(t, outcome.Again)
		return outcome.RetryAfter
	}
	require.Equal(t, 3*time.Second, wait("3"))
	require.Equal(t, 30*time.Second, wait("86400"))
	require.Equal(t, 30*time.Second, wait(time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)))
	for _, header := range []string{"", "-5", "soon", "99999999999999999999", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)} {
		require.Zero(t, wait(header), header)
	}
}

// TestToolsStayOutOfPrivateNetworks: not by an address, not by a name, not by a
// redirect; and a redirect takes no secret elsewhere.
func TestToolsStayOutOfPrivateNetworks(t *testing.T) {
	t.Parallel()
	reached := make(chan string, 10)
	inner := serve(t, func(_ http.ResponseWriter, r *http.Request) { reached <- r.URL.Path })
	public := tool.NewRunner(tool.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}})
	_, port, err := net.SplitHostPort(strings.TrimPrefix(inner, "http://"))
	require.NoError(t, err)
	for _, url := range []string{
		inner, "http://localhost:" + port, "http://169.254.169.254/latest", "http://[::ffff:127.0.0.1]:" + port, "http://0.0.0.0:" + port,
		"http://[::]:" + port, "http://127.1:" + port, "http://2130706433:" + port,
	} {
		for _, class := range []chat.ToolClass{chat.ClassRead, chat.ClassWrite} {
			outcome := public.Run(t.Context(), calling(class, get(url), `{}`))
			require.Equal(t, chat.CallFailed, outcome.State, url)
			if !strings.Contains(url, "127.1:") && !strings.Contains(url, "2130706433") { // not every resolver knows these
				require.Equal(t, tool.Outcome{State: chat.CallFailed, Error: "The address is not on the public internet."}, outcome, url)
			}
		}
	}
	outer := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, inner+"/stolen?"+r.URL.RawQuery, http.StatusTemporaryRedirect)
		case "/3":
			http.Redirect(w, r, "/2", http.StatusFound)
		case "/2":
			http.Redirect(w, r, "/1", http.StatusFound)
		case "/1":
			http.Redirect(w, r, "/there?key="+r.Header.Get("X-Key"), http.StatusFound)
		case "/there":
			if r.URL.Query().Get("key") != "very-secret" {
				w.WriteHeader(http.StatusForbidden)
			}
		case "/4":
			http.Redirect(w, r, "/3", http.StatusFound)
		}
	})
	run := func(class chat.ToolClass, method, path string) tool.Outcome {
		h := chat.HTTPTool{Method: method, URL: outer + path, Headers: map[string]string{"X-Key": "{{secrets.KEY}}"}}
		return here.Run(t.Context(), calling(class, h, `{}`))
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		outcome := run(chat.ClassRead, method, "/away?key={{secrets.KEY}}")
		require.Equal(t, tool.Outcome{State: chat.CallFailed, Error: "The tool's server sends the request elsewhere, which is not followed (307)."}, outcome)
	}
	require.Equal(t, chat.CallSucceeded, run(chat.ClassRead, http.MethodGet, "/3").State)
	require.Contains(t, run(chat.ClassRead, http.MethodGet, "/4").Error, "elsewhere")
	require.Equal(t, chat.CallUnknown, run(chat.ClassWrite, http.MethodPost, "/1").State)
	require.Empty(t, reached)
}

func TestCheckHTTP(t *testing.T) {
	t.Parallel()
	good := chat.HTTPTool{
		Method: http.MethodPost, URL: "https://shop.example:8443/orders/{{ args.line-items.0.größe }}?x={{secrets.KEY}}&y={{visitor.email}}",
		Headers: map[string]string{"X-Key": "{{secrets.KEY}} {{visitor.id}}"},
		Body:    json.RawMessage(`{"a":["{{args.a}}",1,null],"b":"{{call.id}} {{conversation.id}} {a}} {"}`),
		Probe:   &chat.HTTPProbe{URL: "https://shop.example?call={{call.id}}"},
	}
	require.NoError(t, tool.CheckHTTP(good))
	for field, spoil := range map[string]func(*chat.HTTPTool){
		"method":            func(h *chat.HTTPTool) { h.Method = "TRACE" },
		"url":               func(h *chat.HTTPTool) { h.URL = "https://{{args.host}}/orders" },
		"headers.Host":      func(h *chat.HTTPTool) { h.Headers = map[string]string{"Host": "x"} },
		"headers.webhook-x": func(h *chat.HTTPTool) { h.Headers = map[string]string{"webhook-x": "x"} },
		"headers.X-A":       func(h *chat.HTTPTool) { h.Headers = map[string]string{"X-A": "a\nb"} },
		"headers.X-B":       func(h *chat.HTTPTool) { h.Headers = map[string]string{"X-B": "{{secrets.lower}}", "X-A": "a"} },
		"headers.no header": func(h *chat.HTTPTool) { h.Headers = map[string]string{"no header": "x"} },
		"body":              func(h *chat.HTTPTool) { h.Body = json.RawMessage(`{`) },
		"probe.url":         func(h *chat.HTTPTool) { h.Probe = &chat.HTTPProbe{URL: "ftp://x/y"} },
		"probe.headers.Te": func(h *chat.HTTPTool) {
			h.Probe = &chat.HTTPProbe{URL: "https://x/y", Headers: map[string]string{"Te": "x"}}
		},
	} {
		h := good
		spoil(&h)
		var fault *tool.FieldError
		require.ErrorAs(t, tool.CheckHTTP(h), &fault)
		require.Equal(t, field, fault.Field)
		require.Regexp(t, `^[A-Z].*[.]$`, fault.Message)
	}
	for _, url := range []string{
		"", "shop.example/x", "https:///x", "https://:80/x", "https://user:pw@shop.example/", "https://shop.example/#{{args.id}}", "https://shop.example/a#b",
		"https://shop.example{{args.x}}/y", "https://shop.example:{{args.port}}/", "{{args.url}}", "{{args.s}}://x/", "file:///etc/passwd", "unix:///run/x",
		"https://shop.example/{{args}}", "https://shop.example/{{args.}}", "https://shop.example/{{args.a", "https://shop.example/{{nobody.knows}}", "https://shop.example/{{}}", "https://shop.example/\n",
	} {
		h := good
		h.URL = url
		require.Error(t, tool.CheckHTTP(h), url)
	}
	for _, body := range []string{`{"{{args.a}}":1}`, `["{{args.a"]`, `{"a":[{"b":"{{secrets.a}}"}]}`, `{} {}`} {
		h := good
		h.Body = json.RawMessage(body)
		require.Error(t, tool.CheckHTTP(h), body)
	}
	h := good
	h.Method = http.MethodGet
	require.ErrorContains(t, tool.CheckHTTP(h), "no body")
}

// FuzzArguments: whatever the arguments are, the request goes to the place that
// its template names, and whatever comes back, a model can be told.
func FuzzArguments(f *testing.F) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(r.URL.EscapedPath(), "/")
		if len(parts) != 4 || parts[1] != "a" || parts[3] != "b" || len(r.URL.Query()) != 2 || r.URL.Query().Get("last") != "1" || r.Header.Get("X-Evil") != "" {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = io.Copy(w, r.Body)
	}))
	f.Cleanup(server.Close)
	h := chat.HTTPTool{
		Method: http.MethodPost, URL: server.URL + "/a/{{args.x}}/b?q={{args.x}}&last=1",
		Headers: map[string]string{"X-Note": "{{args.x}}"}, Body: json.RawMessage(`["{{args.x}}","- {{args.x}}"]`),
	}
	for _, text := range []string{"../..", "a&last=2", "\r\nX-Evil: 1", "%2e%2e", "ü?#", `"]`, "{{secrets.KEY}}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		arguments, err := json.Marshal(map[string]string{"x": text})
		require.NoError(t, err)
		outcome := here.Run(t.Context(), calling(chat.ClassRead, h, string(arguments)))
		require.NotContains(t, outcome.Error, "418")
		if outcome.State == chat.CallSucceeded {
			var told []string
			require.NoError(t, json.Unmarshal(outcome.Output, &told))
			require.Equal(t, "- "+told[0], told[1])
		}
	})
}
