package report

import (
	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/policy"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// State reports what came of verifying an image.
type State string

// The states of an image. One that could not be read is neither verified nor not; one of which nothing was asked is not
// asked.
const (
	StateVerified    State = "verified"
	StateNotVerified State = "not-verified"
	StateNotAsked    State = "not-asked"
	StateUnread      State = "unread"
)

// VerifyResult is the result of the verify command.
type VerifyResult struct {
	// Status is success when every image is verified, or nothing was asked.
	Status  Status        `json:"status"`
	Command string        `json:"command"`
	Totals  Totals        `json:"totals"`
	Images  []VerifyImage `json:"images"`
	Error   *Error        `json:"error,omitempty"`

	HTTP       HTTP  `json:"http"`
	DurationMs int64 `json:"durationMs"`
}

// VerifyImage is one image and what a policy says of it.
type VerifyImage struct {
	Image Location `json:"image"`
	// State is verified, not-verified, not-asked or unread.
	State        State         `json:"state"`
	Verification *Verification `json:"verification,omitempty"`
	// Outlook reports what other verifiers will say, if that was asked for.
	Outlook []Forecast `json:"outlook,omitempty"`
	// Details are there where they were asked for.
	Details *Details `json:"details,omitempty"`
	// Warnings tell what was found and passed over, and why.
	Warnings []string `json:"warnings"`
	Error    *Error   `json:"error,omitempty"`
}

// NewVerify begins the result of the verify command.
func NewVerify() *VerifyResult {
	return &VerifyResult{Status: Success, Command: "verify", Images: []VerifyImage{}}
}

// Add takes over images.
func (r *VerifyResult) Add(images ...VerifyImage) {
	r.Images = append(r.Images, images...)
	for _, i := range images {
		switch i.State {
		case StateVerified, StateNotAsked:
			r.Totals.Success++
		default:
			r.Totals.Failure++
			r.Status = Failure
		}
	}
}

// Fail notes an error that ended the run.
func (r *VerifyResult) Fail(err error) *VerifyResult {
	r.Status, r.Error = Failure, errorOf(err)
	return r
}

// Count reports how many images have a state.
func (r *VerifyResult) Count(s State) int {
	n := 0
	for _, i := range r.Images {
		if i.State == s {
			n++
		}
	}
	return n
}

// Verdict describes an image that was held against a policy.
func Verdict(ref reference.Reference, g *attachment.Graph, v *policy.Verdict) VerifyImage {
	ref.Digest = g.Root
	i := VerifyImage{
		Image: location(ref), State: StateNotVerified, Verification: verification(v), Warnings: append([]string{},
			g.Warnings...),
	}
	switch {
	case len(v.Outcomes) == 0:
		i.State = StateNotAsked
	case v.Satisfied():
		i.State = StateVerified
	}
	return i
}

// Unread describes an image that could not be read.
func Unread(ref reference.Reference, err error) VerifyImage {
	return VerifyImage{Image: location(ref), State: StateUnread, Warnings: []string{}, Error: errorOf(err)}
}
