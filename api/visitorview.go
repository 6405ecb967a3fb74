package api

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/tool"
)

// Visitors see that a tool is called and what becomes of it, and nothing that goes
// in or comes out: a tenant's systems answer with things that are not for visitors.
// Neither are the reasons that a team gives its agent.

var (
	// callMark is in every chunk of a call, however its JSON is spaced.
	callMark = []byte(`"tool-`)
	// faultMark is in every chunk about the form of an answer.
	faultMark = []byte(chat.ChunkFault)
	noInput   = json.RawMessage(`{}`)
	noData    = json.RawMessage(`{}`)
	noOutput  = json.RawMessage(`null`)
)

// seesCallData reports whether the actor may see what a tenant's tools are told
// and what they tell.
func (a Actor) seesCallData() bool {
	return a.Kind == ActorUser || a.Kind == ActorKey && a.KeyKind == chat.KeySecret
}

// chunkForVisitor gives what a visitor may see of a chunk. The many that belong to
// no call are not even read.
func chunkForVisitor(raw []byte) []byte {
	if bytes.Contains(raw, faultMark) {
		return faultForVisitor(raw)
	}
	if !bytes.Contains(raw, callMark) {
		return raw
	}
	var chunk chat.Chunk
	if err := json.Unmarshal(raw, &chunk); err == nil && (!strings.HasPrefix(string(chunk.Type), "tool-") || chunk.ForPage()) {
		return raw // somebody writes about tools, or it is the visitor's own page that makes the call
	}
	progress := chunk.Output
	chunk.Input, chunk.Output, chunk.ErrorText = hideCallData(chunk.Input, chunk.Output, chunk.ErrorText)
	if chunk.Preliminary {
		chunk.Output = progressForVisitor(progress)
	}
	chunk.Reason = ""
	shown, _ := json.Marshal(chunk) //nolint:errchkjson // it has just been read
	return shown
}

// faultForVisitor leaves out what was wrong with an answer's form.
func faultForVisitor(raw []byte) []byte {
	var chunk chat.Chunk
	if err := json.Unmarshal(raw, &chunk); err == nil && chunk.Type != chat.ChunkFault {
		return raw // somebody writes about faults
	}
	chunk.Data = noData
	shown, _ := json.Marshal(chunk) //nolint:errchkjson // it has just been read
	return shown
}

// progressForVisitor keeps how far a call has come, without what its server says of it.
func progressForVisitor(output json.RawMessage) json.RawMessage {
	var progress tool.Progress
	if json.Unmarshal(output, &progress) != nil {
		return noOutput
	}
	progress.Message = ""
	shown, err := json.Marshal(progress)
	if err != nil {
		return noOutput
	}
	return shown
}

// partForVisitor gives what a visitor may see of a message's part.
func partForVisitor(part chat.Part) chat.Part {
	if part.ForPage() {
		if part.Approval != nil {
			part.Approval = &chat.PartApproval{ID: part.Approval.ID, Approved: part.Approval.Approved}
		}
		return part
	}
	part.Input, part.Output, part.ErrorText = hideCallData(part.Input, part.Output, part.ErrorText)
	if part.Type == chat.PartFault {
		part.Data = noData
	}
	if asked := part.Approval; asked != nil {
		part.Approval = &chat.PartApproval{ID: asked.ID, Approved: asked.Approved}
	}
	return part
}

// hideCallData leaves the fields where they are: the AI SDK's schema wants them.
// What is wrong with arguments may quote them.
func hideCallData(input, output json.RawMessage, errorText string) (noIn, noOut json.RawMessage, reason string) {
	if input != nil {
		input = noInput
	}
	if output != nil {
		output = noOutput
	}
	if strings.HasPrefix(errorText, chat.BadArguments) {
		errorText = chat.BadArguments + "its arguments do not do."
	}
	return input, output, errorText
}
