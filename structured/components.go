package structured

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/tool"
)

// maxComponents bounds an answer.
const maxComponents = 20

// Names are the components that there are.
var Names = []string{"card", "list", chat.ComponentForm, "link", "image", chat.ComponentConfirmation}

// components gives those that can be shown, and says what is wrong with the others.
func components(list json.RawMessage) (shown []chat.Component, leftOut []string) {
	var given []chat.Component
	if len(list) == 0 || string(list) == "null" {
		return nil, nil
	}
	if err := json.Unmarshal(list, &given); err != nil {
		return nil, []string{"The components are no list of {component, props}."}
	}
	for i, one := range given {
		if len(shown) == maxComponents {
			return shown, append(leftOut, fmt.Sprintf("An answer has at most %d components.", maxComponents))
		}
		checked, err := CheckComponent(one)
		if err != nil {
			leftOut = append(leftOut, fmt.Sprintf("Component %d (%s) was left out: %s.", i+1, one.Component, err))
			continue
		}
		shown = append(shown, checked)
	}
	return shown, leftOut
}

// CheckComponent gives a component as it can be shown, or says what is wrong with it.
func CheckComponent(c chat.Component) (chat.Component, error) {
	if !slices.Contains(Names, c.Component) {
		return c, errors.New("there is no such component")
	}
	var props any
	if err := json.Unmarshal(c.Props, &props); err != nil {
		return c, tool.ErrNotJSON
	}
	clean, err := json.Marshal(withoutNulls(props))
	if err != nil {
		return c, err
	}
	if err := tool.Fits(read("schemas/"+c.Component+".json"), clean); err != nil {
		return c, err
	}
	c.Props = clean
	if c.Component != chat.ComponentForm {
		return c, nil
	}
	return c, checkForm(clean)
}

// withoutNulls leaves out what a model had to name and did not want.
func withoutNulls(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, field := range value {
			if field == nil {
				delete(value, name)
				continue
			}
			value[name] = withoutNulls(field)
		}
	case []any:
		for i := range value {
			value[i] = withoutNulls(value[i])
		}
	}
	return value
}

// checkForm says what a schema cannot.
func checkForm(props json.RawMessage) error {
	var form chat.Form
	if err := json.Unmarshal(props, &form); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, field := range form.Fields {
		switch {
		case seen[field.Name]:
			return fmt.Errorf("two fields are called %q", field.Name)
		case field.Type == chat.FieldChoice && len(field.Options) < 2:
			return fmt.Errorf("the choice %q has fewer than two options", field.Name)
		}
		seen[field.Name] = true
	}
	return nil
}

// What fits below an answer.
const (
	maxSuggestions      = 3
	maxSuggestionLength = 80 // characters
)

// Suggestions keeps what fits on buttons.
func Suggestions(found []string) (items []string) {
	for _, item := range found {
		item = strings.TrimSpace(chat.CleanText(item))
		if item != "" && utf8.RuneCountInString(item) <= maxSuggestionLength && len(items) < maxSuggestions {
			items = append(items, item)
		}
	}
	return items
}
