package activities

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/simulator"
)

// TestModelThatIsDownIsLeftAloneForAWhile: then one call tries it, and the others wait
// for how that goes.
func TestModelThatIsDownIsLeftAloneForAWhile(t *testing.T) {
	t.Parallel()
	models := NewModels(Platform{BaseURL: "http://provider.example", Model: "first"}, nil)
	models.circuits.rest = time.Millisecond
	l, err := models.of(chat.TenantID{}, nil, chat.AgentConfig{FallbackModels: []string{"second", "first", "third"}})
	require.NoError(t, err)
	require.Equal(t, []string{"first", "second", "third"}, l.names)
	down := llm.NewError(llm.KindOverloaded, "busy")
	for range tripAfter {
		m := l.next(0)
		require.Equal(t, "first", m.name)
		m.done(down)
		m.done(nil) // is not heard any more
	}
	require.Equal(t, "second", l.next(0).name)
	require.Equal(t, "third", l.next(2).name)
	require.Equal(t, "second", l.next(3).name, "round the list, past what is down")

	var trial model
	require.Eventually(t, func() bool { trial = l.next(0); return trial.name == "first" }, 10*time.Second, time.Millisecond)
	require.Equal(t, "second", l.next(0).name, "one tries it")
	trial.done(errors.New("stopped by somebody"))
	trial = l.next(0)
	require.Equal(t, "first", trial.name, "that says nothing")
	trial.done(nil)
	require.Equal(t, "first", l.next(0).name)
	require.Equal(t, "first", l.next(0).name)
}

// TestHopeIsBetterThanNoAnswer where all models are down.
func TestHopeIsBetterThanNoAnswer(t *testing.T) {
	t.Parallel()
	models := NewModels(Platform{BaseURL: "http://provider.example", Model: "first"}, nil)
	l, err := models.of(chat.TenantID{}, nil, chat.AgentConfig{})
	require.NoError(t, err)
	for range 2 * tripAfter {
		m := l.next(0)
		require.Equal(t, "first", m.name)
		m.done(llm.NewError(llm.KindNetwork, "gone"))
	}
}

func TestWhoIsDown(t *testing.T) {
	t.Parallel()
	unknown := llm.NewError(llm.KindInvalid, "no such model")
	unknown.Code = "model_not_found"
	for _, err := range []error{llm.NewError(llm.KindRateLimited, ""), llm.NewError(llm.KindCut, ""), unknown} {
		require.True(t, isDown(err))
	}
	for _, err := range []error{nil, errors.New("ours"), llm.NewError(llm.KindInvalid, ""), llm.NewError(llm.KindAuth, ""), llm.NewError(llm.KindQuota, ""), llm.NewError(llm.KindCanceled, "")} {
		require.False(t, isDown(err))
	}
}

// TestCircuitsAreNotRememberedForEver: those of models that work are forgotten.
func TestCircuitsAreNotRememberedForEver(t *testing.T) {
	t.Parallel()
	c := newCircuits()
	done, err := c.of("down").Allow()
	require.NoError(t, err)
	for range tripAfter {
		done(llm.NewError(llm.KindNetwork, "gone"))
	}
	for i := range 2 * mostCircuits {
		c.of(string(rune('a' + i)))
	}
	require.LessOrEqual(t, len(c.known), mostCircuits+1)
	require.Contains(t, c.known, "down")
}

// TestModelThatDoesNotBeginIsGivenUp, where another one could answer.
func TestModelThatDoesNotBeginIsGivenUp(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{})
	held := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Client-Request-Id") == "silent" {
			select {
			case <-held:
			case <-r.Context().Done():
			}
			return
		}
		sim.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(held) })
	models := NewModels(Platform{BaseURL: server.URL, Model: "first"}, nil)
	l, err := models.of(chat.TenantID{}, nil, chat.AgentConfig{})
	require.NoError(t, err)
	request := llm.Request{Model: "first", ID: "silent", Messages: []llm.Message{{Role: chat.RoleUser, Text: "Hello?"}}}
	_, err = impatient(t.Context(), l, request, 50*time.Millisecond)
	require.True(t, isDown(err))

	request.ID = "prompt"
	stream, err := impatient(t.Context(), l, request, time.Minute)
	require.NoError(t, err)
	first, err := stream.Next(t.Context())
	require.NoError(t, err)
	require.Equal(t, llm.EventStarted, first.Kind)
	second, err := stream.Next(t.Context())
	require.NoError(t, err)
	require.NotEqual(t, llm.EventStarted, second.Kind)
	require.NoError(t, stream.Close())
}
