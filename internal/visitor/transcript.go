package visitor

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/parley-chat/parley/chat"
)

// Transcript is what a visitor has seen of one turn, over all connections. It
// refuses whatever a reader must never meet.
type Transcript struct {
	// Last is the number of the newest event.
	Last int64
	// Parts is the message as the events have built it.
	Parts []chat.Part
	// Ended is the chunk that has ended the turn; its type is "" until then.
	Ended chat.Chunk
	// Resets counts how often the turn has taken back what it had said.
	Resets int

	said strings.Builder
}

// Add takes the next event in. An error says what is wrong with the stream.
func (t *Transcript) Add(event Event) error {
	var chunk chat.Chunk
	if err := json.Unmarshal(event.Data, &chunk); err != nil {
		return err
	}
	if chunk.Transient {
		return nil
	}
	switch {
	case t.Ended.Type != "":
		return fmt.Errorf("event %d (%s) comes after the end", event.Seq, chunk.Type)
	case event.Seq != t.Last+1:
		return fmt.Errorf("event %d comes after event %d", event.Seq, t.Last)
	}
	t.Last = event.Seq
	t.Parts = chat.Fold(t.Parts, chunk)
	switch {
	case chunk.Ends():
		t.Ended = chunk
	case chunk.Type == chat.ChunkReset:
		t.Resets++
	case chunk.Type == chat.ChunkTextDelta:
		t.said.WriteString(chunk.Delta)
	}
	return nil
}

// Text is the message's text.
func (t *Transcript) Text() string { return chat.Text(t.Parts) }

// Said is every word that was ever sent, also those that were taken back.
func (t *Transcript) Said() string { return t.said.String() }
