package turn

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strconv"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/eventlog"
	"github.com/parley-chat/parley/telemetry"
)

// closing is the transaction that ends a step: the last chunks, what the step
// cost, the calls that it asks for, and either the checkpoint for the next step or
// the whole answer.
type closing struct {
	step   *Step
	ending Ending
	tail   eventlog.Tail

	tx     *db.TenantTx
	row    db.Turn
	chunks []chat.Chunk
	parts  []chat.Part
	asked  []chat.Part // the calls of this step

	canceled []chat.ApprovalID // nobody needs to decide these any more

	encoded      []json.RawMessage
	events       []json.RawMessage
	lastEventSeq int64
	ended        Ended
}

func (c *closing) run(ctx context.Context) (Ended, error) {
	s := c.step
	err := s.service.db.Tenant(ctx, s.tenant, func(tx *db.TenantTx) error {
		*c = closing{step: c.step, ending: c.ending, tail: c.tail, tx: tx, chunks: c.tail.Chunks, parts: s.parts}
		if err := c.write(ctx); err != nil {
			return err
		}
		return s.service.log.Notify(ctx, tx)
	})
	if err != nil {
		return Ended{}, err
	}
	s.parts = c.parts
	c.tell(ctx)
	s.service.log.PublishTurn(s.tenant, s.Row.ID, c.ended.LastSeq, c.encoded)
	s.service.log.PublishConversation(s.tenant, s.Row.ConversationID, c.lastEventSeq, c.events)
	return c.ended, nil
}

// tell lets the operators know what has been committed.
func (c *closing) tell(ctx context.Context) {
	if hasText(c.parts) {
		c.step.heard()
	}
	if c.ended.Status == chat.TurnRunning {
		return
	}
	for _, id := range c.canceled {
		c.step.service.tellDecided(ctx, c.step.tenant, id)
	}
	code, level := "", slog.LevelInfo
	if c.ended.Status == chat.TurnFailed {
		code, level = c.ending.Code, slog.LevelWarn
	}
	took := c.step.Waited()
	c.step.service.metrics.TurnEnded(string(c.ended.Status), code, took)
	ctx = telemetry.About(ctx, telemetry.Subject{Conversation: c.row.ConversationID})
	c.step.service.logger.LogAttrs(ctx, level, "turn: ended", slog.String("status", string(c.ended.Status)),
		slog.String("code", code), slog.Duration("took", took), slog.Int64("events", c.ended.LastSeq))
}

func (c *closing) write(ctx context.Context) error {
	conversation, err := c.tx.ConversationLock(ctx, c.step.Row.ConversationID)
	if err != nil {
		return err
	}
	c.lastEventSeq = conversation.LastEventSeq
	c.row, err = c.tx.TurnLockOwned(ctx, c.step.Row.ID, c.step.Row.WriterEpoch)
	if chat.CodeOf(err) == chat.CodeNotFound {
		return eventlog.ErrFenced
	}
	if err != nil {
		return err
	}
	if c.row.StopRequestedAt != nil && (c.ending.Status == chat.TurnFailed || c.ending.Refused != nil) {
		c.ending.Status, c.ending.Refused = chat.TurnStopped, nil // what has been said stays
	}
	if err := c.closeStepOrTurn(ctx); err != nil {
		return err
	}
	return c.recordUsage(ctx)
}

func (c *closing) closeStepOrTurn(ctx context.Context) error {
	settled, err := c.tx.MessagePendingSettle(ctx, c.row.ID)
	if err != nil {
		return err
	}
	if err := c.closeParts(); err != nil {
		return err
	}
	if c.ending.Blocked != nil {
		if err := c.tx.TurnBlocked(ctx, c.ending.Blocked, c.row.ID); err != nil {
			return err
		}
	}
	parks := c.ending.Status == chat.TurnAwaitingApproval
	if parks && c.row.StopRequestedAt != nil {
		c.ending.Status, parks = chat.TurnStopped, false
	}
	wanted := c.row.StopRequestedAt == nil && (parks || c.ending.Status == chat.TurnCompleted)
	if !parks && c.ending.Blocked == nil {
		c.asked = callsIn(newestStep(c.parts))
	}
	again := c.ending.Refused != nil && c.ending.Status == chat.TurnCompleted
	if wanted && (again || len(settled)+len(c.asked) > 0) {
		return c.goOn(ctx, settled)
	}
	if err := c.endCalls(ctx); err != nil {
		return err
	}
	return c.closeTurn(ctx)
}

// closeParts ends what still streams, and the step.
func (c *closing) closeParts() error {
	if open, ok := c.step.OpenPart(); ok {
		c.add(chat.Chunk{Type: open.Type.Chunks().End, ID: open.ID})
	}
	c.closeCutCalls()
	if err := c.closeAnswer(); err != nil {
		return err
	}
	if c.ending.Blocked != nil {
		c.sayBlocked()
	}
	if c.ending.Status == chat.TurnCompleted {
		c.add(chat.Chunk{Type: chat.ChunkFinishStep})
	}
	return nil
}

func (c *closing) add(chunk chat.Chunk) {
	c.chunks = append(c.chunks, chunk)
	c.parts = chat.Fold(c.parts, chunk)
}

// goOn leaves the turn running: the next step answers what came in, and knows what
// the calls have brought.
func (c *closing) goOn(ctx context.Context, settled []db.MessagePendingSettleRow) error {
	if len(settled) > 0 {
		steer, err := chat.DataChunk(chat.ChunkSteer, "steer-"+strconv.FormatInt(c.tail.LastSeq, 10), chat.Steer{MessageIDs: inOrder(settled)})
		if err != nil {
			return err
		}
		c.add(steer)
	}
	if err := c.appendChunks(ctx); err != nil {
		return err
	}
	params := db.TurnStepCloseParams{Step: int32(c.step.Number), LastSeq: c.ended.LastSeq, ID: c.row.ID}
	if len(c.asked) > 0 {
		params.Calling = params.Step
	}
	if err := c.insertCalls(ctx); err != nil {
		return err
	}
	c.ended.Status = chat.TurnRunning
	return c.tx.TurnStepClose(ctx, params)
}

func (c *closing) closeTurn(ctx context.Context) error {
	c.add(c.lastChunk())
	if err := c.appendChunks(ctx); err != nil {
		return err
	}
	if err := c.announce(); err != nil {
		return err
	}
	c.ended.Status, c.ended.Blocked = c.ending.Status, c.ending.Blocked != nil
	params := db.TurnCloseParams{
		ID: c.row.ID, ConversationID: c.row.ConversationID, MessageID: c.row.AssistantMessageID,
		Status: c.ending.Status, Step: int32(c.step.Number), LastSeq: c.ended.LastSeq,
		Parts: chat.Closed(c.parts), MessageState: messageState(c.ending.Status),
		Preview: preview(c.parts), Events: c.events, Author: c.step.Speaker,
	}
	params.FinishReason = c.ending.Finish
	if c.ending.Status == chat.TurnStopped || c.ending.Status == chat.TurnFailed {
		params.FinishReason = ""
	}
	if c.ending.Status == chat.TurnFailed {
		params.ErrorCode, params.ErrorMessage = chat.Code(c.ending.Code), failureText(c.ending.Code)
	}
	return c.tx.TurnClose(ctx, params)
}

func (c *closing) lastChunk() chat.Chunk {
	switch c.ending.Status {
	case chat.TurnStopped:
		return chat.Chunk{Type: chat.ChunkAbort, Reason: "stopped"}
	case chat.TurnFailed:
		return chat.Chunk{Type: chat.ChunkError, ErrorText: failureText(c.ending.Code)}
	default:
		return chat.Chunk{Type: chat.ChunkFinish, FinishReason: c.ending.Finish}
	}
}

func (c *closing) appendChunks(ctx context.Context) error {
	var err error
	if c.encoded, err = eventlog.Encode(c.chunks); err != nil {
		return err
	}
	c.ended.LastSeq = c.tail.LastSeq + int64(len(c.encoded))
	return c.tx.TurnEventAppend(ctx, c.row.ID, c.tail.LastSeq, c.encoded)
}

func (c *closing) announce() (err error) {
	c.events, err = encodeEvents([]chat.ConversationEvent{
		{Type: chat.EventMessageAdded, MessageID: c.row.AssistantMessageID, Role: chat.RoleAssistant, TurnID: c.row.ID},
		{Type: chat.EventTurnEnded, TurnID: c.row.ID, Status: c.ending.Status},
	})
	c.lastEventSeq += int64(len(c.events))
	return err
}

func (c *closing) recordUsage(ctx context.Context) error {
	if c.ending.Usage == nil || c.step.call == (call{}) {
		return nil
	}
	return c.step.call.settle(ctx, c.tx, c.row.ID, *c.ending.Usage)
}

func messageState(status chat.TurnStatus) chat.MessageState {
	switch status {
	case chat.TurnStopped:
		return chat.MessageStopped
	case chat.TurnFailed:
		return chat.MessageFailed
	default:
		return chat.MessageComplete
	}
}

func inOrder(settled []db.MessagePendingSettleRow) []chat.MessageID {
	slices.SortFunc(settled, func(a, b db.MessagePendingSettleRow) int { return cmp.Compare(a.Position, b.Position) })
	ids := make([]chat.MessageID, len(settled))
	for i, message := range settled {
		ids[i] = message.ID
	}
	return ids
}
