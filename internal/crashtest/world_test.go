package crashtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/internal/stack"
	"github.com/parley-chat/parley/internal/visitor"
)

const (
	// patience bounds a test. Nearly all of its time goes by in noticing that a
	// process is dead.
	patience  = 3 * time.Minute
	pollEvery = 20 * time.Millisecond
	// worlds is how many tests run at a time at most, since each needs a namespace
	// of Temporal's to itself, and those are made at the start.
	worlds = 4
)

// servers are what all tests of this package stand on. They are started once,
// since that takes longer than most tests.
type servers struct {
	dir string
	*stack.Stack
	sites      atomic.Int32
	namespaces chan string // those that no test uses now
}

var shared = sync.OnceValues(startServers)

func TestMain(m *testing.M) {
	code := m.Run()
	if s, err := shared(); err == nil {
		err = errors.Join(s.Close(), os.RemoveAll(s.dir))
		if err != nil {
			fmt.Fprintln(os.Stderr, "clearing up:", err)
		}
	}
	os.Exit(code)
}

func startServers() (*servers, error) {
	dir, err := os.MkdirTemp("", "parley-crash-")
	if err != nil {
		return nil, err
	}
	parley, temporal, err := stack.Programs(filepath.Join("..", ".."), dir)
	if err != nil {
		return nil, err
	}
	s := &servers{dir: dir, namespaces: make(chan string, worlds)}
	var namespaces []string
	for i := range worlds {
		namespaces = append(namespaces, fmt.Sprintf("crash-%d", i))
		s.namespaces <- namespaces[i]
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s.Stack, err = stack.Start(ctx, stack.Config{
		Parley: parley, Temporal: temporal, Throwaway: true, Namespaces: namespaces,
	})
	return s, err
}

// world is one test's installation, model and visitor.
type world struct {
	t       *testing.T
	servers *servers
	site    *stack.Site
	nodes   []*stack.Node
	model   model
}

func newWorld(t *testing.T) (*world, context.Context) {
	t.Helper()
	return newWorldFor(t, patience)
}

// newWorldFor is for tests that take longer than others.
func newWorldFor(t *testing.T, patience time.Duration) (*world, context.Context) {
	t.Helper()
	servers, err := shared()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	namespace := <-servers.namespaces
	t.Cleanup(func() { servers.namespaces <- namespace })
	name := fmt.Sprintf("site-%d", servers.sites.Add(1))
	site, err := servers.Site(ctx, name, map[string]string{"TEMPORAL_NAMESPACE": namespace})
	require.NoError(t, err)
	w := &world{t: t, servers: servers, site: site, model: model{t, servers}}
	t.Cleanup(w.end)
	return w, ctx
}

// end stops the nodes, and shows what they said if the test has failed.
func (w *world) end() {
	for _, n := range w.nodes {
		n.Resume()
		n.Kill()
		if log, err := os.ReadFile(n.Log()); err == nil && w.t.Failed() {
			w.t.Logf("%s said:\n%s", filepath.Base(n.Log()), log[max(0, len(log)-8000):])
		}
	}
}

// node starts a node. The settings add to those of the site.
func (w *world) node(ctx context.Context, settings map[string]string) *stack.Node {
	w.t.Helper()
	n := w.site.Node(settings)
	w.nodes = append(w.nodes, n)
	require.NoError(w.t, n.Start(ctx))
	return n
}

// enter opens the widget at a node.
func (w *world) enter(ctx context.Context, n *stack.Node) *visitor.Visitor {
	w.t.Helper()
	page := visitor.Page{Agent: w.site.Agent, Key: w.site.Key, Origin: w.site.Origin}
	v, err := visitor.Open(ctx, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}, n.URL, page)
	require.NoError(w.t, err)
	return v
}

// chatting is one question and its answer as the visitor sees them.
type chatting struct {
	world        *world
	visitor      *visitor.Visitor
	conversation chat.ConversationID
	text, key    string
	turn         chat.TurnID
	seen         visitor.Transcript
	want         string
}

// converse prepares a question that the model answers in a certain way.
func (w *world) converse(ctx context.Context, v *visitor.Visitor, answer answer) *chatting {
	w.t.Helper()
	conversation, err := v.Converse(ctx)
	require.NoError(w.t, err)
	text := "Question " + conversation.String()
	w.model.answers(ctx, text, answer)
	return &chatting{
		world: w, visitor: v, conversation: conversation, text: text, key: conversation.String(), want: strings.Join(answer.Deltas, ""),
	}
}

// connect asks, or goes on with what was asked before.
func (c *chatting) connect(ctx context.Context) (*visitor.Stream, error) {
	if !c.turn.IsZero() {
		return c.visitor.Follow(ctx, c.turn, c.seen.Last)
	}
	stream, err := c.visitor.Ask(ctx, c.conversation, c.text, c.key)
	if err == nil {
		c.turn = stream.Turn
	}
	return stream, err
}

// read follows the answer over as many connections as it takes, until enough
// says so after an event, or the turn has ended.
func (c *chatting) read(ctx context.Context, enough func(*visitor.Transcript) bool) error {
	return c.readFrom(ctx, enough, func() *visitor.Visitor { return c.visitor })
}

// readFrom does the same, each time over a connection to the node that next gives.
func (c *chatting) readFrom(ctx context.Context, enough func(*visitor.Transcript) bool, next func() *visitor.Visitor) error {
	for {
		c.visitor = next()
		err := c.readOnce(ctx, enough)
		if err == nil {
			return nil
		}
		var wrong *wrongError
		if errors.As(err, &wrong) || ctx.Err() != nil {
			return err
		}
		pause(pollEvery)
	}
}

// pause is for being at another moment, and between tries; never for waiting
// that something has happened.
func pause(d time.Duration) { <-time.After(d) }

// wrongError is something that no reader must ever meet.
type wrongError struct{ error }

func (c *chatting) readOnce(ctx context.Context, enough func(*visitor.Transcript) bool) error {
	stream, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer stream.Close()
	for {
		event, err := stream.Next()
		if err != nil {
			return c.ending(err)
		}
		if err := c.seen.Add(event); err != nil {
			return &wrongError{fmt.Errorf("turn %s: %w", c.turn, err)}
		}
		if enough(&c.seen) {
			return nil
		}
	}
}

// ending judges the end of a connection.
func (c *chatting) ending(err error) error {
	whole := c.seen.Ended.Type != ""
	switch finished := errors.Is(err, io.EOF); {
	case finished && !whole:
		return &wrongError{fmt.Errorf("turn %s: the stream is done without a last event", c.turn)}
	case whole:
		return nil // also if the connection broke just after the last event
	default:
		return err
	}
}

func toTheEnd(*visitor.Transcript) bool { return false }

// wordsAfter waits for words beyond an event.
func wordsAfter(seq int64) func(*visitor.Transcript) bool {
	return func(seen *visitor.Transcript) bool { return seen.Last > seq && seen.Said() != "" }
}

// written is how far the turn's log has come.
func (c *chatting) written(ctx context.Context, t *testing.T) int64 {
	t.Helper()
	_, last, err := c.visitor.Turn(ctx, c.turn)
	require.NoError(t, err)
	return last
}

// requireWhole checks that the answer is complete, stored once, the same for
// everybody who looks, and rightly in the books, which it gives.
func (c *chatting) requireWhole(ctx context.Context, t *testing.T) []db.Usage {
	t.Helper()
	require.Equal(t, chat.ChunkFinish, c.seen.Ended.Type)
	require.Equal(t, c.want, c.seen.Text())
	messages, err := c.visitor.Messages(ctx, c.conversation)
	require.NoError(t, err)
	require.Len(t, messages, 2, "a question and an answer, each once")
	require.Equal(t, c.text, chat.Text(messages[0].Parts))
	require.Equal(t, chat.MessageComplete, messages[1].State)
	require.Equal(t, c.want, chat.Text(messages[1].Parts))
	status, last, err := c.visitor.Turn(ctx, c.turn)
	require.NoError(t, err)
	require.Equal(t, chat.TurnCompleted, status)
	require.Equal(t, c.seen.Last, last)
	again := &chatting{visitor: c.visitor, conversation: c.conversation, turn: c.turn}
	require.NoError(t, again.read(ctx, toTheEnd))
	first, err := json.Marshal(c.seen.Parts) // the database spaces its JSON in its own way
	require.NoError(t, err)
	second, err := json.Marshal(again.seen.Parts)
	require.NoError(t, err)
	require.JSONEq(t, string(first), string(second))
	return c.requireBooks(ctx, t)
}
