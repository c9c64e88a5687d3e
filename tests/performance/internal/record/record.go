// Package record is what was measured, as docs/performance.json keeps it. Tables and the plot are made from it alone.
package record

import (
	"bytes"
	"encoding/json"
	"os"
)

// Report is everything that was measured in one run.
type Report struct {
	// Go and System are what built and ran the programs.
	Go     string `json:"go"`
	System string `json:"system"`
	// Rounds is how often each tool did each case; figures are medians.
	Rounds int    `json:"rounds"`
	Tools  []Tool `json:"tools"`
	Cases  []Case `json:"cases"`
	// Startup holds one entry for each program and what it was asked for.
	Startup []Start `json:"startup"`
	Init    Init    `json:"init"`
	Size    Size    `json:"size"`
}

// Tool is a program that was measured.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Command string `json:"command"`
	// Skipped says why it was not measured.
	Skipped string `json:"skipped,omitempty"`
}

// Case is an image in a situation, and what every tool needed for it.
type Case struct {
	Name      string `json:"name"`
	LatencyMS int64  `json:"latencyMs"`
	// Attached is the number of attachments that exist; LayerBytes the size of the layers of the image.
	Attached   int   `json:"attached"`
	LayerBytes int64 `json:"layerBytes"`
	Runs       []Run `json:"runs"`
}

// Run is what one tool needed.
type Run struct {
	Tool     string `json:"tool"`
	Requests int    `json:"requests"`
	// Depth is how many of the requests went one after another.
	Depth int `json:"depth"`
	// SentBytes and ReceivedBytes are those of bodies; LayerBytes those of image layers among them.
	SentBytes     int64   `json:"sentBytes"`
	ReceivedBytes int64   `json:"receivedBytes"`
	LayerBytes    int64   `json:"layerBytes"`
	WallMS        float64 `json:"wallMs"`
	CPUMS         float64 `json:"cpuMs"`
	MemoryMB      float64 `json:"memoryMb"`
	// Image says that the image is complete at the target; Arrived is the number of attachments that are.
	Image   bool `json:"image"`
	Arrived int  `json:"arrived"`
	// Failed says that the tool itself ended with an error.
	Failed bool `json:"failed,omitempty"`
}

// Start is what a program needed to start, do a small thing and end.
type Start struct {
	Program  string  `json:"program"`
	Asked    string  `json:"asked"`
	WallMS   float64 `json:"wallMs"`
	CPUMS    float64 `json:"cpuMs"`
	MemoryMB float64 `json:"memoryMb"`
}

// Init is what the initialisation of packages cost before main began.
type Init struct {
	Packages int     `json:"packages"`
	ClockMS  float64 `json:"clockMs"`
	Bytes    int64   `json:"bytes"`
	// Greatest are the packages that took longest.
	Greatest []Package `json:"greatest"`
}

// Package is the initialisation of one package.
type Package struct {
	Name    string  `json:"name"`
	ClockMS float64 `json:"clockMs"`
	Bytes   int64   `json:"bytes"`
}

// Size is what a binary is made of.
type Size struct {
	Platform string `json:"platform"`
	Bytes    int64  `json:"bytes"`
	// Bare is the size of a plugin that does nothing.
	Bare int64 `json:"bare"`
	// Modules are sorted by size.
	Modules []Module `json:"modules"`
}

// Module is a part of a binary: a module, the standard library, or what the linker adds for all.
type Module struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// Read reads a report from a file.
func Read(path string) (r Report, err error) {
	raw, err := os.ReadFile(path) //nolint:gosec // the file that the caller names
	if err != nil {
		return r, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return r, d.Decode(&r)
}

// Write writes a report to a file.
func (r Report) Write(path string) error {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o644) //nolint:gosec // a page of the documentation
}
