package turn

import (
	"context"
	"sync"
	"time"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

// briefing is what a step knows of its turn when it begins. The claim has read it
// anyway and leaves it to the step in the same process; on another node, or in a
// later attempt, the step reads it itself.
type briefing struct {
	row      db.Turn // with the epoch that the holder may write with
	context  db.TurnContextRow
	messages []db.PromptMessagesRow // newest first
	call     call                   // the call that the step is to make, or goes on with
	claimed  time.Time              // by the clock of the node that claimed it, if that is this one
}

// promptMessages bounds what is read of a long conversation. The model's window
// is the tighter bound in nearly all.
const promptMessages = 200

func loadBriefing(ctx context.Context, tx *db.TenantTx, row db.Turn) (h briefing, err error) {
	h.row, h.claimed = row, row.CreatedAt
	if h.context, err = tx.TurnContext(ctx, row.ID); err != nil {
		return h, err
	}
	h.messages, err = tx.PromptMessages(ctx, nil, promptMessages, row.ConversationID)
	return h, err
}

// briefingLife is how long a briefing waits for its step. After that the workflow
// runs elsewhere, or the start has failed.
const briefingLife = 10 * time.Second

// briefings keeps each briefing until its step takes it, once: whoever has taken
// it holds the turn's first epoch alone.
type briefings struct {
	mu      sync.Mutex
	waiting map[chat.TurnID]briefing
}

func newBriefings() *briefings { return &briefings{waiting: map[chat.TurnID]briefing{}} }

func (h *briefings) put(turn chat.TurnID, what briefing) {
	h.mu.Lock()
	h.waiting[turn] = what
	h.mu.Unlock()
	time.AfterFunc(briefingLife, func() { h.take(turn) })
}

func (h *briefings) take(turn chat.TurnID) (briefing, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	what, ok := h.waiting[turn]
	delete(h.waiting, turn)
	return what, ok
}

// gauge counts the running steps of each tenant in this process.
type gauge struct {
	mu      sync.Mutex
	running map[chat.TenantID]int
}

func newGauge() *gauge { return &gauge{running: map[chat.TenantID]int{}} }

func (g *gauge) add(tenant chat.TenantID, change int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running[tenant] += change
	if g.running[tenant] == 0 {
		delete(g.running, tenant)
	}
}

func (g *gauge) count(tenant chat.TenantID) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.running[tenant]
}
