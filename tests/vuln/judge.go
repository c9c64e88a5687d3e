package main

import (
	"bufio"
	"errors"
	"fmt"
	"go/version"
	"maps"
	"os"
	"slices"
	"strings"
)

// split returns the vulnerabilities that can be reached, each once: those of modules, and those of Go's standard
// library, which are the builder's and not the repository's.
func (r report) split() (modules, stdlib map[string]finding) {
	modules, stdlib = map[string]finding{}, map[string]finding{}
	for _, f := range r.findings {
		if len(f.Trace) == 0 || f.Trace[0].Function == "" {
			continue
		}
		if f.Trace[0].Module == "stdlib" {
			stdlib[f.ID] = f
			continue
		}
		modules[f.ID] = f
	}
	return modules, stdlib
}

// newest is the Go that has all fixes.
func newest(stdlib map[string]finding) string {
	last := ""
	for _, f := range stdlib {
		if v := "go" + strings.TrimPrefix(f.Fixed, "v"); version.Compare(v, last) > 0 {
			last = v
		}
	}
	return last
}

// acceptances reads the vulnerabilities that are known and stay, each with its reason: "GO-2025-4020 why".
func acceptances(file string) (map[string]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	all := map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, reason, _ := strings.Cut(line, " ")
		if strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("%s: %s is accepted without a reason", file, id)
		}
		all[id] = strings.TrimSpace(reason)
	}
	return all, lines.Err()
}

// judge fails for what is found and not accepted, and for what is accepted and not found any more.
func judge(found map[string]finding, accepted map[string]string) error {
	var problems []error
	for _, id := range slices.Sorted(maps.Keys(found)) {
		f := found[id]
		if reason, ok := accepted[id]; ok {
			fmt.Printf("%s in %s %s is accepted: %s\n", id, f.Trace[0].Module, f.Trace[0].Version, reason)
			continue
		}
		fixed := f.Fixed
		if fixed == "" {
			fixed = "no version"
		}
		problems = append(problems, fmt.Errorf("%s in %s %s, fixed in %s: https://pkg.go.dev/vuln/%s", id, f.Trace[0].Module,
			f.Trace[0].Version, fixed, id))
	}
	for _, id := range slices.Sorted(maps.Keys(accepted)) {
		if _, ok := found[id]; !ok {
			problems = append(problems, fmt.Errorf("%s is accepted and not found any more: take it off the list", id))
		}
	}
	if len(problems) == 0 {
		fmt.Printf("%d vulnerabilities in modules can be reached, all of them accepted\n", len(found))
	}
	return errors.Join(problems...)
}
