package main

import "strings"

// kind is what a line is, which decides about its colour and how long it is looked at.
type kind string

const (
	heading kind = "heading"
	command kind = "command"
	plain   kind = "plain"
	bad     kind = "bad"
	good    kind = "good"
	blank   kind = "blank"
)

// line is a line of the picture.
type line struct {
	kind kind
	text string
}

// marks tell by how a line of the demo begins that it belongs into the picture. Everything else is detail.
var marks = []struct {
	begins string
	kind   kind
}{
	{"1. ", heading},
	{"2. ", heading},
	{"3. ", heading},
	{"4. ", heading},
	{"5. ", heading},
	{"   $ cosign sign", command},
	{"   $ cosign verify", command},
	{"   $ jf ", command},
	{"     200 ", plain},
	{"     Error: ", bad},
	{"   ✗ ", bad},
	{"       signature ", plain},
	{"     success: ", plain},
	{"       - The signatures were verified", plain},
	{"   ✓ ", good},
}

// pick takes the lines that tell the story, with a blank one before each heading.
func pick(transcript string) []line {
	var lines []line
	for text := range strings.Lines(transcript) {
		text = strings.TrimRight(text, "\r\n")
		for _, m := range marks {
			if !strings.HasPrefix(text, m.begins) {
				continue
			}
			if m.kind == heading && len(lines) > 0 {
				lines = append(lines, line{kind: blank})
			}
			lines = append(lines, line{kind: m.kind, text: text})
			break
		}
	}
	return lines
}
