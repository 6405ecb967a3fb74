package api

import (
	"encoding/json"

	"github.com/parley-chat/parley/api/sse"
	"github.com/parley-chat/parley/chat"
)

// oneAnswer watches a stream for a reader that cannot take text back: the AI
// SDK's schema has no chunk for it, so the text of a step that is begun anew
// would stand beside the new one.
type oneAnswer struct {
	on    bool
	shown bool // something of the present step has gone out, or may have
}

// takenBack reports whether the chunk takes back what the reader was shown.
// Where nothing was shown yet, as after the bare start of a step, a reset is as
// harmless as any other data.
func (o *oneAnswer) takenBack(raw []byte) bool {
	if !o.on {
		return false
	}
	var chunk struct{ Type chat.ChunkType }
	if json.Unmarshal(raw, &chunk) != nil {
		return false
	}
	switch chunk.Type {
	case chat.ChunkReset:
		return o.shown
	case chat.ChunkStartStep:
		o.shown = false
	case chat.ChunkTextStart, chat.ChunkReasoningStart, chat.ChunkToolInputStart, chat.ChunkToolInputAvailable, chat.ChunkToolInputError,
		chat.ChunkObject:
		o.shown = true
	default: // adds nothing that a reader would see twice
	}
	return false
}

var begunAnew = []byte(`{"type":"error","errorText":"The answer had to be begun anew. It will be in the conversation's history when it is complete."}`)

// giveUp ends the stream, though not the turn, in place of the event.
func (f *frames) giveUp(seq int64) {
	f.event(seq, begunAnew, false)
	f.event(seq, []byte(sse.Done), true)
}
