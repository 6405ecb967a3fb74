package api

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/turn"
)

var (
	//go:embed page/approval.html
	approvalHTML string
	//go:embed page/approval.css
	approvalCSS string

	approvalTemplate = template.Must(template.New("approval").Parse(approvalHTML))
	approvalPolicy   = "default-src 'none'; style-src 'sha256-" + styleHash(approvalCSS) + "'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

func styleHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// approvalPage is what the page behind a link in a letter shows.
type approvalPage struct {
	Title, Dashboard string
	Style            template.CSS
	Approval         *db.ApprovalGetRow // nil: the link is not valid
	State            string
	Told             string // of one that is decided
	Arguments        []argument
	Hash, Expires    string
	Fault            string
}

type argument struct{ Name, Value string }

// routeApprovalPage serves the page behind the links in letters. To look at it decides
// nothing: programs that check letters open every link.
func (s *Server) routeApprovalPage() {
	get(s.router, "/approvals/{token}", func(w http.ResponseWriter, r *http.Request) {
		ctx, id, err := s.auth.linked(r.Context(), s.key, chi.URLParam(r, "token"))
		s.showApproval(w, r.WithContext(ctx), id, err)
	})
	s.router.Post("/approvals/{token}", s.postApproval)
}

func (s *Server) postApproval(w http.ResponseWriter, r *http.Request) {
	ctx, id, err := s.auth.linked(r.Context(), s.key, chi.URLParam(r, "token"))
	if err == nil {
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
		err = s.decideByLink(ctx, id, r)
	}
	s.showApproval(w, r.WithContext(ctx), id, err)
}

func (s *Server) decideByLink(ctx context.Context, id chat.ApprovalID, r *http.Request) error {
	decision := r.PostFormValue("decision")
	if decision != "approve" && decision != "deny" {
		return chat.NewError(chat.CodeInvalid, "Approve it, or deny it.")
	}
	actor := actorOf(ctx)
	_, err := s.turns.Vote(ctx, actor.Tenant, id, turn.Vote{
		Voter: actor.User.Bytes(), Role: actor.Role, Name: actor.Session.UserName, Approve: decision == "approve",
		Reason: chat.CleanText(shortened(r.PostFormValue("reason"), 1000)), Hash: r.PostFormValue("hash"),
	})
	if err != nil {
		return err
	}
	return s.tenantTx(ctx, func(tx *db.TenantTx) error { return audit(ctx, tx, "approval.decide", "approval", id.String()) })
}

func shortened(text string, runes int) string {
	return string([]rune(text)[:min(len([]rune(text)), runes)])
}

// showApproval answers with the page as things stand. What went wrong stands in it.
func (s *Server) showApproval(w http.ResponseWriter, r *http.Request, id chat.ApprovalID, fault error) {
	page := approvalPage{Title: "Decide", Dashboard: "/dashboard/approvals", Style: template.CSS(approvalCSS)} //nolint:gosec // ours
	status := http.StatusOK
	if fault != nil {
		problem := problemOf(r.Context(), fault)
		noteError(r.Context(), problem)
		status, page.Fault = problem.Status, problem.Detail
	}
	if !id.IsZero() {
		if err := s.fillApproval(r.Context(), &page, id); err != nil {
			status = problemOf(r.Context(), err).Status
		}
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", approvalPolicy)
	w.WriteHeader(status)
	if err := approvalTemplate.Execute(w, page); err != nil {
		s.logger.DebugContext(r.Context(), "the page of an approval was not read", "error", err)
	}
}

func (s *Server) fillApproval(ctx context.Context, page *approvalPage, id chat.ApprovalID) error {
	return s.tenantTx(ctx, func(tx *db.TenantTx) error {
		row, votes, _, err := loadApproval(ctx, tx, id)
		if err != nil {
			return err
		}
		page.Approval, page.State, page.Title = &row, string(row.Approval.State), row.Approval.Title
		page.Hash, page.Arguments = turn.ArgumentsHash(row.Approval.Arguments), argumentsOf(row.Approval.Arguments)
		page.Expires = row.Approval.ExpiresAt.UTC().Format(time.RFC1123)
		page.Told = toldOf(row.Approval, votes, actorOf(ctx))
		if page.Told != "" && page.State == string(chat.ApprovalOpen) {
			page.State = "voted"
		}
		return nil
	})
}

// toldOf says how an approval stands that its reader need not decide any more.
func toldOf(a db.Approval, votes []db.ApprovalVote, actor Actor) string {
	switch {
	case a.State == chat.ApprovalApproved && a.Expired:
		return "Nobody has decided in time, so it is done."
	case a.State == chat.ApprovalDenied && a.Expired:
		return "Nobody has decided in time, so it is not done."
	case a.State == chat.ApprovalApproved:
		return "This has been approved."
	case a.State == chat.ApprovalDenied:
		return "This has been denied."
	case a.State == chat.ApprovalCanceled:
		return "Nobody needs to decide this any more."
	}
	if slices.ContainsFunc(votes, func(v db.ApprovalVote) bool { return v.Voter == actor.User.Bytes() }) {
		return "You have decided. Others are still to do so."
	}
	return ""
}

// argumentsOf makes lines of a call's arguments, for people.
func argumentsOf(raw json.RawMessage) (lines []argument) {
	var fields map[string]any
	if json.Unmarshal(raw, &fields) != nil {
		return []argument{{"Arguments", string(raw)}}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value, isText := fields[name].(string)
		if !isText {
			encoded, _ := json.MarshalIndent(fields[name], "", "  ") //nolint:errchkjson // it was decoded
			value = string(encoded)
		}
		lines = append(lines, argument{strings.ReplaceAll(name, "_", " "), value})
	}
	return lines
}
