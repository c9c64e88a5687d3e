package transport

import (
	"fmt"
	"strconv"
	"time"

	"github.com/signed-promote/signed-promote/utils/sanitize"
)

// entry is what is said of one request.
type entry struct {
	method, url string
	status      int
	// size is the number of bytes of the answer, -1 while it is still coming.
	size    int64
	took    time.Duration
	attempt int
	err     error
}

// String is as in "GET https://host/artifactory/api/storage/r/i → 200, 1.2 kB, 12 ms (attempt 2)".
func (e entry) String() string {
	text := sanitize.Message(e.method) + " " + e.url + " → "
	if e.status != 0 {
		text += strconv.Itoa(e.status) + ", " + size(e.size) + ", "
	}
	if e.err != nil {
		text += sanitize.Shorten(sanitize.Message(e.err.Error()), maxErrorText) + ", "
	}
	text += fmt.Sprintf("%d ms", e.took.Milliseconds())
	if e.attempt > 1 {
		text += fmt.Sprintf(" (attempt %d)", e.attempt)
	}
	return text
}

func size(n int64) string {
	switch {
	case n < 0:
		return "streamed"
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000*1000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	default:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
}
