// Package node puts one process of Parley together: the event log, the turns and
// the worker that runs them, on one database and one Temporal server. The API
// stands on top of it. N nodes on one database are the many-machines shape;
// nothing that matters lives in the memory of one.
package node

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"go.temporal.io/sdk/client"

	"github.com/parley-chat/parley/activities"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/eventlog"
	"github.com/parley-chat/parley/mail"
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/temporal"
	"github.com/parley-chat/parley/tool"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/worker"
)

// Config says what a node works with.
type Config struct {
	Database db.Config
	// Temporal is where the workflows are. Its AEAD and Logger are set by Start.
	Temporal temporal.Config
	Turns    turn.Options
	Platform activities.Platform
	Tools    tool.Options
	Mail     mail.Config
	// PublicURL is where browsers reach the API, for links in letters.
	PublicURL string
	Key       *secret.Key
	Logger    *slog.Logger
	// Metrics and Tracing observe every part; nil: they are off.
	Metrics *telemetry.Metrics
	Tracing *telemetry.Tracing
}

// Node is a running process's parts. Stop must be called.
type Node struct {
	DB       *db.DB
	Log      *eventlog.Log
	Temporal client.Client
	Turns    *turn.Service
	// Polls tells whether the worker asks for work.
	Polls *temporal.Polls

	worker  *worker.Worker
	drained sync.Once
	halt    context.CancelFunc
	loops   sync.WaitGroup
}

// Start connects and begins to work. On an error nothing is left running.
func Start(ctx context.Context, config Config) (*Node, error) {
	n := &Node{Polls: &temporal.Polls{}}
	config.Temporal.Polls = n.Polls
	if err := n.start(ctx, config); err != nil {
		n.Stop()
		return nil, err
	}
	return n, nil
}

func (n *Node) start(ctx context.Context, config Config) (err error) {
	config = config.observed()
	if n.DB, err = db.Open(ctx, config.Database); err != nil {
		return err
	}
	config.Metrics.WatchPools(n.DB.Pools)
	config.Metrics.WatchBacklog(n.DB.Backlog)
	if config, err = config.sealing(); err != nil {
		return err
	}
	if n.Temporal, err = temporal.Dial(ctx, config.Temporal); err != nil {
		return err
	}
	n.Log = eventlog.New(n.DB, config.Logger).Observed(config.Metrics, config.Tracing)
	n.Turns = turn.NewService(n.DB, n.Log, n.Temporal, config.Logger, config.Turns)
	models := activities.NewModels(config.Platform, config.Key).Observed(config.Metrics, config.Tracing)
	mailer, err := mail.New(config.Mail)
	if err != nil {
		return err
	}
	letters := activities.Letters{Mailer: mailer, Key: config.Key, PublicURL: config.PublicURL}
	acts := activities.New(n.Turns, models, tool.NewRunner(config.Tools), letters)
	n.Turns.Abandoning(models.Abandon)
	n.Turns.Tracing(models.Asks)
	n.run(context.WithoutCancel(ctx), config.Logger)
	n.worker, err = worker.Start(n.Temporal, config.Turns.Queue, acts)
	return err
}

// observed hands the observers on to the parts that have settings of their own.
func (c Config) observed() Config {
	c.Database.Tracing = c.Tracing
	c.Temporal.Metrics, c.Temporal.Tracing = c.Metrics, c.Tracing
	c.Turns.Metrics = c.Metrics
	return c
}

// sealing gives the key of payloads to those who write and read them.
func (c Config) sealing() (Config, error) {
	aead, err := c.Key.AEAD(secret.Payloads)
	if err != nil {
		return c, fmt.Errorf("payload key: %w", err)
	}
	c.Temporal.AEAD, c.Temporal.Logger = aead, c.Logger
	c.Turns.Codec = temporal.NewCodec(aead)
	return c, nil
}

// run keeps the log, the reconciler and the pruning going until Stop.
func (n *Node) run(ctx context.Context, logger *slog.Logger) {
	ctx, halt := context.WithCancel(ctx)
	n.halt = halt
	n.loops.Go(func() { n.Log.Run(ctx) })
	n.loops.Go(func() { n.Turns.Reconcile(ctx) })
	n.loops.Go(func() { n.tidy(ctx, logger) })
}

// Drain takes no new work, hands running turns over to other nodes, and returns
// when that is done. What is claimed here meanwhile begins elsewhere; what is
// followed here can be followed on, until Stop.
func (n *Node) Drain() {
	n.drained.Do(func() {
		if n.worker == nil {
			return
		}
		n.Turns.StepAside()
		n.worker.Stop()
	})
}

// Stop drains the node, flushes what is written and disconnects. It may be called
// on a node that is only half started.
func (n *Node) Stop() {
	n.Drain()
	if n.halt != nil {
		n.halt()
		n.loops.Wait()
	}
	if n.Temporal != nil {
		n.Temporal.Close()
	}
	if n.DB != nil {
		n.DB.Close()
	}
}
