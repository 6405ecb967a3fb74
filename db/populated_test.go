package db_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
)

// populated is a tenant that has at least one row in every table.
type populated struct {
	dbtest.Fixture
	word             string // said in a message, and nowhere else in the world
	QuestionID       chat.MessageID
	AnswerID         chat.MessageID
	TurnID           chat.TurnID
	IdleConversation chat.ConversationID // has a chat id, and a turn that has ended
	LeftConversation chat.ConversationID // does not show the turn that waits for people
	ParkedID         chat.TurnID
	KeyID            chat.KeyID
	ProviderID       chat.ProviderID
	ApprovalID       chat.ApprovalID
	MCPServerID      chat.MCPServerID
	// HandedConversation has a visitor who waits for a person.
	HandedConversation chat.ConversationID
	HandoffID          chat.HandoffID
	EndedHandoffID     chat.HandoffID
	PlaygroundID       chat.ConversationID
	UntriedAgent       chat.AgentID // nobody has tried its draft out
}

const (
	turnKey    = "turn key"
	clientID   = "client id"
	chatID     = "chat id"
	toolSecret = "SHOP_KEY"
	scope      = "POST /things"
	replayKey  = "replay key"
)

func (p populated) bytes(what string) []byte  { return []byte(what + " of " + p.Slug) }
func (p populated) externalID() *string       { text := "external " + p.word[:8]; return &text }
func (p populated) callID() string            { return "call_" + p.word }
func (p populated) parts() []chat.Part        { return []chat.Part{chat.TextPart("I say " + p.word)} }
func (p populated) event() json.RawMessage    { return json.RawMessage(`{"text": "` + p.word + `"}`) }
func (p populated) events() []json.RawMessage { return []json.RawMessage{p.event()} }

func populate(tb testing.TB, d *db.DB) populated {
	tb.Helper()
	p := populated{
		Fixture: dbtest.Tenant(tb, d), word: "w" + strings.ReplaceAll(uuid.NewString(), "-", ""),
		QuestionID: chat.NewID[chat.MessageID](), AnswerID: chat.NewID[chat.MessageID](), TurnID: chat.NewID[chat.TurnID](),
		IdleConversation: chat.NewID[chat.ConversationID](), KeyID: chat.NewID[chat.KeyID](), ProviderID: chat.NewID[chat.ProviderID](),
		ApprovalID: chat.NewID[chat.ApprovalID](), MCPServerID: chat.NewID[chat.MCPServerID](), LeftConversation: chat.NewID[chat.ConversationID](), ParkedID: chat.NewID[chat.TurnID](),
		HandedConversation: chat.NewID[chat.ConversationID](), HandoffID: chat.NewID[chat.HandoffID](), EndedHandoffID: chat.NewID[chat.HandoffID](),
		PlaygroundID: chat.NewID[chat.ConversationID](), UntriedAgent: chat.NewID[chat.AgentID](),
	}
	ctx := context.Background()
	require.NoError(tb, d.Tenant(ctx, p.TenantID, func(tx *db.TenantTx) error {
		p.insertAccount(tb, tx)
		p.insertTalk(tb, tx)
		p.insertHandoffs(tb, tx)
		p.insertPlay(tb, tx)
		return nil
	}))
	require.NoError(tb, d.System(ctx, func(tx *db.SystemTx) error {
		_, err := tx.SessionInsert(ctx, db.SessionInsertParams{
			TenantID: p.TenantID, ID: chat.NewID[chat.SessionID](), UserID: p.UserID,
			TokenHash: p.bytes("session"), ExpiresAt: time.Now().Add(time.Hour),
		})
		return err
	}))
	require.NoError(tb, d.SystemSQL(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO turn_archives (tenant_id, turn_id, events, ended_at) VALUES ($1, $2, $3, now())",
			p.TenantID, p.TurnID, p.event())
		return err
	}))
	return p
}

func (p populated) insertAccount(tb testing.TB, tx *db.TenantTx) {
	tb.Helper()
	ctx := context.Background()
	require.NoError(tb, tx.TenantIdentitySecretPut(ctx, p.bytes("identity")))
	_, err := tx.KeyInsert(ctx, db.KeyInsertParams{
		ID: p.KeyID, Kind: chat.KeySecret, Name: "key", Prefix: "sk_", KeyHash: p.bytes("key"), Scopes: []string{}, CreatedBy: p.UserID,
	})
	require.NoError(tb, err)
	_, err = tx.ProviderPut(ctx, db.ProviderPutParams{
		ID: p.ProviderID, API: "responses", BaseURL: "https://" + p.Slug, SecretCiphertext: p.bytes("provider"),
	})
	require.NoError(tb, err)
	_, err = tx.ToolSecretPut(ctx, toolSecret, p.bytes("tool secret"))
	require.NoError(tb, err)
	_, err = tx.MCPServerInsert(ctx, p.MCPServerID, p.word, p.mcpServer())
	require.NoError(tb, err)
	_, err = tx.VisitorByExternalID(ctx, db.VisitorByExternalIDParams{
		ID: chat.NewID[chat.VisitorID](), ExternalID: p.externalID(), Name: p.word, Traits: p.event(),
	})
	require.NoError(tb, err)
	_, err = tx.IdempotencyKeyTake(ctx, scope, replayKey, p.bytes("body"))
	require.NoError(tb, err)
	require.NoError(tb, tx.AuditAppend(ctx, db.AuditAppendParams{
		ID: uuid.New(), ActorKind: "user", ActorID: p.UserID.String(), Action: p.word, TargetKind: "tenant", Detail: p.event(),
	}))
}

// insertTalk leaves a turn that runs in the fixture's conversation, and one that
// has been answered in the other.
func (p populated) insertTalk(tb testing.TB, tx *db.TenantTx) {
	tb.Helper()
	ctx, client, chatName, key := context.Background(), clientID, chatID, turnKey
	_, err := tx.ConversationInsert(ctx, db.ConversationInsertParams{
		ID: p.IdleConversation, AgentID: p.AgentID, VisitorID: p.VisitorID, ChatID: &chatName,
	})
	require.NoError(tb, err)
	_, err = tx.TurnClaim(ctx, db.TurnClaimParams{
		ID: p.TurnID, ConversationID: p.ConversationID, AgentID: p.AgentID, AgentVersionID: p.AgentVersionID,
		UserMessageID: p.QuestionID, AssistantMessageID: chat.NewID[chat.MessageID](), IdempotencyKey: &key, ClientID: &client,
		Events: p.events(), Start: p.event(), Parts: p.parts(), Preview: p.word, Title: p.word, UsageID: uuid.New(),
	})
	require.NoError(tb, err)
	answered, err := tx.TurnClaim(ctx, db.TurnClaimParams{
		ID: chat.NewID[chat.TurnID](), ConversationID: p.IdleConversation, AgentID: p.AgentID, AgentVersionID: p.AgentVersionID,
		UserMessageID: chat.NewID[chat.MessageID](), AssistantMessageID: p.AnswerID, Events: p.events(), Start: p.event(), Parts: p.parts(), UsageID: uuid.New(),
		Continues: p.TurnID,
	})
	require.NoError(tb, err)
	require.NoError(tb, tx.TurnClose(ctx, db.TurnCloseParams{
		ID: answered.ID, ConversationID: p.IdleConversation, MessageID: p.AnswerID, Status: chat.TurnCompleted,
		LastSeq: 1, Events: p.events(), Parts: append(p.parts(), offered), MessageState: chat.MessageComplete,
	}))
	require.NoError(tb, tx.TurnSteer(ctx, db.TurnSteerParams{
		MessageID: chat.NewID[chat.MessageID](), ConversationID: p.ConversationID, TurnID: p.TurnID, Parts: p.parts(), Event: p.event(),
	}))
	p.insertCalls(tb, tx, answered.ID)
	_, err = tx.FeedbackPut(ctx, db.FeedbackPutParams{MessageID: p.AnswerID, VisitorID: p.VisitorID, Rating: 1, Comment: p.word})
	require.NoError(tb, err)
	require.NoError(tb, tx.UsageSettle(ctx, db.UsageSettleParams{
		ID: uuid.New(), TurnID: p.TurnID, Step: 1, Attempt: 1, Purpose: "answer", Model: p.word, CostMicros: 7, Source: "reported",
	}))
	_, err = tx.UsageOpen(ctx, db.UsageOpenParams{ID: uuid.New(), TurnID: p.TurnID, Step: 2, Attempt: 1, Purpose: "answer"})
	require.NoError(tb, err)
}

// insertCalls leaves a call to be made, one of an answer that is not shown, one that
// people are asked about, and one that pages are offered.
func (p populated) insertCalls(tb testing.TB, tx *db.TenantTx, answered chat.TurnID) {
	tb.Helper()
	ctx := context.Background()
	_, err := tx.ConversationInsert(ctx, db.ConversationInsertParams{ID: p.LeftConversation, AgentID: p.AgentID, VisitorID: p.VisitorID})
	require.NoError(tb, err)
	answer := chat.NewID[chat.MessageID]()
	_, err = tx.TurnClaim(ctx, db.TurnClaimParams{
		ID: p.ParkedID, ConversationID: p.LeftConversation, AgentID: p.AgentID, AgentVersionID: p.AgentVersionID,
		UserMessageID: chat.NewID[chat.MessageID](), AssistantMessageID: answer, Events: p.events(), Start: p.event(), Parts: p.parts(), UsageID: uuid.New(),
	})
	require.NoError(tb, err)
	require.NoError(tb, tx.TurnClose(ctx, db.TurnCloseParams{
		ID: p.ParkedID, ConversationID: p.LeftConversation, MessageID: answer, Status: chat.TurnAwaitingApproval,
		LastSeq: 1, Events: p.events(), Parts: p.parts(), MessageState: chat.MessageComplete,
	}))
	require.NoError(tb, tx.ConversationFork(ctx, 0, p.LeftConversation))
	call := db.ToolCallInsertParams{AgentVersionID: p.AgentVersionID, Step: 1, Tool: p.word, Class: chat.ClassWrite, Arguments: p.event(), State: chat.CallRequested}
	for _, which := range []struct {
		id           string
		turn         chat.TurnID
		conversation chat.ConversationID
		state        chat.ToolCallState
		place        int32
	}{
		{p.callID(), p.TurnID, p.ConversationID, chat.CallRequested, 0},
		{"call_replaced" + p.word, answered, p.ConversationID, chat.CallSucceeded, 0},
		{p.waitingID(), p.ParkedID, p.LeftConversation, chat.CallRequested, 0},
		{p.offeredID(), p.TurnID, p.ConversationID, chat.CallRequested, 2},
	} {
		call.ID, call.TurnID, call.ConversationID, call.State, call.Place = which.id, which.turn, which.conversation, which.state, which.place
		require.NoError(tb, tx.ToolCallInsert(ctx, call))
	}
	_, err = tx.ToolCallOffer(ctx, 60, p.offeredID())
	require.NoError(tb, err)
	offer := json.RawMessage(`{"type": "tool-input-available", "toolCallId": "` + p.offeredID() + `", "providerExecuted": false}`)
	require.NoError(tb, tx.TurnEventAppend(ctx, p.ParkedID, 1, []json.RawMessage{offer}))
	_, err = tx.ApprovalOpen(ctx, db.ApprovalOpenParams{
		CallID: p.waitingID(), ID: p.ApprovalID, AgentID: p.AgentID, Asks: chat.AsksStaff, Title: p.word, Quorum: 1,
		Roles: []string{}, ExpiresInMinutes: 1, OnExpiry: chat.DecideDeny,
	})
	require.NoError(tb, err)
	_, err = tx.ApprovalVote(ctx, p.vote(uuid.New()))
	require.NoError(tb, err)
}

// insertHandoffs leaves a visitor who waits for a person, a handoff that is over, and a
// call with which an agent has handed over to another.
func (p populated) insertHandoffs(tb testing.TB, tx *db.TenantTx) {
	tb.Helper()
	ctx := context.Background()
	_, err := tx.ConversationInsert(ctx, db.ConversationInsertParams{ID: p.HandedConversation, AgentID: p.AgentID, VisitorID: p.VisitorID})
	require.NoError(tb, err)
	_, err = tx.MessageAdd(ctx, db.MessageAddParams{
		ID: chat.NewID[chat.MessageID](), ConversationID: p.HandedConversation, Role: chat.RoleUser, Parts: p.parts(), Events: p.events(),
	})
	require.NoError(tb, err)
	open := db.HandoffOpenParams{ID: p.EndedHandoffID, ConversationID: p.HandedConversation, AskedBy: "visitor", Reason: p.word, AnswerMinutes: 1}
	_, err = tx.HandoffOpen(ctx, open)
	require.NoError(tb, err)
	_, err = tx.HandoffEnd(ctx, "returned", p.HandedConversation)
	require.NoError(tb, err)
	id := "call_handoff" + p.word
	open.ID, open.CallID = p.HandoffID, &id
	require.NoError(tb, tx.ToolCallInsert(ctx, db.ToolCallInsertParams{
		ID: id, TurnID: p.TurnID, ConversationID: p.ConversationID, AgentVersionID: p.AgentVersionID, Step: 1, Place: 7,
		Tool: chat.HandoffPrefix + "other", Class: chat.ClassRead, Arguments: p.event(), State: chat.CallRequested,
	}))
	_, err = tx.ToolCallFinish(ctx, db.ToolCallFinishParams{
		ID: id, State: chat.CallSucceeded, Output: json.RawMessage(`{"versionId":"` + p.AgentVersionID.String() + `"}`),
	})
	require.NoError(tb, err)
	_, err = tx.HandoffOpen(ctx, open)
	require.NoError(tb, err)
}

// insertPlay leaves a draft that was tried out, and a question to who does.
func (p populated) insertPlay(tb testing.TB, tx *db.TenantTx) {
	tb.Helper()
	ctx, call, claimed := context.Background(), "call_played"+p.word, chat.NewID[chat.TurnID]()
	_, err := tx.AgentInsert(ctx, p.UntriedAgent, p.word, dbtest.Config)
	require.NoError(tb, err)
	_, err = tx.PlaygroundInsert(ctx, db.PlaygroundInsertParams{ID: p.PlaygroundID, AgentID: p.AgentID, PlayedBy: p.UserID, PlayAsks: chat.PlayAsksAll})
	require.NoError(tb, err)
	_, err = tx.AgentDraftFreeze(ctx, chat.NewID[chat.AgentVersionID](), p.AgentID)
	require.NoError(tb, err)
	version, err := tx.AgentDraftFrozen(ctx, p.AgentID)
	require.NoError(tb, err)
	_, err = tx.TurnClaim(ctx, db.TurnClaimParams{
		ID: claimed, ConversationID: p.PlaygroundID, AgentID: p.AgentID, AgentVersionID: version,
		UserMessageID: chat.NewID[chat.MessageID](), AssistantMessageID: chat.NewID[chat.MessageID](),
		Events: p.events(), Start: p.event(), Parts: p.parts(), UsageID: uuid.New(),
	})
	require.NoError(tb, err)
	require.NoError(tb, tx.ToolCallInsert(ctx, db.ToolCallInsertParams{
		ID: call, TurnID: claimed, ConversationID: p.PlaygroundID, AgentVersionID: version, Step: 1, Tool: p.word, Class: chat.ClassRead, Arguments: p.event(), State: chat.CallRequested,
	}))
	_, err = tx.ApprovalOpen(ctx, db.ApprovalOpenParams{
		CallID: call, ID: chat.NewID[chat.ApprovalID](), AgentID: p.AgentID, Asks: chat.AsksPlayer, Title: p.word, Quorum: 1,
		Roles: []string{}, ExpiresInMinutes: 1, OnExpiry: chat.DecideDeny,
	})
	require.NoError(tb, err)
}

func (p populated) mcpServer() chat.MCPServer { return chat.MCPServer{URL: "https://" + p.Slug} }

func (p populated) waitingID() string { return "call_waiting" + p.word }

func (p populated) offeredID() string { return "call_offered" + p.word }

func (p populated) vote(voter uuid.UUID) db.ApprovalVoteParams {
	return db.ApprovalVoteParams{ApprovalID: p.ApprovalID, Voter: voter, Name: p.word, Approve: true, Arguments: p.event()}
}

// marks are texts of which a stranger may see none.
func (p populated) marks() []string {
	marks := []string{
		p.word, p.Slug, p.TenantID.String(), p.AgentID.String(), p.AgentVersionID.String(), p.VisitorID.String(),
		p.ConversationID.String(), p.QuestionID.String(), p.AnswerID.String(), p.TurnID.String(),
		p.IdleConversation.String(), p.KeyID.String(), p.ProviderID.String(), p.ApprovalID.String(), p.MCPServerID.String(), p.LeftConversation.String(), p.ParkedID.String(),
		p.HandedConversation.String(), p.HandoffID.String(), p.EndedHandoffID.String(),
		p.PlaygroundID.String(), p.UntriedAgent.String(),
	}
	for _, what := range []string{"identity", "key", "provider", "session", "body", "tool secret"} {
		marks = append(marks, base64.StdEncoding.EncodeToString(p.bytes(what)))
	}
	return marks
}

// offered is what an answer asks a visitor for.
var offered = chat.Part{Type: chat.PartUI, ID: "ui-1-1", Data: json.RawMessage(`{"component":"confirmation","props":{}}`)}

// special gives arguments that one method alone needs, most of them because an
// insertion has to be new to succeed for the owner.
func special(p populated) map[string]any {
	other, text := "another", func(s string) *string { return &s }
	question, chunk := []chat.Part{chat.TextPart("new")}, json.RawMessage(`{}`)
	return map[string]any{
		"AgentInsert.iD": chat.NewID[chat.AgentID](), "AgentPublish.ID": chat.NewID[chat.AgentVersionID](),
		"AuditAppend.Detail": chunk, "AuditAppend.Action": other,
		"ConversationByChat.ID": chat.NewID[chat.ConversationID](), "ConversationInsert.ID": chat.NewID[chat.ConversationID](),
		"ConversationInsert.ChatID": text(other), "FeedbackPut.Comment": other, "FeedbackPut.Rating": int16(-1),
		"IdempotencyKeyTake.key": other, "IdempotencyKeyTake.bodyHash": []byte(other), "IdempotencyKeyFinish.Response": chunk,
		"KeyInsert.ID": chat.NewID[chat.KeyID](), "KeyInsert.KeyHash": []byte(uuid.NewString()), "KeyInsert.PublicValue": (*string)(nil),
		"MessageByClient.clientID": clientID, "MessageVersion.iD": p.QuestionID, "MessagePartsPut.parts": question, "MessageOffering.iD": p.AnswerID, "MessageOffering.conversationID": p.IdleConversation, "MessageOffering.partID": offered.ID,
		"ProviderPut.ID": chat.NewID[chat.ProviderID](), "ProviderPut.SecretCiphertext": []byte(other), "ProviderPut.BaseURL": other,
		"TenantIdentitySecretPut.identitySecretCiphertext": []byte(other), "TenantPut.Name": other,
		"ApprovalOpen.CallID": p.callID(), "ApprovalOpen.ID": chat.NewID[chat.ApprovalID](), "ApprovalList.State": chat.ApprovalOpen,
		"ApprovalDecide.State": chat.ApprovalApproved, "ApprovalByCall.callID": p.waitingID(), "ApprovalListOpen.conversationID": p.LeftConversation,
		"ApprovalCancelTurn.turnID": p.ParkedID, "ApprovalAskedByTurn.turnID": p.ParkedID, "ApprovalCancelReplaced.conversationID": p.LeftConversation, "TurnContinued.id": p.ParkedID,
		"ApprovalListByTurn.turnID": p.ParkedID, "ApprovalListPlayed.conversationID": p.PlaygroundID,
		"AgentDraftFreeze.iD": chat.NewID[chat.AgentVersionID](), "AgentDraftFreeze.agentID": p.UntriedAgent,
		"PlaygroundInsert.ID": chat.NewID[chat.ConversationID](), "PlaygroundGet.iD": p.PlaygroundID, "PlaygroundAsksPut.iD": p.PlaygroundID,
		"PlaygroundAsksPut.playAsks": chat.PlayAsksNone,
		"MCPServerInsert.iD":         chat.NewID[chat.MCPServerID](), "MCPServerInsert.name": other, "MCPServerPut.name": other,
		"MCPServerInsert.config": chat.MCPServer{URL: "https://another.example"}, "MCPServerPut.config": p.mcpServer(), "MCPServerListed.config": p.mcpServer(), "MCPServerFailed.config": p.mcpServer(),
		"MCPServerListed.tools":     []chat.MCPOffer{{Name: other}},
		"AgentVersionByCall.callID": p.callID(), "AgentsKnown.ids": []uuid.UUID{p.AgentID.Bytes()}, "ConversationList.Waiting": false, "ConversationSearch.Waiting": false,
		"HandoffOpen.ID": chat.NewID[chat.HandoffID](), "HandoffOpen.ConversationID": p.IdleConversation, "HandoffOpen.CallID": (*string)(nil), "HandoffOpen.AskedBy": "visitor",
		"HandoffByCall.callID": "call_handoff" + p.word, "HandoffSettled.id": p.EndedHandoffID, "HandoffEnd.ending": "returned",
		"HandoffOfConversation.conversationID": p.HandedConversation, "HandoffTake.conversationID": p.HandedConversation, "HandoffVisitorWaits.conversationID": p.HandedConversation,
		"HandoffAnswered.conversationID": p.HandedConversation, "HandoffEnd.conversationID": p.HandedConversation, "MessageLeft.conversationID": p.HandedConversation,
		"MessageAdd.ID": chat.NewID[chat.MessageID](), "MessageAdd.IdempotencyKey": text(other), "MessageAdd.ClientID": text(other), "MessageAdd.Title": text(other), "MessageAdd.Preview": text(other),
		"ToolCallClaim.iD": p.offeredID(), "TurnEventOffered.callIds": []string{p.offeredID()}, "TurnEventOffered.turnID": p.ParkedID,
		"ToolCallFinish.State": chat.CallSucceeded, "ToolCallInsert.State": chat.CallRequested, "ToolCallInsert.ID": "call_new",
		"ToolSecretPut.name": toolSecret, "ToolSecretPut.secretCiphertext": []byte(other), "ToolSecretDelete.name": toolSecret,
		"TurnClaim.ID": chat.NewID[chat.TurnID](), "TurnClaim.ConversationID": p.IdleConversation,
		"TurnClaim.UserMessageID": chat.NewID[chat.MessageID](), "TurnClaim.IdempotencyKey": text(other), "TurnClaim.ClientID": text(other),
		"TurnClose.MessageID": chat.NewID[chat.MessageID](), "TurnClose.Status": chat.TurnCompleted,
		"TurnEventAppend.after": int64(9), "TurnSteer.MessageID": chat.NewID[chat.MessageID](), "TurnSteer.ClientID": text(other),
		"TurnBlocked.blocked": &chat.Blocked{Stage: chat.StageInput, Check: chat.CheckTopic, Topic: other},
		"UsageOpen.Step":      int32(2), "UsageModel.Step": int32(2), "UsageReopen.Step": int32(2), "UsageReopen.Attempt": int32(2), "UsageSettle.Step": int32(2),
		"VisitorInsert.iD":         chat.NewID[chat.VisitorID](),
		"VisitorInsert.secretHash": []byte(uuid.NewString()),
		"VisitorByExternalID.ID":   chat.NewID[chat.VisitorID](), "VisitorByExternalID.Traits": chunk,
	}
}

// common gives arguments by their names, where several methods mean the same.
func common(p populated) map[string]any {
	text := func(s string) *string { return &s }
	visitorSecret, status := p.VisitorID.Bytes(), int32(200)
	return map[string]any{
		"after": 0, "before": math.MaxInt32, "beforeid": nil, "max": 100, "maxrows": 100, "number": 1, "revision": 1, "epoch": 1,
		"step": 1, "position": 1, "ending": (*int32)(nil), "again": false, "lastseq": 9, "attempt": 1, "rating": 1, "status": &status, "afterseq": 9,
		"idempotencykey": text(turnKey), "clientid": text(clientID), "chatid": text(chatID), "externalid": p.externalID(),
		"scope": scope, "key": replayKey, "bodyhash": p.bytes("body"), "words": p.word, "secrethash": visitorSecret[:],
		"name": "name", "email": "", "title": "title", "preview": "preview", "comment": "", "origin": "https://origin.example",
		"model": "model", "priceversion": "2026-01-01", "purpose": "answer", "source": "reported", "responseid": "", "errorcode": chat.Code(""), "errormessage": "",
		"asks": chat.AsksStaff, "quorum": 1, "roles": []string{}, "editable": true, "expiresinminutes": 1, "remindafterminutes": 1,
		"onexpiry": chat.DecideDeny, "approve": true, "reason": "", "expired": false, "decidedarguments": p.event(), "told": true,
		"decision": chat.DecideAllow, "decidedby": "default", "playasks": chat.PlayAsksAll, "prompthash": p.bytes("prompt"),
		"answered": true, "expected": "", "clienttools": []string{},
		"voter": uuid.New(), "continues": chat.TurnID{},
		"id": p.callID(), "timeoutseconds": 1.5, "output": p.event(), "error": "", "reusedfrom": (*string)(nil), "names": []string{toolSecret},
		"tool": "tool", "class": chat.ClassRead, "arguments": p.event(), "place": 1, "calling": 1,
		"author": "", "staffname": "name", "answerminutes": 1,
		"finishreason": chat.FinishStop, "page": "https://origin.example/page",
		"api": "chat", "baseurl": "", "defaultmodel": "", "keyhint": "", "prefix": "pk_", "kind": chat.KeySecret, "scopes": []string{},
		"actorkind": "user", "actorid": "", "action": "", "targetkind": "", "targetid": "", "requestid": "",
		"role": chat.RoleAssistant, "state": chat.MessageComplete, "messagestate": chat.MessageComplete,
		"draft": dbtest.Config, "parts": p.parts(), "event": p.event(), "events": p.events(), "chunks": p.events(), "start": p.event(),
		"inputtokens": 1, "cachedtokens": 0, "outputtokens": 1, "reasoningtokens": 0, "costmicros": 1,
		"monthlybudgetmicros": (*int64)(nil), "maxactiveturns": (*int32)(nil), "turnsperminute": (*int32)(nil),
	}
}

// argument finds what to give a method for one parameter: what is special to
// it, what is common to the name, or A's id of that type.
func argument(t *testing.T, p populated, method, name string, kind reflect.Type) reflect.Value {
	t.Helper()
	if value, ok := special(p)[method+"."+name]; ok {
		return reflect.ValueOf(value).Convert(kind)
	}
	if kind.Kind() == reflect.Struct && strings.HasSuffix(kind.Name(), "Params") {
		filled := reflect.New(kind).Elem()
		for i := range kind.NumField() {
			field := kind.Field(i)
			filled.Field(i).Set(argument(t, p, method, field.Name, field.Type))
		}
		return filled
	}
	if strings.EqualFold(name, "before") && kind.Kind() != reflect.Int32 || strings.EqualFold(name, "after") && kind.Kind() == reflect.Struct {
		return reflect.Zero(kind) // the first page
	}
	if value, ok := common(p)[strings.ToLower(name)]; ok && value != nil && reflect.TypeOf(value).ConvertibleTo(kind) {
		return reflect.ValueOf(value).Convert(kind)
	}
	for _, id := range []any{
		p.AgentID, p.AgentVersionID, p.VisitorID, p.ConversationID, p.AnswerID, p.TurnID, p.KeyID, p.ProviderID, p.ApprovalID, p.MCPServerID, p.HandoffID, p.UserID, uuid.New(),
	} {
		if reflect.TypeOf(id) == kind {
			return reflect.ValueOf(id)
		}
	}
	t.Fatalf("what should the wall test give %s for %s (%s)? Teach it here.", method, name, kind)
	return reflect.Value{}
}
