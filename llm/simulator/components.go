package simulator

import (
	"embed"
	"encoding/json"
	"strings"
)

// samples are Parley's components, one a file: what the simulated model shows where
// somebody names one.
//
//go:embed samples/*.json
var samples embed.FS

// named makes one element for each alternative whose name the user has said: the name
// is the one value that a property of it may have. ok is false where the alternatives
// have no names.
func (w documentWriter) named(element node, depth int) (made []any, ok bool) {
	said := " " + strings.Join(strings.FieldsFunc(strings.ToLower(w.prompt.lastUserText()), isNoLetter), " ") + " "
	for _, alternative := range element.AnyOf {
		alternative = w.resolve(alternative)
		name := alternative.name()
		if name == "" {
			return nil, false
		}
		if !strings.Contains(said, " "+name+" ") {
			continue
		}
		if sample, err := samples.ReadFile("samples/" + name + ".json"); err == nil && alternative.isComponent() {
			made = append(made, json.RawMessage(sample))
			continue
		}
		made = append(made, w.value("", alternative, depth+1))
	}
	return made, len(element.AnyOf) > 0
}

func isNoLetter(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }

// name is the one text that a property of the alternative may hold, if there is one.
func (n node) name() string {
	for _, property := range n.Properties {
		only := property.schema.Const
		if len(property.schema.Enum) == 1 {
			only = property.schema.Enum[0]
		}
		var name string
		if len(only) > 0 && json.Unmarshal(only, &name) == nil {
			return name
		}
	}
	return ""
}

func (n node) isComponent() bool {
	return len(n.Properties) == 2 && n.Properties[0].name == "component" && n.Properties[1].name == "props"
}
