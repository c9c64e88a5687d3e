package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/utils/audit"
	"github.com/signed-promote/signed-promote/utils/sanitize"
)

//go:embed audit.html
var auditPage string

// page is what the template shows. It holds every number ready, so that the page can be read without a script.
type page struct {
	*AuditResult
	// Bar is that of all images, Cards its legend.
	Bar, Cards []segment
	Months     []bar
	Paths      []bar
	// Findings are the images with findings.
	Findings []AuditImage
	States   []string
}

// segment is a part of a bar.
type segment struct {
	State   string
	Count   int
	Percent string
}

// bar is a row with a bar in it.
type bar struct {
	Name     string
	Images   int
	Findings int
	Segments []segment
	// States names those that occur, for the filter.
	States string
}

// HTML writes an audit as one page that needs nothing else: no network, no file beside it, and no script to be read.
// The script in it only filters.
func HTML(w io.Writer, r *AuditResult) error {
	t, err := template.New("audit").Parse(auditPage)
	if err != nil {
		return err
	}
	p := page{AuditResult: r, Bar: segments(r.Images, false), Cards: segments(r.Images, true)}
	p.Months = bars(r.Images, func(i AuditImage) string { return i.Changed.Format("2006-01") })
	p.Paths = bars(r.Images, func(i AuditImage) string { return i.Image })
	for _, s := range audit.States() {
		p.States = append(p.States, string(s))
	}
	for _, i := range r.Images {
		if len(i.Findings) > 0 {
			p.Findings = append(p.Findings, i)
		}
	}
	var text strings.Builder
	if err := t.Execute(&text, p); err != nil {
		return err
	}
	_, err = io.WriteString(w, sanitize.Lines(text.String()))
	return err
}

// segments counts images by state. all keeps states without any image.
func segments(images []AuditImage, all bool) []segment {
	var parts []segment
	for _, s := range audit.States() {
		n := 0
		for _, i := range images {
			if i.State == string(s) {
				n++
			}
		}
		if n > 0 || all {
			parts = append(parts, segment{State: string(s), Count: n, Percent: percent(n, len(images))})
		}
	}
	return parts
}

// percent never rounds to 100 or 0 what is not.
func percent(n, of int) string {
	switch {
	case of == 0, n == 0:
		return "0\u00a0%"
	case n == of:
		return "100\u00a0%"
	}
	return fmt.Sprintf("%.1f\u00a0%%", min(max(float64(n)*100/float64(of), 0.1), 99.9))
}

// bars groups images by a name, in the order of names.
func bars(images []AuditImage, name func(AuditImage) string) []bar {
	groups, names := map[string][]AuditImage{}, []string{}
	for _, i := range images {
		key := name(i)
		if groups[key] == nil {
			names = append(names, key)
		}
		groups[key] = append(groups[key], i)
	}
	slices.Sort(names)
	all := make([]bar, 0, len(names))
	for _, key := range names {
		one := bar{Name: key, Images: len(groups[key]), Segments: segments(groups[key], false)}
		var states []string
		for _, s := range one.Segments {
			states = append(states, s.State)
		}
		for _, i := range groups[key] {
			if len(i.Findings) > 0 {
				one.Findings++
			}
		}
		one.States = strings.Join(states, " ")
		all = append(all, one)
	}
	return all
}

// SignedPercent is the share of signed images.
func (b bar) SignedPercent() string {
	for _, s := range b.Segments {
		if s.State == string(audit.Signed) {
			return s.Percent
		}
	}
	return percent(0, b.Images)
}

// SignedPercent is that of all images.
func (p page) SignedPercent() string { return percent(p.Totals.Signed, p.Totals.Images) }
