package page

import (
	"fmt"

	"github.com/signed-promote/signed-promote/tests/performance/internal/record"
)

// modulesShown is the number of parts of a binary that are named.
const modulesShown = 20

func starts(r record.Report) string {
	t := &table{header: []string{"program, asked for", "time", "processor time", "memory"}}
	for _, s := range r.Startup {
		t.add(s.Program+", `"+s.Asked+"`", fmt.Sprintf("%.1f ms", s.WallMS), fmt.Sprintf("%.1f ms", s.CPUMS), fmt.Sprintf("%.1f MB", s.MemoryMB))
	}
	return t.String()
}

func inits(r record.Report) string {
	t := &table{header: []string{"package", "time", "allocated"}}
	for _, p := range r.Init.Greatest {
		t.add("`"+p.Name+"`", fmt.Sprintf("%.2f ms", p.ClockMS), size(p.Bytes))
	}
	t.add(fmt.Sprintf("all %d packages", r.Init.Packages), fmt.Sprintf("%.2f ms", r.Init.ClockMS), size(r.Init.Bytes))
	return t.String()
}

func sizes(r record.Report) string { return Size(r.Size) }

// Size is the table of what a binary is made of.
func Size(s record.Size) string {
	t := &table{header: []string{"part of the binary for " + s.Platform, "bytes"}}
	var rest int64
	for i, m := range s.Modules {
		if i >= modulesShown {
			rest += m.Bytes
			continue
		}
		t.add(m.Name, size(m.Bytes))
	}
	if more := len(s.Modules) - modulesShown; more > 0 {
		t.add(fmt.Sprintf("%d more modules", more), size(rest))
	}
	t.add("all", size(s.Bytes))
	t.add("for comparison: a plugin that does nothing", size(s.Bare))
	return t.String()
}
