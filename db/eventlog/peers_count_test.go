package eventlog

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A node joins while another counts who is there: the greeting is heard after the
// count was taken and before it is written down.
func TestGreetingDuringACountIsNotForgotten(t *testing.T) {
	t.Parallel()
	var p peers
	before := p.greetings()
	p.greeted()
	p.counted(0, before)
	require.True(t, p.any(), "the node would not be told of anything before the next count")
	p.counted(0, p.greetings())
	require.False(t, p.any(), "a later count knows")
	p.counted(2, before)
	require.True(t, p.any())
}
