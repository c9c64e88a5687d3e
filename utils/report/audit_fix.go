package report

import (
	"fmt"
	"strings"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/audit"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// fixes reports what to do about findings.
type fixes struct {
	repo    string
	sources []string
	// registry is the host of the server, as cosign and docker name it with the repository in the path.
	registry string
}

// of returns a command where one does it.
func (f fixes) of(i audit.Image, one audit.Finding) string {
	at := reference.Reference{Image: i.Image, Digest: one.Subject}
	switch one.Problem {
	case audit.LeftBehind:
		if one.Other {
			return f.repair(i.Path) + " and the policy options of this audit"
		}
		if one.Signs || one.Kind == attachment.KindSignature {
			return f.repair(i.Path)
		}
		return f.repair(i.Path) + " --kinds " + string(one.Kind)
	case audit.NotSigned:
		if len(one.FoundIn) > 0 {
			return f.repair(i.Path)
		}
		if one.Unsignable {
			return "push the image again with a newer client, in a form that can be signed (this is docker schema 1): docker push " + f.registry + "/" + i.Tagged(i.Tag)
		}
		return fmt.Sprintf("cosign sign %s/%s", f.registry, at)
	case audit.Lacking:
		return fmt.Sprintf("cosign attest --type <type> --predicate <file> %s/%s", f.registry, at)
	case audit.Damaged:
		return f.damaged(i, one)
	case audit.Missing:
		return "push the image again: docker push " + f.registry + "/" + i.Tagged(i.Tag)
	case audit.Nested:
		return fmt.Sprintf("compare it with the folder around it, then: jf rt del %s/", i.Folder(one.Name))
	case audit.NotVerified:
		return "jf signed-promote verify " + i.Tagged(i.Tag)
	default:
		return "jf signed-promote status " + at.String()
	}
}

func (f fixes) repair(path string) string {
	return fmt.Sprintf("jf signed-promote repair %s --source-repos '%s' --include '%s'", f.repo,
		strings.Join(f.sources, ";"), path)
}

// damaged is what dangles: it has to be made again, or, if it only lacks its listing, to be pushed again, which repair
// does.
func (f fixes) damaged(i audit.Image, one audit.Finding) string {
	if one.Unlisted {
		return fmt.Sprintf("jf signed-promote repair %s --include '%s'", f.repo, i.Path)
	}
	if one.Name == i.Tag || reference.IsImageTag(one.Name) || strings.Contains(one.Name, ":") {
		return "jf signed-promote status " + i.Tagged(i.Tag)
	}
	return fmt.Sprintf("jf rt del %s/ && cosign sign %s/%s", i.Folder(one.Name), f.registry,
		reference.Reference{Image: i.Image, Digest: one.Subject})
}
