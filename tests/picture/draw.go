package main

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// Sizes in pixels; a character is as wide as in the usual monospace fonts or less.
const (
	columns    = 101
	charWidth  = 8
	lineHeight = 19
	margin     = 18
	title      = 34
)

const style = `
    text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #c9d1d9; white-space: pre; }
    .heading { fill: #79c0ff; font-weight: bold; }
    .command { fill: #ffffff; }
    .bad { fill: #ff7b72; font-weight: bold; }
    .good { fill: #7ee787; font-weight: bold; }
    .line { animation: appear 0.2s both; }
    @keyframes appear { from { opacity: 0; } to { opacity: 1; } }
    @media (prefers-reduced-motion: reduce) { .line { animation: none; } }
  `

// draw returns an SVG in which the lines appear one after another. Who shows no animations, shows all of them.
func draw(lines []line) string {
	width, height := columns*charWidth+2*margin, title+len(lines)*lineHeight+margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">`+"\n", width, height, width, height)
	b.WriteString("  <title>The usual promotion loses the signatures of an image, signed-promote carries them</title>\n")
	fmt.Fprintf(&b, "  <style>%s</style>\n", style)
	fmt.Fprintf(&b, `  <rect width="%d" height="%d" rx="8" fill="#0d1117"/>`+"\n", width, height)
	for n, colour := range []string{"#ff5f56", "#ffbd2e", "#27c93f"} {
		fmt.Fprintf(&b, `  <circle cx="%d" cy="17" r="5" fill="%s"/>`+"\n", margin+n*18, colour)
	}
	at := 0.3
	for n, l := range lines {
		if l.kind != blank {
			fmt.Fprintf(&b, `  <text class="line %s" x="%d" y="%d" style="animation-delay: %.1fs" xml:space="preserve">%s</text>`+"\n",
				l.kind, margin, title+n*lineHeight+lineHeight, at, escape(l.text))
		}
		at += l.seconds()
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// seconds reports how long a line is looked at before the next one comes. All together they are some 20 seconds.
func (l line) seconds() float64 {
	switch l.kind {
	case heading:
		return 1.2
	case command:
		return 0.9
	case bad, good:
		return 1.4
	case blank:
		return 0
	default:
		return 0.3
	}
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder takes everything
	return b.String()
}
