// Package turn is what a turn is apart from any transport: how a message is
// claimed for one, how its steps write and close, how it is stopped, and how one
// that lost its workflow is found again. The row in the database is the
// authority throughout; the workflow moves it along.
package turn

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	sdktemporal "go.temporal.io/sdk/temporal"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/eventlog"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/workflows"
)

// Limits are the platform's defaults for tenants that have none of their own.
type Limits struct {
	MonthlyBudgetMicros int64 // millionths of a US dollar
	MaxActiveTurns      int64
	// MaxEager is how many turns of one tenant a node starts eagerly at once.
	// Eager tasks skip the task queue and with it the fairness between tenants.
	MaxEager int
}

// Options sets a service up.
type Options struct {
	Limits Limits
	// Queue is the task queue of turns; "" means workflows.QueueTurns. Two
	// installations in one namespace need two.
	Queue string
	// Metrics counts what becomes of turns; nil: nobody does.
	Metrics *telemetry.Metrics
	// Codec opens what Temporal stores of workflows, for recordings.
	Codec converter.PayloadCodec
}

// DefaultLimits keep a copied widget key from costing more than a tenant would
// notice on its bill.
var DefaultLimits = Limits{MonthlyBudgetMicros: 50_000_000, MaxActiveTurns: 2000, MaxEager: 2000}

// Service starts, steers, stops and closes turns.
type Service struct {
	db        *db.DB
	log       *eventlog.Log
	temporal  client.Client
	logger    *slog.Logger
	limits    Limits
	queue     string
	briefings *briefings
	eager     *gauge
	aside     atomic.Bool // eager starts are off
	refusals  refusals
	metrics   *telemetry.Metrics
	codec     converter.PayloadCodec
	// started remembers, for a while, which turns have a workflow, so that the
	// reconciler does not ask again and again for a turn whose model is slow.
	started *expirable.LRU[chat.TurnID, struct{}]
	// hinted remembers for a moment which handoffs it has taken up, so that they are
	// not flooded with hints.
	hinted  *expirable.LRU[chat.HandoffID, struct{}]
	abandon Abandon
	asking  Asking
}

// Abandon ends what a model may still generate for a step that nobody goes on with,
// and gives what it has cost; nil if that is nothing.
type Abandon func(ctx context.Context, tenant chat.TenantID, step *Step) *Usage

// Asking gives what a model is asked in a step.
type Asking func(step *Step) llm.Request

// NewService makes the service of one node.
func NewService(database *db.DB, log *eventlog.Log, temporal client.Client, logger *slog.Logger, options Options) *Service {
	return &Service{
		db: database, log: log, temporal: temporal, logger: logger, limits: options.Limits, queue: cmp.Or(options.Queue, workflows.QueueTurns),
		metrics: options.Metrics, codec: options.Codec,
		briefings: newBriefings(), eager: newGauge(), started: expirable.NewLRU[chat.TurnID, struct{}](rememberStarted, nil, 10*time.Minute),
		hinted: expirable.NewLRU[chat.HandoffID, struct{}](rememberStarted, nil, 30*time.Second),
	}
}

// Abandoning says how the reconciler ends what models still generate. Call it
// before Reconcile.
func (s *Service) Abandoning(abandon Abandon) { s.abandon = abandon }

// Tracing says how prompts are put together again. Call it before Prompt.
func (s *Service) Tracing(asking Asking) { s.asking = asking }

// StepAside has turns that are claimed on this node begin on others: it drains.
func (s *Service) StepAside() { s.aside.Store(true) }

// startTimeout bounds the start call, which a visitor waits for. A turn whose
// start has failed is not lost: the reconciler starts it.
const startTimeout = 5 * time.Second

// signalTimeout bounds a signal, which a visitor waits for and which nothing
// depends on.
const signalTimeout = 3 * time.Second

const rememberStarted = 50_000

// launch starts the turn's workflow. An error is for the log alone: the row is
// claimed, so the turn will run.
func (s *Service) launch(ctx context.Context, tenant chat.TenantID, row db.Turn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), startTimeout)
	defer cancel()
	_, err := s.startWorkflow(ctx, tenant, ref{row.ID, row.ConversationID, row.AgentID})
	if err != nil {
		s.logger.WarnContext(ctx, "turn: not started yet", "error", err)
	}
}

// ref is what a start needs to know of a turn.
type ref struct {
	turn         chat.TurnID
	conversation chat.ConversationID
	agent        chat.AgentID
}

// startWorkflow makes sure that the turn has its workflow. One that exists
// already is no error, and not started.
func (s *Service) startWorkflow(ctx context.Context, tenant chat.TenantID, r ref) (started bool, err error) {
	options := client.StartWorkflowOptions{
		ID:                                       workflows.TurnID(tenant, r.turn),
		TaskQueue:                                s.queue,
		WorkflowTaskTimeout:                      workflows.TaskTimeout,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		EnableEagerStart:                         !s.aside.Load() && s.eager.count(tenant) < s.limits.MaxEager,
		Priority:                                 sdktemporal.Priority{FairnessKey: tenant.String()},
		TypedSearchAttributes: sdktemporal.NewSearchAttributes(
			workflows.TenantAttribute.ValueSet(tenant.String()),
			workflows.AgentAttribute.ValueSet(r.agent.String()),
			workflows.ConversationAttribute.ValueSet(r.conversation.String()),
		),
	}
	in := workflows.TurnInput{Tenant: tenant, Turn: r.turn}
	_, err = s.temporal.ExecuteWorkflow(ctx, options, workflows.TurnWorkflow, in)
	var exists *serviceerror.WorkflowExecutionAlreadyStarted
	if err != nil && !errors.As(err, &exists) {
		return false, err
	}
	s.started.Add(r.turn, struct{}{})
	return err == nil, nil
}

// Stop ends a running turn and keeps what it has said. It returns once the wish
// is recorded in the turn's row, which every attempt of a step reads when it
// begins; the stream tells when the turn has ended. A turn that is over stays as
// it is.
func (s *Service) Stop(ctx context.Context, tenant chat.TenantID, turn chat.TurnID) error {
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: tenant, Turn: turn})
	var asked int64
	err := s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) (err error) {
		asked, err = tx.TurnRequestStop(ctx, turn)
		return err
	})
	if err != nil || asked == 0 {
		return err
	}
	s.stopNow(ctx, tenant, turn)
	return nil
}

// stopNow tells whoever runs the turn that it is to end. Its loss costs time: the
// next attempt reads the wish in the row.
func (s *Service) stopNow(ctx context.Context, tenant chat.TenantID, turn chat.TurnID) {
	s.briefings.take(turn) // it was read before the wish
	if err := s.log.Stop(ctx, turn); err != nil {
		s.logger.WarnContext(ctx, "turn: the quick way to stop failed", "error", err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), signalTimeout)
	defer cancel()
	if err := s.signal(ctx, tenant, turn, workflows.SignalStop); err != nil {
		s.logger.WarnContext(ctx, "turn: the signal to stop was lost", "error", err)
	}
}

// hint tells the turn's workflow that a message waits. Its loss does no harm: the
// closing transaction looks for itself.
func (s *Service) hint(ctx context.Context, tenant chat.TenantID, turn chat.TurnID) {
	if err := s.signal(ctx, tenant, turn, workflows.SignalSteer); err != nil {
		s.logger.WarnContext(ctx, "turn: the hint to a running turn was lost", "error", err)
	}
}

// signal treats an unknown or finished workflow as normal: the row decides, and
// the reconciler starts what has no workflow.
func (s *Service) signal(ctx context.Context, tenant chat.TenantID, turn chat.TurnID, name string) error {
	err := s.temporal.SignalWorkflow(ctx, workflows.TurnID(tenant, turn), "", name, nil)
	if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
		return nil
	}
	return err
}
