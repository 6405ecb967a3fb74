package api_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api"
	"github.com/parley-chat/parley/chat"
)

func withoutTemporal(d *api.Deps) { d.Temporal = absentEngine{down: true} }

// What a person wants is recorded in the database, so it holds while Temporal is
// down: the step that runs hears of it at once, later ones read it.
func TestStoppingWhileTemporalIsDown(t *testing.T) {
	t.Parallel()
	w := start(t, withoutTemporal)
	p := w.party(t)
	for name, c := range map[string]struct {
		wish   func(chat.ConversationID, chat.TurnID) call
		status int
	}{
		"stop": {func(_ chat.ConversationID, id chat.TurnID) call {
			return call{Method: "POST", Path: "/v1/turns/" + id.String() + "/stop", Bearer: p.visitor}
		}, http.StatusAccepted},
		"delete": {func(id chat.ConversationID, _ chat.TurnID) call {
			return call{Method: "DELETE", Path: "/v1/conversations/" + id.String(), Bearer: p.visitor}
		}, http.StatusNoContent},
	} {
		t.Run(name+" before the step", func(t *testing.T) {
			t.Parallel()
			conversation := w.own(t, p)
			id := w.ask(t, p, conversation, "Count.").Turn.ID
			got := w.do(t, c.wish(conversation, id))
			require.Equal(t, c.status, got.Status, got.Text)
			assert.NotNil(t, w.step(t, p, id, 1).Row.StopRequestedAt)
		})
		t.Run(name+" during the step", func(t *testing.T) {
			t.Parallel()
			conversation := w.own(t, p)
			id := w.ask(t, p, conversation, "Count.").Turn.ID
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			stoppable, release := w.step(t, p, id, 1).Stoppable(ctx)
			defer release()
			got := w.do(t, c.wish(conversation, id))
			require.Equal(t, c.status, got.Status, got.Text)
			<-stoppable.Done()
			require.NoError(t, ctx.Err(), "the step was not told")
			again := w.step(t, p, id, 1)
			assert.NotNil(t, again.Row.StopRequestedAt, "should its process die, the next attempt reads it")
		})
	}
}

// Whichever comes first, a deleted conversation has no turn that nobody wants to
// stop.
func TestDeletingRacesAsking(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	for range 30 {
		conversation := w.own(t, p)
		path := "/v1/conversations/" + conversation.String()
		var asked, deleted answer
		var both sync.WaitGroup
		both.Go(func() {
			asked = w.do(t, call{Method: "POST", Path: path + "/turns", Bearer: p.visitor, Body: textMessage("hi")})
		})
		both.Go(func() { deleted = w.do(t, call{Method: "DELETE", Path: path, Bearer: p.visitor}) })
		both.Wait()
		require.Equal(t, http.StatusNoContent, deleted.Status, deleted.Text)
		if asked.Status == http.StatusNotFound {
			continue
		}
		require.Equal(t, http.StatusAccepted, asked.Status, asked.Text)
		require.NotNil(t, w.turnRow(t, p, parseTurn(t, asked)).StopRequestedAt, "the turn goes on in a deleted conversation")
	}
}
