package main

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
)

// report is what the picture needs of the record.
type report struct {
	Tools []struct{ Name, Version, Skipped string }
	Cases []measured
}

// measured is a case.
type measured struct {
	Name      string
	LatencyMS int64
	Attached  int
	Runs      []run
}

// run is what a tool needed for it.
type run struct {
	Tool     string
	Requests int
	WallMS   float64
	Image    bool
	Arrived  int
}

// read reads the first promotions: the cases without a colon. The others differ in what is special about the server.
func read(path string) (r report, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return r, err
	}
	var first []measured
	for _, c := range r.Cases {
		if !strings.Contains(c.Name, ":") {
			first = append(first, c)
		}
	}
	if r.Cases = first; len(first) == 0 {
		return r, errors.New("the record has no case")
	}
	return r, nil
}

// of returns what a tool needed, and whether everything arrived.
func (c measured) of(tool string) (one run, complete bool) {
	for _, one := range c.Runs {
		if one.Tool == tool {
			return one, one.Image && one.Arrived == c.Attached
		}
	}
	return run{}, false
}
