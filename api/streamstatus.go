package api

import (
	"context"
	"encoding/json"
	"time"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/turn"
)

// progressWithin bounds the question what a turn is doing. An answer that takes
// longer is of no use to somebody who waits.
const progressWithin = time.Second

// tellStatus asks what the turn is doing and tells this reader. Nobody waits for
// the answer.
func (s *Server) tellStatus(ctx context.Context, row db.Turn, to *frames) {
	asked := to.position()
	go func() {
		progress, err := s.status(ctx, row)
		if err != nil {
			s.logger.DebugContext(ctx, "a turn's progress is not known", "error", err)
			progress = turn.OutOfReach
		}
		if data, err := statusChunk(progress); err == nil {
			to.status(asked, data)
		}
	}()
}

// status asks once for all of the turn's readers on this node.
func (s *Server) status(ctx context.Context, row db.Turn) (turn.Progress, error) {
	found, err, _ := s.progress.Do(row.ID.String(), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), progressWithin)
		defer cancel()
		return s.turns.Progress(ctx, row.TenantID, row.ID)
	})
	progress, _ := found.(turn.Progress)
	return progress, err
}

func statusChunk(progress turn.Progress) ([]byte, error) {
	chunk, err := chat.DataChunk(chat.ChunkStatus, "", progress)
	if err != nil {
		return nil, err
	}
	chunk.Transient = true
	return json.Marshal(chunk)
}
