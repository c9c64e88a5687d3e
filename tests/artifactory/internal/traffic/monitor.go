package traffic

import (
	"cmp"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Monitor stands before all handlers. Its methods may be called at any time.
type Monitor struct {
	mu      sync.Mutex
	log     []Request
	rules   []*rule
	latency time.Duration
	seen    int64
	crash   crash
	gauge   gauge
}

// crash is the state of CrashAt: requests left until the cut; at 0 everything is cut.
type crash struct {
	armed, after bool
	left         int
}

// Log returns a copy of the log, in the order in which the answers left.
func (m *Monitor) Log() []Request {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.log)
}

// Reset empties the log. Faults and latency stay.
func (m *Monitor) Reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.log = nil
}

// SetLatency makes every request take at least d.
func (m *Monitor) SetLatency(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.latency = d
}

// AddFault adds a fault; of several that hit a request the one added first counts.
func (m *Monitor) AddFault(f Fault) error {
	r, err := newRule(f)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rules = append(m.rules, r)
	return nil
}

// ClearFaults removes all faults and the crash.
func (m *Monitor) ClearFaults() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rules, m.crash = nil, crash{}
}

// CrashAt cuts the connection of the kth request from now (counted from 1), before or after it was carried
// out, and of all later ones before; 0 ends that.
func (m *Monitor) CrashAt(k int, after bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.crash = crash{armed: k > 0, after: after, left: k}
}

// begin counts the request, and returns its number and what goes wrong with it. A request that the limit refuses is not
// admitted; it meets no other fault.
func (m *Monitor) begin(r *http.Request) (number int64, f Fault, admitted bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen++
	f, admitted = m.gauge.admit(time.Now())
	if !admitted {
		f.Delay = m.latency
		return m.seen, f, false
	}
	for _, u := range m.rules {
		if u.hits(r) {
			f = u.Fault
			break
		}
	}
	f.Delay += m.latency
	if m.crash.armed {
		m.crash.left--
		f.CutAfter = f.CutAfter || m.crash.left == 0 && m.crash.after
		f.CutBefore = f.CutBefore || m.crash.left < 0 || m.crash.left == 0 && !m.crash.after
	}
	return m.seen, f, true
}

func (m *Monitor) record(entry Request) {
	entry.End = time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.log = append(m.log, entry)
	if entry.admitted {
		m.gauge.inFlight--
	}
}

// Wrap puts the monitor before a handler; tick is told the number of each request before it is carried out.
func (m *Monitor) Wrap(next http.Handler, tick func(int64)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entry := newRequest(r)
		number, fault, admitted := m.begin(r)
		entry.admitted = admitted
		time.Sleep(fault.Delay)
		if fault.CutBefore {
			m.record(entry)
			cut()
		}
		tick(number)
		body := &countingBody{ReadCloser: r.Body}
		r.Body = body
		strike(fault.Before)
		a := serve(next, r, fault, &entry)
		strike(fault.After)
		entry.SentBytes = body.n
		if fault.CutAfter {
			m.record(entry)
			cut()
		}
		entry.Status, entry.ReceivedBytes = a.status, a.bytesOnWire(r.Method, fault.Truncate)
		m.record(entry)
		a.send(w, r.Method, fault.Truncate)
	})
}

func strike(f func()) {
	if f != nil {
		f()
	}
}

// serve produces the answer, by the handler or by the fault, and notes in entry what happened.
func serve(next http.Handler, r *http.Request, f Fault, entry *Request) *answer {
	a := newAnswer()
	ctx, c := withCall(r.Context())
	switch {
	case f.Redirect != "":
		a.header.Set("Location", f.Redirect+r.URL.RequestURI())
		a.WriteHeader(cmp.Or(f.Status, http.StatusTemporaryRedirect))
	case f.Status != 0 && f.Half == nil:
		a.WriteHeader(f.Status)
		a.body.WriteString(f.Body)
	default:
		next.ServeHTTP(a, r.WithContext(withHalf(ctx, f.Half)))
		a.WriteHeader(http.StatusOK)
		if f.Half != nil && f.Status != 0 {
			a.replace(f.Status, f.Body)
		}
	}
	_, _ = io.Copy(io.Discard, r.Body)
	for k, v := range f.Header {
		a.header[http.CanonicalHeaderKey(k)] = v
	}
	if f.WrongDigest {
		a.falsify()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	entry.User, entry.Changed, entry.blobs = c.user, c.changed, c.blobs
	return a
}
