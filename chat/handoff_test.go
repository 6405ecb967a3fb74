package chat_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
)

func TestBusinessHours(t *testing.T) {
	t.Parallel()
	hours := &chat.BusinessHours{Zone: "Europe/Berlin", Days: []chat.OpenHours{
		{Day: 1, From: "13:00", To: "17:00"}, {Day: 1, From: "09:00", To: "12:00"}, {Day: 5, From: "22:00", To: "24:00"},
	}}
	for now, opens := range map[string]string{
		"2026-11-23T08:00:00Z": "",                          // Monday, 9:00 in Berlin
		"2026-11-23T07:59:59Z": "2026-11-23T09:00:00+01:00", // a second before
		"2026-11-23T11:00:00Z": "2026-11-23T13:00:00+01:00", // noon
		"2026-11-23T16:00:00Z": "2026-11-27T22:00:00+01:00", // Monday evening
		"2026-11-27T22:59:59Z": "",                          // a second before midnight
		"2026-11-27T23:00:00Z": "2026-11-30T09:00:00+01:00", // Saturday
		"2026-03-28T12:00:00Z": "2026-03-30T09:00:00+02:00", // the clock is put forward
	} {
		at, err := time.Parse(time.RFC3339, now)
		require.NoError(t, err)
		got, ok := chat.HumanHandoff{Hours: hours}.Opens(at)
		require.True(t, ok)
		if opens == "" {
			require.Zero(t, got, now)
			continue
		}
		require.Equal(t, opens, got.Format(time.RFC3339), now)
	}
	_, ok := chat.HumanHandoff{Hours: &chat.BusinessHours{Zone: "Nowhere", Days: hours.Days}}.Opens(time.Now())
	require.False(t, ok)
	at, ok := chat.HumanHandoff{}.Opens(time.Now())
	require.True(t, ok)
	require.Zero(t, at, "always")
}

func TestHandoffTools(t *testing.T) {
	t.Parallel()
	own := make([]chat.Tool, 1, 8)
	own[0].Name = "lookup"
	config := chat.AgentConfig{Tools: own, Human: chat.HumanHandoff{Enabled: true}, Handoffs: []chat.AgentHandoff{{Name: "sales_team", When: "Buying."}}}
	var names []string
	for _, tool := range config.AllTools() {
		names = append(names, tool.Name)
	}
	require.Equal(t, []string{"lookup", "handoff_to_person", "handoff_to_sales_team"}, names)
	require.Empty(t, own[:2][1].Name, "the list of the agent's own tools is left alone")
	require.Equal(t, "sales team", config.Find("handoff_to_sales_team").Title)
	require.Equal(t, "sales_team", config.HandoffTo("handoff_to_sales_team").Name)
	require.Nil(t, config.HandoffTo("handoff_to_person"))
}
