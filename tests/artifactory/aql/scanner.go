package aql

import (
	"encoding/json"
	"fmt"
	"strings"
)

// scanner walks over the text of a query. Its methods skip white space first; a fail ends the whole parse.
type scanner struct {
	text string
	pos  int
}

func (s *scanner) fail(format string, args ...any) error {
	return &SyntaxError{Offset: s.pos, Reason: fmt.Sprintf(format, args...)}
}

func (s *scanner) skipSpace() {
	for s.pos < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.pos]) >= 0 {
		s.pos++
	}
}

func (s *scanner) atEnd() bool {
	s.skipSpace()
	return s.pos == len(s.text)
}

// peek returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.atEnd() {
		return 0
	}
	return s.text[s.pos]
}

// accept consumes the literal if it comes next.
func (s *scanner) accept(literal string) bool {
	s.skipSpace()
	if !strings.HasPrefix(s.text[s.pos:], literal) {
		return false
	}
	s.pos += len(literal)
	return true
}

func (s *scanner) expect(literal string) error {
	if !s.accept(literal) {
		return s.fail("%q expected", literal)
	}
	return nil
}

// word consumes letters; it may return "".
func (s *scanner) word() string {
	s.skipSpace()
	start := s.pos
	for s.pos < len(s.text) && 'a' <= s.text[s.pos]|0x20 && s.text[s.pos]|0x20 <= 'z' {
		s.pos++
	}
	return s.text[start:s.pos]
}

// quoted consumes a string in double quotes with JSON's escapes.
func (s *scanner) quoted() (string, error) {
	if s.peek() != '"' {
		return "", s.fail("a string in double quotes expected")
	}
	end := s.pos + 1
	for end < len(s.text) && s.text[end] != '"' {
		if s.text[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(s.text) {
		return "", s.fail("string without end")
	}
	raw := s.text[s.pos : end+1]
	var value string
	// JSON forbids raw line breaks in strings, AQL has no use for them either.
	if err := json.Unmarshal([]byte(raw), &value); err != nil {
		return "", s.fail("bad string: %v", err)
	}
	s.pos = end + 1
	return value, nil
}

// digits consumes an unsigned decimal number and returns its text.
func (s *scanner) digits() (string, error) {
	s.skipSpace()
	start := s.pos
	for s.pos < len(s.text) && '0' <= s.text[s.pos] && s.text[s.pos] <= '9' {
		s.pos++
	}
	if start == s.pos {
		return "", s.fail("a number expected")
	}
	return s.text[start:s.pos], nil
}

// list consumes `close` or elements separated by commas up to and including `close`.
func (s *scanner) list(closing string, element func() error) error {
	if s.accept(closing) {
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		if s.accept(closing) {
			return nil
		}
		if !s.accept(",") {
			return s.fail("\",\" or %q expected", closing)
		}
	}
}
