package turn

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/telemetry"
)

// Question is a message that wants an answer.
type Question struct {
	Conversation chat.ConversationID
	// Visitor owns the conversation; zero when staff or a secret key asks.
	Visitor chat.VisitorID
	// Player is the member who tries the draft out, in a conversation of their own; zero
	// in all others.
	Player chat.UserID
	// Agent is the one that the visitor may talk to; zero: any.
	Agent chat.AgentID
	Parts []chat.Part
	// At is where the parts stand in the request, for what is wrong with them.
	At string
	// Fork puts the question elsewhere than at the end of what is shown.
	Fork Fork
	// ClientID is the client's own id of the message, if it has one: the same id
	// is the same message.
	ClientID string
	// Key is the request's Idempotency-Key, if it has one; BodyHash tells whether
	// it comes with the same request again.
	Key      string
	BodyHash []byte

	// ClientTools are the tools of the page that asks: those that the model is offered
	// of those that pages do.
	ClientTools []string

	// continues is the turn that this one goes on with, if nobody asks anything new.
	continues chat.TurnID
	// left: what the visitor last said to people is answered, if nobody has.
	left bool
}

// Claimed is the turn that answers a question.
type Claimed struct {
	Turn db.Turn
	// Kept is the question if people answer it: it is stored, and there is no turn.
	Kept chat.MessageID
	// Conversation is as it was claimed, of a question that is kept.
	Conversation db.Conversation
	// Steered: the turn was running already and takes the message in.
	Steered bool
	// Repeated: the same request was claimed before.
	Repeated bool
}

// Start claims a turn for the question and starts it. Once it returns, the
// question is stored and will be answered, whatever dies.
//
// Errors: not_found for a conversation that is not the visitor's or a message that
// is not the conversation's, conflict for an agent that is not published or a fork
// while a turn runs, key_reused, budget_exhausted, rate_limited.
//
// The budget is compared with what model calls have reported, so what runs may
// overshoot it, by no more than the tenant's active turns cost.
func (s *Service) Start(ctx context.Context, tenant chat.TenantID, q Question) (Claimed, error) {
	var c claim
	began := time.Now()
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: tenant, Conversation: q.Conversation})
	if err := s.refusals.due(ctx, tenant, began); err != nil {
		s.metrics.Claimed(outcomeOf(c.claimed, err))
		return Claimed{}, err
	}
	err := s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) error {
		c = claim{tx: tx, question: q, limits: s.limits}
		if err := c.decide(ctx); err != nil {
			return err
		}
		return s.log.Notify(ctx, tx)
	})
	s.metrics.Claimed(outcomeOf(c.claimed, err))
	if err != nil {
		s.refusals.note(tenant, err, began)
		return Claimed{}, err
	}
	ctx = telemetry.About(ctx, telemetry.Subject{Turn: c.claimed.Turn.ID})
	s.log.PublishConversation(tenant, q.Conversation, c.lastEventSeq, c.events)
	for _, id := range c.canceled {
		s.tellDecided(ctx, tenant, id)
	}
	switch {
	case c.claimed.Repeated:
	case !c.claimed.Kept.IsZero():
		s.hintHandoff(ctx, tenant, c.waits)
	case c.claimed.Steered:
		s.hint(ctx, tenant, c.claimed.Turn.ID)
	default:
		c.briefing.claimed = began
		s.briefings.put(c.claimed.Turn.ID, c.briefing)
		s.launch(ctx, tenant, c.claimed.Turn)
	}
	return c.claimed, nil
}

func outcomeOf(claimed Claimed, err error) string {
	switch {
	case err != nil:
		return string(chat.CodeOf(err))
	case claimed.Repeated:
		return "repeated"
	case !claimed.Kept.IsZero():
		return "kept"
	case claimed.Steered:
		return "steered"
	default:
		return "started"
	}
}

// claim is one transaction's work.
type claim struct {
	tx       *db.TenantTx
	question Question
	limits   Limits

	conversation db.Conversation
	agent        chat.AgentID // that answers
	state        db.TurnClaimStateRow
	stored       chat.MessageID // the question, if it is asked again
	said         []chat.Part    // the question as it came
	claimed      Claimed
	briefing     briefing
	events       []json.RawMessage
	lastEventSeq int64             // of the conversation, after events
	canceled     []chat.ApprovalID // nobody needs to decide these any more
	waits        db.Handoff        // for whose people the question was kept
}

func (c *claim) decide(ctx context.Context) error {
	if err := c.lock(ctx); err != nil {
		return err
	}
	if id := firstOf(c.state.KeyedTurnID, c.saidBefore()); !id.IsZero() {
		return c.repeat(ctx, id)
	}
	if kept := c.keptBefore(); !kept.IsZero() {
		return c.repeatKept(kept)
	}
	switch {
	case c.conversation.Mode == chat.ModeHuman:
		return c.keep(ctx)
	case !c.question.continues.IsZero():
		if err := c.goOnWith(ctx); err != nil {
			return err
		}
	case c.question.left:
		if err := c.takeUpLeft(ctx); err != nil {
			return err
		}
	}
	if !c.plays() && c.state.PublishedVersionID.IsZero() {
		return chat.NewError(chat.CodeConflict, "This assistant has not been published yet.")
	}
	if c.state.SpentMicros >= orDefault(c.state.MonthlyBudgetMicros, c.limits.MonthlyBudgetMicros) {
		return chat.NewError(chat.CodeBudgetExhausted, "This assistant has reached its budget for the month.")
	}
	if !c.state.ActiveTurnID.IsZero() {
		if c.question.Fork != (Fork{}) {
			return ErrAnswering
		}
		return c.steer(ctx, c.state.ActiveTurnID)
	}
	if c.state.ActiveTurns >= int64(orDefault(c.state.MaxActiveTurns, int32(c.limits.MaxActiveTurns))) {
		return chat.NewError(chat.CodeRateLimited, "Too many conversations are being answered right now. Try again in a moment.")
	}
	if c.state.TooFast {
		return chat.NewError(chat.CodeRateLimited, "This assistant is asked too much right now. Try again in a minute.")
	}
	return c.begin(ctx)
}

var errKeyReused = chat.NewError(chat.CodeKeyReused, "This Idempotency-Key was used for another message.").At("header.Idempotency-Key")

// ErrMessageIDReused refuses a message whose ClientID another message has. Where
// the request holds that id, its transport knows.
var ErrMessageIDReused = chat.NewError(chat.CodeKeyReused, "This id was used for another message.")

// repeat gives the turn that the request was given before, if it is the same one.
func (c *claim) repeat(ctx context.Context, id chat.TurnID) error {
	keyed := !c.state.KeyedTurnID.IsZero()
	if keyed && !bytes.Equal(c.state.KeyedBodyHash, c.question.BodyHash) {
		return errKeyReused
	}
	if !keyed && !chat.SameText(c.state.ClientParts, c.question.Parts) && !chat.SameText(c.state.ClientParts, c.said) {
		return ErrMessageIDReused
	}
	row, err := c.tx.TurnGet(ctx, id)
	c.claimed = Claimed{Turn: row, Repeated: true}
	return err
}

func (c *claim) steer(ctx context.Context, active chat.TurnID) error {
	if err := c.readForm(ctx); err != nil {
		return err
	}
	row, err := c.tx.TurnGet(ctx, active)
	if err != nil {
		return err
	}
	message := chat.NewID[chat.MessageID]()
	if err := c.announce(chat.ConversationEvent{Type: chat.EventMessageAdded, MessageID: message, Role: chat.RoleUser}); err != nil {
		return err
	}
	c.claimed = Claimed{Turn: row, Steered: true}
	return c.tx.TurnSteer(ctx, db.TurnSteerParams{
		ConversationID: c.conversation.ID,
		TurnID:         active,
		MessageID:      message,
		Parts:          c.question.Parts,
		ClientID:       optional(c.question.ClientID),
		IdempotencyKey: optional(c.question.Key),
		BodyHash:       c.question.BodyHash,
		Preview:        preview(c.question.Parts),
		Event:          c.events[0],
	})
}

// begin stores the question with a new turn and collects what its first step
// needs, so that the step can begin without asking the database again.
func (c *claim) begin(ctx context.Context) error {
	if err := c.fork(ctx); err != nil {
		return err
	}
	if err := c.readForm(ctx); err != nil {
		return err
	}
	params, err := c.newTurn()
	if err != nil {
		return err
	}
	if params.AgentVersionID, err = c.version(ctx); err != nil {
		return err
	}
	first := firstCall()
	params.UsageID = first.id
	row, err := c.tx.TurnClaim(ctx, params)
	if err != nil {
		return err
	}
	c.claimed = Claimed{Turn: row}
	c.briefing, err = loadBriefing(ctx, c.tx, row)
	c.briefing.call = first
	return err
}

func (c *claim) newTurn() (db.TurnClaimParams, error) {
	turn, question, answer := chat.NewID[chat.TurnID](), chat.NewID[chat.MessageID](), chat.NewID[chat.MessageID]()
	again := !c.stored.IsZero()
	if again {
		question = c.stored
	}
	title := c.title()
	events := c.beginning(turn, question, answer)
	if title != c.conversation.Title {
		events = append(events, chat.ConversationEvent{Type: chat.EventTitleChanged, Title: title})
	}
	if err := c.announce(events...); err != nil {
		return db.TurnClaimParams{}, err
	}
	start, err := json.Marshal(chat.Chunk{Type: chat.ChunkStart, MessageID: answer})
	return db.TurnClaimParams{
		ID: turn, ConversationID: c.conversation.ID, AgentID: c.agent,
		UserMessageID: question, AssistantMessageID: answer, Again: again,
		IdempotencyKey: optional(c.question.Key), BodyHash: c.question.BodyHash, Continues: c.question.continues,
		ClientTools: c.question.ClientTools,
		Parts:       c.question.Parts, ClientID: optional(c.question.ClientID),
		Title: title, Preview: cmp.Or(preview(c.question.Parts), c.conversation.Preview),
		Start: start, Events: c.events,
	}, err
}

// beginning is what the conversation's readers are told of a new turn.
func (c *claim) beginning(turn chat.TurnID, question, answer chat.MessageID) []chat.ConversationEvent {
	var events []chat.ConversationEvent
	if c.question.Fork != (Fork{}) {
		events = append(events, chat.ConversationEvent{Type: chat.EventBranchChanged, MessageID: question, TurnID: turn})
	}
	if c.stored.IsZero() {
		events = append(events, chat.ConversationEvent{Type: chat.EventMessageAdded, MessageID: question, Role: chat.RoleUser, TurnID: turn})
	}
	return append(events, chat.ConversationEvent{Type: chat.EventTurnStarted, MessageID: answer, TurnID: turn})
}

func (c *claim) announce(events ...chat.ConversationEvent) (err error) {
	c.events, err = encodeEvents(events)
	c.lastEventSeq = c.conversation.LastEventSeq + int64(len(events))
	return err
}

// title names a conversation after its first question.
func (c *claim) title() string {
	if c.conversation.Title != "" {
		return c.conversation.Title
	}
	return shorten(chat.Text(c.question.Parts), 60)
}

func preview(parts []chat.Part) string { return shorten(chat.Text(parts), 140) }

// shorten gives the beginning of a text on one line, cut between words where it
// can be, at most limit characters and an ellipsis long.
func shorten(text string, limit int) string {
	line := strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(line) <= limit {
		return line
	}
	cut := string([]rune(line)[:limit])
	if space := strings.LastIndexByte(cut, ' '); space > limit/2 {
		cut = cut[:space]
	}
	return strings.TrimRight(cut, " ,.;:") + "…"
}

func encodeEvents(events []chat.ConversationEvent) ([]json.RawMessage, error) {
	encoded := make([]json.RawMessage, len(events))
	for i, event := range events {
		var err error
		if encoded[i], err = json.Marshal(event); err != nil {
			return nil, err
		}
	}
	return encoded, nil
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func firstOf(ids ...chat.TurnID) chat.TurnID {
	for _, id := range ids {
		if !id.IsZero() {
			return id
		}
	}
	return chat.TurnID{}
}

func orDefault[T any](own *T, platform T) T {
	if own != nil {
		return *own
	}
	return platform
}
