package audit

import (
	"slices"

	"github.com/opencontainers/go-digest"
)

// ofOpaque adds to the observation of an image what could not be read beside it, and in the other places where it may
// have something.
func (a *imageAudit) ofOpaque(o *observation, root digest.Digest) {
	for _, index := range a.views() {
		if name, text, doubtful := index.Doubt("may be attached to this image"); doubtful {
			o.doubt = append(o.doubt, Finding{Problem: Unreadable, Subject: root, Name: name, Message: text})
		}
	}
	for _, index := range a.opaque {
		if name, text, doubtful := index.Doubt("may be what this image lacks"); doubtful && index != a.index {
			o.doubtInSources = append(o.doubtInSources, Finding{Problem: Unreadable, Subject: root, Name: name, Message: text})
			return
		}
	}
}

// unreadable counts the folders of which it could not be told what they hold, and tells why where no other message
// does.
func (a *audit) unreadable() int {
	seen := map[string]bool{}
	for _, index := range slices.Concat(a.own.Sorted(), a.places, a.opaque) {
		for name := range index.Opaque {
			seen[index.Image.Folder(name)] = true
		}
	}
	return len(seen)
}
