package workflows

import "go.temporal.io/sdk/workflow"

// Registry takes workflows in: a worker, or a replayer.
type Registry interface {
	RegisterWorkflowWithOptions(w any, options workflow.RegisterOptions)
}

// Register registers every workflow, so that a worker runs and a replayer replays
// the same ones.
func Register(to Registry) {
	to.RegisterWorkflowWithOptions(TurnWorkflow, workflow.RegisterOptions{})
	to.RegisterWorkflowWithOptions(ToolCallWorkflow, workflow.RegisterOptions{})
	to.RegisterWorkflowWithOptions(ApprovalWorkflow, workflow.RegisterOptions{})
	to.RegisterWorkflowWithOptions(HandoffWorkflow, workflow.RegisterOptions{})
}
