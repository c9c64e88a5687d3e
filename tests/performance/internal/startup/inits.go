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

// Inits tells what the initialisation of packages costs: the run in the middle of several, by the time of all packages together.
func Inits(ctx context.Context, runs int, p process.Program) (record.Init, error) {
	p.Env = append(slices.Clone(p.Env), "GODEBUG=inittrace=1")
	var inits []record.Init
	for range runs {
		o, err := p.Run(ctx)
		if err != nil {
			return record.Init{}, err
		}
		i, err := parse(string(o.Stderr))
		if err != nil {
			return record.Init{}, err
		}
		inits = append(inits, i)
	}
	slices.SortFunc(inits, func(a, b record.Init) int { return cmp.Compare(a.ClockMS, b.ClockMS) })
	return inits[len(inits)/2], nil
}

var traced = regexp.MustCompile(`(?m)^init (\S+) @[\d.]+ ms, ([\d.]+) ms clock, (\d+) bytes, \d+ allocs$`)

// parse reads the lines that the runtime writes for GODEBUG=inittrace=1.
func parse(trace string) (record.Init, error) {
	var i record.Init
	for _, line := range traced.FindAllStringSubmatch(trace, -1) {
		clock, err := strconv.ParseFloat(line[2], 64)
		bytes, err2 := strconv.ParseInt(line[3], 10, 64)
		if err := errors.Join(err, err2); err != nil {
			return i, err
		}
		i.Greatest = append(i.Greatest, record.Package{Name: line[1], ClockMS: clock, Bytes: bytes})
		i.ClockMS += clock
		i.Bytes += bytes
	}
	if i.Packages = len(i.Greatest); i.Packages == 0 {
		return i, errors.New("the runtime traced no initialisation")
	}
	slices.SortFunc(i.Greatest, func(a, b record.Package) int { return cmp.Compare(b.ClockMS, a.ClockMS) })
	i.Greatest = i.Greatest[:min(shown, i.Packages)]
	return i, nil
}
