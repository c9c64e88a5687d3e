package report_test

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/report"
	"github.com/signed-promote/signed-promote/utils/terminal"
)

// texts joins what people see of several results, each under its name.
func texts[T any](results map[string]T, text func(T) string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(results)) {
		all = append(all, "=== "+name+"\n"+text(results[name]))
	}
	return strings.Join(all, "\n\n")
}

// piped returns the text that goes into a pipe.
func piped[T any](text func(T, terminal.Screen) string) func(T) string {
	return func(result T) string { return text(result, terminal.Screen{}) }
}

func TestTables(t *testing.T) {
	t.Parallel()
	results := promotions(t)
	for _, r := range results {
		r.HTTP.Requests, r.DurationMs = 12, 1234
	}
	tables := texts(results, piped((*report.Result).Text))
	golden(t, "tables", tables)
	readable(t, tables)
}

func TestTrees(t *testing.T) {
	t.Parallel()
	trees := texts(statuses(t), piped((*report.StatusResult).Text))
	golden(t, "trees", trees)
	readable(t, trees)
}

// readable fails if a line does not fit a terminal, or a digest is cut anywhere but after its first digits.
func readable(t *testing.T, text string) {
	t.Helper()
	digits := regexp.MustCompile(`[0-9a-f]{12,}…?`)
	for line := range strings.Lines(text) {
		assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSpace(line)), 100, line)
		assert.Equal(t, strings.TrimRight(line, " \n"), strings.TrimRight(line, "\n"), "no blanks at the end")
		for _, found := range digits.FindAllString(line, -1) {
			isShort := utf8.RuneCountInString(found) == 13 && strings.HasSuffix(found, "…")
			assert.True(t, isShort || len(found) == 64, "%s in %s", found, line)
		}
	}
}

// Names come from registries; none of them may move the cursor, change colours, add lines or turn text around.
func TestNamesCannotControlTheTerminal(t *testing.T) {
	t.Parallel()
	const evil = "a\x1b[2Jb\rc\nd\u202ee\u009bf\x07\x7f"
	ref := reference.Reference{Image: reference.Image{Repo: evil, Path: evil}, Tag: evil}
	g := graph(t)
	for i := range g.Attachments {
		g.Attachments[i].Tag = evil
		g.Attachments[i].Manifest.Content.ArtifactType = evil
		g.Attachments[i].Kind = attachment.KindOther
	}
	root := g.Nodes[g.Root]
	root.Content.Manifests[0].Platform.OS, root.MediaType = evil, evil
	g.Warnings = []string{evil}

	r := plan.Request{Source: ref, Target: ref, AllowUnsigned: true}
	p, err := plan.Make(r, g, plan.Target{})
	require.NoError(t, err)
	one := done(&promotion.Result{Request: r, Execution: plan.Execution{Plan: p}})
	for _, s := range p.Steps {
		one.Steps = append(one.Steps, plan.StepResult{Step: s})
	}
	single := report.Promotion("promote", false, &promotion.Summary{
		Results:   []*promotion.Result{one},
		Remaining: []string{evil},
	}, nil)
	many := report.Promotion("promote", false, &promotion.Summary{Results: []*promotion.Result{one, one}}, nil)
	status := report.NewStatus()
	status.Add(report.Compared(ref, ref, g, &attachment.Graph{Image: ref.Image, Root: g.Root}, ""))
	for name, text := range map[string]string{
		"single": single.Text(terminal.Screen{}), "many": many.Text(terminal.Screen{}),
		"tree": status.Text(terminal.Screen{}),
	} {
		assert.Contains(t, text, "a?[2Jb?c?d?e?f??", name)
		bad := strings.IndexFunc(text, func(c rune) bool { return strings.ContainsRune("\x1b\r\x07\x7f\u202e\u009b", c) })
		assert.Negative(t, bad, "%s: %q", name, text)
		assert.NotContains(t, text, "\nd", name)
	}
}

func TestStatusOfARun(t *testing.T) {
	t.Parallel()
	refusal := failure.Refuse(failure.Source, "", "not signed")
	outcome := func(o promotion.Outcome) *promotion.Result {
		one := &promotion.Result{Outcome: o}
		switch o {
		case promotion.Refused:
			one.Err = refusal
		case promotion.Failed, promotion.NotBegun:
			one.Err = errors.New("failed")
		case promotion.Planned, promotion.Promoted, promotion.Copied, promotion.AlreadyThere:
		}
		return one
	}
	tests := map[string]struct {
		outcomes []promotion.Outcome
		err      error
		want     report.Status
		totals   report.Totals
	}{
		"promoted": {
			[]promotion.Outcome{promotion.Promoted},
			nil, report.Success,
			report.Totals{Success: 1},
		},
		"planned":          {[]promotion.Outcome{promotion.Planned}, nil, report.Success, report.Totals{Success: 1}},
		"copied by a move": {[]promotion.Outcome{promotion.Copied}, nil, report.Success, report.Totals{Success: 1}},
		"not begun": {
			[]promotion.Outcome{promotion.Promoted, promotion.NotBegun},
			nil, report.Failure,
			report.Totals{Success: 1, Failure: 1},
		},
		"refused, rest not begun": {
			[]promotion.Outcome{promotion.Refused, promotion.NotBegun},
			nil, report.Failure,
			report.Totals{Failure: 2},
		},
		"there": {
			[]promotion.Outcome{promotion.AlreadyThere},
			nil, report.NothingToDo,
			report.Totals{Success: 1},
		},
		"some there": {
			[]promotion.Outcome{promotion.AlreadyThere, promotion.Promoted},
			nil, report.Success,
			report.Totals{Success: 2},
		},
		"no image at all": {nil, nil, report.NothingToDo, report.Totals{}},
		"all refused": {
			[]promotion.Outcome{promotion.Refused, promotion.Refused},
			nil, report.RefusedRun,
			report.Totals{Failure: 2},
		},
		"refused and promoted": {
			[]promotion.Outcome{promotion.Refused, promotion.Promoted},
			nil, report.Failure,
			report.Totals{Success: 1, Failure: 1},
		},
		"refused and there": {
			[]promotion.Outcome{promotion.Refused, promotion.AlreadyThere},
			nil, report.Failure,
			report.Totals{Success: 1, Failure: 1},
		},
		"refused and failed": {
			[]promotion.Outcome{promotion.Refused, promotion.Failed},
			nil, report.Failure,
			report.Totals{Failure: 2},
		},
		"failed":                  {[]promotion.Outcome{promotion.Failed}, nil, report.Failure, report.Totals{Failure: 1}},
		"failed before any image": {nil, errors.New("no repository"), report.Failure, report.Totals{}},
		"failed besides all images": {
			[]promotion.Outcome{promotion.Promoted},
			errors.New("x"), report.Failure,
			report.Totals{Success: 1},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &promotion.Summary{}
			for _, o := range tt.outcomes {
				s.Results = append(s.Results, outcome(o))
			}
			r := report.Promotion("promote", false, s, tt.err)
			assert.Equal(t, tt.want, r.Status)
			assert.Equal(t, tt.totals, r.Totals)
			assert.Equal(t, tt.err == nil, r.Error == nil)
		})
	}
}

func TestOutcomesOfAttachments(t *testing.T) {
	t.Parallel()
	results := promotions(t)
	outcomes := func(name string) map[string]int {
		all := map[string]int{}
		for _, a := range results[name].Images[0].Attachments {
			all[a.Action+" "+a.Outcome]++
		}
		return all
	}
	assert.Equal(t, map[string]int{"copy planned": 5}, outcomes("planned copy"))
	assert.Equal(t, map[string]int{"copy done": 3, "merge done": 1, "keep kept": 1}, outcomes("promoted"))
	assert.Equal(t, map[string]int{"none already-there": 5}, outcomes("nothing"))
	assert.Equal(t, map[string]int{"none refused": 1, "copy planned": 4}, outcomes("conflict"))
	assert.Equal(t, map[string]int{"copy done": 6}, outcomes("referrers"))
	assert.Empty(t, outcomes("unread"))
}

func TestErrors(t *testing.T) {
	t.Parallel()
	one := &promotion.Result{Outcome: promotion.Failed, Err: failure.At(failure.Target, failure.ErrNotFound, "reading",
		"Check it.")}
	r := report.Promotion("promote", false, &promotion.Summary{Results: []*promotion.Result{one}}, errors.New("plain"))
	assert.Equal(t, &report.Error{Message: "plain"}, r.Error)
	assert.Equal(t, &report.Error{Message: "target: reading: not found", Side: "target", Hint: "Check it."},
		r.Images[0].Error)
	s := report.NewStatus().Fail(one.Err)
	assert.Equal(t, report.Failure, s.Status)
	assert.Equal(t, r.Images[0].Error, s.Error)
}

func TestJSONStaysReadable(t *testing.T) {
	t.Parallel()
	text, err := report.JSON(map[string]string{"hint": "write <repo>/<image> & more", "name": "\x1b[31m"})
	require.NoError(t, err)
	assert.Equal(t, "{\n  \"hint\": \"write <repo>/<image> & more\",\n  \"name\": \"\\u001b[31m\"\n}", text)
	_, err = report.JSON(func() {})
	assert.Error(t, err)
}

func TestFindings(t *testing.T) {
	t.Parallel()
	results := statuses(t)
	for _, name := range []string{"one side", "by digest", "same", "extra", "nothing attached"} {
		assert.Equal(t, report.Success, results[name].Status, name)
		assert.Empty(t, results[name].Images[0].Findings, name)
	}
	for _, name := range []string{"child is missing", "missing", "differing", "another image", "no target"} {
		assert.Equal(t, report.Failure, results[name].Status, name)
		assert.NotEmpty(t, results[name].Images[0].Findings, name)
	}
	g := graph(t)
	assert.Contains(t, results["another image"].Images[0].Findings,
		"docker-prod/team/app:1.0 holds "+g.ImageDigests()[1].String())
	assert.Equal(t, []string{"docker-prod/team/app:1.0 is not there"}, results["no target"].Images[0].Findings)
	assert.Empty(t, results["no target"].Images[0].Target.Digest)
}
