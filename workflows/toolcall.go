package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/parley-chat/parley/chat"
)

// ToolCallInput names a call to make. Everything else about it is in its row.
type ToolCallInput struct {
	Tenant chat.TenantID    `json:"tenant"`
	Call   chat.ToolCallRef `json:"call"`
	// Timeout is the tool's: after that nobody begins to make the call.
	Timeout time.Duration `json:"timeout"`
}

// ToolCallWorkflow brings one call of a tool to its end. It outlives the turn that
// asked for it: what has begun is recorded even if nobody waits any more.
func ToolCallWorkflow(ctx workflow.Context, in ToolCallInput) error {
	err := callTool(ctx, in)
	if err == nil {
		return nil
	}
	workflow.GetLogger(ctx).Error("the call has no outcome of its own", "error", err)
	detached, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	return closeCall(detached, in)
}
