package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/workflows"
)

// InboxConversation is a conversation as staff see it.
type InboxConversation struct {
	Conversation
	AgentName string   `json:"agentName"`
	Visitor   *Visitor `json:"visitor,omitempty" doc:"Absent when a secret key holds the conversation."`
}

// Visitor is a person who uses a widget.
type Visitor struct {
	ID         chat.VisitorID `json:"id" format:"uuid"`
	ExternalID string         `json:"externalId,omitempty" doc:"The tenant's own name for the visitor, from its signed JWT."`
	Name       string         `json:"name,omitempty"`
	Email      string         `json:"email,omitempty"`
}

// InboxTurn is a turn as staff see it.
type InboxTurn struct {
	Turn
	AgentVersion int    `json:"agentVersion" doc:"The number of the version that answers."`
	TemporalURL  string `json:"temporalUrl,omitempty" doc:"The turn's run in Temporal Web; only for operators."`
}

type inboxConversationOutput struct {
	Body InboxConversation
}

type inboxListOutput struct {
	Body List[InboxConversation]
}

type inboxTurnListOutput struct {
	Body List[InboxTurn]
}

type listInboxInput struct {
	Page
	Query   string       `query:"query" maxLength:"200" doc:"Words to look for in messages; quotes and a minus work as in web searches."`
	AgentID chat.AgentID `query:"agentId" format:"uuid" doc:"Only this agent's conversations."`
	Waiting bool         `query:"waiting" doc:"Only those whose visitors wait for a person's word."`
}

type listInboxTurnsInput struct {
	ConversationPath
	Page
}

func (s *Server) registerInbox() {
	reads := access{audience: forStaff, permission: PermConversationsRead}
	tags := []string{tagInbox}
	missing := []int{http.StatusNotFound}
	register(s, reads, huma.Operation{
		OperationID: "listInbox", Method: http.MethodGet, Path: "/v1/admin/conversations", Tags: tags,
		Summary: "List and search all conversations", Description: "Latest activity first.",
	}, s.listInbox)
	register(s, reads, huma.Operation{
		OperationID: "getInboxConversation", Method: http.MethodGet, Path: "/v1/admin/conversations/{id}", Tags: tags,
		Summary: "Get any conversation", Errors: missing,
	}, s.getInboxConversation)
	register(s, reads, huma.Operation{
		OperationID: "listInboxMessages", Method: http.MethodGet, Path: "/v1/admin/conversations/{id}/messages", Tags: tags,
		Summary: "List any conversation's messages", Errors: missing,
	}, s.listMessages)
	register(s, reads, huma.Operation{
		OperationID: "listInboxTurns", Method: http.MethodGet, Path: "/v1/admin/conversations/{id}/turns", Tags: tags,
		Summary: "List any conversation's turns", Description: "Newest first.", Errors: missing,
	}, s.listInboxTurns)
	register(s, reads, s.eventStreamOperation(huma.Operation{
		OperationID: "streamInboxConversation", Path: "/v1/admin/conversations/{id}/stream", Tags: tags,
		Summary: "Follow any conversation", Errors: missing,
	}), s.streamConversation)
	register(s, reads, s.turnStreamOperation(huma.Operation{
		OperationID: "streamInboxTurn", Path: "/v1/admin/turns/{id}/stream", Tags: tags,
		Summary: "Follow any turn", Errors: missing,
	}), s.streamTurn)
}

func inboxOf(row db.ConversationListRow) InboxConversation {
	shown := InboxConversation{Conversation: conversationOf(row.Conversation, row.ActiveTurnID), AgentName: row.AgentName}
	if !row.Conversation.VisitorID.IsZero() {
		shown.Visitor = &Visitor{ID: row.Conversation.VisitorID, Name: row.VisitorName, Email: row.VisitorEmail}
		if row.ExternalID != nil {
			shown.Visitor.ExternalID = *row.ExternalID
		}
	}
	return shown
}

func (s *Server) listInbox(ctx context.Context, in *listInboxInput) (*inboxListOutput, error) {
	before, err := in.beforeMoment()
	if err != nil {
		return nil, err
	}
	var rows []db.ConversationListRow
	err = s.tenantTx(ctx, func(tx *db.TenantTx) error {
		if words := strings.TrimSpace(chat.CleanText(in.Query)); words != "" {
			rows, err = searchInbox(ctx, tx, in, words, before)
			return err
		}
		rows, err = tx.ConversationList(ctx, db.ConversationListParams{
			AgentID: in.AgentID, Waiting: in.Waiting, Before: before.at, BeforeID: before.id, Max: in.more(),
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &inboxListOutput{Body: listOf(in.Page, rows, inboxOf, func(row db.ConversationListRow) string {
		return momentCursor(row.Conversation.UpdatedAt, row.Conversation.ID)
	})}, nil
}

func searchInbox(ctx context.Context, tx *db.TenantTx, in *listInboxInput, words string, before moment) ([]db.ConversationListRow, error) {
	found, err := tx.ConversationSearch(ctx, db.ConversationSearchParams{
		Words: words, AgentID: in.AgentID, Waiting: in.Waiting, Before: before.at, BeforeID: before.id, Max: in.more(),
	})
	rows := make([]db.ConversationListRow, len(found))
	for i, row := range found {
		rows[i] = db.ConversationListRow(row)
	}
	return rows, err
}

func (s *Server) getInboxConversation(ctx context.Context, in *ConversationPath) (*inboxConversationOutput, error) {
	var row db.ConversationStaffGetRow
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		row, err = tx.ConversationStaffGet(ctx, in.ID)
		return err
	})
	if err == nil && !actorOf(ctx).owns(row.Conversation) {
		err = errNoConversation
	}
	if err != nil {
		return nil, unknownAs(err, errNoConversation)
	}
	return &inboxConversationOutput{Body: inboxOf(db.ConversationListRow(row))}, nil
}

func (s *Server) listInboxTurns(ctx context.Context, in *listInboxTurnsInput) (*inboxTurnListOutput, error) {
	var before chat.TurnID
	if err := in.afterID(&before); err != nil {
		return nil, err
	}
	var rows []db.TurnListRow
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		if _, err := ownConversation(ctx, tx, in.ID); err != nil {
			return err
		}
		rows, err = tx.TurnList(ctx, in.ID, before, in.more())
		return err
	})
	if err != nil {
		return nil, err
	}
	operator := actorOf(ctx).IsOperator
	return &inboxTurnListOutput{Body: listOf(in.Page, rows,
		func(row db.TurnListRow) InboxTurn { return s.inboxTurnOf(row, operator) },
		func(row db.TurnListRow) string { return row.Turn.ID.String() })}, nil
}

func (s *Server) inboxTurnOf(row db.TurnListRow, operator bool) InboxTurn {
	shown := InboxTurn{Turn: turnOf(row.Turn), AgentVersion: int(row.VersionNumber)}
	shown.Usage = usageOf(TurnUsage{
		InputTokens: row.InputTokens, CachedTokens: row.CachedTokens, OutputTokens: row.OutputTokens,
		ReasoningTokens: row.ReasoningTokens, CostMicros: row.CostMicros, Unreported: row.Unreported,
	})
	if operator {
		shown.TemporalURL = s.temporalURL(row.Turn)
	}
	return shown
}

// temporalURL is where Temporal Web shows the turn's run, or "".
func (s *Server) temporalURL(row db.Turn) string {
	if s.config.TemporalUIURL == "" {
		return ""
	}
	return strings.TrimRight(s.config.TemporalUIURL, "/") + "/namespaces/" + url.PathEscape(s.config.TemporalNamespace) +
		"/workflows/" + url.PathEscape(workflows.TurnID(row.TenantID, row.ID))
}
