package main

import (
	"fmt"
	"image/color"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

const (
	barWidth = vg.Length(17)
	fontSize = vg.Length(8)
	// headroom is left above the highest bar, for labels and the legend.
	headroom = 1.25
)

// colours of the tools, in their order; all differ in brightness too.
func colours() []color.RGBA {
	return []color.RGBA{
		{0x1b, 0x7a, 0x3d, 255},
		{0x2a, 0x5c, 0xaa, 255},
		{0xd9, 0x8b, 0x1f, 255},
		{0x8e, 0x44, 0xad, 255},
		{0x7f, 0x8c, 0x8d, 255},
		{0xc0, 0x39, 0x2b, 255},
	}
}

// pale is the same colour, for work that was not done.
func pale(c color.RGBA) color.RGBA {
	lighten := func(v uint8) uint8 { return 255 - (255-v)/4 }
	return color.RGBA{lighten(c.R), lighten(c.G), lighten(c.B), 255}
}

// panel draws one figure of all cases, with a bar for each tool.
func panel(r report, axis string, figure func(run) float64) (*plot.Plot, error) {
	p := plot.New()
	p.Y.Label.Text = axis
	p.Y.Min = 0
	var tools []string
	for _, t := range r.Tools {
		if t.Skipped == "" {
			tools = append(tools, strings.TrimSpace(t.Name+" "+t.Version))
		}
	}
	highest := 0.0
	for i, t := range tools {
		name, _, _ := strings.Cut(t, " ")
		offset := barWidth * (vg.Length(i) - vg.Length(len(tools)-1)/2)
		top, err := bars(p, r, name, t, colours()[i%len(colours())], offset, figure)
		if err != nil {
			return nil, err
		}
		highest = max(highest, top)
	}
	p.Y.Max = highest * headroom
	p.NominalX(names(r)...)
	return p, nil
}

func names(r report) []string {
	var names []string
	for _, c := range r.Cases {
		names = append(names, fmt.Sprintf("%s (%d)", c.Name, c.Attached))
	}
	return names
}

// bars draws those of one tool, each with its figure above it, and gives the highest.
func bars(p *plot.Plot, r report, tool, title string, c color.RGBA, offset vg.Length,
	figure func(run) float64,
) (highest float64, err error) {
	done, lost := make(plotter.Values, len(r.Cases)), make(plotter.Values, len(r.Cases))
	var labels plotter.XYLabels
	for i, one := range r.Cases {
		run, complete := one.of(tool)
		value := figure(run)
		if complete {
			done[i] = value
		} else {
			lost[i] = value
		}
		labels.XYs = append(labels.XYs, plotter.XY{X: float64(i), Y: value})
		labels.Labels = append(labels.Labels, fmt.Sprintf("%.0f", value))
		highest = max(highest, value)
	}
	full, err := chart(p, done, c, offset)
	if err != nil {
		return 0, err
	}
	p.Legend.Add(title, full)
	if _, err := chart(p, lost, pale(c), offset); err != nil {
		return 0, err
	}
	return highest, label(p, labels, offset)
}

func chart(p *plot.Plot, values plotter.Values, c color.RGBA, offset vg.Length) (*plotter.BarChart, error) {
	b, err := plotter.NewBarChart(values, barWidth-1)
	if err != nil {
		return nil, err
	}
	b.Color, b.LineStyle.Width, b.Offset = c, 0, offset
	p.Add(b)
	return b, nil
}

func label(p *plot.Plot, labels plotter.XYLabels, offset vg.Length) error {
	l, err := plotter.NewLabels(labels)
	if err != nil {
		return err
	}
	for i := range l.TextStyle {
		l.TextStyle[i].Font.Size = fontSize
		l.TextStyle[i].XAlign = -0.5
	}
	l.Offset.X, l.Offset.Y = offset, 2
	p.Add(l)
	return nil
}
