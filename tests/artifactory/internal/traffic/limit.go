package traffic

import (
	"cmp"
	"net/http"
	"strconv"
	"time"
)

// Limit is how much the server takes. What goes beyond it is refused at once and not carried out. The zero value is no
// limit.
type Limit struct {
	// InFlight bounds the requests at one time, PerSecond those that begin within one second, counted from the first of
	// them; 0 is no bound. A request that is refused counts for neither.
	InFlight, PerSecond int
	// RetryAfter is the wait that is asked for, in whole seconds; 0 leaves the header out. For that long, counted from
	// a refusal, every request is refused, as long as Closed is set.
	RetryAfter time.Duration
	Closed     bool
	// Status of a refusal; 0 is 429.
	Status int
}

// gauge counts what the limit is about.
type gauge struct {
	Limit
	inFlight, begun int
	second, open    time.Time
}

// admit counts a request in, or gives the fault that refuses it.
func (g *gauge) admit(now time.Time) (refusal Fault, admitted bool) {
	if now.Sub(g.second) >= time.Second {
		g.second, g.begun = now, 0
	}
	shut := g.Closed && now.Before(g.open)
	if shut || g.InFlight > 0 && g.inFlight >= g.InFlight || g.PerSecond > 0 && g.begun >= g.PerSecond {
		if !shut {
			g.open = now.Add(g.RetryAfter)
		}
		return g.refusal(), false
	}
	g.inFlight++
	g.begun++
	return Fault{}, true
}

func (g *gauge) refusal() Fault {
	f := Fault{Status: cmp.Or(g.Status, http.StatusTooManyRequests), Body: "too many requests"}
	if g.RetryAfter > 0 {
		f.Header = http.Header{"Retry-After": {strconv.Itoa(int(g.RetryAfter / time.Second))}}
	}
	return f
}

// SetLimit bounds the requests from now on.
func (m *Monitor) SetLimit(l Limit) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.gauge.Limit = l
}
