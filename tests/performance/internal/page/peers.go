package page

import (
	"fmt"
	"slices"

	"github.com/signed-promote/signed-promote/tests/performance/internal/record"
)

// lost marks a cell: something did not arrive, or the tool ended with an error.
const lost, failed = " ✗", " (error)"

func tools(r record.Report) string {
	t := &table{header: []string{"tool", "version", "command"}, words: true}
	for _, one := range r.Tools {
		version := one.Version
		if one.Skipped != "" {
			version = "skipped, " + one.Skipped
		}
		if version == "" {
			version = "-"
		}
		t.add(one.Name, version, one.Command)
	}
	return t.String()
}

func arrived(r record.Report) string {
	return byTool(r, func(c record.Case, run record.Run) string {
		cell := fmt.Sprintf("%d of %d", run.Arrived, c.Attached)
		if run.Arrived < c.Attached {
			cell += lost
		}
		if !run.Image {
			cell += ", no image"
		}
		if run.Failed {
			cell += failed
		}
		return cell
	})
}

func requests(r record.Report) string {
	return byTool(r, func(c record.Case, run record.Run) string {
		return fmt.Sprintf("%d / %d%s", run.Requests, run.Depth, incomplete(c, run))
	})
}

func wall(r record.Report) string {
	return byTool(r, func(c record.Case, run record.Run) string {
		return fmt.Sprintf("%.0f ms%s", run.WallMS, incomplete(c, run))
	})
}

// bytes returns those of the bodies, received and sent.
func bytes(r record.Report) string {
	return byTool(r, func(c record.Case, run record.Run) string {
		return fmt.Sprintf("%s / %s%s", size(run.ReceivedBytes), size(run.SentBytes), incomplete(c, run))
	})
}

func layers(r record.Report) string {
	return byTool(r, func(_ record.Case, run record.Run) string { return size(run.LayerBytes) })
}

func client(r record.Report) string {
	return byTool(r, func(_ record.Case, run record.Run) string {
		return fmt.Sprintf("%.0f ms, %.0f MB", run.CPUMS, run.MemoryMB)
	})
}

// incomplete marks figures of work that was not done: they are no merit.
func incomplete(c record.Case, run record.Run) string {
	if run.Arrived < c.Attached || !run.Image {
		return lost
	}
	return ""
}

// byTool makes a table of all cases with a column for each tool that was measured.
func byTool(r record.Report, cell func(record.Case, record.Run) string) string {
	t := &table{header: []string{"case"}}
	for _, one := range r.Tools {
		if one.Skipped == "" {
			t.header = append(t.header, one.Name)
		}
	}
	for _, c := range r.Cases {
		row := []string{c.Name}
		for _, name := range t.header[1:] {
			i := slices.IndexFunc(c.Runs, func(run record.Run) bool { return run.Tool == name })
			if i < 0 {
				row = append(row, "-")
				continue
			}
			row = append(row, cell(c, c.Runs[i]))
		}
		t.add(row...)
	}
	return t.String()
}

func size(bytes int64) string {
	switch {
	case bytes >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	case bytes >= 1e3:
		return fmt.Sprintf("%.1f kB", float64(bytes)/1e3)
	default:
		return fmt.Sprintf("%d B", bytes)
	}
}
