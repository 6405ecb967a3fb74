package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

// reportPause lies between two reports of how long an answer has grown.
const reportPause = time.Second

// agentQuestion is what another program asks an agent. The tags are for the model that
// writes it.
type agentQuestion struct {
	Message        string `json:"message" jsonschema:"What to ask, in plain words. At most 32,000 characters."`
	ConversationID string `json:"conversationId,omitempty" jsonschema:"To go on with a conversation: the id that came with an answer before. Leave it out to begin one."`
}

// answerQuestion names an answer that was not complete before.
type answerQuestion struct {
	TurnID string `json:"turnId" jsonschema:"The id that came with the answer."`
}

// agentAnswer is what an agent has said.
type agentAnswer struct {
	Answer         string          `json:"answer"`
	Status         chat.TurnStatus `json:"status" jsonschema:"completed; or awaiting_approval: people have to decide about something first, so ask for the answer again later; or stopped."`
	ConversationID string          `json:"conversationId" jsonschema:"Pass it along with the next question of the same conversation."`
	TurnID         string          `json:"turnId"`
}

// registerAgentMCP makes every published agent a server of the Model Context Protocol.
// Each request stands alone: any node can take it.
func (s *Server) registerAgentMCP() {
	register(s, access{audience: forStaff, permission: PermChat}, huma.Operation{
		OperationID: "agentMcp", Method: http.MethodPost, Path: "/v1/agents/{id}/mcp", Tags: []string{tagChat},
		Summary: "The agent as an MCP server", Errors: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusUnsupportedMediaType},
		Description: "Streamable HTTP of the Model Context Protocol, without sessions. The tool `ask` asks the agent and waits for its answer; `answer` gives one that was not complete before.",
		Responses: map[string]*huma.Response{"200": {Description: "A JSON-RPC response, or a stream with progress that ends with it.", Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{Type: huma.TypeObject}}, "text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}},
		}}},
	}, s.agentMCP)
}

func (s *Server) agentMCP(ctx context.Context, in *AgentPath) (*streamOutput, error) {
	var row db.AgentPublishedRow
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		row, err = tx.AgentPublished(ctx, in.ID)
		return unknownAs(err, errNoAgent)
	})
	if err != nil {
		return nil, err
	}
	return &streamOutput{Body: func(out huma.Context) {
		r, w := humachi.Unwrap(out)
		ctx, cut := s.streamContext(ctx)
		defer cut()
		asked := agentAsked{Server: s, agent: in.ID, key: r.Header.Get("Idempotency-Key")}
		handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return asked.server(ctx, row.Name) }, &mcp.StreamableHTTPOptions{
			Stateless: true, MaxRequestBodyBytes: turnBodyLimit,
			DisableLocalhostProtection: true, // behind a proxy the name is another; a browser's page has no secret key
		})
		handler.ServeHTTP(&worded{ResponseWriter: w, request: r}, r)
	}}, nil
}

// agentAsked is one request to an agent as an MCP server.
type agentAsked struct {
	*Server
	agent chat.AgentID
	key   string // the Idempotency-Key
}

// server has the agent's tools. The context is that of the HTTP request, which says who
// asks.
func (a agentAsked) server(ctx context.Context, name string) *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "parley", Title: name, Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{
		Name: "ask", Title: "Ask " + name, Description: fmt.Sprintf("Asks %s, an assistant, and waits for its answer.", name),
	}, answering(ctx, a.ask))
	mcp.AddTool(server, &mcp.Tool{
		Name: "answer", Title: "Answer of " + name, Description: "Gives an answer that was not complete before, once it is.",
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true},
	}, answering(ctx, a.answer))
	return server
}

// answering makes a tool of what gives an answer, and tells whoever wants to know how
// long that has grown.
func answering[In any](ctx context.Context, give func(context.Context, In, func(written int)) (*agentAnswer, error)) mcp.ToolHandlerFor[In, *agentAnswer] {
	return func(call context.Context, r *mcp.CallToolRequest, in In) (*mcp.CallToolResult, *agentAnswer, error) {
		report := func(written int) {
			if token := r.Params.GetProgressToken(); token != nil {
				// Progress that cannot be told is no reason to lose the answer.
				_ = r.Session.NotifyProgress(call, &mcp.ProgressNotificationParams{ProgressToken: token, Progress: float64(written), Message: "characters written"})
			}
		}
		given, err := give(ctx, in, report) // the SDK's context does not know who asks
		if err != nil {
			problem := problemOf(ctx, err)
			noteError(ctx, problem)
			return nil, nil, errors.New(problem.Detail)
		}
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: given.Answer}}}, given, nil
	}
}

func (a agentAsked) ask(ctx context.Context, in agentQuestion, report func(written int)) (*agentAnswer, error) {
	question, err := questionOf(TurnInput{Message: &MessageInput{Parts: []PartInput{{Type: string(chat.PartText), Text: in.Message}}}})
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	question.Key, question.BodyHash = a.key, hashOf(body)
	if question.Conversation, err = a.conversation(ctx, in.ConversationID); err != nil {
		return nil, err
	}
	claimed, err := a.Server.ask(ctx, question)
	if err != nil {
		return nil, err
	}
	if !claimed.Kept.IsZero() {
		return nil, errKept
	}
	return a.wait(ctx, claimed.Turn, report)
}

// conversation gives the one that is gone on with, or another one; the same for the same
// Idempotency-Key.
func (a agentAsked) conversation(ctx context.Context, text string) (id chat.ConversationID, err error) {
	err = a.tenantTx(ctx, func(tx *db.TenantTx) error {
		if text == "" {
			opened, err := openConversation(ctx, tx, a.agent, a.key)
			id = opened.ID
			return err
		}
		if id, err = chat.ParseID[chat.ConversationID](text); err != nil {
			return errNoConversation
		}
		found, err := ownConversation(ctx, tx, id)
		if err == nil && found.Conversation.AgentID != a.agent {
			return errNoConversation
		}
		return err
	})
	return id, err
}

// errKept tells a program that no model answers it.
var errKept = chat.NewError(chat.CodeConflict, "A person of the team answers in this conversation now. Your message was given to them.")

func (a agentAsked) answer(ctx context.Context, in answerQuestion, report func(written int)) (*agentAnswer, error) {
	id, err := chat.ParseID[chat.TurnID](in.TurnID)
	if err != nil {
		return nil, errNoTurn
	}
	var row db.Turn
	err = a.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		if row, err = ownTurn(ctx, tx, id); err != nil {
			return err
		}
		found, err := ownConversation(ctx, tx, row.ConversationID)
		if err == nil && found.Conversation.AgentID != a.agent { // the turn may be another agent's by now
			err = errNoTurn
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return a.wait(ctx, row, report)
}

// wait follows a turn to the end of its stream, and gives what it has said by then.
func (a agentAsked) wait(ctx context.Context, row db.Turn, report func(written int)) (*agentAnswer, error) {
	if row.Status == chat.TurnRunning {
		if err := a.readToEnd(ctx, row, report); err != nil {
			return nil, err
		}
	}
	given := agentAnswer{ConversationID: row.ConversationID.String(), TurnID: row.ID.String()}
	err := a.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		if row, err = tx.TurnGet(ctx, row.ID); err != nil {
			return err
		}
		message, err := tx.MessageGet(ctx, row.AssistantMessageID)
		given.Answer, given.Status = chat.Text(message.Parts), row.Status
		return ignoreMissing(err)
	})
	if err == nil && row.Status == chat.TurnFailed {
		err = chat.NewError(row.ErrorCode, row.ErrorMessage)
	}
	return &given, err
}

func (a agentAsked) readToEnd(ctx context.Context, row db.Turn, report func(written int)) error {
	reader := a.log.Turn(row.TenantID, row.ID, 0)
	defer reader.Close()
	written, reported := 0, time.Now()
	for {
		event, err := reader.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return chat.NewError(chat.CodeUnavailable, "The answer goes on, and nobody here can follow it. Ask for it again: its turnId is "+row.ID.String()+".").Because(err)
		}
		var chunk chat.Chunk
		if json.Unmarshal(event.JSON, &chunk) == nil {
			written += utf8.RuneCountInString(chunk.Delta)
		}
		if time.Since(reported) > reportPause {
			reported = time.Now()
			report(written)
		}
	}
}

// worded makes problems of the refusals of the SDK, which are plain text.
type worded struct {
	http.ResponseWriter
	request *http.Request
	refused bool
}

// WriteHeader implements http.ResponseWriter.
func (w *worded) WriteHeader(status int) {
	if status < http.StatusBadRequest || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.refused = true
	writeProblem(w.ResponseWriter, w.request, newProblem(status, "This is no request of the Model Context Protocol (streamable HTTP).", nil))
}

// Write implements io.Writer.
func (w *worded) Write(text []byte) (int, error) {
	if w.refused {
		return len(text), nil
	}
	return w.ResponseWriter.Write(text)
}

// Unwrap is for http.ResponseController, which flushes.
func (w *worded) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush implements http.Flusher, for what does not know controllers.
func (w *worded) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }
