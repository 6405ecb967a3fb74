package openai_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/openai"
	"github.com/parley-chat/parley/llm/simulator"
)

var bothAPIs = []openai.API{openai.APIResponses, openai.APIChat}

func onBoth(t *testing.T, test func(w world)) {
	t.Helper()
	t.Parallel()
	for _, api := range bothAPIs {
		t.Run(string(api), func(t *testing.T) {
			t.Parallel()
			test(newWorld(t, api, simulator.Config{}))
		})
	}
}

func (w world) ask(t *testing.T, request llm.Request) ([]llm.Event, error) {
	t.Helper()
	stream, err := w.provider.Stream(t.Context(), request)
	require.NoError(t, err)
	return read(t.Context(), stream)
}

func TestEveryKindOfEvent(t *testing.T) {
	t.Parallel()
	text := func(kind llm.EventKind, pieces ...string) []llm.Event {
		var events []llm.Event
		for _, piece := range pieces {
			events = append(events, llm.Event{Kind: kind, Text: piece})
		}
		return events
	}
	call := func(index int, id, name, arguments string) []llm.Event {
		started := llm.ToolCall{ID: id, Name: name}
		whole := llm.ToolCall{ID: id, Name: name, Arguments: arguments}
		return []llm.Event{
			{Kind: llm.EventToolCallStart, Index: index, Call: started},
			{Kind: llm.EventToolCallDelta, Index: index, Text: arguments},
			{Kind: llm.EventToolCallDone, Index: index, Call: whole},
		}
	}
	done := func(reason chat.FinishReason, output, reasoning int64) []llm.Event {
		return []llm.Event{{Kind: llm.EventDone, FinishReason: reason, Usage: &llm.Usage{
			InputTokens: 6, OutputTokens: output, ReasoningTokens: reasoning,
		}}}
	}
	for _, test := range []struct {
		name   string
		script simulator.Script
		want   [][]llm.Event
	}{
		{"text", simulator.Script{Text: "one two"}, [][]llm.Event{text(llm.EventTextDelta, "one", " two"), done(chat.FinishStop, 2, 0)}},
		{"refusal", simulator.Script{Refusal: "never"}, [][]llm.Event{text(llm.EventRefusalDelta, "never"), done(chat.FinishStop, 1, 0)}},
		{"reasoning", simulator.Script{Reasoning: "hm", Text: "yes"}, [][]llm.Event{
			text(llm.EventReasoningDelta, "hm"), text(llm.EventTextDelta, "yes"), done(chat.FinishStop, 2, 1)}},
		{"length", simulator.Script{Text: "one", Incomplete: "max_output_tokens"}, [][]llm.Event{text(llm.EventTextDelta, "one"), done(chat.FinishLength, 1, 0)}},
		{"filter", simulator.Script{Text: "one", Incomplete: "content_filter"}, [][]llm.Event{text(llm.EventTextDelta, "one"), done(chat.FinishContentFilter, 1, 0)}},
		{"a call", simulator.Script{Calls: []simulator.Call{{ID: "a", Name: "f", Arguments: json.RawMessage(`{"x":1}`)}}}, [][]llm.Event{
			call(0, "a", "f", `{"x":1}`), done(chat.FinishToolCalls, 1, 0)}},
		{"nothing", simulator.Script{}, [][]llm.Event{done(chat.FinishStop, 0, 0)}},
	} {
		for _, api := range bothAPIs {
			t.Run(test.name+"/"+string(api), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, api, simulator.Config{})
				w.simulator.AddScript(test.script)
				events, err := w.ask(t, ask("hello"))
				require.NoError(t, err)
				require.Equal(t, llm.EventStarted, events[0].Kind)
				require.Equal(t, join(test.want), unnumbered(t, api, events)[1:])
			})
		}
	}
}

func join(groups [][]llm.Event) []llm.Event {
	var all []llm.Event
	for _, group := range groups {
		all = append(all, group...)
	}
	return all
}

// unnumbered checks the sequence numbers and removes them.
func unnumbered(t *testing.T, api openai.API, events []llm.Event) []llm.Event {
	t.Helper()
	last := int64(-1)
	plain := make([]llm.Event, len(events))
	for i, event := range events {
		if api == openai.APIChat {
			require.EqualValues(t, -1, event.ProviderSeq)
		} else {
			require.Greater(t, event.ProviderSeq, last)
			last = event.ProviderSeq
		}
		event.ProviderSeq = 0
		if event.Kind != llm.EventToolCallStart && event.Kind != llm.EventToolCallDelta && event.Kind != llm.EventToolCallDone {
			event.Index = 0
		}
		plain[i] = event
	}
	return plain
}

func TestSeveralCallsAtOnce(t *testing.T) {
	onBoth(t, func(w world) {
		t := w.t
		long := `{"text":"arguments long enough to come in many pieces"}`
		w.simulator.AddScript(simulator.Script{Calls: []simulator.Call{
			{ID: "a", Name: "f", Arguments: json.RawMessage(long)}, {ID: "b", Name: "g"}, {ID: "c", Name: "f", Arguments: json.RawMessage(long)},
		}})
		events, err := w.ask(t, ask("hello"))
		require.NoError(t, err)
		pieces, ids := map[int]string{}, map[int]string{}
		var whole []llm.ToolCall
		for _, event := range events {
			switch event.Kind {
			case llm.EventToolCallStart:
				ids[event.Index] = event.Call.ID
			case llm.EventToolCallDelta:
				pieces[event.Index] += event.Text
			case llm.EventToolCallDone:
				require.Equal(t, ids[event.Index], event.Call.ID)
				require.Equal(t, pieces[event.Index], event.Call.Arguments)
				whole = append(whole, event.Call)
			default: // not about a call
			}
		}
		require.Equal(t, []llm.ToolCall{{ID: "a", Name: "f", Arguments: long}, {ID: "b", Name: "g", Arguments: "{}"}, {ID: "c", Name: "f", Arguments: long}}, whole)
	})
}

func TestComplete(t *testing.T) {
	onBoth(t, func(w world) {
		t := w.t
		w.simulator.AddScript(simulator.Script{Text: "All of it.", Refusal: "But no.", Calls: []simulator.Call{{ID: "a", Name: "f"}}})
		answer, err := llm.Complete(t.Context(), w.provider, ask("hello"))
		require.NoError(t, err)
		require.NotEmpty(t, answer.ResponseID)
		require.Positive(t, answer.Usage.OutputTokens)
		answer.ResponseID, answer.Usage = "", nil
		require.Equal(t, llm.Answer{
			Text: "All of it.", Refusal: "But no.", FinishReason: chat.FinishToolCalls,
			Calls: []llm.ToolCall{{ID: "a", Name: "f", Arguments: "{}"}},
		}, answer)
		w.simulator.AddFault(simulator.Fault{Tokens: 9, CutAfter: 5})
		_, err = llm.Complete(t.Context(), w.provider, ask("hello"))
		require.Equal(t, llm.KindCut, llm.AsError(err).Kind)
	})
}

// A stream that is picked up after any of its events gives the rest of them,
// byte for byte.
func TestResumeAfterEveryEvent(t *testing.T) {
	t.Parallel()
	for _, pace := range []int64{0, 4} {
		t.Run(strconv.FormatInt(pace, 10), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, openai.APIResponses, simulator.Config{})
			w.simulator.AddFault(simulator.Fault{Times: 1, Tokens: 25, CutAfter: 8, Pace: &simulator.Pace{IntervalMS: pace}})
			request := ask("hello")
			request.Background = true
			begun, err := w.ask(t, request)
			require.Equal(t, llm.KindCut, llm.AsError(err).Kind)
			id := begun[0].ResponseID
			all := w.resume(t, id, -1)
			require.Len(t, all, 27)
			require.Equal(t, begun, all[:len(begun)])
			for i, event := range all {
				require.Equal(t, append([]llm.Event{}, all[i+1:]...), append([]llm.Event{}, w.resume(t, id, event.ProviderSeq)...))
			}
			calls := 0
			for _, entry := range w.simulator.Ledger() {
				if entry.Endpoint == simulator.EndpointResponses {
					calls++
				}
			}
			require.Equal(t, 1, calls, "the model is asked once")
		})
	}
}

func (w world) resume(t *testing.T, id string, after int64) []llm.Event {
	t.Helper()
	stream, err := w.provider.Resume(t.Context(), id, after)
	require.NoError(t, err)
	events, err := read(t.Context(), stream)
	if len(events) > 0 {
		require.NoError(t, err)
		return events
	}
	require.Equal(t, llm.KindCut, llm.AsError(err).Kind, "nothing follows the last event, not even an end")
	return nil
}

func TestCannotResume(t *testing.T) {
	onBoth(t, func(w world) {
		t := w.t
		events, err := w.ask(t, ask("hello"))
		require.NoError(t, err)
		for _, id := range []string{events[0].ResponseID, "resp_unknown", "../models"} {
			_, err = w.provider.Resume(t.Context(), id, 3)
			require.ErrorIs(t, err, llm.ErrCannotResume)
			require.False(t, llm.AsError(err).Retryable)
		}
	})
}

func TestTroubleWithResumingIsNotTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openai.APIResponses, simulator.Config{})
	w.simulator.AddFault(simulator.Fault{Status: 503, Match: simulator.Match{Endpoint: simulator.EndpointRetrieve}})
	request := ask("hello")
	request.Background = true
	events, err := w.ask(t, request)
	require.NoError(t, err)
	_, err = w.provider.Resume(t.Context(), events[0].ResponseID, 3)
	require.NotErrorIs(t, err, llm.ErrCannotResume)
	require.True(t, llm.AsError(err).Retryable)
}

func TestCancelStopsTheModel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openai.APIResponses, simulator.Config{})
	w.simulator.AddFault(simulator.Fault{Tokens: 1000, Pace: &simulator.Pace{IntervalMS: 50}})
	request := ask("hello")
	request.Background = true
	stream, err := w.provider.Stream(t.Context(), request)
	require.NoError(t, err)
	started, err := stream.Next(t.Context())
	require.NoError(t, err)
	usage, err := w.provider.Cancel(t.Context(), started.ResponseID)
	require.NoError(t, err)
	_, err = read(t.Context(), stream)
	require.Error(t, err)
	entry := w.simulator.Ledger()[0]
	require.Equal(t, simulator.StateCancelled, entry.State)
	require.Equal(t, &llm.Usage{InputTokens: int64(entry.Reported.InputTokens), OutputTokens: int64(entry.Reported.OutputTokens)}, usage)
	again, err := w.provider.Cancel(t.Context(), started.ResponseID)
	require.NoError(t, err, "twice is fine")
	require.Equal(t, usage, again)
}

// A wish that comes too late is told what the whole answer has cost.
func TestCancelOfAWholeAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openai.APIResponses, simulator.Config{})
	request := ask("hello")
	request.Background = true
	events, err := w.ask(t, request)
	require.NoError(t, err)
	usage, err := w.provider.Cancel(t.Context(), events[0].ResponseID)
	require.NoError(t, err)
	require.Equal(t, events[len(events)-1].Usage, usage)
}

func TestACallHasOurName(t *testing.T) {
	onBoth(t, func(w world) {
		request := ask("hello")
		request.ID = "call-1"
		_, err := w.ask(w.t, request)
		require.NoError(w.t, err)
		require.Equal(w.t, "call-1", w.simulator.Ledger()[0].RequestID)
	})
}

func TestCancelOfWhatIsNotRunning(t *testing.T) {
	onBoth(t, func(w world) {
		t := w.t
		events, err := w.ask(t, ask("hello"))
		require.NoError(t, err)
		for _, id := range []string{events[0].ResponseID, "resp_unknown"} {
			usage, err := w.provider.Cancel(t.Context(), id)
			require.NoError(t, err)
			require.Nil(t, usage)
		}
	})
}

// However a stream is given up, the reader is told at once and the model stops.
func TestGivingUp(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"the context of the stream", "the context of the wait", "closing it"} {
		for _, api := range bothAPIs {
			t.Run(way+"/"+string(api), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, api, simulator.Config{})
				w.simulator.AddFault(simulator.Fault{Tokens: 10, Pace: &simulator.Pace{FirstTokenMS: 60_000}})
				whole, cancelWhole := context.WithCancel(t.Context())
				wait, cancelWait := context.WithCancel(t.Context())
				defer cancelWhole()
				defer cancelWait()
				stream, err := w.provider.Stream(whole, ask("hello"))
				require.NoError(t, err)
				_, err = stream.Next(wait)
				require.NoError(t, err)
				giveUp := map[string]func(){
					"the context of the stream": cancelWhole,
					"the context of the wait":   cancelWait,
					"closing it":                func() { _ = stream.Close() },
				}
				go giveUp[way]()
				_, err = read(wait, stream)
				requireGivenUp(t, err)
				require.Eventually(t, func() bool {
					return w.simulator.Ledger()[0].State == simulator.StateAbandoned
				}, deadline, time.Millisecond)
			})
		}
	}
}

func TestGivingUpBeforeTheAnswerBegins(t *testing.T) {
	t.Parallel()
	for _, api := range bothAPIs {
		reached := make(chan struct{})
		provider := serve(t, api, func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // the server notices a departure only after that
			close(reached)
			<-r.Context().Done()
		})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-reached; cancel() }()
		_, err := provider.Stream(ctx, ask("hello"))
		requireGivenUp(t, err)
	}
}

func requireGivenUp(t *testing.T, err error) {
	t.Helper()
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, llm.KindCanceled, llm.AsError(err).Kind)
	require.False(t, llm.AsError(err).Retryable)
}

const deadline = 20 * time.Second

func TestAnErrorStays(t *testing.T) {
	onBoth(t, func(w world) {
		t := w.t
		w.simulator.AddFault(simulator.Fault{Tokens: 9, CutAfter: 5})
		stream, err := w.provider.Stream(t.Context(), ask("hello"))
		require.NoError(t, err)
		_, first := read(t.Context(), stream)
		require.Equal(t, llm.KindCut, llm.AsError(first).Kind)
		require.True(t, llm.AsError(first).Retryable)
		require.NotErrorIs(t, first, llm.ErrCannotResume)
		_, again := stream.Next(t.Context())
		require.Equal(t, first, again)
		require.NoError(t, stream.Close())
	})
}
