package turn

import (
	"encoding/json"
	"strconv"

	"github.com/parley-chat/parley/chat"
)

// keptOfRefused bounds what is kept of an answer that was refused, in bytes: enough
// for the model to see what it has got wrong.
const keptOfRefused = 16 << 10

// closeAnswer shows what the answer has beside its text, or takes all of it back and
// says why.
func (c *closing) closeAnswer() error {
	for _, chunk := range c.ending.Shown {
		c.add(chunk)
	}
	if c.ending.Refused == nil {
		return nil
	}
	fault := *c.ending.Refused
	if len(fault.Answer) > keptOfRefused {
		fault.Answer = chat.CleanText(fault.Answer[:keptOfRefused])
	}
	if fault.Answer == "" {
		fault.Answer = "{}"
	}
	chunk, err := chat.DataChunk(chat.ChunkFault, "fault-"+strconv.Itoa(c.step.Number), fault)
	if err != nil {
		return err
	}
	c.add(chat.Chunk{Type: chat.ChunkReset})
	c.add(chunk)
	return nil
}

// refusedIn reads an answer that was refused out of the part that stands for it.
func refusedIn(part chat.Part) (chat.Fault, bool) {
	var fault chat.Fault
	if part.Type != chat.PartFault || json.Unmarshal(part.Data, &fault) != nil {
		return fault, false
	}
	return fault, fault.Answer != ""
}
