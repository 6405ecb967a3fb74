package api

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

// AgentVersion is a published configuration. It never changes.
type AgentVersion struct {
	ID          chat.AgentVersionID `json:"id" format:"uuid"`
	Number      int                 `json:"number" doc:"Dense from 1 within the agent."`
	Config      AgentConfig         `json:"config"`
	PublishedBy *PublishedBy        `json:"publishedBy,omitempty" doc:"Absent when a secret key published it."`
	CreatedAt   time.Time           `json:"createdAt"`
}

// PublishedBy is the person who published a version.
type PublishedBy struct {
	ID   chat.UserID `json:"id" format:"uuid"`
	Name string      `json:"name"`
}

type agentVersionOutput struct {
	Body AgentVersion
}

type agentVersionListOutput struct {
	Body List[AgentVersion]
}

type publishAgentInput struct {
	AgentPath
	IdempotencyKey
	Body struct {
		Revision int64 `json:"revision" minimum:"0" doc:"The revision to publish; 409 when the agent has a newer one."`
	}
}

type listAgentVersionsInput struct {
	AgentPath
	Page
}

type restoreAgentInput struct {
	AgentPath
	Number int `path:"number" minimum:"1" maximum:"2147483647" doc:"The version."`
}

func (s *Server) registerAgentVersions() {
	writes := access{audience: forStaff, permission: PermAgentsWrite}
	creates := writes
	creates.replays = true
	tags := []string{tagAgents}
	missing := []int{http.StatusNotFound}
	register(s, creates, huma.Operation{
		OperationID: "publishAgent", Method: http.MethodPost, Path: "/v1/agents/{id}/publish", Tags: tags,
		Summary: "Publish an agent's draft", DefaultStatus: http.StatusCreated,
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
		Description: "Freezes the draft as a new version, which every turn from now on uses.",
	}, s.publishAgent)
	register(s, access{audience: forStaff, permission: PermAgentsRead}, huma.Operation{
		OperationID: "listAgentVersions", Method: http.MethodGet, Path: "/v1/agents/{id}/versions", Tags: tags,
		Summary: "List an agent's versions", Description: "Newest first.", Errors: missing,
	}, s.listAgentVersions)
	register(s, writes, huma.Operation{
		OperationID: "restoreAgentVersion", Method: http.MethodPost, Path: "/v1/agents/{id}/versions/{number}/restore",
		Tags: tags, Summary: "Copy a version into the draft", Errors: missing,
	}, s.restoreAgentVersion)
}

func versionOf(row db.AgentVersion, names map[chat.UserID]string) AgentVersion {
	version := AgentVersion{ID: row.ID, Number: int(row.Number), Config: agentConfigOf(row.Config), CreatedAt: row.CreatedAt}
	if !row.PublishedBy.IsZero() {
		version.PublishedBy = &PublishedBy{ID: row.PublishedBy, Name: names[row.PublishedBy]}
	}
	return version
}

// memberNames gives the names of the tenant's people.
func (s *Server) memberNames(ctx context.Context) (map[chat.UserID]string, error) {
	names := map[chat.UserID]string{}
	err := s.db.System(ctx, func(tx *db.SystemTx) error {
		rows, err := tx.UserNames(ctx, actorOf(ctx).Tenant)
		for _, row := range rows {
			names[row.ID] = row.Name
		}
		return err
	})
	return names, err
}

func (s *Server) publishAgent(ctx context.Context, in *publishAgentInput) (*agentVersionOutput, error) {
	var row db.AgentVersion
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		if _, err := tx.AgentGet(ctx, in.ID); err != nil {
			return unknownAs(err, errNoAgent)
		}
		row, err = tx.AgentPublish(ctx, db.AgentPublishParams{
			ID: chat.NewID[chat.AgentVersionID](), AgentID: in.ID, Revision: in.Body.Revision, PublishedBy: actorOf(ctx).User,
		})
		if err != nil {
			return unknownAs(err, errStaleRevision)
		}
		return audit(ctx, tx, "agent.publish", "agent", in.ID.String())
	})
	if err != nil {
		return nil, err
	}
	s.origins.forget()
	names, err := s.memberNames(ctx)
	return &agentVersionOutput{Body: versionOf(row, names)}, err
}

func (s *Server) listAgentVersions(ctx context.Context, in *listAgentVersionsInput) (*agentVersionListOutput, error) {
	before, err := in.beforeNumber(math.MaxInt32)
	if err != nil {
		return nil, err
	}
	var rows []db.AgentVersion
	err = s.tenantTx(ctx, func(tx *db.TenantTx) error {
		if _, err := tx.AgentGet(ctx, in.ID); err != nil {
			return unknownAs(err, errNoAgent)
		}
		rows, err = tx.AgentVersionList(ctx, in.ID, before, in.more())
		return err
	})
	if err != nil {
		return nil, err
	}
	names, err := s.memberNames(ctx)
	return &agentVersionListOutput{Body: listOf(in.Page, rows,
		func(row db.AgentVersion) AgentVersion { return versionOf(row, names) },
		func(row db.AgentVersion) string { return strconv.Itoa(int(row.Number)) })}, err
}

func (s *Server) restoreAgentVersion(ctx context.Context, in *restoreAgentInput) (*agentOutput, error) {
	return s.changeAgent(ctx, func(tx *db.TenantTx) (chat.AgentID, error) {
		row, err := tx.AgentGet(ctx, in.ID)
		if err != nil {
			return in.ID, err
		}
		version, err := tx.AgentVersionGet(ctx, in.ID, int32(in.Number))
		if err != nil {
			return in.ID, unknownAs(err, chat.NewError(chat.CodeNotFound, "The agent has no such version."))
		}
		row.Agent.Draft = version.Config
		return in.ID, putDraft(ctx, tx, row.Agent, row.Agent.DraftRevision, "agent.restore")
	})
}
