package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/parley-chat/parley/api/sse"
	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/turn"
)

// The AI SDK has its own way with tools that pages do: the stream ends where a page is to
// do something, and the client comes back with what has become of it in a part of the
// message. It hands those calls to a page that are not marked as executed by the provider.

// answerInChat is what a page says of a call with a tool part of the AI SDK.
type answerInChat struct {
	State      string
	ToolCallID string
	Output     json.RawMessage
	ErrorText  string
	at         string // where it stands in the request
}

// answersIn finds the calls of the last step of which a request says what has become. Of
// most of them Parley knows itself.
func answersIn(request ChatRequest) (found []answerInChat) {
	last := len(request.Messages) - 1
	if request.Messages[last].Role != string(chat.RoleAssistant) || request.Trigger == regenerateTrigger {
		return nil
	}
	for i, raw := range request.Messages[last].Parts {
		var part struct {
			Type chat.PartType
			answerInChat
		}
		if json.Unmarshal(raw, &part) != nil {
			continue
		}
		part.at = fmt.Sprintf("body.messages[%d].parts[%d]", last, i)
		switch {
		case part.Type == chat.PartStepStart:
			found = nil
		case part.ToolCallID != "" && (part.State == chat.ToolPartOutput || part.State == chat.ToolPartError):
			found = append(found, part.answerInChat)
		}
	}
	return found
}

// answered is a call of which a page says what has become.
type answered struct {
	answerInChat
	call *turn.Call
}

// pageCallsIn gives those of the answers that are of calls which pages were offered.
func (s *Server) pageCallsIn(ctx context.Context, in chat.ConversationID, answers []answerInChat) (found []answered, err error) {
	for _, a := range answers {
		call, err := s.turns.OfferedCall(ctx, actorOf(ctx).Tenant, in, a.ToolCallID)
		switch {
		case chat.CodeOf(err) == chat.CodeNotFound:
			continue
		case err != nil:
			return nil, err
		case len(found) == maxDecisions:
			return nil, wrongAt(a.at, fmt.Sprintf("At most %d calls can be answered at once.", maxDecisions))
		}
		found = append(found, answered{a, call})
	}
	return found, nil
}

func (a answered) record(ctx context.Context) error {
	said := pageAnswer{output: a.Output, reason: a.ErrorText, at: a.at}
	if a.State == chat.ToolPartError {
		said.output = nil
	} else {
		said.reason = ""
	}
	return said.record(ctx, a.call)
}

// offeredAt is where the turn's log offers the last of the calls: the client has seen
// everything up to there, and nothing after it. 0: nowhere.
func (s *Server) offeredAt(ctx context.Context, of chat.TurnID, answers []answered) (seq int64, err error) {
	if len(answers) == 0 {
		return 0, nil
	}
	ids := make([]string, len(answers))
	for i, a := range answers {
		ids[i] = a.ToolCallID
	}
	err = s.tenantTx(ctx, func(tx *db.TenantTx) error {
		seq, err = tx.TurnEventOffered(ctx, of, ids)
		return err
	})
	return seq, err
}

// offerMark is in every chunk that offers a call, however its JSON is spaced.
var offerMark = []byte(`"providerExecuted"`)

// endsWith reports whether a client of the AI SDK is to make the call that the chunk
// offers: then its stream ends with that.
func (s *Server) endsWith(ctx context.Context, of db.Turn, raw []byte) bool {
	var chunk chat.Chunk
	if !bytes.Contains(raw, offerMark) || json.Unmarshal(raw, &chunk) != nil || chunk.Type != chat.ChunkToolInputAvailable || !chunk.ForPage() {
		return false
	}
	var state chat.ToolCallState
	err := s.db.Tenant(ctx, of.TenantID, func(tx *db.TenantTx) (err error) {
		state, err = tx.ToolCallState(ctx, chunk.ToolCallID)
		return err
	})
	return err == nil && state == chat.CallOffered
}

var endOfOffer = []byte(`{"type":"finish","finishReason":"tool-calls"}`)

// handOver ends the stream, though not the turn, with a call that is offered.
func (f *frames) handOver(seq int64, raw []byte) {
	f.handing = true
	f.event(seq, raw, false)
	f.event(seq, endOfOffer, false)
	f.event(seq, []byte(sse.Done), true)
}

// executedHere marks a call's chunk as none of the client's business.
func executedHere(raw []byte) []byte {
	var chunk chat.Chunk
	if !bytes.Contains(raw, callMark) || json.Unmarshal(raw, &chunk) != nil || chunk.ToolCallID == "" {
		return raw
	}
	switch chunk.Type {
	case chat.ChunkToolInputStart, chat.ChunkToolInputAvailable, chat.ChunkToolInputError:
		chunk.ProviderExecuted = new(true)
	default:
		return raw
	}
	marked, _ := json.Marshal(chunk) //nolint:errchkjson // it has just been read
	return marked
}
