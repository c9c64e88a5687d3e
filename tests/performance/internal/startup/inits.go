package startup

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"

	"github.com/signed-promote/signed-promote/tests/performance/internal/record"
	"github.com/signed-promote/signed-promote/tests/process"
)

// shown is the number of packages that are named.
const shown = 8

// Inits reports what the initialisation of packages costs, as medians of several runs.
func Inits(ctx context.Context, runs int, p process.Program) (record.Init, error) {
	p.Env = append(slices.Clone(p.Env), "GODEBUG=inittrace=1")
	traces := make([]trace, 0, runs)
	for range runs {
		o, err := p.Run(ctx)
		if err != nil {
			return record.Init{}, err
		}
		t, err := parse(string(o.Stderr))
		if err != nil {
			return record.Init{}, err
		}
		traces = append(traces, t)
	}
	return sum(traces), nil
}

// trace holds the packages of one run by their names.
type trace map[string]record.Package

var traced = regexp.MustCompile(`(?m)^init (\S+) @[\d.]+ ms, ([\d.]+) ms clock, (\d+) bytes, \d+ allocs$`)

// parse reads the lines that the runtime writes for GODEBUG=inittrace=1.
func parse(text string) (trace, error) {
	t := trace{}
	for _, line := range traced.FindAllStringSubmatch(text, -1) {
		clock, err := strconv.ParseFloat(line[2], 64)
		bytes, err2 := strconv.ParseInt(line[3], 10, 64)
		if err := errors.Join(err, err2); err != nil {
			return nil, err
		}
		t[line[1]] = record.Package{Name: line[1], ClockMS: clock, Bytes: bytes}
	}
	if len(t) == 0 {
		return nil, errors.New("the runtime traced no initialisation")
	}
	return t, nil
}

// sum adds up the medians of all packages; those that took longest are named. All runs are of one program and have the
// same packages.
func sum(traces []trace) (i record.Init) {
	for name := range traces[0] {
		one := record.Package{
			Name:    name,
			ClockMS: middle(traces, func(t trace) float64 { return t[name].ClockMS }),
			Bytes:   middle(traces, func(t trace) int64 { return t[name].Bytes }),
		}
		i.Packages++
		i.ClockMS += one.ClockMS
		i.Bytes += one.Bytes
		i.Greatest = append(i.Greatest, one)
	}
	slices.SortFunc(i.Greatest, func(a, b record.Package) int {
		return cmp.Or(cmp.Compare(b.ClockMS, a.ClockMS), cmp.Compare(a.Name, b.Name))
	})
	i.Greatest = i.Greatest[:min(shown, i.Packages)]
	return i
}
