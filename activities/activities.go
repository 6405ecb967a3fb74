// Package activities is where workflows touch the world. Each activity is thin:
// what a turn is lives in package turn, what a model is in package llm.
package activities

import (
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/tool"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/workflows"
)

// Activities implements workflows.Activities.
type Activities struct {
	turns   *turn.Service
	models  *Models
	tools   *tool.Runner
	key     *secret.Key // opens the secrets of tools
	letters Letters
}

var _ workflows.Activities = (*Activities)(nil)

// New makes the activities of one worker.
func New(turns *turn.Service, models *Models, tools *tool.Runner, letters Letters) *Activities {
	return &Activities{turns: turns, models: models, tools: tools, key: letters.Key, letters: letters}
}
