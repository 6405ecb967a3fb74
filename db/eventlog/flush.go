package eventlog

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/telemetry"
)

// retryPauses are the waits between tries of a flush that the database did not
// answer; the last one repeats until the context ends or the turn is fenced.
var retryPauses = []time.Duration{20 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond, time.Second}

// flush commits a batch and then shows it to the readers. It returns when each
// share is committed or has failed.
func (l *Log) flush(ctx context.Context, lane telemetry.Lane, shares []share) {
	if len(shares) == 0 {
		return
	}
	err := l.commit(ctx, lane, shares)
	for try := 0; err != nil && db.Unavailable(err); try++ {
		l.metrics.FlushFailed("retried")
		l.logger.WarnContext(ctx, "event log: flush will be tried again", "turns", len(shares), "error", err)
		if rest(ctx, retryPauses[min(try, len(retryPauses)-1)]); ctx.Err() != nil {
			break
		}
		err = l.commit(ctx, lane, shares)
	}
	switch {
	case err == nil:
	case len(shares) == 1 || ctx.Err() != nil:
		l.finish(shares, func(share) error { return err })
	default:
		l.flushAlone(ctx, lane, shares)
	}
}

// flushAlone separates the turn that the database refuses from the others.
func (l *Log) flushAlone(ctx context.Context, lane telemetry.Lane, shares []share) {
	for i := range shares {
		l.flush(ctx, lane, shares[i:i+1])
	}
}

// commit writes the shares in one transaction. An error says that no share is
// known to be written; otherwise each has been finished.
func (l *Log) commit(ctx context.Context, lane telemetry.Lane, shares []share) error {
	ctx, span := l.trace(ctx, shares)
	defer span.End()
	began := time.Now()
	var states map[uuid.UUID]db.TurnEventFlushRow
	err := l.db.Log(ctx, func(tx *db.LogTx) error {
		rows, err := tx.TurnEventFlush(ctx, flushParams(shares))
		if err != nil {
			return err
		}
		states = make(map[uuid.UUID]db.TurnEventFlushRow, len(rows))
		for _, row := range rows {
			states[row.ID] = row
		}
		return l.Notify(ctx, tx)
	})
	if err != nil {
		span.Fail("flush")
		return err
	}
	l.metrics.Flushed(lane, len(shares), count(shares), time.Since(began))
	for _, s := range shares {
		if s.outcome(states[s.writer.turn.Bytes()]) == nil {
			l.PublishTurn(s.writer.tenant, s.writer.turn, s.last+int64(len(s.encoded)), s.encoded)
		}
	}
	l.finish(shares, func(s share) error { return s.outcome(states[s.writer.turn.Bytes()]) })
	return nil
}

// trace begins a trace of the flush, linked to those of the turns in it.
func (l *Log) trace(ctx context.Context, shares []share) (context.Context, telemetry.Span) {
	if l.tracing == nil {
		return ctx, telemetry.Span{}
	}
	parts := make([]telemetry.Trace, len(shares))
	for i, s := range shares {
		parts[i] = s.writer.trace
	}
	ctx, span := l.tracing.StartFor(ctx, "flush", parts)
	span.Number("parley.turns", int64(len(shares)))
	span.Number("parley.chunks", int64(count(shares)))
	return ctx, span
}

func count(shares []share) (chunks int) {
	for _, s := range shares {
		chunks += len(s.encoded)
	}
	return chunks
}

// outcome reads from the turn's row, as it stood before the flush, whether the
// share is written: by this flush, or by an earlier try whose answer was lost.
func (s share) outcome(before db.TurnEventFlushRow) error {
	owned := before.WriterEpoch == s.writer.epoch && before.Status == string(chat.TurnRunning)
	switch {
	case owned && before.LastSeq == s.last, owned && before.LastSeq == s.last+int64(len(s.encoded)):
		return nil
	case owned:
		return errors.New("eventlog: the turn's sequence number is not what its only writer left")
	default:
		return ErrFenced
	}
}

func (l *Log) finish(shares []share, outcome func(share) error) {
	for _, s := range shares {
		err := outcome(s)
		l.countFailure(err)
		if more, hurry := s.writer.end(s, err); more {
			l.enqueue(s.writer, hurry)
		}
	}
}

func (l *Log) countFailure(err error) {
	switch {
	case err == nil:
	case errors.Is(err, ErrFenced):
		l.metrics.FlushFailed("fenced")
	default:
		l.metrics.FlushFailed("refused")
	}
}

func flushParams(shares []share) db.TurnEventFlushParams {
	var p db.TurnEventFlushParams
	for _, s := range shares {
		p.TenantIds = append(p.TenantIds, s.writer.tenant.Bytes())
		p.TurnIds = append(p.TurnIds, s.writer.turn.Bytes())
		p.Epochs = append(p.Epochs, s.writer.epoch)
		p.Lasts = append(p.Lasts, s.last)
		p.Counts = append(p.Counts, int64(len(s.encoded)))
		p.ResponseIds = append(p.ResponseIds, s.checkpoint.ResponseID)
		p.ResponseSeqs = append(p.ResponseSeqs, s.checkpoint.Seq)
		for i, chunk := range s.encoded {
			p.ChunkTurnIds = append(p.ChunkTurnIds, s.writer.turn.Bytes())
			p.Ordinals = append(p.Ordinals, int64(i+1))
			p.Chunks = append(p.Chunks, chunk)
		}
	}
	return p
}
