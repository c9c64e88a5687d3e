package aql

import "fmt"

// SyntaxError says why a query is refused. A server answers it with 400 and the message as plain text.
type SyntaxError struct {
	// Offset is the byte of the query where reading stopped.
	Offset int
	// Reason names the mistake.
	Reason string
}

// Error implements error.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("failed to parse query: %s (at character %d)", e.Reason, e.Offset)
}
