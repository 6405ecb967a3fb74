package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/internal/visitor"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/secret"
)

// The drill: a backup is taken in the middle of an answer, everything is killed,
// and another machine goes on from the backup.
//
//nolint:tparallel // the subtests share one installation
func TestABackupInMidTurnComesBackElsewhere(t *testing.T) {
	t.Parallel()
	old := newMachine(t)
	running := old.up(t)
	q := ask(t, old)
	kept := filepath.Join(t.TempDir(), "backup")
	out := old.run(t, "backup", kept)
	assert.Contains(t, out, "It holds the secret key")
	q.requireRunning(t)
	before := old.demo(t)
	old.killAll(t, running)

	fresh := newMachine(t)
	assert.Contains(t, fresh.run(t, "restore", kept), "Restored the backup of")
	second := fresh.up(t)
	after := fresh.demo(t)
	assert.Equal(t, before.demoTenant, after.demoTenant, "the demo is the same, and so are its keys")
	q.requireEnded(t, after.APIURL)
	assert.NoFileExists(t, filepath.Join(fresh.home, restoredFile), "what was open is marked before anybody goes on with it")

	t.Run("doctor", func(t *testing.T) {
		assert.Regexp(t, `(?m)^  note  Backup +none yet`, fresh.fails(t, "doctor"), "the backup was another installation's")
		file := filepath.Join(t.TempDir(), "b.tar")
		assert.Contains(t, fresh.run(t, "backup", file, "--without-secret-key"), "It does not hold the secret key")
		assert.Regexp(t, `(?m)^  ok    Backup +`, fresh.fails(t, "doctor"))
		checkWithoutKey(t, file)
	})
	t.Run("over a running one", func(t *testing.T) {
		assert.Contains(t, fresh.fails(t, "restore", kept, "--replace"), "stop it first")
		assert.Contains(t, fresh.run(t, "restore", kept, "--check"), "is whole")
	})
	second.interrupt(t)
	t.Run("over data", func(t *testing.T) { checkOverData(t, fresh, kept) })
}

// killAll is a power cut: the supervisor first, or it would start the others
// again.
func (m machine) killAll(t *testing.T, s *supervisor) {
	t.Helper()
	pids := map[string]int{}
	for _, part := range parts {
		pids[part] = m.pidOf(t, part)
	}
	s.kill(t)
	for _, pid := range pids {
		require.NoError(t, syscall.Kill(-pid, syscall.SIGKILL))
	}
}

// question is one that is being answered, and what its visitor has seen.
type question struct {
	visitor      *visitor.Visitor
	conversation chat.ConversationID
	turn         chat.TurnID
	seen         []chat.Chunk // from the first
}

// ask has a visitor ask something that takes long to answer, and returns when
// words of the answer have come.
func ask(t *testing.T, m machine) *question {
	t.Helper()
	const text = "Tell me everything."
	slow := simulator.Fault{Match: simulator.Match{Text: text}, Tokens: 5000, Pace: &simulator.Pace{FirstTokenMS: 50, IntervalMS: 100}}
	body, err := json.Marshal(slow)
	require.NoError(t, err)
	status, answer := post(t, "http://"+m.settings["PARLEY_SIMULATOR_LISTEN"]+"/_faults", string(body), nil)
	require.Less(t, status, 300, answer)

	d, q := m.demo(t), &question{}
	page := visitor.Page{Agent: d.AgentID, Key: d.PublishableKey, Origin: d.DemoPageURL}
	q.visitor, err = visitor.Open(t.Context(), http.DefaultClient, d.APIURL, page)
	require.NoError(t, err)
	q.conversation, err = q.visitor.Converse(t.Context())
	require.NoError(t, err)
	stream, err := q.visitor.Ask(t.Context(), q.conversation, text, "once")
	require.NoError(t, err)
	defer stream.Close()
	q.turn = stream.Turn
	transcript := visitor.Transcript{}
	for len(transcript.Said()) < 50 {
		event, err := stream.Next()
		require.NoError(t, err)
		require.NoError(t, transcript.Add(event))
		if chunk := decoded(t, event); !chunk.Transient {
			q.seen = append(q.seen, chunk)
		}
	}
	return q
}

func decoded(t *testing.T, event visitor.Event) (chunk chat.Chunk) {
	t.Helper()
	require.NoError(t, json.Unmarshal(event.Data, &chunk))
	return chunk
}

func (q *question) requireRunning(t *testing.T) {
	t.Helper()
	status, last, err := q.visitor.Turn(t.Context(), q.turn)
	require.NoError(t, err)
	require.Equal(t, chat.TurnRunning, status, "the backup was not taken in mid-turn")
	require.GreaterOrEqual(t, last, int64(len(q.seen)))
}

// requireEnded follows the turn at another address to its end. The visitor's old
// token opens it, which only the same secret key lets it do.
func (q *question) requireEnded(t *testing.T, address string) {
	t.Helper()
	there := q.visitor.At(address)
	stream, err := there.Follow(t.Context(), q.turn, 0)
	require.NoError(t, err)
	defer stream.Close()
	transcript, events := visitor.Transcript{}, []chat.Chunk{}
	for {
		event, err := stream.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		require.NoError(t, transcript.Add(event), "events are dense, and none comes after the end")
		if chunk := decoded(t, event); !chunk.Transient {
			events = append(events, chunk)
		}
	}
	require.Greater(t, len(events), len(q.seen))
	require.Equal(t, q.seen, events[:len(q.seen)], "what had been seen before the backup is there again")

	status, last, err := there.Turn(t.Context(), q.turn)
	require.NoError(t, err)
	require.Equal(t, transcript.Last, last)
	messages, err := there.Messages(t.Context(), q.conversation)
	require.NoError(t, err)
	require.Len(t, messages, 2, "a question and an answer, each once")
	require.Equal(t, transcript.Text(), chat.Text(messages[1].Parts), "what was streamed is what is stored")
	switch status {
	case chat.TurnCompleted:
		require.Equal(t, chat.ChunkFinish, transcript.Ended.Type)
		require.Equal(t, chat.MessageComplete, messages[1].State)
	case chat.TurnFailed:
		require.Equal(t, chat.ChunkError, transcript.Ended.Type)
	default:
		t.Fatalf("the turn is %s", status)
	}
}

// checkWithoutKey restores a backup without a key into an empty place.
func checkWithoutKey(t *testing.T, file string) {
	t.Helper()
	m := newMachine(t)
	assert.Contains(t, m.fails(t, "restore", file), "the backup does not hold its secret key")
	m.settings["PARLEY_SECRET_KEY"] = secret.NewKey()
	assert.Contains(t, m.fails(t, "restore", file), "PARLEY_SECRET_KEY is not the key of this backup")
	assert.NoDirExists(t, postgresHome(m.home), "nothing was begun")
}

// checkOverData restores where there is data already, which stays unless it is
// told to go, and also if the backup turns out to be bad.
func checkOverData(t *testing.T, m machine, kept string) {
	t.Helper()
	data, err := filepath.EvalSymlinks(filepath.Join(postgresHome(m.home), "data")) // root's lies elsewhere
	require.NoError(t, err)
	identity := func() string {
		raw, err := os.ReadFile(filepath.Join(data, "global", "pg_control"))
		require.NoError(t, err)
		return string(raw)
	}
	there := identity()
	assert.Contains(t, m.fails(t, "restore", kept), "set it aside with --replace")

	bent := filepath.Join(t.TempDir(), "bent")
	require.NoError(t, os.CopyFS(bent, os.DirFS(kept)))
	wal := filepath.Join(bent, clusterDir, "pg_wal.tar.gz")
	raw, err := os.ReadFile(wal)
	require.NoError(t, err)
	raw[len(raw)/2] ^= 1
	require.NoError(t, os.WriteFile(wal, raw, 0o600))
	assert.Contains(t, m.fails(t, "restore", bent, "--replace"), "the backup is damaged")
	assert.Equal(t, there, identity())
	assert.NoDirExists(t, data+".restoring")

	key := filepath.Join(m.home, secretKeyFile)
	other := []byte(secret.NewKey() + "\n")
	require.NoError(t, os.WriteFile(key, other, 0o600))
	out := m.run(t, "restore", kept, "--replace")
	assert.Contains(t, out, "What was there before is in "+data+".replaced-")
	assert.NotEqual(t, there, identity())
	replaced, err := filepath.Glob(key + ".replaced-*")
	require.NoError(t, err)
	require.Len(t, replaced, 1, "a key is never lost")
	found, err := os.ReadFile(replaced[0])
	require.NoError(t, err)
	assert.Equal(t, other, found)
}
