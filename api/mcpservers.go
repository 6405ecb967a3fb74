package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/tool"
)

const (
	// maxMCPServers bounds those of a tenant.
	maxMCPServers = 50
	// listedFor is how long what a server has said is believed.
	listedFor = 10 * time.Minute
	// listWithin bounds how long a server is waited for.
	listWithin = 20 * time.Second
)

// MCPServer is a server of the Model Context Protocol whose tools agents can use.
type MCPServer struct {
	ID   chat.MCPServerID `json:"id" format:"uuid"`
	Name string           `json:"name"`
	chat.MCPServer
	Tools     []chat.MCPOffer `json:"tools" doc:"What it last said it has."`
	ListedAt  *time.Time      `json:"listedAt,omitempty" doc:"When it said so; absent: never, or its address has changed since."`
	Error     string          `json:"error,omitempty" doc:"Why it could not be asked the last time."`
	CreatedAt time.Time       `json:"createdAt"`
	UpdatedAt time.Time       `json:"updatedAt"`
}

// MCPServerInput is what a tenant says of a server.
type MCPServerInput struct {
	Name string `json:"name" minLength:"1" maxLength:"80" example:"Shop"`
	chat.MCPServer
}

// MCPServerPath names an MCP server in a path.
type MCPServerPath struct {
	ID chat.MCPServerID `path:"id" format:"uuid" doc:"The server."`
}

type mcpServerListOutput struct {
	Body List[MCPServer]
}

type mcpServerOutput struct {
	Body MCPServer
}

type createMCPServerInput struct {
	Body MCPServerInput
}

type putMCPServerInput struct {
	MCPServerPath
	Body MCPServerInput
}

type listMCPToolsInput struct {
	MCPServerPath
	Fresh bool `query:"fresh" doc:"Ask the server, however lately it was asked."`
}

var errNoMCPServer = chat.NewError(chat.CodeNotFound, "There is no such MCP server.")

func (s *Server) registerMCPServers() {
	tags, missing := []string{tagTools}, []int{http.StatusNotFound}
	reads := access{audience: forStaff, permission: PermAgentsRead}
	writes := access{audience: forStaff, permission: PermSettingsWrite}
	creates := writes
	creates.replays = true
	taken := []int{http.StatusNotFound, http.StatusConflict}
	register(s, reads, huma.Operation{
		OperationID: "listMcpServers", Method: http.MethodGet, Path: "/v1/mcp-servers", Tags: tags, Summary: "List MCP servers",
	}, s.listMCPServers)
	register(s, creates, huma.Operation{
		OperationID: "createMcpServer", Method: http.MethodPost, Path: "/v1/mcp-servers", Tags: tags,
		Summary: "Add an MCP server", DefaultStatus: http.StatusCreated, Errors: []int{http.StatusConflict},
		Description: "It is asked at once what tools it has; where it cannot be asked, it is kept with the error.",
	}, s.createMCPServer)
	register(s, reads, huma.Operation{
		OperationID: "getMcpServer", Method: http.MethodGet, Path: "/v1/mcp-servers/{id}", Tags: tags,
		Summary: "Get an MCP server", Errors: missing,
	}, s.getMCPServer)
	register(s, writes, huma.Operation{
		OperationID: "putMcpServer", Method: http.MethodPut, Path: "/v1/mcp-servers/{id}", Tags: tags,
		Summary: "Change an MCP server", Errors: taken,
		Description: "From the next call on, in every version of every agent.",
	}, s.putMCPServer)
	register(s, writes, huma.Operation{
		OperationID: "deleteMcpServer", Method: http.MethodDelete, Path: "/v1/mcp-servers/{id}", Tags: tags,
		Summary: "Remove an MCP server", DefaultStatus: http.StatusNoContent, Errors: missing,
		Description: "Calls of its tools fail from then on.",
	}, s.deleteMCPServer)
	register(s, writes, huma.Operation{
		OperationID: "listMcpTools", Method: http.MethodGet, Path: "/v1/mcp-servers/{id}/tools", Tags: tags,
		Summary: "Ask an MCP server what tools it has", Errors: missing,
		Description: "What it has said is believed for ten minutes. Agents keep what they were given: a server that changes its mind changes no agent.",
	}, s.listMCPTools)
}

func mcpServerOf(row db.MCPServer) MCPServer {
	return MCPServer{
		ID: row.ID, Name: row.Name, MCPServer: row.Config, Tools: orEmpty(row.Tools), ListedAt: row.ListedAt, Error: row.Error,
		CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
	}
}

func (s *Server) listMCPServers(ctx context.Context, _ *struct{}) (*mcpServerListOutput, error) {
	out := &mcpServerListOutput{Body: List[MCPServer]{Items: []MCPServer{}}}
	return out, s.tenantTx(ctx, func(tx *db.TenantTx) error {
		rows, err := tx.MCPServerList(ctx)
		for _, row := range rows {
			out.Body.Items = append(out.Body.Items, mcpServerOf(row))
		}
		return err
	})
}

func (s *Server) getMCPServer(ctx context.Context, in *MCPServerPath) (*mcpServerOutput, error) {
	return s.changeMCPServer(ctx, "", func(tx *db.TenantTx) (db.MCPServer, error) { return tx.MCPServerGet(ctx, in.ID) })
}

func (s *Server) createMCPServer(ctx context.Context, in *createMCPServerInput) (*mcpServerOutput, error) {
	if err := s.checkMCPServer(&in.Body); err != nil {
		return nil, err
	}
	out, err := s.changeMCPServer(ctx, "mcp-server.create", func(tx *db.TenantTx) (db.MCPServer, error) {
		there, err := tx.MCPServerList(ctx)
		if err == nil && len(there) >= maxMCPServers {
			err = chat.Errorf(chat.CodeConflict, "A workspace has at most %d MCP servers.", maxMCPServers)
		}
		if err != nil {
			return db.MCPServer{}, err
		}
		return nameTaken(tx.MCPServerInsert(ctx, chat.NewID[chat.MCPServerID](), in.Body.Name, in.Body.MCPServer))
	})
	if err != nil {
		return nil, err
	}
	return s.listMCPTools(ctx, &listMCPToolsInput{MCPServerPath: MCPServerPath{out.Body.ID}})
}

func (s *Server) putMCPServer(ctx context.Context, in *putMCPServerInput) (*mcpServerOutput, error) {
	if err := s.checkMCPServer(&in.Body); err != nil {
		return nil, err
	}
	return s.changeMCPServer(ctx, "mcp-server.put", func(tx *db.TenantTx) (db.MCPServer, error) {
		return nameTaken(tx.MCPServerPut(ctx, in.Body.Name, in.Body.MCPServer, in.ID))
	})
}

// changeMCPServer runs a change, keeps it for the audit if it has a name there, and
// shows the server as it is then.
func (s *Server) changeMCPServer(ctx context.Context, action string, change func(*db.TenantTx) (db.MCPServer, error)) (*mcpServerOutput, error) {
	var row db.MCPServer
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		if row, err = change(tx); err != nil || action == "" {
			return err
		}
		return audit(ctx, tx, action, "mcp-server", row.ID.String())
	})
	return &mcpServerOutput{Body: mcpServerOf(row)}, unknownAs(err, errNoMCPServer)
}

// nameTaken says what a name that two servers would have is.
func nameTaken(row db.MCPServer, err error) (db.MCPServer, error) {
	if chat.CodeOf(err) == chat.CodeConflict {
		err = chat.NewError(chat.CodeConflict, "There is an MCP server of this name already.").At("body.name")
	}
	return row, err
}

func (s *Server) deleteMCPServer(ctx context.Context, in *MCPServerPath) (*struct{}, error) {
	return nil, s.tenantTx(ctx, func(tx *db.TenantTx) error {
		if _, err := tx.MCPServerDelete(ctx, in.ID); err != nil {
			return unknownAs(err, errNoMCPServer)
		}
		return audit(ctx, tx, "mcp-server.delete", "mcp-server", in.ID.String())
	})
}

// checkMCPServer says what a schema cannot, and cleans what is given.
func (s *Server) checkMCPServer(in *MCPServerInput) (err error) {
	if err := clean(in); err != nil {
		return err
	}
	if in.Name, err = cleanName(in.Name); err != nil {
		return err
	}
	err = tool.CheckMCP(in.MCPServer)
	if field, ok := errors.AsType[*tool.FieldError](err); ok {
		return wrongAt("body."+field.Field, field.Message)
	}
	if err == nil && s.isOurs(in.URL) {
		return wrongAt("body.url", "This is Parley itself: agents that ask each other could go on forever.")
	}
	return err
}

// isOurs reports whether an address is of this installation.
func (s *Server) isOurs(address string) bool {
	asked, err := url.Parse(address)
	ours, failure := url.Parse(s.config.PublicURL)
	return err == nil && failure == nil && strings.EqualFold(asked.Host, ours.Host)
}

// listMCPTools asks the server, unless it was asked lately. It is not waited for in a
// transaction.
func (s *Server) listMCPTools(ctx context.Context, in *listMCPToolsInput) (*mcpServerOutput, error) {
	var row db.MCPServer
	var server tool.Server
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		if row, err = tx.MCPServerGet(ctx, in.ID); err != nil {
			return unknownAs(err, errNoMCPServer)
		}
		server, err = s.openMCPServer(ctx, tx, row)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !in.Fresh && row.Error == "" && row.ListedAt != nil && s.now().Sub(*row.ListedAt) < listedFor {
		return &mcpServerOutput{Body: mcpServerOf(row)}, nil
	}
	bounded, cancel := context.WithTimeout(ctx, listWithin)
	defer cancel()
	offers, failure := s.tools.ListMCP(bounded, server)
	return s.changeMCPServer(ctx, "", func(tx *db.TenantTx) (db.MCPServer, error) {
		var kept db.MCPServer
		if failure == nil {
			kept, err = tx.MCPServerListed(ctx, offers, row.ID, row.Config)
		} else {
			kept, err = tx.MCPServerFailed(ctx, tool.Sentence(failure), row.ID, row.Config)
		}
		if chat.CodeOf(err) == chat.CodeNotFound {
			return tx.MCPServerGet(ctx, row.ID) // it was changed meanwhile: what was said is of no use
		}
		return kept, err
	})
}

// openMCPServer gives a server with the secrets that it needs.
func (s *Server) openMCPServer(ctx context.Context, tx *db.TenantTx, row db.MCPServer) (tool.Server, error) {
	secrets, err := s.openToolSecrets(ctx, tx, row.Config.SecretNames())
	return tool.Server{Tenant: actorOf(ctx).Tenant, Config: row.Config, Secrets: secrets}, err
}

// checkMCPTools refuses tools of servers that the tenant does not have.
func checkMCPTools(ctx context.Context, tx *db.TenantTx, tools *[]chat.Tool, at string) error {
	if tools == nil || !slices.ContainsFunc(*tools, func(t chat.Tool) bool { return t.MCP != nil }) {
		return nil
	}
	there, err := tx.MCPServerList(ctx)
	if err != nil {
		return err
	}
	for i, t := range *tools {
		if t.MCP != nil && !slices.ContainsFunc(there, func(row db.MCPServer) bool { return row.ID == t.MCP.ServerID }) {
			return wrongAt(fmt.Sprintf("%s[%d].mcp.serverId", at, i), "There is no such MCP server.")
		}
	}
	return nil
}
