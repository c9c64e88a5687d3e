package main

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/signed-promote/signed-promote/tests/budget"
)

// nameWidth pads the names, so that they stand to the left while numbers stand to the right.
const nameWidth = 42

// write prints the measurements; behind each slash stands the budget.
func write(w io.Writer, measured []measurement, start time.Duration) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "%-*s\trequests\tdepth\twrites\tsent\treceived\tlayers\tat %v\tat %v\t\n", nameWidth, "case",
		latency, slowLatency)
	for _, m := range measured {
		fmt.Fprintf(table, "%-*s\t%s\t\n", nameWidth, m.Name, m.cells())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nmeasured / budget; depth: requests one after another; layers: bytes of image layers through the client (budget 0);\n"+
		"bytes are those of bodies; times: median of %d runs of the whole process. hidden-plugin-signature: %s\n",
		repetitions, against(milliseconds(start), milliseconds(budget.Start)))
	return err
}

func (m measurement) cells() string {
	requests, depth := limit(m.Limits.Requests), limit(m.Limits.Depth)
	slow := "-"
	if m.slow > 0 {
		slow = against(milliseconds(m.slow), milliseconds(m.Limits.Wall))
	}
	s := m.stats
	return fmt.Sprintf("%s\t%s\t%d\t%d\t%d\t%d\t%s\t%s", against(strconv.Itoa(s.Requests), requests),
		against(strconv.Itoa(s.Depth), depth),
		s.Writes, s.SentBytes, s.ReceivedBytes, s.LayerBytesUp+s.LayerBytesDown, milliseconds(m.wall), slow)
}

func against(measured, allowed string) string { return measured + " / " + allowed }

func limit(n int) string {
	if n == 0 {
		return "-"
	}
	return strconv.Itoa(n)
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }
