package turn

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/parley-chat/parley/chat"
)

// ErrFormSent refuses to take in a form once more.
var ErrFormSent = chat.NewError(chat.CodeConflict, "This has been sent already.")

var errNoForm = chat.NewError(chat.CodeNotFound, "There is no such form in this conversation.")

// readForm holds what was filled in against the form that an answer in this
// conversation had offered, and stores with it what people and models need to
// understand it. What was offered is read under the conversation's lock, so that a
// form is sent once.
func (c *claim) readForm(ctx context.Context) error {
	at := slices.IndexFunc(c.question.Parts, func(part chat.Part) bool { return part.Type == chat.PartForm })
	form, ok := chat.FormIn(c.question.Parts)
	if !ok {
		return nil
	}
	place := fmt.Sprintf("%s[%d].data", c.question.At, at)
	offering, err := c.tx.MessageOffering(ctx, form.FormID, c.conversation.ID, form.MessageID)
	switch {
	case chat.CodeOf(err) == chat.CodeNotFound:
		return errNoForm.At(place + ".formId")
	case err != nil:
		return err
	case offering.Sent:
		return ErrFormSent.At(place + ".formId")
	}
	if err := fillIn(&form, offering.Parts, place); err != nil {
		return err
	}
	parts := slices.Clone(c.question.Parts)
	if parts[at].Data, err = json.Marshal(form); err != nil {
		return err
	}
	if chat.Text(parts) == "" {
		parts = slices.Insert(parts, at, chat.TextPart(form.Text()))
	}
	c.question.Parts = parts
	return nil
}

// fillIn completes what was sent from the form that was offered.
func fillIn(form *chat.FormSubmit, offered []chat.Part, place string) error {
	var component chat.Component
	for _, part := range offered {
		if part.Type == chat.PartUI && part.ID == form.FormID {
			if err := json.Unmarshal(part.Data, &component); err != nil {
				return err
			}
		}
	}
	var fault *chat.FormError
	switch component.Component {
	case chat.ComponentForm:
		var asked chat.Form
		if err := json.Unmarshal(component.Props, &asked); err != nil {
			return err
		}
		form.Title = asked.Title
		form.Answers, fault = asked.Check(form.Values)
	case chat.ComponentConfirmation:
		var asked chat.Confirmation
		if err := json.Unmarshal(component.Props, &asked); err != nil {
			return err
		}
		form.Title = asked.Text
		form.Answers, fault = asked.Check(form.Values)
	default:
		return errNoForm.At(place + ".formId")
	}
	if fault != nil {
		return chat.NewError(chat.CodeInvalid, fault.Problem).At(place + ".values." + fault.Field)
	}
	if len(form.Answers) == 0 {
		form.Answers = []chat.FormAnswer{{Label: form.Title, Value: "–"}}
	}
	return nil
}
