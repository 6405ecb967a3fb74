package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/workflows"
)

const day = 24 * time.Hour

// The tests of this file are about time alone: the clock jumps, and activities do
// nothing but note when they were asked for. The stories themselves are told on real
// servers, by the tests of package turn.

// clock is a workflow's environment, and what it has asked for when.
type clock struct {
	*testsuite.TestWorkflowEnvironment
	began time.Time
	asked map[string]time.Duration
}

func newClock() *clock {
	var suite testsuite.WorkflowTestSuite
	c := &clock{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), asked: map[string]time.Duration{}}
	c.began = c.Now()
	return c
}

// notes has an activity note when it was asked for, and give the answer.
func notes[T any](c *clock, name string, answer T) {
	c.RegisterActivityWithOptions(func(context.Context, any) (T, error) {
		c.asked[name] = c.Now().Sub(c.began)
		return answer, nil
	}, activity.RegisterOptions{Name: name})
}

func newQuestionClock() *clock {
	c := newClock()
	notes(c, "NotifyApproval", 0)
	notes(c, "RemindApproval", 0)
	notes(c, "ExpireApproval", 0)
	return c
}

func question(remind time.Duration) workflows.ApprovalInput {
	return workflows.ApprovalInput{Approval: chat.NewID[chat.ApprovalID](), Expires: 30 * day, RemindAfter: remind}
}

// TestQuestionStandsForWeeks: a decision after 29 days is heard, and nothing expires.
func TestQuestionStandsForWeeks(t *testing.T) {
	t.Parallel()
	c := newQuestionClock()
	c.RegisterDelayedCallback(func() { c.SignalWorkflow(workflows.SignalDecided, nil) }, 29*day)
	c.ExecuteWorkflow(workflows.ApprovalWorkflow, question(0))
	require.NoError(t, c.GetWorkflowError())
	require.Equal(t, 29*day, c.Now().Sub(c.began).Round(time.Hour))
	require.Zero(t, c.asked["NotifyApproval"], "at once")
	require.Len(t, c.asked, 1)
}

// TestSilenceEndsTheQuestion: people are reminded once, and after 30 days the policy
// speaks for them.
func TestSilenceEndsTheQuestion(t *testing.T) {
	t.Parallel()
	c := newQuestionClock()
	c.ExecuteWorkflow(workflows.ApprovalWorkflow, question(3*day))
	require.NoError(t, c.GetWorkflowError())
	require.Equal(t, 3*day, c.asked["RemindApproval"].Round(time.Hour))
	require.Equal(t, 30*day, c.asked["ExpireApproval"].Round(time.Hour))
}

// TestTurnParksAfterAMinute: its stream does not stay open for people who take long,
// and the call that waits for them goes on waiting.
func TestTurnParksAfterAMinute(t *testing.T) {
	t.Parallel()
	c := newClock()
	notes(c, "ModelStep", workflows.StepResult{Outcome: workflows.OutcomeContinue, Calls: []workflows.PlannedCall{{MayAsk: true}}})
	notes(c, "ParkTurn", workflows.ParkingDone)
	c.RegisterWorkflowWithOptions(func(ctx workflow.Context, _ workflows.ToolCallInput) error {
		return workflow.Sleep(ctx, 29*day)
	}, workflow.RegisterOptions{Name: "ToolCallWorkflow"})
	c.ExecuteWorkflow(workflows.TurnWorkflow, workflows.TurnInput{Turn: chat.NewID[chat.TurnID]()})
	require.NoError(t, c.GetWorkflowError())
	require.Equal(t, time.Minute, c.asked["ParkTurn"].Round(time.Second))
}

// TestVisitorWaitsForPeople: the clock is looked at when something is said, and when
// people had their time; while nobody waits it is not looked at for weeks.
func TestVisitorWaitsForPeople(t *testing.T) {
	t.Parallel()
	c := newClock()
	notes(c, "NotifyHandoff", 0)
	var looks []time.Duration
	answers := []workflows.HandoffWatch{{Wait: 10 * time.Minute}, {}, {Wait: 10 * time.Minute}, {Over: true}}
	c.RegisterActivityWithOptions(func(context.Context, any) (workflows.HandoffWatch, error) {
		looks = append(looks, c.Now().Sub(c.began).Round(time.Minute))
		return answers[len(looks)-1], nil
	}, activity.RegisterOptions{Name: "WatchHandoff"})
	c.RegisterDelayedCallback(func() { c.SignalWorkflow(workflows.SignalHandoff, nil) }, 2*time.Minute)
	c.RegisterDelayedCallback(func() { c.SignalWorkflow(workflows.SignalHandoff, nil) }, 29*day)
	c.ExecuteWorkflow(workflows.HandoffWorkflow, workflows.HandoffInput{Handoff: chat.NewID[chat.HandoffID]()})
	require.NoError(t, c.GetWorkflowError())
	require.Equal(t, []time.Duration{0, 2 * time.Minute, 29 * day, 29*day + 10*time.Minute}, looks)
	require.Contains(t, c.asked, "NotifyHandoff")
}
