package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

// LaunchChecklist is what is left to do until visitors can chat.
type LaunchChecklist struct {
	Items []LaunchItem `json:"items" doc:"In the order in which they are best done."`
}

// LaunchItem is one step of the way.
type LaunchItem struct {
	ID      string       `json:"id" enum:"agent-published,origins-set,key-created,snippet-seen,first-conversation"`
	Done    bool         `json:"done"`
	AgentID chat.AgentID `json:"agentId,omitzero" format:"uuid" doc:"The agent to go on with, where the step is about one."`
}

type checklistOutput struct {
	Body LaunchChecklist
}

func (s *Server) registerChecklist() {
	register(s, access{audience: forStaff, permission: PermAgentsRead}, huma.Operation{
		OperationID: "getLaunchChecklist", Method: http.MethodGet, Path: "/v1/launch-checklist",
		Tags: []string{tagTenant}, Summary: "What is left to do before launch",
	}, s.getLaunchChecklist)
}

func (s *Server) getLaunchChecklist(ctx context.Context, _ *struct{}) (*checklistOutput, error) {
	var done db.LaunchChecklistGetRow
	var agents []db.AgentListRow
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		if done, err = tx.LaunchChecklistGet(ctx); err != nil {
			return err
		}
		agents, err = tx.AgentList(ctx, chat.AgentID{}, 1)
		return err
	})
	if err != nil {
		return nil, err
	}
	var agent chat.AgentID
	if len(agents) > 0 {
		agent = agents[0].Agent.ID
	}
	return &checklistOutput{Body: LaunchChecklist{Items: []LaunchItem{
		{ID: "agent-published", Done: done.AgentPublished, AgentID: agent},
		{ID: "origins-set", Done: done.OriginsSet, AgentID: agent},
		{ID: "key-created", Done: done.KeyCreated},
		{ID: "snippet-seen", Done: done.SnippetSeen, AgentID: agent},
		{ID: "first-conversation", Done: done.FirstConversation},
	}}}, nil
}
