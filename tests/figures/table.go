package main

import (
	"fmt"
	"io"
	"strings"
)

// printTable writes the figures, and behind them the goals.
func printTable(out io.Writer, f figures) error {
	var b strings.Builder
	for _, row := range rows(f) {
		fmt.Fprintf(&b, "%-44s %s\n", row[0], row[1])
	}
	fmt.Fprintf(&b, "\n%-44s %8s %8s\n", "goal", "at most", "is")
	for _, g := range goals() {
		verdict := ""
		if !g.met(f) {
			verdict = "not met"
		}
		row := fmt.Sprintf("%-44s %8g %8.4g  %s", g.name, g.limit, g.value(f), verdict)
		fmt.Fprintln(&b, strings.TrimRight(row, " "))
	}
	_, err := io.WriteString(out, b.String())
	if err != nil {
		return err
	}
	return f.walkError
}

func rows(f figures) [][2]string {
	s, p, w := f.shape, f.packages, f.walk
	return [][2]string{
		{"code lines / files", fmt.Sprintf("%d / %d", s.lines, len(s.fileLines))},
		{"test : code", fmt.Sprintf("%.1f", float64(f.testLines)/float64(max(1, s.lines)))},
		{"file lines: median / p90 / max", spread(s.fileLines, 0.5, 0.9, 1)},
		{"function lines: median / p90 / p99 / max", spread(s.functionLines, 0.5, 0.9, 0.99, 1)},
		{"functions over 40 / over 50 lines", shareOver(s.functionLines, 40) + " / " + shareOver(s.functionLines, 50)},
		{"cyclomatic complexity: p90 / p99", spread(s.complexities, 0.9, 0.99)},
		{"comment lines", fmt.Sprintf("%.0f %%", percent(s.commentLines, s.lines))},
		{"words of a doc comment: median / p90", spread(s.docWords, 0.5, 0.9)},
		{"lines over 120 columns", fmt.Sprintf("%.1f %%", percent(s.longLines, s.lines))},
		{"exported without a comment", fmt.Sprintf("%d of %d", s.undocumented, s.exported)},
		{"exported per package: median / p90", spread(p.exported, 0.5, 0.9)},
		{"packages", fmt.Sprint(p.count)},
		{"files per package: median / p90 / max", spread(p.files, 0.5, 0.9, 1) + " (" + p.mostFiles + ")"},
		{"lines per package: median / max", spread(p.lines, 0.5, 1) + " (" + p.mostLines + ")"},
		{"fan-out: median / p90 / max", spread(p.fanOut, 0.5, 0.9, 1)},
		{"fan-in: median / p90 / max", spread(p.fanIn, 0.5, 0.9, 1)},
		{"files with methods of one type, at most", fmt.Sprintf("%d (%s)", p.methodFiles, p.scattered)},
		{"ties between files of a package", fmt.Sprint(p.ties)},
		{"one promotion: stays / files", fmt.Sprintf("%d / %d", w.stays, w.files)},
		{"one promotion: returns / sideways", fmt.Sprintf("%d / %d", w.returns, w.sideways)},
	}
}

// spread joins quantiles as in "90 / 156 / 300".
func spread(values []int, shares ...float64) string {
	texts := make([]string, 0, len(shares))
	for _, share := range shares {
		texts = append(texts, fmt.Sprint(quantile(values, share)))
	}
	return strings.Join(texts, " / ")
}

func shareOver(values []int, limit int) string {
	count := over(values, limit)
	return fmt.Sprintf("%d (%.1f %%)", count, percent(count, len(values)))
}
