package terminal

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
)

const (
	// redraw is how often the line at a terminal is written anew, remind how often another output gets a line.
	redraw = 200 * time.Millisecond
	remind = 5 * time.Second
	// barWidth is that of the bar, in characters.
	barWidth = 24
)

// Progress shows how far a run is. At a terminal a bar with counts and rate is drawn anew; elsewhere, as in CI, there
// is a line every few seconds, and none for what is done before. It may be used by many goroutines, and draws only when
// it is told something.
type Progress struct {
	w io.Writer
	// width is that of the terminal; 0 for another output.
	width int
	now   func() time.Time

	mu                  sync.Mutex
	stage               string
	total, done, failed int
	began, last         time.Time
	drawn               bool
}

// NewProgress shows progress on w, which is a terminal of so many columns, or none if that is 0.
func NewProgress(w io.Writer, width int) *Progress { return NewProgressAt(w, width, time.Now) }

// NewProgressAt is NewProgress with another clock.
func NewProgressAt(w io.Writer, width int, now func() time.Time) *Progress {
	return &Progress{w: w, width: width, now: now}
}

// Begin starts a stage of so many units of work; 0 when their number is not known.
func (p *Progress) Begin(stage string, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	p.stage, p.total, p.done, p.failed, p.began, p.last = Printable(stage), total, 0, 0, p.now(), p.now()
}

// Done reports that n more units are done.
func (p *Progress) Done(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	every := remind
	if p.width > 0 {
		every = redraw
	}
	if now := p.now(); now.Sub(p.last) >= every {
		p.last = now
		p.draw(now)
	}
}

// Failed reports that n more units failed. It is shown with the next that is done.
func (p *Progress) Failed(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed += n
}

// End takes the bar away, so that the result stands alone.
func (p *Progress) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	p.stage = ""
}

// draw writes the line. That it cannot be written is no reason to end a run.
func (p *Progress) draw(now time.Time) {
	rate := float64(p.done) / max(now.Sub(p.began).Seconds(), 0.001)
	if p.width == 0 {
		_, _ = fmt.Fprintf(p.w, "%s: %s, %.0f/s\n", p.stage, p.count(), rate)
		return
	}
	line := fmt.Sprintf("%s %s%s  %.0f/s", p.stage, p.bar(), p.count(), rate)
	// The new text goes over the old one, and only what is left of that is erased: a line that is empty in between
	// flickers. A line that reaches the edge would break, and the next one could not go over it.
	_, _ = fmt.Fprintf(p.w, "\r%s\x1b[K", text.Trim(line, p.width-1))
	p.drawn = true
}

func (p *Progress) count() string {
	count := fmt.Sprint(p.done)
	if p.total > 0 {
		count += fmt.Sprintf(" of %d", p.total)
	}
	if p.failed > 0 {
		count += fmt.Sprintf(", %d failed", p.failed)
	}
	return count
}

func (p *Progress) bar() string {
	if p.total == 0 {
		return ""
	}
	full := min(p.done*barWidth/p.total, barWidth)
	return "[" + strings.Repeat("=", full) + strings.Repeat(" ", barWidth-full) + "] "
}

func (p *Progress) wipe() {
	if p.drawn {
		_, _ = fmt.Fprint(p.w, "\r\x1b[K")
		p.drawn = false
	}
}
