package simulator

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// bodyBytes bounds a request: a long conversation with a model of a million
// tokens fits.
const bodyBytes = 32 << 20

// apiFault is an error as the API words it.
type apiFault struct {
	Status     int
	Type       string // "invalid_request_error" and the like
	Code       string
	Param      string
	Message    string
	RetryAfter string // the header, as it stands
}

func writeFault(w http.ResponseWriter, fault apiFault) {
	if fault.RetryAfter != "" {
		w.Header().Set("Retry-After", fault.RetryAfter)
	}
	writeJSON(w, fault.Status, map[string]any{"error": map[string]any{
		"message": fault.Message, "type": fault.Type, "param": orNull(fault.Param), "code": orNull(fault.Code),
	}})
}

// orNull is JSON null for an empty string.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// invalid is the error for a request that is wrong.
func invalid(param, code, message string) *apiFault {
	return &apiFault{
		Status: http.StatusBadRequest, Type: "invalid_request_error", Param: param, Code: code, Message: message,
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// readControl reads the body of a control request, strictly: a misspelt field
// would make a test pass for the wrong reason.
func readControl(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(io.LimitReader(r.Body, bodyBytes))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		writeFault(w, *invalid("", "", "The body is not as it should be: "+err.Error()))
		return false
	}
	return true
}

// readBody reads the body of a request of the API.
func readBody(r *http.Request, into any) *apiFault {
	body := io.LimitReader(r.Body, bodyBytes)
	err := json.NewDecoder(body).Decode(into)
	if err == nil {
		// The server notices that a client leaves only once the body is read.
		_, _ = io.Copy(io.Discard, body)
		return nil
	}
	if mistyped, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return invalid(mistyped.Field, "invalid_type", "Invalid type for '"+mistyped.Field+"'.")
	}
	return invalid("", "", "We could not parse the JSON body of your request.")
}
