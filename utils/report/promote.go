package report

import (
	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Outcomes of attachments that no step carries.
const (
	outcomeKept    = "kept"
	outcomeThere   = "already-there"
	outcomeRefused = "refused"
)

// Result is the result of a command that promotes.
type Result struct {
	Header
	Totals Totals  `json:"totals"`
	DryRun bool    `json:"dryRun"`
	Images []Image `json:"images"`
	// Remaining names source folders that belong to no promoted tag, when every tag was asked for.
	Remaining []string `json:"remaining,omitempty"`
	// Build is the build that the images are part of.
	Build *Build `json:"build,omitempty"`
	// PlanFile is the plan that was written.
	PlanFile *PlanFile `json:"planFile,omitempty"`
	Error    *Error    `json:"error,omitempty"`
	Traffic
}

// Build is a build and what became of its promotion by the server.
type Build struct {
	Name    string `json:"name"`
	Number  string `json:"number"`
	Project string `json:"project,omitempty"`
	Status  string `json:"status,omitempty"`
	// Outcome is planned, promoted, or failed when the server did not promote it or was not asked to.
	Outcome string `json:"outcome"`
}

// PlanFile names a file and the sha256 of its content, in hex.
type PlanFile struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
}

// Image is what became of one image.
type Image struct {
	Source Location `json:"source"`
	Target Location `json:"target"`
	// Mode is copy or move.
	Mode string `json:"mode"`
	// Outcome is planned, promoted, copied (a move that left its source tag), already-there, refused, failed or
	// not-begun.
	Outcome string `json:"outcome"`
	// Replaces is the digest that the target tag held before, if it was another one.
	Replaces    string       `json:"replaces,omitempty"`
	Steps       []Step       `json:"steps"`
	Attachments []Attachment `json:"attachments"`
	// Stays is what a move leaves at the source, because something there needs it.
	Stays []Stay `json:"stays,omitempty"`
	// Verification is there when a policy was asked.
	Verification *Verifications `json:"verification,omitempty"`
	Warnings     []string       `json:"warnings"`
	Error        *Error         `json:"error,omitempty"`
}

// Verifications is what a policy says on both sides. The target is verified after everything was attached there and
// before its tag appears.
type Verifications struct {
	Source *Verification `json:"source,omitempty"`
	Target *Verification `json:"target,omitempty"`
}

// Location names one side of an image. Digest is empty as long as it is not known.
type Location struct {
	Repo   string `json:"repo"`
	Image  string `json:"image"`
	Tag    string `json:"tag"`
	Digest string `json:"digest"`
}

// Step is one change at the server.
type Step struct {
	Action string `json:"action"`
	// Path is the Artifactory path that is written or deleted.
	Path   string `json:"path"`
	Digest string `json:"digest"`
	// Outcome is planned, done, failed, kept, or skipped when it was not reached.
	Outcome string `json:"outcome"`
}

// Stay is a folder that a move leaves at the source.
type Stay struct {
	Path   string `json:"path"`
	Digest string `json:"digest"`
	// NeededBy names the tag and digest folders of the image that need it.
	NeededBy []string `json:"neededBy"`
	// Reason reports why it stays where nothing else in the image is the cause: the target was not given it.
	Reason string `json:"reason,omitempty"`
}

// Attachment is one manifest that is attached to the image, on a child of it or on another attachment.
type Attachment struct {
	Subject string `json:"subject"`
	Digest  string `json:"digest"`
	// Kind is signature, attestation, sbom, bundle, notation or other.
	Kind string `json:"kind"`
	// Storage is suffix-tag, referrer or fallback.
	Storage      string `json:"storage"`
	Tag          string `json:"tag,omitempty"`
	ArtifactType string `json:"artifactType,omitempty"`
	// Size is that of the manifest, in bytes.
	Size int64 `json:"size"`
	// Action is copy, merge, keep or none.
	Action string `json:"action"`
	// Outcome is planned, done, failed, kept, skipped, already-there, or refused when it is the reason why nothing was
	// done.
	Outcome string `json:"outcome"`
}

// Promotion turns what became of a run into its result. err is an error that no single image can be blamed for.
func Promotion(command string, dryRun bool, s *promotion.Summary, err error) *Result {
	r := &Result{Header: Header{Command: command}, DryRun: dryRun, Images: []Image{}, Error: errorOf(err)}
	if s != nil {
		r.Remaining = s.Remaining
		for _, one := range s.Results {
			r.add(image(one))
		}
	}
	r.Status = r.status(err)
	return r
}

// OfBuild says that the images are those of a build. A build without images is not nothing: the server was asked to
// promote it.
func (r *Result) OfBuild(b *Build) *Result {
	r.Build = b
	if b != nil && r.Status == NothingToDo {
		r.Status = Success
	}
	return r
}

func (r *Result) add(i Image) {
	r.Images = append(r.Images, i)
	if i.Error == nil {
		r.Totals.Success++
		return
	}
	r.Totals.Failure++
}

func (r *Result) status(err error) Status {
	switch {
	case failure.IsRefusal(err) && len(r.Images) == 0:
		return RefusedRun
	case err != nil, r.Totals.Failure > r.count(string(promotion.Refused)):
		return Failure
	case r.Totals.Failure > 0 && r.Totals.Success == 0:
		return RefusedRun
	case r.Totals.Failure > 0:
		return Failure
	case r.count(string(promotion.AlreadyThere)) == len(r.Images):
		return NothingToDo
	default:
		return Success
	}
}

func (r *Result) count(outcome string) int {
	n := 0
	for _, i := range r.Images {
		if i.Outcome == outcome {
			n++
		}
	}
	return n
}

func image(one *promotion.Result) Image {
	i := Image{
		Source:      location(one.Request.Source),
		Target:      location(one.Request.Target),
		Mode:        "copy",
		Outcome:     string(one.Outcome),
		Steps:       make([]Step, 0, len(one.Steps)),
		Attachments: []Attachment{},
		Warnings:    append([]string{}, one.Warnings...),
		Error:       errorOf(one.Err),
	}
	if one.Request.Move {
		i.Mode = "move"
	}
	i.Stays = stays(one.Stays)
	i.Warnings = append(i.Warnings, staying(one.Stays)...)
	for _, s := range one.Steps {
		i.Steps = append(i.Steps, Step{
			Action: string(s.Action), Path: s.Path, Digest: s.Digest.String(),
			Outcome: string(s.Outcome),
		})
	}
	if one.Verified != (promotion.Verified{}) {
		i.Verification = &Verifications{Source: verification(one.Verified.Source), Target: verification(one.Verified.Target)}
	}
	if one.Plan != nil {
		i.Replaces = one.Plan.Replaces.String()
		i.Attachments = attachments(one, i.Steps)
	}
	return i
}

func location(r reference.Reference) Location {
	return Location{Repo: r.Repo, Image: r.Path, Tag: r.Tag, Digest: r.Digest.String()}
}

func attachments(one *promotion.Result, steps []Step) []Attachment {
	all := make([]Attachment, 0, len(one.Plan.Items))
	for _, item := range one.Plan.Items {
		a := attached(item.Attachment)
		a.Action = string(item.Transfer)
		a.Outcome = outcomeOf(item, steps)
		all = append(all, a)
	}
	return all
}

// outcomeOf finds the step that carries an attachment; one without a step is at the target already, or stays behind
// there.
func outcomeOf(item plan.Item, steps []Step) string {
	switch {
	case item.Refused:
		return outcomeRefused
	case item.Transfer == plan.TransferKeep:
		return outcomeKept
	}
	for _, s := range steps {
		if item.Transfer != plan.TransferNone && s.Path == item.Path {
			return s.Outcome
		}
	}
	return outcomeThere
}

// attached describes an attachment as it was found, without any action.
func attached(a attachment.Attachment) Attachment {
	return Attachment{
		Subject:      a.Subject.String(),
		Digest:       a.Manifest.Digest.String(),
		Kind:         string(a.Kind),
		Storage:      string(a.Storage),
		Tag:          a.Tag,
		ArtifactType: a.Manifest.ArtifactType(),
		Size:         a.Manifest.Size(),
	}
}
