package aql

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// dateLayout is how Artifactory writes dates in answers.
const dateLayout = "2006-01-02T15:04:05.000Z07:00"

func compareNumbers(a, b int64) int { return cmp.Compare(a, b) }

func compareTexts(a, b string) int { return strings.Compare(a, b) }

// ordered reports whether an operator accepts the outcome of a comparison "value ? operand".
func ordered(operator string, outcome int) bool {
	switch operator {
	case "$eq":
		return outcome == 0
	case "$ne":
		return outcome != 0
	case "$gt":
		return outcome > 0
	case "$gte":
		return outcome >= 0
	case "$lt":
		return outcome < 0
	case "$lte":
		return outcome <= 0
	}
	return false
}

// textTest builds the test of a string against the operand of an operator, wildcards included.
func textTest(operator, operand string) func(string) bool {
	switch operator {
	case "$match":
		return func(value string) bool { return matches(operand, value) }
	case "$nmatch":
		return func(value string) bool { return !matches(operand, value) }
	}
	return func(value string) bool { return ordered(operator, compareTexts(value, operand)) }
}

func parseNumber(text string) (int64, bool) {
	number, err := strconv.ParseInt(text, 10, 64)
	return number, err == nil
}

// parseDate reads ISO 8601 with or without time, fraction and zone (UTC if none), or milliseconds since 1970.
func parseDate(text string) (time.Time, bool) {
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05",
		time.DateOnly,
	} {
		if date, err := time.Parse(layout, text); err == nil {
			return date, true
		}
	}
	if millis, ok := parseNumber(text); ok {
		return time.UnixMilli(millis), true
	}
	return time.Time{}, false
}
