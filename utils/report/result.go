// Package report holds the results that users and programs read, and writes them as JSON or as tables. The JSON forms
// are described by the schemas in docs; their fields are stable, and only additions are made.
package report

// Status sums up a run.
type Status string

// The statuses of a run.
const (
	Success     Status = "success"
	Failure     Status = "failure"
	RefusedRun  Status = "refused"
	NothingToDo Status = "nothing-to-do"
)

// Outcomes of attachments that no step carries.
const (
	outcomeKept    = "kept"
	outcomeThere   = "already-there"
	outcomeRefused = "refused"
)

// Result is the result of a command that promotes.
type Result struct {
	Status  Status  `json:"status"`
	Command string  `json:"command"`
	Totals  Totals  `json:"totals"`
	DryRun  bool    `json:"dryRun"`
	Images  []Image `json:"images"`
	// Remaining names source folders that belong to no promoted tag, when every tag was asked for.
	Remaining []string `json:"remaining,omitempty"`
	// Build is the build that the images are part of.
	Build *Build `json:"build,omitempty"`
	// PlanFile is the plan that was written.
	PlanFile   *PlanFile `json:"planFile,omitempty"`
	Error      *Error    `json:"error,omitempty"`
	HTTP       HTTP      `json:"http"`
	DurationMs int64     `json:"durationMs"`
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

// Totals counts images, as jf prints its totals.
type Totals struct {
	Success int `json:"success"`
	Failure int `json:"failure"`
}

// HTTP counts the traffic of a run: requests with their repetitions, and bytes of bodies.
type HTTP struct {
	Requests      int64 `json:"requests"`
	SentBytes     int64 `json:"sentBytes"`
	ReceivedBytes int64 `json:"receivedBytes"`
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

// Error reports what went wrong, on which side, and what to do.
type Error struct {
	Message string `json:"message"`
	Side    string `json:"side,omitempty"`
	Hint    string `json:"hint,omitempty"`
}
