package report

import (
	"slices"
	"strings"
	"time"

	"github.com/signed-promote/signed-promote/utils/audit"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// AuditResult is the result of the audit command.
type AuditResult struct {
	Header
	Repo string `json:"repo"`
	// Sources are the repositories in which what is lacking was looked for.
	Sources []string `json:"sources"`
	// Shard is "i/n" when this is a part of the repository.
	Shard string `json:"shard,omitempty"`
	// Merged tells of how many results this one was joined.
	Merged   int          `json:"merged,omitempty"`
	At       time.Time    `json:"at"`
	Totals   AuditTotals  `json:"totals"`
	Images   []AuditImage `json:"images"`
	Baseline *Baseline    `json:"baseline,omitempty"`
	Warnings []string     `json:"warnings"`
	Error    *Error       `json:"error,omitempty"`
	Traffic
}

// AuditTotals counts images by state.
type AuditTotals struct {
	Images   int `json:"images"`
	Signed   int `json:"signed"`
	Partly   int `json:"partly"`
	Lost     int `json:"lost"`
	Unsigned int `json:"unsigned"`
	Broken   int `json:"broken"`
	Unknown  int `json:"unknown"`
	// Verified counts those that satisfy the policy; absent without one.
	Verified *int `json:"verified,omitempty"`
	// Findings counts the images with any finding.
	Findings int `json:"findings"`
	// Untagged counts manifests that no tag leads to; they are not audited.
	Untagged int `json:"untagged"`
	// Unreadable counts what could not be read and may be an image, or attached to any: with it an audit is not
	// complete.
	Unreadable int `json:"unreadable"`
}

// AuditImage is what an audit says of one tag.
type AuditImage struct {
	Repo   string `json:"repo"`
	Image  string `json:"image"`
	Tag    string `json:"tag"`
	Digest string `json:"digest"`
	// State is signed, partly, lost, unsigned, broken or unknown.
	State string `json:"state"`
	// Verified is absent without a policy.
	Verified *bool `json:"verified,omitempty"`
	// FoundIn names images in other repositories, "<repo>/<image>", that have what is lacking here.
	FoundIn []string `json:"foundIn"`
	// Changed is when the tag last came, or was changed, here.
	Changed  time.Time      `json:"changed"`
	Findings []AuditFinding `json:"findings"`
}

// AuditFinding is one thing that is not as it should be, and what to do about it.
type AuditFinding struct {
	// Problem is not-signed, left-behind, damaged, lacking, missing, unreadable, no-signature, nested or not-verified.
	Problem string `json:"problem"`
	Subject string `json:"subject"`
	// Name is the folder of the attachment that it is about, if any.
	Name    string   `json:"name,omitempty"`
	Message string   `json:"message"`
	FoundIn []string `json:"foundIn,omitempty"`
	// Fix is a command, or what else to do.
	Fix string `json:"fix"`
}

// NewAudit begins the result of an audit. a is nil when there is an error.
func NewAudit(r audit.Request, a *audit.Result, registry string, at time.Time, err error) *AuditResult {
	result := &AuditResult{
		Header: Header{Command: "audit"}, Repo: r.Repo, Sources: append([]string{},
			r.Sources...), Shard: r.Shard.String(), At: at.UTC().Truncate(time.Second),
		Images: []AuditImage{}, Warnings: []string{}, Error: errorOf(err),
	}
	if a != nil {
		f := fixes{repo: r.Repo, sources: r.Sources, registry: registry}
		for _, i := range a.Images {
			result.Images = append(result.Images, auditImage(i, f))
		}
		result.Warnings = append(result.Warnings, a.Problems...)
		result.Totals.Untagged, result.Totals.Unreadable = a.Untagged, a.Unreadable
	}
	result.count()
	return result
}

func auditImage(i audit.Image, f fixes) AuditImage {
	image := AuditImage{
		Repo: i.Repo, Image: i.Path, Tag: i.Tag, Digest: i.Digest.String(), State: string(i.State), Verified: i.Verified,
		FoundIn: names(i.FoundIn), Changed: i.Changed.UTC(), Findings: make([]AuditFinding, 0, len(i.Findings)),
	}
	for _, one := range i.Findings {
		image.Findings = append(image.Findings, AuditFinding{
			Problem: string(one.Problem), Subject: one.Subject.String(), Name: one.Name, Message: one.Message,
			FoundIn: names(one.FoundIn), Fix: f.of(i, one),
		})
	}
	return image
}

func names(images []reference.Image) []string {
	all := make([]string, 0, len(images))
	for _, i := range images {
		all = append(all, i.String())
	}
	return all
}

// count fills the totals and the status from the images.
func (r *AuditResult) count() {
	t := AuditTotals{Untagged: r.Totals.Untagged, Unreadable: r.Totals.Unreadable}
	for _, i := range r.Images {
		t.add(i)
	}
	r.Totals, r.Status = t, Success
	if r.Error != nil || r.HasFindings() {
		r.Status = Failure
	}
}

// HasFindings reports whether anything is not as it should be, or could not be told.
func (r *AuditResult) HasFindings() bool { return r.Totals.Findings > 0 || r.Totals.Unreadable > 0 }

func (t *AuditTotals) add(i AuditImage) {
	t.Images++
	*t.of(audit.State(i.State))++
	if len(i.Findings) > 0 {
		t.Findings++
	}
	if i.Verified == nil {
		return
	}
	if t.Verified == nil {
		t.Verified = new(int)
	}
	if *i.Verified {
		*t.Verified++
	}
}

// of returns the counter of a state. What a later version writes counts as unknown.
func (t *AuditTotals) of(s audit.State) *int {
	switch s {
	case audit.Signed:
		return &t.Signed
	case audit.Partly:
		return &t.Partly
	case audit.Lost:
		return &t.Lost
	case audit.Unsigned:
		return &t.Unsigned
	case audit.Broken:
		return &t.Broken
	default:
		return &t.Unknown
	}
}

// Lost returns the places, sorted, that have what images here lack.
func (r *AuditResult) Lost() []string {
	var all []string
	for _, i := range r.Images {
		all = append(all, i.FoundIn...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Name returns "<image>:<tag>".
func (i AuditImage) Name() string { return strings.TrimSuffix(i.Image+":"+i.Tag, ":") }
