package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

// Agent is an assistant with a draft that staff edit and, once published, a
// version that visitors meet.
type Agent struct {
	ID                    chat.AgentID      `json:"id" format:"uuid"`
	Name                  string            `json:"name"`
	Draft                 AgentConfig       `json:"draft"`
	Revision              int64             `json:"revision" doc:"Counts the changes; send it with each change to notice somebody else's."`
	HasUnpublishedChanges bool              `json:"hasUnpublishedChanges"`
	PublishedVersion      *PublishedVersion `json:"publishedVersion,omitempty"`
	SnippetSeenAt         *time.Time        `json:"snippetSeenAt,omitempty" doc:"When a page last opened the widget."`
	SnippetSeenOrigin     string            `json:"snippetSeenOrigin,omitempty"`
	SnippetSeenPage       string            `json:"snippetSeenPage,omitempty" doc:"The page's address, where it was told."`
	CreatedAt             time.Time         `json:"createdAt"`
	UpdatedAt             time.Time         `json:"updatedAt"`
}

// PublishedVersion names the version that visitors meet.
type PublishedVersion struct {
	ID        chat.AgentVersionID `json:"id" format:"uuid"`
	Number    int                 `json:"number"`
	CreatedAt time.Time           `json:"createdAt"`
}

// AgentPath names an agent in a path.
type AgentPath struct {
	ID chat.AgentID `path:"id" format:"uuid" doc:"The agent."`
}

type agentOutput struct {
	Body Agent
}

type agentListOutput struct {
	Body List[Agent]
}

type createAgentInput struct {
	IdempotencyKey
	Body struct {
		Name   string            `json:"name" minLength:"1" maxLength:"80" example:"Support"`
		Config *AgentConfigInput `json:"config,omitempty" doc:"The first draft."`
	}
}

type updateAgentInput struct {
	AgentPath
	Body struct {
		Name     *string           `json:"name,omitempty" minLength:"1" maxLength:"80"`
		Draft    *AgentConfigInput `json:"draft,omitempty"`
		Revision int64             `json:"revision" minimum:"0" doc:"The revision that was edited; 409 when the agent has a newer one."`
	}
}

func (s *Server) registerAgents() {
	reads := access{audience: forStaff, permission: PermAgentsRead}
	writes := access{audience: forStaff, permission: PermAgentsWrite}
	creates := writes
	creates.replays = true
	tags := []string{tagAgents}
	missing := []int{http.StatusNotFound}
	register(s, reads, huma.Operation{
		OperationID: "listAgents", Method: http.MethodGet, Path: "/v1/agents", Tags: tags, Summary: "List agents",
	}, s.listAgents)
	register(s, creates, huma.Operation{
		OperationID: "createAgent", Method: http.MethodPost, Path: "/v1/agents", Tags: tags,
		Summary: "Create an agent", MaxBodyBytes: toolBodyLimit, DefaultStatus: http.StatusCreated,
	}, s.createAgent)
	register(s, reads, huma.Operation{
		OperationID: "getAgent", Method: http.MethodGet, Path: "/v1/agents/{id}", Tags: tags,
		Summary: "Get an agent", Errors: missing,
	}, s.getAgent)
	register(s, writes, huma.Operation{
		OperationID: "updateAgent", Method: http.MethodPatch, Path: "/v1/agents/{id}", Tags: tags,
		Summary: "Change an agent", MaxBodyBytes: toolBodyLimit, Errors: []int{http.StatusNotFound, http.StatusConflict},
		Description: "Changes the name or the draft; visitors see nothing of it until it is published.",
	}, s.updateAgent)
	register(s, writes, huma.Operation{
		OperationID: "deleteAgent", Method: http.MethodDelete, Path: "/v1/agents/{id}", Tags: tags,
		Summary: "Delete an agent", DefaultStatus: http.StatusNoContent, Errors: missing,
		Description: "Its widgets close; its conversations stay readable.",
	}, s.deleteAgent)
}

var errStaleRevision = chat.NewError(chat.CodeConflict, "Somebody has changed the agent in the meantime: load it again.").At("body.revision")

func agentOf(row db.AgentGetRow) Agent {
	agent := Agent{
		ID: row.Agent.ID, Name: row.Agent.Name, Draft: agentConfigOf(row.Agent.Draft), Revision: row.Agent.DraftRevision,
		HasUnpublishedChanges: row.PublishedRevision == nil || *row.PublishedRevision != row.Agent.DraftRevision,
		SnippetSeenAt:         row.Agent.SnippetSeenAt, SnippetSeenOrigin: row.Agent.SnippetSeenOrigin, SnippetSeenPage: row.Agent.SnippetSeenPage,
		CreatedAt: row.Agent.CreatedAt, UpdatedAt: row.Agent.UpdatedAt,
	}
	if row.PublishedNumber != nil && row.PublishedAt != nil {
		agent.PublishedVersion = &PublishedVersion{
			ID: row.Agent.PublishedVersionID, Number: int(*row.PublishedNumber), CreatedAt: *row.PublishedAt,
		}
	}
	return agent
}

func (s *Server) listAgents(ctx context.Context, in *Page) (*agentListOutput, error) {
	var after chat.AgentID
	if err := in.afterID(&after); err != nil {
		return nil, err
	}
	var rows []db.AgentListRow
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		rows, err = tx.AgentList(ctx, after, in.more())
		return err
	})
	if err != nil {
		return nil, err
	}
	return &agentListOutput{Body: listOf(*in, rows,
		func(row db.AgentListRow) Agent { return agentOf(db.AgentGetRow(row)) },
		func(row db.AgentListRow) string { return row.Agent.ID.String() })}, nil
}

func (s *Server) createAgent(ctx context.Context, in *createAgentInput) (*agentOutput, error) {
	name, err := cleanName(in.Body.Name)
	if err != nil {
		return nil, err
	}
	config := newAgentConfig(name)
	if err := in.Body.Config.apply(&config, "body.config"); err != nil {
		return nil, err
	}
	return s.changeAgent(ctx, func(tx *db.TenantTx) (chat.AgentID, error) {
		if err := checkMCPTools(ctx, tx, &config.Tools, "body.config.tools"); err != nil {
			return chat.AgentID{}, err
		}
		if err := checkAgents(ctx, tx, chat.AgentID{}, config.Handoffs, "body.config.handoffs"); err != nil {
			return chat.AgentID{}, err
		}
		row, err := tx.AgentInsert(ctx, chat.NewID[chat.AgentID](), name, config)
		if err != nil {
			return row.ID, err
		}
		return row.ID, audit(ctx, tx, "agent.create", "agent", row.ID.String())
	})
}

// changeAgent runs a change and shows the agent as it is then.
func (s *Server) changeAgent(ctx context.Context, change func(*db.TenantTx) (chat.AgentID, error)) (*agentOutput, error) {
	var row db.AgentGetRow
	err := s.tenantTx(ctx, func(tx *db.TenantTx) error {
		id, err := change(tx)
		if err != nil {
			return err
		}
		row, err = tx.AgentGet(ctx, id)
		return err
	})
	if err != nil {
		return nil, unknownAs(err, errNoAgent)
	}
	return &agentOutput{Body: agentOf(row)}, nil
}

func (s *Server) getAgent(ctx context.Context, in *AgentPath) (*agentOutput, error) {
	return s.changeAgent(ctx, func(*db.TenantTx) (chat.AgentID, error) { return in.ID, nil })
}

func (s *Server) updateAgent(ctx context.Context, in *updateAgentInput) (*agentOutput, error) {
	return s.changeAgent(ctx, func(tx *db.TenantTx) (chat.AgentID, error) {
		row, err := tx.AgentGet(ctx, in.ID)
		if err != nil {
			return in.ID, err
		}
		if err := setName(&row.Agent.Name, in.Body.Name); err != nil {
			return in.ID, err
		}
		if err := in.Body.Draft.apply(&row.Agent.Draft, "body.draft"); err != nil {
			return in.ID, err
		}
		if in.Body.Draft != nil {
			if err := checkMCPTools(ctx, tx, in.Body.Draft.Tools, "body.draft.tools"); err != nil {
				return in.ID, err
			}
			if to := in.Body.Draft.Handoffs; to != nil {
				if err := checkAgents(ctx, tx, in.ID, *to, "body.draft.handoffs"); err != nil {
					return in.ID, err
				}
			}
		}
		return in.ID, putDraft(ctx, tx, row.Agent, in.Body.Revision, "agent.update")
	})
}

func putDraft(ctx context.Context, tx *db.TenantTx, agent db.Agent, revision int64, action string) error {
	_, err := tx.AgentDraftPut(ctx, db.AgentDraftPutParams{
		ID: agent.ID, Name: agent.Name, Draft: agent.Draft, Revision: revision,
	})
	if err != nil {
		return unknownAs(err, errStaleRevision)
	}
	return audit(ctx, tx, action, "agent", agent.ID.String())
}

func (s *Server) deleteAgent(ctx context.Context, in *AgentPath) (*struct{}, error) {
	err := s.tenantTx(ctx, func(tx *db.TenantTx) error {
		if _, err := tx.AgentDelete(ctx, in.ID); err != nil {
			return unknownAs(err, errNoAgent)
		}
		return audit(ctx, tx, "agent.delete", "agent", in.ID.String())
	})
	s.origins.forget()
	return nil, err
}
