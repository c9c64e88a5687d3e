package page

import (
	"fmt"
	"io"
	"strings"

	"github.com/signed-promote/signed-promote/tests/performance/internal/record"
)

// section is a part of the page that is made from the record.
type section struct {
	name, title string
	text        func(record.Report) string
}

// sections lists all of them; each has its place in docs/performance.md.
func sections() []section {
	return []section{
		{"conditions", "conditions", conditions},
		{"tools", "tools", tools},
		{"arrived", "attachments that arrived", arrived},
		{"requests", "requests / one after another", requests},
		{"wall", "time", wall},
		{"bytes", "bytes of bodies, received / sent", bytes},
		{"layers", "bytes of image layers through the client", layers},
		{"client", "processor time and memory of the client", client},
		{"startup", "start-up", starts},
		{"init", "initialisation of packages", inits},
		{"size", "size", sizes},
	}
}

func conditions(r record.Report) string {
	return fmt.Sprintf("%s on %s, median of %d rounds; each request takes %d ms, where the case does not say otherwise.\n",
		r.Go, r.System, r.Rounds, latency(r))
}

func latency(r record.Report) int64 {
	if len(r.Cases) == 0 {
		return 0
	}
	return r.Cases[0].LatencyMS
}

// Print writes all sections that the report has figures for, for the terminal.
func Print(w io.Writer, r record.Report) error {
	for _, s := range sections() {
		if _, err := fmt.Fprintf(w, "\n%s\n\n%s", s.title, s.text(r)); err != nil {
			return err
		}
	}
	return nil
}

// Fill puts the sections into their places in a page, between a line "<!-- measured: NAME -->" and the next "<!-- end
// -->".
func Fill(page string, r record.Report) (string, error) {
	for _, s := range sections() {
		begin := "<!-- measured: " + s.name + " -->\n"
		before, rest, found := strings.Cut(page, begin)
		_, after, ended := strings.Cut(rest, "<!-- end -->")
		if !found || !ended {
			return "", fmt.Errorf("the page has no place for %q", s.name)
		}
		page = before + begin + "\n" + s.text(r) + "\n<!-- end -->" + after
	}
	return page, nil
}
