// Package visitor talks to Parley from outside, over HTTP alone, like the widget
// on a customer's page does. Tests and the benchmark see with its eyes.
package visitor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/parley-chat/parley/chat"
)

// Page is where a visitor comes from.
type Page struct {
	Agent       chat.AgentID
	Key, Origin string
}

// Visitor is one person with the widget open.
type Visitor struct {
	// Tools are what the page can do for the agent, by name.
	Tools []string

	base   string // of the API
	origin string
	token  string
	client *http.Client
}

// Open begins a session on a page. base is the address of any node.
func Open(ctx context.Context, client *http.Client, base string, page Page) (*Visitor, error) {
	v := &Visitor{base: base, origin: page.Origin, client: client}
	var session struct {
		Token string `json:"token"`
	}
	err := v.call(ctx, http.MethodPost, "/v1/widget/sessions", map[string]any{
		"agentId": page.Agent, "publishableKey": page.Key,
	}, &session)
	v.token = session.Token
	return v, err
}

// At is the same visitor at another node.
func (v *Visitor) At(base string) *Visitor {
	moved := *v
	moved.base = base
	return &moved
}

// Converse begins a conversation.
func (v *Visitor) Converse(ctx context.Context) (chat.ConversationID, error) {
	var made struct {
		ID chat.ConversationID `json:"id"`
	}
	err := v.call(ctx, http.MethodPost, "/v1/conversations", struct{}{}, &made)
	return made.ID, err
}

// Message is a stored message of a conversation.
type Message struct {
	Role  chat.Role         `json:"role"`
	Parts []chat.Part       `json:"parts"`
	State chat.MessageState `json:"state"`
	// Turn is the one that asked for or wrote it, if any did.
	Turn chat.TurnID `json:"turnId"`
}

// Messages gives a conversation's first hundred messages, oldest first.
func (v *Visitor) Messages(ctx context.Context, conversation chat.ConversationID) ([]Message, error) {
	var list struct {
		Items []Message `json:"items"`
	}
	err := v.call(ctx, http.MethodGet, "/v1/conversations/"+conversation.String()+"/messages?limit=100", nil, &list)
	return list.Items, err
}

// Turn gives how a turn stands.
func (v *Visitor) Turn(ctx context.Context, turn chat.TurnID) (status chat.TurnStatus, lastSeq int64, err error) {
	var row struct {
		Status  chat.TurnStatus `json:"status"`
		LastSeq int64           `json:"lastSeq"`
	}
	err = v.call(ctx, http.MethodGet, "/v1/turns/"+turn.String(), nil, &row)
	return row.Status, row.LastSeq, err
}

// AskForPerson asks for a person of the team.
func (v *Visitor) AskForPerson(ctx context.Context, conversation chat.ConversationID) error {
	var asked struct{}
	return v.call(ctx, http.MethodPost, "/v1/conversations/"+conversation.String()+"/person", struct{}{}, &asked)
}

// Write says something, whoever answers it. The same key is the same message.
func (v *Visitor) Write(ctx context.Context, conversation chat.ConversationID, text, key string) error {
	request, err := v.turnRequest(ctx, conversation, text, key)
	if err != nil {
		return err
	}
	response, err := v.send(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// Ask says something and streams the answer. The same key is the same message.
func (v *Visitor) Ask(ctx context.Context, conversation chat.ConversationID, text, key string) (*Stream, error) {
	request, err := v.turnRequest(ctx, conversation, text, key)
	if err != nil {
		return nil, err
	}
	return v.stream(request)
}

func (v *Visitor) turnRequest(ctx context.Context, conversation chat.ConversationID, text, key string) (*http.Request, error) {
	body, err := json.Marshal(map[string]any{
		"message":     map[string]any{"parts": []map[string]string{{"type": "text", "text": text}}},
		"clientTools": append([]string{}, v.Tools...),
	})
	if err != nil {
		return nil, err
	}
	request, err := v.request(ctx, http.MethodPost, "/v1/conversations/"+conversation.String()+"/turns", body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Idempotency-Key", key)
	return request, nil
}

// Follow streams a turn after the given event.
func (v *Visitor) Follow(ctx context.Context, turn chat.TurnID, after int64) (*Stream, error) {
	request, err := v.request(ctx, http.MethodGet, "/v1/turns/"+turn.String()+"/stream", nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Last-Event-ID", strconv.FormatInt(after, 10))
	return v.stream(request)
}

// TakeCall has the page take a call that is offered, under a name of its own.
func (v *Visitor) TakeCall(ctx context.Context, conversation chat.ConversationID, call, page string) (granted bool, err error) {
	var claim struct {
		Granted bool `json:"granted"`
	}
	err = v.call(ctx, http.MethodPost, callPath(conversation, call)+"/claim", map[string]string{"page": page}, &claim)
	return claim.Granted, err
}

// AnswerCall says what has become of a call, and gives what is recorded of it.
func (v *Visitor) AnswerCall(ctx context.Context, conversation chat.ConversationID, call, page string, output any) (chat.ToolCallState, error) {
	var row struct {
		State chat.ToolCallState `json:"state"`
	}
	err := v.call(ctx, http.MethodPost, callPath(conversation, call)+"/result", map[string]any{"page": page, "output": output}, &row)
	return row.State, err
}

func callPath(conversation chat.ConversationID, call string) string {
	return "/v1/conversations/" + conversation.String() + "/tool-calls/" + call
}

// Stop asks for a turn's end. What it has said is kept.
func (v *Visitor) Stop(ctx context.Context, turn chat.TurnID) error {
	var row struct{}
	return v.call(ctx, http.MethodPost, "/v1/turns/"+turn.String()+"/stop", nil, &row)
}

// RefusedError is an answer of the API other than success.
type RefusedError struct {
	Status int
	Header http.Header
	Body   string
}

func (r *RefusedError) Error() string { return fmt.Sprintf("the API answers %d: %s", r.Status, r.Body) }

func (v *Visitor) request(ctx context.Context, method, path string, body []byte) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, method, v.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Origin", v.origin)
	if v.token != "" {
		request.Header.Set("Authorization", "Bearer "+v.token)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}

func (v *Visitor) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	request, err := v.request(ctx, method, path, body)
	if err != nil {
		return err
	}
	response, err := v.send(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return json.NewDecoder(response.Body).Decode(out)
}

func (v *Visitor) send(request *http.Request) (*http.Response, error) {
	response, err := v.client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode < 300 {
		return response, nil
	}
	defer response.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
	return nil, &RefusedError{response.StatusCode, response.Header, string(said)}
}
