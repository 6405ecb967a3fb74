package api

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/parley-chat/parley/api/sse"
	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

// retell streams a turn whose events are no longer kept, from the message that
// they became. Who has seen a part of the old stream gets the newest step anew:
// what the two streams number differently cannot be matched.
func (s *Server) retell(ctx context.Context, row db.Turn, to *frames) error {
	var parts []chat.Part
	err := s.db.Tenant(ctx, row.TenantID, func(tx *db.TenantTx) error {
		message, err := tx.MessageGet(ctx, row.AssistantMessageID)
		parts = message.Parts
		return err
	})
	if err != nil {
		return err
	}
	chunks := retold(row, parts, to.position() > 0)
	for _, chunk := range chunks {
		raw, err := json.Marshal(chunk)
		if err != nil {
			return err
		}
		to.event(to.position()+1, raw, false)
	}
	to.event(to.position(), []byte(sse.Done), true)
	return nil
}

// retold gives chunks that fold into the parts.
func retold(row db.Turn, parts []chat.Part, resumed bool) []chat.Chunk {
	chunks := []chat.Chunk{{Type: chat.ChunkStart, MessageID: row.AssistantMessageID}}
	if resumed {
		chunks = []chat.Chunk{{Type: chat.ChunkReset}}
		parts = newestStep(parts)
	}
	inStep := resumed
	for _, part := range parts {
		if part.Type == chat.PartStepStart && inStep {
			chunks = append(chunks, chat.Chunk{Type: chat.ChunkFinishStep})
		}
		inStep = inStep || part.Type == chat.PartStepStart
		chunks = append(chunks, chunksOf(part)...)
	}
	if inStep && row.Status == chat.TurnCompleted {
		chunks = append(chunks, chat.Chunk{Type: chat.ChunkFinishStep})
	}
	return append(chunks, endOf(row))
}

func newestStep(parts []chat.Part) []chat.Part {
	for i, part := range slices.Backward(parts) {
		if part.Type == chat.PartStepStart {
			return parts[i+1:]
		}
	}
	return parts
}

func chunksOf(part chat.Part) []chat.Chunk {
	switch {
	case part.Type == chat.PartStepStart:
		return []chat.Chunk{{Type: chat.ChunkStartStep}}
	case part.Type == chat.PartText:
		return written(part, chat.ChunkTextStart, chat.ChunkTextDelta, chat.ChunkTextEnd)
	case part.Type == chat.PartReasoning:
		return written(part, chat.ChunkReasoningStart, chat.ChunkReasoningDelta, chat.ChunkReasoningEnd)
	case part.Type == chat.PartTool:
		return called(part)
	case strings.HasPrefix(string(part.Type), "data-"):
		return []chat.Chunk{{Type: chat.ChunkType(part.Type), ID: part.ID, Data: part.Data}}
	}
	return nil
}

func written(part chat.Part, start, delta, end chat.ChunkType) []chat.Chunk {
	chunks := []chat.Chunk{{Type: start, ID: part.ID}}
	if part.Text != "" {
		chunks = append(chunks, chat.Chunk{Type: delta, ID: part.ID, Delta: part.Text})
	}
	return append(chunks, chat.Chunk{Type: end, ID: part.ID})
}

// called tells a call and what has become of it.
func called(part chat.Part) []chat.Chunk {
	asked := chat.Chunk{
		Type: chat.ChunkToolInputAvailable, ToolCallID: part.ToolCallID, ToolName: part.ToolName, Title: part.Title, Dynamic: true, Input: part.Input, ProviderExecuted: part.ProviderExecuted,
	}
	over := chat.Chunk{ToolCallID: part.ToolCallID, ProviderExecuted: part.ProviderExecuted}
	switch part.State {
	case chat.ToolPartOutput:
		over.Type, over.Output, over.Dynamic = chat.ChunkToolOutput, part.Output, true
	case chat.ToolPartError:
		over.Type, over.ErrorText, over.Dynamic = chat.ChunkToolOutputError, part.ErrorText, true
	case chat.ToolPartDenied:
		over.Type = chat.ChunkToolOutputDenied
	default: // it is waited for
		return []chat.Chunk{asked}
	}
	return []chat.Chunk{asked, over}
}

func endOf(row db.Turn) chat.Chunk {
	switch row.Status {
	case chat.TurnStopped:
		return chat.Chunk{Type: chat.ChunkAbort, Reason: "stopped"}
	case chat.TurnFailed:
		return chat.Chunk{Type: chat.ChunkError, ErrorText: row.ErrorMessage}
	default:
		return chat.Chunk{Type: chat.ChunkFinish, FinishReason: cmp.Or(row.FinishReason, chat.FinishStop)}
	}
}
