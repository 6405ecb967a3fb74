package turn

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/turn/recording"
	"github.com/parley-chat/parley/workflows"
)

// Recording is an ended turn on its way into a bundle: all that is small of it,
// and where the rest can be read.
type Recording struct {
	service *Service
	tenant  chat.TenantID
	row     db.Turn
	agent   db.AgentVersionByTurnRow
	answer  db.MessageGetRow
	input   recording.Input
	usage   []json.RawMessage
	past    *past
}

// Record prepares the bundle of a turn. It is a copy of what is there and changes
// nothing.
//
// Errors: not_found, conflict for a turn that still runs, unavailable if Temporal
// cannot be asked for the workflow's history.
func (s *Service) Record(ctx context.Context, tenant chat.TenantID, turn chat.TurnID, failures recording.Failures) (*Recording, error) {
	r := &Recording{service: s, tenant: tenant}
	err := s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) (err error) {
		if r.row, err = tx.TurnGet(ctx, turn); err != nil {
			return err
		}
		if r.row.Status == chat.TurnRunning {
			return chat.NewError(chat.CodeConflict, "The turn is still running. It can be exported when it has ended.")
		}
		return r.load(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	r.past, err = s.pastOf(ctx, workflows.TurnID(tenant, turn), failures)
	return r, err
}

func (r *Recording) load(ctx context.Context, tx *db.TenantTx) (err error) {
	if r.agent, err = tx.AgentVersionByTurn(ctx, r.row.ID); err != nil {
		return err
	}
	if r.answer, err = tx.MessageGet(ctx, r.row.AssistantMessageID); err != nil {
		return err
	}
	if r.usage, err = tx.UsageListByTurn(ctx, r.row.ID); err != nil {
		return err
	}
	r.input, err = inputOf(ctx, tx, r.row)
	return err
}

// inputOf reads the branch that led to the question as the turn's first step has
// read it, and apart from it what came in later.
func inputOf(ctx context.Context, tx *db.TenantTx, row db.Turn) (in recording.Input, err error) {
	question, err := tx.MessageGet(ctx, row.UserMessageID)
	if err != nil {
		return in, err
	}
	newestFirst, err := tx.PromptMessages(ctx, &question.Position, promptMessages, row.ConversationID)
	if err != nil {
		return in, err
	}
	said, err := tx.TurnMessages(ctx, row.ConversationID, row.ID)
	in = recording.Input{Messages: []recording.Message{}, Prompt: []recording.Said{}, Added: []recording.Message{}}
	for _, message := range slices.Backward(newestFirst) {
		in.Messages = append(in.Messages, recording.Message(message))
	}
	for _, message := range prompt(newestFirst, nil, chat.Output{}) {
		in.Prompt = append(in.Prompt, saidOf(message))
	}
	for _, message := range said {
		if message.ID != row.UserMessageID {
			in.Added = append(in.Added, recording.Message(message))
		}
	}
	return in, err
}

func saidOf(message llm.Message) recording.Said {
	said := recording.Said{Role: message.Role, Text: message.Text, CallID: message.CallID}
	for _, call := range message.Calls {
		said.Calls = append(said.Calls, recording.SaidCall(call))
	}
	return said
}

// Write writes the bundle. After an error it is not whole, and cannot be taken
// for one.
func (r *Recording) Write(ctx context.Context, to io.Writer) error {
	w := recording.NewWriter(to)
	for _, file := range []struct {
		name  string
		value any
	}{
		{recording.FileTurn, r.turnFile()},
		{recording.FileInput, r.input},
		{recording.FileAgent, r.agentFile()},
		{recording.FileAnswer, recording.Answer{ID: r.answer.ID, State: r.answer.State, Parts: r.answer.Parts}},
		{recording.FileUsage, r.usage},
	} {
		if err := w.JSON(file.name, file.value); err != nil {
			return err
		}
	}
	manifest := recording.Manifest{Format: recording.Format, Version: recording.Version, RecordedAt: time.Now().UTC()}
	var err error
	if manifest.Events, err = r.writeEvents(ctx, w); err != nil {
		return err
	}
	if manifest.History, err = r.past.write(ctx, w); err != nil {
		return err
	}
	if err := w.JSON(recording.FileManifest, manifest); err != nil {
		return err
	}
	return w.Close()
}

func (r *Recording) turnFile() recording.Turn {
	return recording.Turn{
		ID: r.row.ID, ConversationID: r.row.ConversationID,
		UserMessageID: r.row.UserMessageID, AssistantMessageID: r.row.AssistantMessageID,
		Workflow: workflows.TurnID(r.tenant, r.row.ID), Status: r.row.Status, Steps: int(r.row.Step),
		WriterEpoch: r.row.WriterEpoch, LastSeq: r.row.LastSeq,
		FinishReason: r.row.FinishReason, Blocked: r.row.Blocked,
		ErrorCode: r.row.ErrorCode, ErrorMessage: r.row.ErrorMessage,
		CreatedAt: r.row.CreatedAt, StopRequestedAt: r.row.StopRequestedAt, FinishedAt: r.row.FinishedAt,
	}
}

func (r *Recording) agentFile() recording.Agent {
	v := r.agent.AgentVersion
	return recording.Agent{
		ID: v.AgentID, Name: r.agent.AgentName, VersionID: v.ID, Version: int(v.Number), PublishedAt: v.CreatedAt, Config: v.Config,
	}
}

// recordedPage is how many events are in memory at a time.
const recordedPage = 2000

// writeEvents writes the log page by page. It may be pruned in the meantime, or may
// have been: then the rest is in the archive, if that is still kept.
func (r *Recording) writeEvents(ctx context.Context, w *recording.Writer) (recording.Events, error) {
	first, err := r.eventsAfter(ctx, 0)
	if err != nil || len(first) == 0 {
		return recording.Events{State: recording.StateGone}, err
	}
	var written int64
	page := first
	err = w.Events(func() ([]recording.Event, error) {
		current, err := page, error(nil)
		if written += int64(len(current)); written < r.row.LastSeq {
			page, err = r.eventsAfter(ctx, written)
		} else {
			page = nil
		}
		return current, err
	})
	if err == nil && written != r.row.LastSeq {
		err = fmt.Errorf("the turn's log has %d events, not %d", written, r.row.LastSeq)
	}
	return recording.Events{State: recording.StateComplete, Count: written}, err
}

func (r *Recording) eventsAfter(ctx context.Context, seq int64) ([]recording.Event, error) {
	return r.service.eventsAfter(ctx, r.tenant, r.row.ID, seq)
}

// eventsAfter gives a page of a turn's log; none: there are no more, or they are gone.
func (s *Service) eventsAfter(ctx context.Context, tenant chat.TenantID, turn chat.TurnID, seq int64) (page []recording.Event, err error) {
	err = s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) error {
		rows, err := tx.TurnEventRecorded(ctx, turn, seq, recordedPage)
		for _, row := range rows {
			page = append(page, recording.Event{Seq: row.Seq, At: row.CreatedAt, Chunk: row.Chunk})
		}
		if err != nil || len(rows) > 0 {
			return err
		}
		page, err = archivedAfter(ctx, tx, turn, seq)
		return err
	})
	return page, err
}

func archivedAfter(ctx context.Context, tx *db.TenantTx, turn chat.TurnID, seq int64) (page []recording.Event, err error) {
	archive, err := tx.TurnArchiveGet(ctx, turn)
	if chat.CodeOf(err) == chat.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var events []archived
	if err := json.Unmarshal(archive.Events, &events); err != nil {
		return nil, fmt.Errorf("archive of the turn: %w", err)
	}
	for i := seq; i < int64(len(events)); i++ {
		at := archive.CreatedAt.Add(time.Duration(events[i].after) * time.Millisecond)
		page = append(page, recording.Event{Seq: i + 1, At: at, Chunk: events[i].chunk})
	}
	return page, nil
}

// archived is an event as TurnEventPrune puts it away.
type archived struct {
	after int64 // milliseconds since the turn was claimed
	chunk json.RawMessage
}

// UnmarshalJSON implements json.Unmarshaler.
func (a *archived) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&a.after, &a.chunk})
}
