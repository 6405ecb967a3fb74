package turn

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

// What the model and the visitor are told of calls that have no outcome of their
// own.
const (
	cutOff          = "The call was cut off before its arguments were complete."
	notMade         = "The answer has ended before this was done. It was not done."
	stillUnderWay   = "The answer has ended while this was under way. It is not known yet what became of it."
	maybeDoneBefore = "The same was asked for in the answer that this one replaces, and it is not known whether it was done. It was not done again: a person has to look."
)

// CallID is the name of a call that the step's answer asks for. Its place is its
// number among them, from 0, which stays the same for an attempt that goes on with
// another's answer.
func (s *Step) CallID(place int) string {
	return chat.ToolCallRef{Turn: s.Row.ID, Step: s.Number, Index: place}.CallID(s.tenant)
}

// Calls are the parts of the calls that the step has asked for so far.
func (s *Step) Calls() []chat.Part { return callsIn(newestStep(s.parts)) }

func newestStep(parts []chat.Part) []chat.Part {
	for i, part := range slices.Backward(parts) {
		if part.Type == chat.PartStepStart {
			return parts[i:]
		}
	}
	return parts
}

// closeCutCalls ends calls in the middle of whose arguments the model has stopped.
func (c *closing) closeCutCalls() {
	for _, call := range callsIn(c.parts) {
		if call.State == chat.ToolPartStreaming {
			c.add(chat.Chunk{
				Type: chat.ChunkToolInputError, ToolCallID: call.ToolCallID, ToolName: call.ToolName, Dynamic: true,
				Input: json.RawMessage(`{}`), ErrorText: cutOff,
			})
		}
	}
}

// insertCalls writes down what the step asks for. From here on each call is made,
// or it is known why not.
func (c *closing) insertCalls(ctx context.Context) error {
	for place, call := range c.asked {
		tool := c.step.Config.Find(call.ToolName)
		params := db.ToolCallInsertParams{
			ID: call.ToolCallID, TurnID: c.row.ID, AgentVersionID: c.row.AgentVersionID, ConversationID: c.row.ConversationID, Step: int32(c.step.Number),
			Place: int32(place), Tool: call.ToolName, Class: chat.ClassRead, Arguments: call.Input, State: chat.CallRequested,
		}
		if tool != nil {
			params.Class = tool.Class
		}
		if call.CallOver() { // its arguments do not do
			params.State, params.Error = chat.CallFailed, call.ErrorText
		} else {
			c.ended.Calls = append(c.ended.Calls, planned(place, tool, c.step.playAsks))
		}
		if err := c.tx.ToolCallInsert(ctx, params); err != nil {
			return err
		}
	}
	return nil
}

func planned(place int, tool *chat.Tool, play chat.PlayAsks) PlannedCall {
	if tool == nil {
		return PlannedCall{Place: place, Timeout: chat.Tool{}.Timeout()}
	}
	return PlannedCall{Place: place, Timeout: tool.Timeout(), MayAsk: tool.Policy.MayAsk() || play.About(tool.Class)}
}

// loadClosed is for a step that an earlier attempt has closed, which may not have
// come to tell what is to be done next.
func (s *Step) loadClosed(ctx context.Context, tx *db.TenantTx, row db.Turn) error {
	s.Over = &Ended{Status: chat.TurnRunning, LastSeq: row.LastSeq}
	version, err := tx.AgentVersionByTurn(ctx, row.ID)
	if err != nil {
		return err
	}
	calls, err := tx.ToolCallListByTurn(ctx, row.ID)
	for _, call := range calls {
		if int(call.Step) == s.Number && !call.State.Final() {
			s.Over.Calls = append(s.Over.Calls, planned(int(call.Place), version.AgentVersion.Config.Find(call.Tool), version.PlayAsks))
		}
	}
	return err
}

// endCalls gives the calls that the answer shows as open their end. Where the turn
// has only stopped waiting for people, what waits is left open.
func (c *closing) endCalls(ctx context.Context) error {
	if !slices.ContainsFunc(callsIn(c.parts), func(call chat.Part) bool { return !call.CallOver() }) {
		return nil
	}
	gaveUp := c.ending.Status == chat.TurnStopped || c.ending.Status == chat.TurnFailed
	if gaveUp {
		if err := c.cancelCalls(ctx); err != nil {
			return err
		}
	}
	rows, err := c.tx.ToolCallListByTurn(ctx, c.row.ID)
	if err != nil {
		return err
	}
	ledger := make(map[string]db.ToolCall, len(rows))
	for _, row := range rows {
		ledger[row.ID] = row
	}
	for _, call := range callsIn(c.parts) {
		if !call.CallOver() && (gaveUp || ledger[call.ToolCallID].State.Final()) {
			c.add(endOfCall(call, ledger))
		}
	}
	return nil
}

// cancelCalls gives up what has not begun, and what people were asked.
func (c *closing) cancelCalls(ctx context.Context) (err error) {
	if c.canceled, err = c.tx.ApprovalCancelTurn(ctx, notWanted, c.row.ID); err != nil {
		return err
	}
	return c.tx.ToolCallCancelTurn(ctx, notMade, c.row.ID)
}

func endOfCall(call chat.Part, ledger map[string]db.ToolCall) chat.Chunk {
	row, asked := ledger[call.ToolCallID]
	switch {
	case asked && row.State.Final():
		return outcomeChunk(row)
	case asked:
		row.Error = stillUnderWay
	default: // its step has not come to its end
		row.ID, row.Error = call.ToolCallID, notMade
	}
	return outcomeChunk(row)
}
