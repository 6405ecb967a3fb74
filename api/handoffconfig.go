package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

// checkHandoffs says what a schema cannot of those whom conversations are given to.
func (in *AgentConfigInput) checkHandoffs(at string) error {
	if in.Human != nil && in.Human.Hours != nil {
		if err := checkHours(*in.Human.Hours, at+".human.hours"); err != nil {
			return err
		}
	}
	if in.Handoffs == nil {
		return nil
	}
	for i := range *in.Handoffs {
		to, place := &(*in.Handoffs)[i], fmt.Sprintf("%s.handoffs[%d]", at, i)
		to.When = chat.CleanText(strings.TrimSpace(to.When))
		switch {
		case to.When == "":
			return wrongAt(place+".when", "Say when to hand over: the model knows nothing else of it.")
		case chat.HandoffPrefix+to.Name == chat.HandoffToPerson:
			return wrongAt(place+".name", "This name stands for the people of the team.")
		case slices.ContainsFunc((*in.Handoffs)[:i], func(other chat.AgentHandoff) bool { return other.Name == to.Name }):
			return wrongAt(place+".name", "Another handoff has this name.")
		}
	}
	return nil
}

func checkHours(hours chat.BusinessHours, at string) error {
	if _, err := time.LoadLocation(hours.Zone); err != nil || hours.Zone == "Local" {
		return wrongAt(at+".zone", "There is no time zone of this name.")
	}
	for i, day := range hours.Days {
		if day.To <= day.From {
			return wrongAt(fmt.Sprintf("%s.days[%d].to", at, i), "The hours end before they begin.")
		}
	}
	return nil
}

// checkAgents finds handoffs to agents that are not there, or to the agent itself.
func checkAgents(ctx context.Context, tx *db.TenantTx, self chat.AgentID, handoffs []chat.AgentHandoff, at string) error {
	if len(handoffs) == 0 {
		return nil
	}
	ids := make([]uuid.UUID, len(handoffs))
	for i, to := range handoffs {
		if to.AgentID == self {
			return wrongAt(fmt.Sprintf("%s[%d].agentId", at, i), "An agent does not hand over to itself.")
		}
		ids[i] = to.AgentID.Bytes()
	}
	found, err := tx.AgentsKnown(ctx, ids)
	if err != nil {
		return err
	}
	for i, to := range handoffs {
		if !slices.Contains(found, to.AgentID) {
			return wrongAt(fmt.Sprintf("%s[%d].agentId", at, i), "There is no such agent.")
		}
	}
	return nil
}
