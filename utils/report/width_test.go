package report_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/report"
	"github.com/signed-promote/signed-promote/utils/terminal"
)

// everyText returns each result of each command as the text for a screen.
func everyText(t *testing.T) map[string]func(terminal.Screen) string {
	t.Helper()
	all := map[string]func(terminal.Screen) string{}
	add(all, "promotion", promotions(t), (*report.Result).Text)
	add(all, "status", statuses(t), (*report.StatusResult).Text)
	add(all, "verify", verifications(t), (*report.VerifyResult).Text)
	add(all, "audit", audits(), (*report.AuditResult).Text)
	add(all, "repair", repairs(), (*report.RepairResult).Text)
	add(all, "prune", prunes(), (*report.PruneResult).Text)
	add(all, "long", longNames(t), (*report.Result).Text)
	return all
}

func add[T any](all map[string]func(terminal.Screen) string, command string, results map[string]T,
	text func(T, terminal.Screen) string,
) {
	for name, r := range results {
		all[command+", "+name] = func(on terminal.Screen) string { return text(r, on) }
	}
}

// longNames are promotions of an image with the longest tag that there can be, in a deep folder.
func longNames(t *testing.T) map[string]*report.Result {
	t.Helper()
	g := graph(t)
	long := func() *promotion.Result {
		return done(planned(g, plan.Target{}, func(r *plan.Request) {
			for _, side := range []*string{&r.Source.Path, &r.Target.Path} {
				*side = "platform/services/payments/" + strings.Repeat("gateway", 9) + "/api"
			}
			r.Source.Tag, r.Target.Tag = strings.Repeat("t", 128), "2026.03.10-"+strings.Repeat("rc.", 20)+"1"
		}))
	}
	return map[string]*report.Result{
		"one":  report.Promotion("copy", false, &promotion.Summary{Results: []*promotion.Result{long()}}, nil),
		"many": report.Promotion("copy", false, &promotion.Summary{Results: []*promotion.Result{long(), long()}}, nil),
	}
}

// No line is wider than the terminal, every digest is whole or abbreviated, and no terminal shows fewer of them than a
// pipe.
func TestTextsFitTheTerminal(t *testing.T) {
	t.Parallel()
	digits := regexp.MustCompile(`[0-9a-f]{12,}…?`)
	texts := everyText(t)
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		piped := len(digits.FindAllString(texts[name](terminal.Screen{}), -1))
		for _, width := range []int{40, 60, 80, 120, 200} {
			shown := texts[name](terminal.Screen{Width: width})
			for line := range strings.Lines(shown) {
				line = strings.TrimRight(line, "\n")
				assert.LessOrEqual(t, text.StringWidthWithoutEscSequences(line), width, "%s at %d: %s", name, width, line)
				assert.Equal(t, strings.TrimRight(line, " "), line, "%s at %d ends in blanks", name, width)
			}
			found := digits.FindAllString(shown, -1)
			for _, d := range found {
				whole := strings.HasSuffix(d, "…") && len([]rune(d)) == 13 || len(d) == 64
				assert.True(t, whole, "%s at %d: %s in\n%s", name, width, d, shown)
			}
			assert.GreaterOrEqual(t, len(found), piped, "%s at %d:\n%s", name, width, shown)
		}
	}
}

// A terminal of the usual width shows tables; a narrow one shows a list where a table would cut words.
func TestTablesAndLists(t *testing.T) {
	t.Parallel()
	r := promotions(t)["referrers"]
	assert.Contains(t, r.Text(terminal.Screen{Width: 120}),
		"bundle       the image             referrer sha256:74c9c18a34a9…  copy    done\n")
	assert.Contains(t, r.Text(terminal.Screen{Width: 60}),
		"  ATTACHMENT  bundle\n  ON          the image\n  STORED AS   referrer sha256:74c9c18a34a9…\n")
}

// Colours are there when they are allowed, change no other character, and mark only words that say how something
// stands.
func TestColours(t *testing.T) {
	t.Parallel()
	escapes := regexp.MustCompile("\x1b\\[[0-9]+m")
	texts := everyText(t)
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		for _, width := range []int{0, 60, 80} {
			plain, coloured := texts[name](terminal.Screen{Width: width}), texts[name](terminal.Screen{Width: width, Color: true})
			assert.NotContains(t, plain, "\x1b", name)
			assert.Equal(t, plain, escapes.ReplaceAllString(coloured, ""), "%s at %d", name, width)
		}
	}
	assert.Contains(t, audits()["whole"].Text(terminal.Screen{Color: true}), "\x1b[31mlost\x1b[0m")
	assert.Contains(t, statuses(t)["missing"].Text(terminal.Screen{Color: true}), "\x1b[31m[MISSING]\x1b[0m")
}

// A tree that hangs deep keeps to the terminal, too.
func TestDeepTree(t *testing.T) {
	t.Parallel()
	g := graph(t)
	subject := g.Nodes[g.Root]
	for n := range 6 {
		subject = attach(t, g, subject, attachment.KindOther, "att", fmt.Sprint(n))
	}
	status := report.NewStatus()
	status.Add(report.Graph(source(), g, ""))
	for line := range strings.Lines(status.Text(terminal.Screen{Width: 60})) {
		assert.LessOrEqual(t, text.StringWidthWithoutEscSequences(strings.TrimRight(line, "\n")), 60, line)
	}
}
