package api

import (
	"cmp"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/structured"
	"github.com/parley-chat/parley/tool"
)

func outputOf(output chat.Output) chat.Output {
	output.Kind = cmp.Or(output.Kind, chat.OutputText)
	return output
}

// checkOutput says what a schema cannot of the form of an agent's answers, and
// cleans it.
func checkOutput(output *chat.Output, at string) error {
	if output == nil {
		return nil
	}
	at += ".schema"
	if output.Kind != chat.OutputSchema && len(output.Schema) > 0 {
		return wrongAt(at, "Only answers of the kind schema have a schema of their own.")
	}
	if len(output.Schema) > 0 {
		clean, err := chat.CleanJSON(output.Schema)
		if err != nil {
			return wrongAt(at, "The schema is not a JSON document.")
		}
		output.Schema = clean
	}
	if err := structured.CheckOutput(*output); err != nil {
		return wrongAt(at, tool.Sentence(err))
	}
	return nil
}

// setOutput takes in a form that was checked.
func setOutput(to, wanted *chat.Output) {
	if wanted == nil {
		return
	}
	*to = *wanted
	if wanted.Kind == chat.OutputText {
		*to = chat.Output{}
	}
}
