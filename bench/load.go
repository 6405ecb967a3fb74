package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/internal/visitor"
)

const (
	// preparing is how many clients get ready at a time.
	preparing = 16
	// turnsASecond is more than one client gets answered of fast answers, and so
	// how many conversations it needs.
	turnsASecond = 20
	// away is how long a client is gone before it reconnects.
	away = 300 * time.Millisecond
	// sulk is how long a client of a flood waits after a refusal.
	sulk = 100 * time.Millisecond
)

// runLoad is the load generator's process: it reads a job, prepares it, says so,
// waits for the word to begin, and prints what it has seen.
func runLoad(ctx context.Context, in io.Reader, out io.Writer) error {
	orders := json.NewDecoder(in)
	var j job
	if err := orders.Decode(&j); err != nil {
		return err
	}
	l := &load{job: j, want: answer(j.Tokens), client: &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: j.Clients, DisableCompression: true,
	}}}
	clients, err := l.prepare(ctx)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode("ready"); err != nil {
		return err
	}
	var word string
	if err := orders.Decode(&word); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(l.run(ctx, clients))
}

// answer is what the simulator says when it is told to say so many tokens.
func answer(tokens int) string {
	var text strings.Builder
	for i := range tokens {
		text.WriteString("w" + strconv.Itoa(i) + " ")
	}
	return text.String()
}

type load struct {
	job    job
	want   string
	client *http.Client

	mu     sync.Mutex
	result result
}

// client is one visitor with the conversations that it will need.
type client struct {
	load          *load
	visitor       *visitor.Visitor
	conversations []chat.ConversationID
}

func (l *load) prepare(ctx context.Context) ([]*client, error) {
	clients := make([]*client, l.job.Clients)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(preparing)
	for i := range clients {
		clients[i] = &client{load: l}
		if !l.job.Direct {
			group.Go(func() error { return clients[i].prepare(ctx) })
		}
	}
	return clients, group.Wait()
}

func (c *client) prepare(ctx context.Context) (err error) {
	j := c.load.job
	if c.visitor, err = visitor.Open(ctx, c.load.client, j.Target, j.Page); err != nil {
		return err
	}
	count := max(j.Turns, int(j.For.Seconds()*turnsASecond))
	if j.Flood {
		count = 1
	}
	c.conversations = make([]chat.ConversationID, count)
	for i := range c.conversations {
		if c.conversations[i], err = c.visitor.Converse(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (l *load) run(ctx context.Context, clients []*client) result {
	began := time.Now()
	var group sync.WaitGroup
	for i, c := range clients {
		group.Go(func() {
			arrival := l.job.Spread * time.Duration(i) / time.Duration(len(clients))
			time.Sleep(time.Until(began.Add(arrival))) //nolint:forbidigo // the pace of arrivals is what is measured
			for turn := 0; l.job.goesOn(turn, began); turn++ {
				if !c.take(ctx, turn) {
					time.Sleep(sulk) //nolint:forbidigo // the pace of a flood is what is measured
				}
			}
		})
	}
	group.Wait()
	l.result.Took = time.Since(began)
	return l.result
}

func (j job) goesOn(turn int, began time.Time) bool {
	if j.Turns > 0 {
		return turn < j.Turns
	}
	return time.Since(began) < j.For
}

// take has one question answered and notes how that went. It gives false for a
// refusal that a flood reckons with.
func (c *client) take(ctx context.Context, turn int) bool {
	t := &taken{asked: time.Now()}
	err := c.follow(ctx, turn, t)
	if err == nil && t.text.String() != c.load.want {
		err = fmt.Errorf("the answer is not what the model said: %d bytes instead of %d", t.text.Len(), len(c.load.want))
	}
	return c.load.note(t, err)
}

func (l *load) note(t *taken, err error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.result.Reconnect = append(l.result.Reconnect, t.reconnects...)
	if _, refused := errors.AsType[*visitor.RefusedError](err); refused && l.job.Flood {
		l.result.Refused++
		return false
	}
	if err != nil {
		l.result.Wrong = append(l.result.Wrong, err.Error())
		return true
	}
	l.result.Turns++
	l.result.FirstToken = append(l.result.FirstToken, t.firstToken)
	return true
}

// taken is one answer as it comes in.
type taken struct {
	asked      time.Time
	firstToken time.Duration
	reconnects []time.Duration
	last       int64
	text       strings.Builder
}

func (t *taken) say(text string) {
	if t.firstToken == 0 {
		t.firstToken = time.Since(t.asked)
	}
	t.text.WriteString(text)
}

func (c *client) follow(ctx context.Context, turn int, t *taken) error {
	if c.load.job.Direct {
		return c.load.askModel(ctx, t)
	}
	conversation := c.conversations[turn%len(c.conversations)]
	key := fmt.Sprintf("%s/%d/%d", conversation, os.Getpid(), turn)
	stream, err := c.visitor.Ask(ctx, conversation, cmp.Or(c.load.job.Question, "Tell me something."), key)
	if err != nil {
		return err
	}
	for range c.load.job.Reconnects {
		if stream, err = c.reconnect(ctx, stream, t); err != nil {
			return err
		}
	}
	defer stream.Close()
	return t.read(stream, -1)
}

// reconnect reads a few events, leaves, and comes back for the rest.
func (c *client) reconnect(ctx context.Context, stream *visitor.Stream, t *taken) (*visitor.Stream, error) {
	const few = 5
	err := t.read(stream, few)
	stream.Close()
	if err != nil {
		return nil, err
	}
	time.Sleep(away) //nolint:forbidigo // a reader is away for this long
	began := time.Now()
	again, err := c.visitor.Follow(ctx, stream.Turn, t.last)
	if err != nil {
		return nil, err
	}
	if err := t.read(again, 1); err != nil {
		again.Close()
		return nil, err
	}
	t.reconnects = append(t.reconnects, time.Since(began))
	return again, nil
}

// read takes so many events of the stream, or all of them if count is negative.
func (t *taken) read(stream *visitor.Stream, count int) error {
	for ; count != 0; count-- {
		event, err := stream.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := t.take(event); err != nil {
			return err
		}
	}
	return nil
}

func (t *taken) take(event visitor.Event) error {
	var chunk struct {
		Type      chat.ChunkType
		Delta     string
		Transient bool
	}
	if err := json.Unmarshal(event.Data, &chunk); err != nil {
		return err
	}
	if chunk.Transient {
		return nil
	}
	if event.Seq != t.last+1 {
		return fmt.Errorf("event %d comes after event %d", event.Seq, t.last)
	}
	t.last = event.Seq
	switch chunk.Type {
	case chat.ChunkTextDelta:
		t.say(chunk.Delta)
	case chat.ChunkReset, chat.ChunkError, chat.ChunkAbort:
		return fmt.Errorf("a %s chunk came", chunk.Type)
	default: // frames around the text
	}
	return nil
}
