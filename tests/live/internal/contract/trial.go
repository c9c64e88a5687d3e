package contract

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
	"github.com/signed-promote/signed-promote/tests/live/internal/scratch"
)

// Bench is what all checks share: the server, its users and the two repositories.
type Bench struct {
	Client *client.Client
	// Limited may read <folder>/open of the source, and read and deploy, but neither delete nor annotate, in the
	// target. It may be nil.
	Limited  *client.Client
	Pair     *scratch.Pair
	Redactor *client.Redactor
	// Pause is the time between two looks at something that did not show at once. Default one second.
	Pause time.Duration
}

// looks is how often something that is not there at once is looked for, to tell late from never.
const looks = 8

// Trial is one check under way, with an image of its own. After the first failure of a preparation all that follows
// does nothing, and the verdict says that the statement could not be tested.
type Trial struct {
	*Bench
	// Image is the check's own image, or the folder of its images.
	Image string
	id    string
	err   error
}

// Run checks one statement.
func (b *Bench) Run(ctx context.Context, s Statement) Verdict {
	t := &Trial{Bench: b, id: s.ID}
	t.Image = t.folder("open")
	v := s.Check(ctx, t)
	if v.Outcome == Confirmed {
		v.Knob = s.Knob
	}
	return v
}

func (t *Trial) source() string { return t.Pair.Source }
func (t *Trial) target() string { return t.Pair.Target }

// folder is the check's own folder in a part of the repositories: open, which the limited user may read, or closed.
func (t *Trial) folder(part string) string {
	return scratch.Folder(t.Pair.Nonce) + "/" + part + "/" + t.id
}

// fail notes that a preparation did not go as it had to.
func (t *Trial) fail(format string, args ...any) {
	if t.err == nil {
		t.err = fmt.Errorf(format, args...)
	}
}

// do sends a request as the main user.
func (t *Trial) do(ctx context.Context, r client.Request) *client.Answer {
	return t.as(ctx, t.Client, r)
}

func (t *Trial) as(ctx context.Context, c *client.Client, r client.Request) *client.Answer {
	if t.err != nil {
		return &client.Answer{}
	}
	if c == nil {
		t.fail("there is no second token with fewer rights")
		return &client.Answer{}
	}
	answer, err := c.Do(ctx, r)
	if err != nil {
		t.fail("%s: no answer: %s", r.Method, t.Redactor.Redact(err.Error()))
		return &client.Answer{}
	}
	return answer
}

// need notes a failure unless the answer has one of the statuses.
func (t *Trial) need(a *client.Answer, what string, statuses ...int) *client.Answer {
	for _, status := range statuses {
		if a.Status == status {
			return a
		}
	}
	t.fail("%s: the server answers %d: %s", what, a.Status, a.Evidence(t.Redactor).Body)
	return a
}

// other is the answer that was found when a statement is not true: what it is, and the knob of the double that gives
// it.
type other struct{ found, knob string }

// verdict is Confirmed if holds, else Refuted.
func (t *Trial) verdict(holds bool, found string, instead other, answers ...*client.Answer) Verdict {
	v := Verdict{Outcome: Confirmed, Found: found, Evidence: t.evidence(answers)}
	switch {
	case t.err != nil:
		return t.untestable(t.err.Error())
	case !holds:
		v.Outcome, v.Found, v.Knob = Refuted, instead.found, instead.knob
	}
	return v
}

// untestable says why nothing can be said.
func (t *Trial) untestable(why string) Verdict {
	return Verdict{Outcome: Untestable, Found: t.Redactor.Redact(why)}
}

func (t *Trial) evidence(answers []*client.Answer) []client.Exchange {
	var shown []client.Exchange
	for _, a := range answers {
		if a.Status != 0 {
			shown = append(shown, a.Evidence(t.Redactor))
		}
	}
	return shown
}

// wait looks again and again until there is something, and tells how long that took.
func (t *Trial) wait(ctx context.Context, there func() bool) (waited time.Duration, found bool) {
	pause := cmp.Or(t.Pause, time.Second)
	for range looks {
		select {
		case <-ctx.Done():
			return waited, false
		case <-time.After(pause):
		}
		waited += pause
		if there() {
			return waited, true
		}
	}
	return waited, false
}

// status writes the status of an answer into a sentence.
func status(a *client.Answer) string { return fmt.Sprintf("the server answers %d", a.Status) }
