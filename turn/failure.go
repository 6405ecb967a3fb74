package turn

import "github.com/parley-chat/parley/workflows"

// failureText tells a visitor in plain words why there is no answer. The chain of
// causes is the operator's: it is in the workflow.
func failureText(code string) string {
	switch code {
	case workflows.ErrorModelUnavailable:
		return "The assistant cannot be reached right now. Please try again in a moment."
	case workflows.ErrorModelRejected:
		return "The assistant could not answer this message. Try to put it differently."
	case workflows.ErrorModelCredentials:
		return "This assistant is not set up correctly. Please tell the owner of this site."
	case workflows.ErrorCheckUnavailable:
		return "What is written here is checked before it is answered, and that cannot be done right now. Please try again in a moment."
	case workflows.ErrorTooManySteps:
		return "This answer would take more steps than the assistant may take. Please ask for less at once."
	case workflows.ErrorTooExpensive:
		return "This answer would take more than the assistant may spend on one. Please ask for less at once."
	case workflows.ErrorAnswerInvalid:
		return "The assistant's answer came out in a form that cannot be shown. Please try again."
	default:
		return "Something went wrong on our side. Please try again."
	}
}
