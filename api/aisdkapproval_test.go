package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/internal/node"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/llm/simulator"
)

// askedInSDK is a chat of the AI SDK in which the visitor is asked about a sum, and
// what its client knows of the answer.
type askedInSDK struct {
	w       *world
	n       *node.Node
	p       party
	turn    chat.TurnID
	message struct {
		ID    chat.MessageID
		Parts []chat.Part
	}
}

// calculating publishes an agent that asks the visitor before it calculates, and has a
// visitor's chat come to the question. parked: the turn does not wait for it.
func calculating(t *testing.T, parked bool) askedInSDK {
	t.Helper()
	env := nodetest.New(t)
	a := askedInSDK{n: env.Start(t)}
	a.w = on(t, a.n)
	sum := asked.ofVisitor()
	sum.tool = chat.Tool{Name: "calculate", Kind: chat.ToolBuiltIn, Class: chat.ClassRead, Policy: chat.ToolPolicy{Default: chat.DecideAskVisitor},
		InputSchema: json.RawMessage(`{"type":"object"}`)}
	a.p = a.w.publishing(t, sum)
	env.Simulator.AddScript(simulator.Script{Match: simulator.Match{Offers: "calculate"}, Calls: []simulator.Call{{Name: "calculate", Arguments: json.RawMessage(`{"expression": "6 * 7"}`)}}})
	env.Simulator.AddScript(simulator.Script{AfterTools: true, Text: "This is what came of it."})
	l := a.w.listen(t, call{Method: "POST", Path: sdkPath(a.p), Bearer: a.p.visitor, Body: sdkRequest("chat", "m1", "How much?")})
	var err error
	a.turn, err = chat.ParseID[chat.TurnID](l.response.Header.Get("X-Parley-Turn-Id"))
	require.NoError(t, err)
	for {
		chunk := chunkOf(t, l.next())
		if chunk.Type == chat.ChunkStart {
			a.message.ID = chunk.MessageID
		}
		a.message.Parts = chat.Fold(a.message.Parts, chunk)
		if chunk.Type == chat.ChunkToolApprovalRequest {
			break
		}
	}
	if parked {
		_, err = a.n.Turns.Park(context.Background(), a.p.TenantID, a.turn)
		require.NoError(t, err)
		frames := l.rest()
		require.Equal(t, chat.FinishToolCalls, chunkOf(t, frames[len(frames)-2]).FinishReason)
	}
	return a
}

func chunkOf(t *testing.T, f frame) (chunk chat.Chunk) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(f.Data), &chunk))
	return chunk
}

// says is the request of a client whose visitor has decided.
func (a askedInSDK) says(approved bool, approval string) map[string]any {
	part := a.message.Parts[len(a.message.Parts)-1]
	body := sdkRequest("chat", "m1", "How much?")
	body["messageId"] = a.message.ID
	body["messages"] = append(body["messages"].([]any), map[string]any{"id": a.message.ID, "role": "assistant", "parts": []any{
		map[string]any{"type": "step-start"},
		map[string]any{
			"type": "dynamic-tool", "toolName": "calculate", "toolCallId": part.ToolCallID, "state": "approval-responded", "input": map[string]any{},
			"approval": map[string]any{"id": approval, "approved": approved, "reason": "Because."},
		},
	}})
	return body
}

func (a askedInSDK) approval() string { return a.message.Parts[len(a.message.Parts)-1].Approval.ID }

// TestSDKVisitorsDecide: with the parts of the AI SDK, and what comes of it goes on in
// the message that the client has, whether or not the turn has waited.
func TestSDKVisitorsDecide(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		parked, approved bool
		state            string
	}{
		"yes, later":   {parked: true, approved: true, state: chat.ToolPartOutput},
		"no, later":    {parked: true, state: chat.ToolPartDenied},
		"yes, at once": {approved: true, state: chat.ToolPartOutput},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := calculating(t, c.parked)
			l := a.w.listen(t, call{Method: "POST", Path: sdkPath(a.p), Bearer: a.p.visitor, Body: a.says(c.approved, a.approval())})
			require.Equal(t, http.StatusOK, l.response.StatusCode)
			frames := l.rest()
			assert.JSONEq(t, `{"type":"start"}`, frames[0].Data)
			parts := a.message.Parts
			for _, f := range frames[1 : len(frames)-1] {
				chunk := chunkOf(t, f)
				assert.NotEqual(t, chat.ChunkStart, chunk.Type, "it goes on with the message")
				parts = chat.Fold(parts, chunk)
			}
			assert.Equal(t, c.state, toolPart(parts).State)
			assert.True(t, strings.HasSuffix(chat.Text(parts), "This is what came of it."), chat.Text(parts))
			assert.Equal(t, chat.ChunkFinish, chunkOf(t, frames[len(frames)-2]).Type)

			again := a.w.listen(t, call{Method: "POST", Path: sdkPath(a.p), Bearer: a.p.visitor, Body: a.says(!c.approved, a.approval())}).rest()
			assert.Contains(t, textOf(again), `"finish"`, "a second decision gets what came of the first")
		})
	}
}

func toolPart(parts []chat.Part) (found chat.Part) {
	for _, part := range parts {
		if part.Type == chat.PartTool {
			found = part
		}
	}
	return found
}

func TestSDKDecisionsThatCannotBeTaken(t *testing.T) {
	t.Parallel()
	a := calculating(t, true)
	stranger := a.w.visitorToken(t, a.p)
	for name, c := range map[string]struct {
		approval, bearer string
		status           int
	}{
		"a question that is none": {"x", a.p.visitor, http.StatusNotFound},
		"a question of nobody":    {uuidOfNobody, a.p.visitor, http.StatusNotFound},
		"another visitor's":       {a.approval(), stranger, http.StatusNotFound},
		"another tenant's":        {a.approval(), a.w.party(t).secret, http.StatusNotFound},
	} {
		got := a.w.do(t, call{Method: "POST", Path: sdkPath(a.p), Bearer: c.bearer, Body: a.says(true, c.approval)})
		assert.Equal(t, c.status, got.Status, "%s: %s", name, got.Text)
	}
	require.NoError(t, a.w.db.Tenant(context.Background(), a.p.TenantID, func(tx *db.TenantTx) error {
		calls, err := tx.ToolCallListByTurn(context.Background(), a.turn)
		require.Equal(t, chat.CallAwaiting, calls[0].State)
		return err
	}))
}
