package main

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/internal/bills"
	"github.com/parley-chat/parley/internal/visitor"
	"github.com/parley-chat/parley/llm/simulator"
)

// judge holds what is left against what must hold of every turn.
func (r *run) judge(ctx context.Context) (*findings, error) {
	ledger, err := r.stack.Ledger(ctx)
	if err != nil {
		return nil, err
	}
	database, err := db.Open(ctx, db.Config{URL: r.site.DatabaseURL, MaxConns: 2})
	if err != nil {
		return nil, err
	}
	defer database.Close()
	for _, e := range r.exchanges {
		for i := range e.answers {
			if err := e.judge(ctx, database, i); err != nil {
				return nil, fmt.Errorf("%s: %w", e.Text, err)
			}
		}
		if err := e.judgeHistory(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Text, err)
		}
	}
	left, err := leftRunning(ctx, database)
	if err != nil {
		return nil, err
	}
	calls, err := bills.Read(ctx, database, r.site.Tenant, r.turns()...)
	if err != nil {
		return nil, err
	}
	found := r.sumUp(ledger, calls, left)
	if len(found.Wrong) > 0 {
		found.Evidence, err = r.keep(evidence{"ledger.json": ledger, "books.json": calls})
	}
	return found, err
}

// turns lists every turn that a visitor was told of.
func (r *run) turns() (turns []chat.TurnID) {
	for _, e := range r.exchanges {
		for _, a := range e.answers {
			if !a.turn.IsZero() {
				turns = append(turns, a.turn)
			}
		}
	}
	return turns
}

// same compares as JSON does: what comes from the database is spaced otherwise.
func same(a, b any) bool {
	var plain [2]any
	for i, value := range []any{a, b} {
		encoded, err := json.Marshal(value)
		if err != nil || json.Unmarshal(encoded, &plain[i]) != nil {
			return false
		}
	}
	return reflect.DeepEqual(plain[0], plain[1])
}

// judge looks at one turn: as its reader has seen it, as others read it now, and
// as it is stored.
func (e *exchange) judge(ctx context.Context, database *db.DB, which int) error {
	a := e.answers[which]
	if a.seen.Ended.Type == "" {
		return nil // it is complained of already
	}
	e.wrong = append(e.wrong, e.judgeText(which)...)
	for _, n := range e.run.nodes {
		v := e.visitor.At(n.URL)
		status, last, err := v.Turn(ctx, a.turn)
		if err != nil {
			return err
		}
		if status != statusOf(a.seen.Ended) || last != a.seen.Last {
			e.complain("turn %s: a reader was told %s at event %d, it is %s at event %d", a.turn, a.seen.Ended.Type, a.seen.Last, status, last)
		}
		again, err := readAgain(ctx, v, a.turn)
		if err != nil {
			e.complain("turn %s: cannot be read again: %v", a.turn, err)
			continue
		}
		if !same(again.Parts, a.seen.Parts) || !same(again.Ended, a.seen.Ended) {
			e.complain("turn %s: reads %q (%s) now, and read %q (%s) then", a.turn, again.Text(), again.Ended.Type, a.seen.Text(), a.seen.Ended.Type)
		}
	}
	return e.judgeRows(ctx, database, a)
}

func statusOf(ended chat.Chunk) chat.TurnStatus {
	switch ended.Type {
	case chat.ChunkFinish:
		return chat.TurnCompleted
	case chat.ChunkAbort:
		return chat.TurnStopped
	default:
		return chat.TurnFailed
	}
}

// readAgain reads a turn that has ended, as somebody new.
func readAgain(ctx context.Context, v *visitor.Visitor, turn chat.TurnID) (*visitor.Transcript, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stream, err := v.Follow(ctx, turn, 0)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	seen := &visitor.Transcript{}
	for {
		event, err := stream.Next()
		if err != nil && seen.Ended.Type != "" {
			return seen, nil
		}
		if err != nil {
			return nil, err
		}
		if err := seen.Add(event); err != nil {
			return nil, err
		}
	}
}

// judgeText holds what the reader has seen against what the model has said.
func (e *exchange) judgeText(which int) []string {
	a := e.answers[which]
	canonical := []string{said(e.Answer)}
	switch {
	case which == 1:
		canonical = []string{said(e.MoreAnswer)}
	case e.Act == steer && len(e.answers) == 1 && a.seen.Last >= e.ActAt:
		canonical = append(canonical, said(e.MoreAnswer))
	}
	whole, text := strings.Join(canonical, "\n\n"), a.seen.Text()
	var wrong []string
	complain := func(format string, details ...any) {
		wrong = append(wrong, fmt.Sprintf("%s turn %s: ", e.Text, a.turn)+fmt.Sprintf(format, details...))
	}
	switch {
	case a.seen.Ended.Type == chat.ChunkFinish && text != whole:
		complain("completed with %q instead of %q", text, whole)
	case a.seen.Ended.Type == chat.ChunkAbort && e.Act != stop:
		complain("stopped, but nobody wanted that")
	case a.seen.Ended.Type == chat.ChunkAbort && !e.mayHaveSaid(text):
		complain("stopped after %q, which is not how %q begins", text, whole)
	case a.seen.Ended.Type == chat.ChunkError:
		complain("failed: %s", a.seen.Ended.ErrorText)
	}
	if a.seen.Resets > 0 && e.Trouble != givenUp {
		complain("%d times text was taken back, though the provider had kept the answer", a.seen.Resets)
	}
	return wrong
}

// mayHaveSaid reports whether a text is the beginning of something that the model
// has said.
func (e *exchange) mayHaveSaid(text string) bool {
	answers := append([]simulator.Fault{e.Answer}, e.Before...)
	return slices.ContainsFunc(answers, func(answer simulator.Fault) bool { return strings.HasPrefix(said(answer), text) })
}

// judgeRows looks into the log: numbered without a gap, and with one end.
func (e *exchange) judgeRows(ctx context.Context, database *db.DB, a *answer) error {
	var rows []db.TurnEventListAfterRow
	err := database.Tenant(ctx, e.run.site.Tenant, func(tx *db.TenantTx) (err error) {
		rows, err = tx.TurnEventListAfter(ctx, a.turn, 0, 100_000)
		return err
	})
	if err != nil {
		return err
	}
	ends := 0
	for i, row := range rows {
		if row.Seq != int64(i+1) {
			e.complain("turn %s: row %d of its log has the number %d", a.turn, i+1, row.Seq)
		}
		var chunk chat.Chunk
		if err := json.Unmarshal(row.Chunk, &chunk); err != nil {
			return err
		}
		if chunk.Ends() {
			ends++
		}
	}
	if ends != 1 || int64(len(rows)) != a.seen.Last {
		e.complain("turn %s: %d rows and %d ends in its log, %d events seen", a.turn, len(rows), ends, a.seen.Last)
	}
	return nil
}

// judgeHistory looks at the conversation as it is stored: each question and each
// answer once, in the words that were streamed.
func (e *exchange) judgeHistory(ctx context.Context) error {
	if e.conversation.IsZero() || len(e.wrong) > 0 {
		return nil
	}
	messages, err := e.visitor.Messages(ctx, e.conversation)
	if err != nil {
		return err
	}
	asked := map[string]int{}
	var answered []visitor.Message
	for _, message := range messages {
		if message.Role == chat.RoleAssistant {
			answered = append(answered, message)
			continue
		}
		asked[chat.Text(message.Parts)]++
		if message.State != chat.MessageComplete {
			e.complain("the message %q is %s", chat.Text(message.Parts), message.State)
		}
	}
	want := map[string]int{e.Text: 1}
	if e.Act == steer && e.answers[0].seen.Last >= e.ActAt {
		want[e.More] = 1
	}
	if !reflect.DeepEqual(asked, want) {
		e.complain("what was asked is stored as %v", asked)
	}
	if len(answered) != len(e.answers) {
		e.complain("%d answers are stored, %d were streamed", len(answered), len(e.answers))
		return nil
	}
	for i, a := range e.answers {
		if text := chat.Text(answered[i].Parts); text != a.seen.Text() || answered[i].State != stateOf(a.seen.Ended) {
			e.complain("turn %s: stored as %q (%s), streamed as %q (%s)", a.turn, text, answered[i].State, a.seen.Text(), a.seen.Ended.Type)
		}
	}
	return nil
}

func stateOf(ended chat.Chunk) chat.MessageState {
	switch statusOf(ended) {
	case chat.TurnCompleted:
		return chat.MessageComplete
	case chat.TurnStopped:
		return chat.MessageStopped
	default:
		return chat.MessageFailed
	}
}

// leftRunning lists the turns that nobody has ended.
func leftRunning(ctx context.Context, database *db.DB) (left []string, err error) {
	err = database.System(ctx, func(tx *db.SystemTx) error {
		unstarted, err := tx.TurnUnstarted(ctx, 0, 1000)
		if err != nil {
			return err
		}
		for _, row := range unstarted {
			left = append(left, fmt.Sprintf("turn %s is running, and has no step", row.ID))
		}
		silent, err := tx.TurnSilent(ctx, 0, 1000)
		for _, row := range silent {
			left = append(left, fmt.Sprintf("turn %s is running, and nobody runs it", row.ID))
		}
		return err
	})
	return left, err
}
