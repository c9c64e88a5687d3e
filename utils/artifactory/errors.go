package artifactory

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/sanitize"
)

// StatusError is an answer with a status that the call does not accept, or a result that holds an ERROR message
// whatever its status.
type StatusError struct {
	Method string
	Path   string
	Status int
	// Text is what the server said, in one line, without control characters, cut after maxText characters.
	Text string
}

// maxText bounds what is repeated of a server's error text, in characters.
const maxText = 500

// Error returns call, status and the server's words.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s %s: %d %s", e.Method, e.Path, e.Status, http.StatusText(e.Status))
	if e.Text != "" {
		text += ": " + e.Text
	}
	return text
}

// Is makes a 404 match failure.ErrNotFound.
func (e *StatusError) Is(target error) bool {
	return target == failure.ErrNotFound && e.Status == http.StatusNotFound
}

// HTTPStatus returns the status of the answer.
func (e *StatusError) HTTPStatus() int { return e.Status }

// refused returns the error that an answer to a call stands for.
func (k call) refused(status int, body []byte) error {
	return &StatusError{Method: k.method, Path: k.path, Status: status, Text: serverText(body)}
}

// answer is the union of the forms in which Artifactory reports: errors of REST calls and messages of copy, move and
// promote.
type answer struct {
	Errors []struct {
		Message string `json:"message"`
	} `json:"errors"`
	Messages []message `json:"messages"`
}

type message struct {
	Level   string `json:"level"`
	Message string `json:"message"`
}

func serverText(body []byte) string {
	var a answer
	if json.Unmarshal(body, &a) != nil {
		return clean(string(body))
	}
	texts := make([]string, 0, len(a.Errors)+len(a.Messages))
	for _, e := range a.Errors {
		texts = append(texts, e.Message)
	}
	for _, m := range a.Messages {
		texts = append(texts, m.Message)
	}
	if len(texts) == 0 {
		return clean(string(body))
	}
	return clean(strings.Join(texts, "; "))
}

// clean makes text from the network fit for a terminal, in one bounded line.
func clean(s string) string {
	return sanitize.Shorten(strings.Join(strings.Fields(sanitize.Message(s)), " "), maxText)
}
