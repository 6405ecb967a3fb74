package tool

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/parley-chat/parley/chat"
)

// FieldError says what is wrong with a field of a tool's definition.
type FieldError struct {
	Field   string // as in JSON, like "headers.X-Key"
	Message string
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Message }

func wrong(field string, err error) error { return &FieldError{field, Sentence(err)} }

var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// CheckHTTP finds what is wrong with the request of a tool, as a FieldError.
func CheckHTTP(h chat.HTTPTool) error {
	if !slices.Contains(methods, h.Method) {
		return wrong("method", errors.New("the method is one of "+strings.Join(methods, ", ")))
	}
	if err := checkAddress(h.URL); err != nil {
		return wrong("url", err)
	}
	if err := checkHeaders("headers.", h.Headers); err != nil {
		return err
	}
	if err := checkBody(h); err != nil {
		return wrong("body", err)
	}
	if h.Probe == nil {
		return nil
	}
	if err := checkAddress(h.Probe.URL); err != nil {
		return wrong("probe.url", err)
	}
	return checkHeaders("probe.headers.", h.Probe.Headers)
}

// CheckMCP finds what is wrong with an MCP server, as a FieldError.
func CheckMCP(server chat.MCPServer) error {
	if placeholder.MatchString(server.URL) {
		return wrong("url", errors.New("the address of a server may hold no placeholder: use a header"))
	}
	if err := checkAddress(server.URL); err != nil {
		return wrong("url", err)
	}
	if err := checkHeaders("headers.", server.Headers); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(server.Headers)) {
		for _, match := range placeholder.FindAllStringSubmatch(server.Headers[name], -1) {
			if !strings.HasPrefix(match[1], "secrets.") {
				return wrong("headers."+name, errors.New("a server's headers may hold secrets alone: it is asked for its tools without a call"))
			}
		}
	}
	return nil
}

func checkAddress(template string) error {
	server := origin.FindString(template)
	filled := placeholder.ReplaceAllString(template, "x")
	parsed, err := url.Parse(filled)
	switch {
	case strings.Contains(server, "{{"):
		return errors.New("a placeholder may stand in the path or the query only")
	case server == "" || err != nil || parsed.Host == "" || parsed.Hostname() == "":
		return errors.New("the address begins with https:// or http:// and a host")
	case parsed.User != nil:
		return errors.New("the address may hold no user: use a header and a secret")
	case strings.Contains(filled, "#"):
		return errors.New("the address may hold no #")
	}
	return checkPlaceholders(template)
}

func checkPlaceholders(template string) error {
	for _, match := range placeholder.FindAllStringSubmatch(template, -1) {
		if !known.MatchString(match[1]) {
			return errors.New("there is no {{" + match[1] + "}}: placeholders are args.…, secrets.NAME, visitor.id, visitor.externalId, visitor.name, visitor.email, conversation.id and call.id")
		}
	}
	if strings.Contains(placeholder.ReplaceAllString(template, ""), "{{") {
		return errors.New("a placeholder is begun and not ended")
	}
	return nil
}

func checkBody(h chat.HTTPTool) error {
	if len(h.Body) == 0 || string(h.Body) == "null" {
		return nil
	}
	if h.Method == http.MethodGet {
		return errors.New("a GET has no body")
	}
	document, err := decode(h.Body)
	if err != nil {
		return errors.New("the body is not a JSON document")
	}
	return checkTexts(document)
}

func checkTexts(document any) error {
	switch document := document.(type) {
	case string:
		return checkPlaceholders(document)
	case []any:
		for _, item := range document {
			if err := checkTexts(item); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(document)) {
			if strings.Contains(name, "{{") {
				return errors.New("a placeholder may stand in a value, not in a name")
			}
			if err := checkTexts(document[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// ours reports whether Parley or the protocol sets the header.
func ours(name string) bool {
	switch name = strings.ToLower(name); name {
	case "host", "content-length", "connection", "transfer-encoding", "upgrade", "te", "trailer", "keep-alive",
		"expect", "accept-encoding", "idempotency-key", "user-agent":
		return true
	default:
		return strings.HasPrefix(name, "proxy-") || strings.HasPrefix(name, "webhook-")
	}
}

func checkHeaders(at string, headers map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		value := headers[name]
		switch {
		case !headerName.MatchString(name):
			return wrong(at+name, errors.New("that is not the name of a header"))
		case ours(name):
			return wrong(at+name, errors.New("this header is set by Parley"))
		case !oneLine(value):
			return wrong(at+name, errors.New("a header is one line"))
		}
		if err := checkPlaceholders(value); err != nil {
			return wrong(at+name, err)
		}
	}
	return nil
}
