// Package promotion reads both sides, lets plan decide, and carries the plan out: attachments first, each read back,
// the image last, read back, and for a move the deletes.
package promotion

import (
	"github.com/signed-promote/signed-promote/utils/inspect"
	"github.com/signed-promote/signed-promote/utils/promotion/internal/cleanup"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// Promoter promotes images on one server.
type Promoter struct {
	remote.Server
	// Verifier holds images against a policy, before the first write and before the target tag appears; nil means that
	// there is none.
	Verifier Verifier
	// DryRun stops after the plan.
	DryRun bool
	// Approve, unless nil, is asked about every plan before it is carried out; its error ends the promotion of that
	// image. It may make the plan binding.
	Approve func(*Result) error
}

// inspect returns what looks at images on the same server.
func (e *Promoter) inspect() inspect.Reader { return inspect.Reader{Reader: e.Reader} }

// cleaner returns what ends a move.
func (e *Promoter) cleaner() cleanup.Cleaner { return cleanup.Cleaner{Server: &e.Server} }
