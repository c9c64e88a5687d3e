// Command plot draws what was measured: for every case the requests and the time that each tool needed. It is a module
// of its own, so that its libraries do not reach the plugin's.
//
//	go run . <performance.json> <performance.svg>
package main

import (
	"bytes"
	"fmt"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Size of the picture.
const (
	width  = 13 * vg.Inch
	height = 9 * vg.Inch
)

func main() {
	if err := write(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

func write(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: plot <performance.json> <performance.svg>")
	}
	r, err := read(args[0])
	if err != nil {
		return err
	}
	picture, err := paint(r)
	if err != nil {
		return err
	}
	return os.WriteFile(args[1], picture, 0o644)
}

// paint draws one panel above the other.
func paint(r report) ([]byte, error) {
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	requests, err := panel(r, "requests", func(one run) float64 { return float64(one.Requests) })
	if err != nil {
		return nil, err
	}
	wall, err := panel(r, fmt.Sprintf("milliseconds, at %d ms a request", r.Cases[0].LatencyMS),
		func(one run) float64 { return one.WallMS })
	if err != nil {
		return nil, err
	}
	requests.Title.Text = "First promotion of an image, with its number of attachments. Pale: attachments got lost."
	requests.Legend.Top, requests.Legend.Left, requests.Legend.Padding = true, true, 2
	wall.Legend = plot.NewLegend()
	canvas := vgsvg.New(width, height)
	panels := [][]*plot.Plot{{requests}, {wall}}
	tiles := draw.Tiles{Rows: 2, Cols: 1, PadY: vg.Centimeter / 2, PadTop: 6, PadBottom: 6, PadLeft: 6, PadRight: 6}
	for i, row := range plot.Align(panels, tiles, draw.New(canvas)) {
		panels[i][0].Draw(row[0])
	}
	var b bytes.Buffer
	_, err = canvas.WriteTo(&b)
	return b.Bytes(), err
}
