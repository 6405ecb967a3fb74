package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

const (
	maxKey            = 200
	replayedHeader    = "Idempotency-Replayed"
	idempotencyHeader = "Idempotency-Key"
)

var (
	errKeyReused   = chat.NewError(chat.CodeKeyReused, "This Idempotency-Key was used for another request.").At("header.Idempotency-Key")
	errKeyInFlight = chat.NewError(chat.CodeConflict, "The first request with this Idempotency-Key is still at work.").At("header.Idempotency-Key")
)

// replay carries a request with an Idempotency-Key out once. The first success
// is recorded and given to whoever repeats the request; a failure has changed
// nothing, so the key is free again.
func (s *Server) replay(ctx huma.Context, next func(huma.Context)) {
	r, w := humachi.Unwrap(ctx)
	key := r.Header.Get(idempotencyHeader)
	if key == "" || !storableKey(key) { // the schema refuses the latter, and says so
		next(ctx)
		return
	}
	body, err := readBody(w, r, ctx.Operation().MaxBodyBytes)
	if err != nil {
		s.refuse(ctx, err)
		return
	}
	actor := actorOf(ctx.Context())
	attempt := attempt{
		tenant: actor.Tenant, key: key, bodyHash: hashOf(body),
		scope: ctx.Operation().OperationID + " " + r.URL.Path + " " + string(actor.Kind) + " " + actor.ID(),
	}
	recorded, err := s.claimKey(ctx.Context(), attempt)
	if err != nil {
		s.refuse(ctx, err)
		return
	}
	if recorded != nil {
		recorded.writeTo(w)
		return
	}
	fresh := &recorder{header: w.Header()}
	again := r.WithContext(ctx.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	defer s.settleKey(ctx.Context(), attempt, fresh)
	next(humachi.NewContext(ctx.Operation(), again, fresh))
	w.WriteHeader(fresh.status)
	// The client has gone when this fails; it will ask again with the key.
	_, _ = w.Write(fresh.body.Bytes())
}

// storableKey says what the schema of the header does.
func storableKey(key string) bool {
	printable := func(r rune) bool { return r >= ' ' && r <= '~' }
	return len(key) <= maxKey && strings.IndexFunc(key, func(r rune) bool { return !printable(r) }) < 0
}

type attempt struct {
	tenant     chat.TenantID
	scope, key string
	bodyHash   []byte
}

// claimKey takes the key for this request, or gives what was answered before.
func (s *Server) claimKey(ctx context.Context, a attempt) (*recordedResponse, error) {
	var recorded *recordedResponse
	err := s.db.Tenant(ctx, a.tenant, func(tx *db.TenantTx) error {
		taken, err := tx.IdempotencyKeyTake(ctx, a.scope, a.key, a.bodyHash)
		if err != nil || taken > 0 {
			return err
		}
		row, err := tx.IdempotencyKeyGet(ctx, a.scope, a.key)
		switch {
		case err != nil:
			return err
		case !bytes.Equal(row.BodyHash, a.bodyHash):
			return errKeyReused
		case row.Status == nil:
			return errKeyInFlight
		}
		recorded = &recordedResponse{status: int(*row.Status), body: row.Response}
		return nil
	})
	if chat.CodeOf(err) == chat.CodeNotFound {
		return nil, errKeyInFlight // freed between the two questions
	}
	return recorded, err
}

// settleKey records a success and frees the key of anything else, a panic
// included.
func (s *Server) settleKey(ctx context.Context, a attempt, fresh *recorder) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := s.db.Tenant(ctx, a.tenant, func(tx *db.TenantTx) error {
		if fresh.status < 200 || fresh.status > 299 {
			return tx.IdempotencyKeyRelease(ctx, a.scope, a.key)
		}
		status := int32(fresh.status)
		return tx.IdempotencyKeyFinish(ctx, db.IdempotencyKeyFinishParams{
			Scope: a.scope, Key: a.key, Status: &status, Response: json.RawMessage(fresh.body.Bytes()),
		})
	})
	if err != nil {
		s.logger.WarnContext(ctx, "an idempotency key could not be settled; it stays taken until it expires", "error", err)
	}
}

type recordedResponse struct {
	status int
	body   []byte
}

func (r *recordedResponse) writeTo(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set(replayedHeader, "true")
	w.WriteHeader(r.status)
	// The client has gone when this fails; it will ask again with the key.
	_, _ = w.Write(r.body)
}

// recorder keeps a small response instead of sending it.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}

func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return nil, chat.Errorf(chat.CodeTooLarge, "The request's body is larger than %d bytes.", limit).Because(err)
	}
	return body, nil
}

func hashOf(body []byte) []byte {
	hash := sha256.Sum256(body)
	return hash[:]
}
