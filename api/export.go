package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/turn/recording"
)

func (s *Server) registerExport() {
	register(s, access{audience: forStaff, permission: PermTurnsExport}, huma.Operation{
		OperationID: "exportTurn", Method: http.MethodGet, Path: "/v1/turns/{id}/export", Tags: []string{tagTurns},
		Summary: "Export a turn",
		Description: "A bundle with everything that is known of an ended turn: the conversation up to the question, the agent's version, " +
			"what the model said, what it cost, and the history of its workflow, decoded. `parley replay` runs it again. " +
			"A turn that is still running is a conflict. After 30 days the model's events and the history are gone, which the manifest says. " +
			"Every export is written to the audit log. An answer that breaks off is no whole ZIP archive.",
		Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusServiceUnavailable},
		Responses: map[string]*huma.Response{"200": {
			Description: "The bundle, a ZIP archive of JSON files.",
			Headers: map[string]*huma.Param{"Content-Disposition": {
				Description: "A name for the file, ending in .turn.", Schema: &huma.Schema{Type: huma.TypeString},
			}},
			Content: map[string]*huma.MediaType{recording.MediaType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
		}},
	}, s.exportTurn)
}

func (s *Server) exportTurn(ctx context.Context, in *TurnPath) (*streamOutput, error) {
	var row db.Turn
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		row, err = ownTurn(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	recorded, err := s.turns.Record(ctx, row.TenantID, row.ID, failuresFor(actorOf(ctx)))
	if err != nil {
		return nil, err
	}
	err = s.tenantTx(ctx, func(tx *db.TenantTx) error { return audit(ctx, tx, "turn.export", "turn", row.ID.String()) })
	if err != nil {
		return nil, err
	}
	return &streamOutput{Body: func(out huma.Context) { s.writeRecording(ctx, out, recorded, row) }}, nil
}

// failuresFor: what went wrong inside is for operators.
func failuresFor(actor Actor) recording.Failures {
	if actor.IsOperator {
		return recording.FailureMessages
	}
	return recording.FailureTypes
}

func (s *Server) writeRecording(ctx context.Context, out huma.Context, recorded *turn.Recording, row db.Turn) {
	_, w := humachi.Unwrap(out)
	w.Header().Set("Content-Type", recording.MediaType)
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s%s"`, row.ID, recording.Extension))
	to := &unhurried{w: w, deadline: http.NewResponseController(w)}
	defer to.done()
	if err := recorded.Write(ctx, to); err != nil {
		s.logger.WarnContext(ctx, "an export broke off", "error", err)
		panic(http.ErrAbortHandler) // so that the client does not take it for whole
	}
}

// unhurried is a reader that may take long, if only it goes on reading.
type unhurried struct {
	w        io.Writer
	deadline *http.ResponseController
}

func (u *unhurried) Write(data []byte) (int, error) {
	_ = u.deadline.SetWriteDeadline(time.Now().Add(writeWithin)) // without one the server's own holds
	return u.w.Write(data)
}

// done lets the connection serve another request at its own pace.
func (u *unhurried) done() { _ = u.deadline.SetWriteDeadline(time.Time{}) }
