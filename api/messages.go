package api

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/turn"
)

// Message is one utterance of a conversation.
type Message struct {
	ID        chat.MessageID    `json:"id" format:"uuid"`
	Role      chat.Role         `json:"role" enum:"user,assistant"`
	Parts     []MessagePart     `json:"parts"`
	State     chat.MessageState `json:"state" enum:"pending,complete,stopped,failed" doc:"pending: waits for the turn that runs, or is being written."`
	Position  int               `json:"position" doc:"Counts all messages of the conversation from 1. Those of other branches leave gaps."`
	Versions  []string          `json:"versions,omitempty" format:"uuid" doc:"Absent for a message that is alone in its place. Otherwise the ids of all that were said there on some branch, itself included, the oldest first: branch chooses between them."`
	TurnID    chat.TurnID       `json:"turnId,omitzero" format:"uuid" doc:"The turn that asked for or wrote it."`
	ClientID  string            `json:"clientId,omitempty" doc:"The id that the client gave its message."`
	Feedback  *Feedback         `json:"feedback,omitempty"`
	Author    string            `json:"author,omitempty" doc:"Who has written an answer, if not the conversation's own agent: a person of the team, or another agent."`
	Blocked   *chat.Blocked     `json:"blocked,omitempty" doc:"Why the answer was not given, or not to its end. Not told to visitors."`
	Models    []string          `json:"models,omitempty" doc:"The models that have answered. Not told to visitors."`
	CreatedAt time.Time         `json:"createdAt"`
}

// MessagePart is one piece of a message, in the AI SDK's form.
type MessagePart struct {
	Type  chat.PartType   `json:"type" doc:"text, reasoning, step-start, dynamic-tool, or a data-* part." example:"text"`
	Text  string          `json:"text,omitempty" doc:"Of text and reasoning parts."`
	State string          `json:"state,omitempty" enum:"streaming,done,input-streaming,input-available,approval-requested,approval-responded,output-available,output-error,output-denied" doc:"streaming and done are of text and reasoning parts, the others of dynamic-tool parts."`
	ID    string          `json:"id,omitempty"`
	Data  json.RawMessage `json:"data,omitempty" doc:"Of data-* parts."`

	ToolCallID string          `json:"toolCallId,omitempty" doc:"This and the following: of dynamic-tool parts."`
	ToolName   string          `json:"toolName,omitempty"`
	Title      string          `json:"title,omitempty" doc:"What people are shown of the tool; empty means its name."`
	Input      json.RawMessage `json:"input,omitempty" doc:"The arguments; {} for visitors."`
	Output     json.RawMessage `json:"output,omitempty" doc:"What came back; null for visitors."`
	ErrorText  string          `json:"errorText,omitempty"`
	Approval   *PartApproval   `json:"approval,omitempty"`
}

// PartApproval is what people were asked about a tool's call, and what they said.
type PartApproval struct {
	ID       string `json:"id"`
	Approved *bool  `json:"approved,omitempty" doc:"Absent while nobody has decided."`
	Reason   string `json:"reason,omitempty"`
}

// Feedback is what a visitor thinks of an answer.
type Feedback struct {
	Rating  string `json:"rating" enum:"up,down"`
	Comment string `json:"comment,omitempty"`
}

type messageListOutput struct {
	Body List[Message]
}

type listMessagesInput struct {
	ConversationPath
	Page
	Order    string         `query:"order" enum:"asc,desc" default:"asc" doc:"asc: oldest first; desc: newest first."`
	BranchOf chat.MessageID `query:"branchOf" format:"uuid" doc:"List the newest branch that this message is on, instead of the one that the conversation shows."`
}

type rateMessageInput struct {
	ID   chat.MessageID `path:"id" format:"uuid" doc:"An assistant's message."`
	Body struct {
		Rating  *string `json:"rating" nullable:"true" enum:"up,down" doc:"null takes the feedback back."`
		Comment string  `json:"comment,omitempty" maxLength:"2000"`
	}
}

type messageOutput struct {
	Body Message
}

func (s *Server) registerMessages() {
	visitor := access{audience: forVisitors, permission: PermChat, crossOrigin: true}
	register(s, visitor, huma.Operation{
		OperationID: "listMessages", Method: http.MethodGet, Path: "/v1/conversations/{id}/messages",
		Tags: []string{tagConversations}, Summary: "List a conversation's messages", Errors: []int{http.StatusNotFound},
	}, s.listMessages)
	register(s, visitor, huma.Operation{
		OperationID: "rateMessage", Method: http.MethodPost, Path: "/v1/messages/{id}/feedback",
		Tags: []string{tagConversations}, Summary: "Rate an answer", Errors: []int{http.StatusNotFound},
		Description: "The newest rating replaces the one before.",
	}, s.rateMessage)
}

func (s *Server) listMessages(ctx context.Context, in *listMessagesInput) (*messageListOutput, error) {
	var body List[Message]
	err := s.tenantTx(ctx, func(tx *db.TenantTx) error {
		if _, err := ownConversation(ctx, tx, in.ID); err != nil {
			return err
		}
		var err error
		body, err = messagePage(ctx, tx, in)
		return err
	})
	return &messageListOutput{Body: body}, err
}

// messagePage reads a page in either order. The cursor is a position.
func messagePage(ctx context.Context, tx *db.TenantTx, in *listMessagesInput) (List[Message], error) {
	first := int32(0)
	if in.Order == "desc" {
		first = math.MaxInt32
	}
	from, err := in.beforeNumber(first)
	if err != nil {
		return List[Message]{}, err
	}
	ending, err := in.ending(ctx, tx)
	if err != nil {
		return List[Message]{}, err
	}
	var rows []db.MessageListAfterRow
	if in.Order == "desc" {
		newestFirst, failure := tx.MessageListBefore(ctx, db.MessageListBeforeParams{
			ConversationID: in.ID, Ending: ending, Before: from, Max: in.more(),
		})
		for _, row := range newestFirst {
			rows = append(rows, db.MessageListAfterRow(row))
		}
		err = failure
	} else {
		rows, err = tx.MessageListAfter(ctx, db.MessageListAfterParams{
			ConversationID: in.ID, Ending: ending, After: from, Max: in.more(),
		})
	}
	if err != nil {
		return List[Message]{}, err
	}
	return listOf(in.Page, rows, messageFor(actorOf(ctx)), func(row db.MessageListAfterRow) string {
		return strconv.Itoa(int(row.Position))
	}), nil
}

// ending gives the position at which the wanted branch ends, nil for the one that
// the conversation shows.
func (in *listMessagesInput) ending(ctx context.Context, tx *db.TenantTx) (*int32, error) {
	if in.BranchOf.IsZero() {
		return nil, nil
	}
	version, err := tx.MessageVersion(ctx, in.ID, in.BranchOf)
	if err != nil {
		return nil, unknownAs(err, turn.ErrNoMessage.At("query.branchOf"))
	}
	if version.Shown {
		return nil, nil
	}
	return &version.Newest, nil
}

func messagePartOf(part chat.Part) MessagePart {
	return MessagePart{
		Type: part.Type, Text: part.Text, State: part.State, ID: part.ID, Data: part.Data,
		ToolCallID: part.ToolCallID, ToolName: part.ToolName, Title: part.Title,
		Input: part.Input, Output: part.Output, ErrorText: part.ErrorText, Approval: (*PartApproval)(part.Approval),
	}
}

// messageFor shows messages as the actor may see them.
func messageFor(actor Actor) func(db.MessageListAfterRow) Message {
	return func(row db.MessageListAfterRow) Message {
		if !actor.seesCallData() {
			for i, part := range row.Parts {
				row.Parts[i] = partForVisitor(part)
			}
			row.Blocked, row.Models = nil, nil
		}
		return messageOf(row)
	}
}

func messageOf(row db.MessageListAfterRow) Message {
	message := Message{
		ID: row.ID, Role: row.Role, Parts: make([]MessagePart, len(row.Parts)), State: row.State,
		Position: int(row.Position), TurnID: row.TurnID, Author: row.Author, CreatedAt: row.CreatedAt,
		Feedback: feedbackOf(row.Rating, row.Comment), Blocked: row.Blocked, Models: row.Models,
	}
	for i, part := range row.Parts {
		message.Parts[i] = messagePartOf(part)
	}
	if row.ClientID != nil {
		message.ClientID = *row.ClientID
	}
	if len(row.Versions) > 1 {
		message.Versions = row.Versions
	}
	return message
}

func feedbackOf(rating *int16, comment *string) *Feedback {
	if rating == nil {
		return nil
	}
	feedback := &Feedback{Rating: "up"}
	if *rating < 0 {
		feedback.Rating = "down"
	}
	if comment != nil {
		feedback.Comment = *comment
	}
	return feedback
}

var errNoMessage = chat.NewError(chat.CodeNotFound, "There is no such message, or it is not an answer.")

func (s *Server) rateMessage(ctx context.Context, in *rateMessageInput) (*messageOutput, error) {
	var message Message
	err := s.tenantTx(ctx, func(tx *db.TenantTx) error {
		row, err := tx.MessageGet(ctx, in.ID)
		if err != nil || row.Role != chat.RoleAssistant {
			return unknownOr(err, errNoMessage)
		}
		if _, err := ownConversation(ctx, tx, row.ConversationID); err != nil {
			return unknownAs(err, errNoMessage)
		}
		if err := putFeedback(ctx, tx, in); err != nil {
			return err
		}
		rated, err := tx.MessageShow(ctx, in.ID)
		message = messageFor(actorOf(ctx))(db.MessageListAfterRow(rated))
		return err
	})
	return &messageOutput{Body: message}, err
}

func putFeedback(ctx context.Context, tx *db.TenantTx, in *rateMessageInput) error {
	if in.Body.Rating == nil {
		return tx.FeedbackDelete(ctx, in.ID)
	}
	rating := int16(1)
	if *in.Body.Rating == "down" {
		rating = -1
	}
	_, err := tx.FeedbackPut(ctx, db.FeedbackPutParams{
		MessageID: in.ID, VisitorID: actorOf(ctx).Visitor, Rating: rating, Comment: chat.CleanText(in.Body.Comment),
	})
	return err
}
