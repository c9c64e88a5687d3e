package reference

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
)

// stagingDigits is how many hexadecimal digits tell the staging tags of one image apart.
const stagingDigits = 16

// StagingTag returns the tag under which an image waits until it is checked, before the given tag is set. It depends on
// that tag alone, so that a rerun finds what an interrupted run has left, and has a fixed length, since the tag may use
// up the 128 characters.
func StagingTag(tag string) string {
	sum := sha256.Sum256([]byte(tag))
	return "signed-promote-staging-" + hex.EncodeToString(sum[:])[:stagingDigits]
}

var staging = regexp.MustCompile(`^signed-promote-staging-[0-9a-f]{16}$`)

// IsStagingTag reports whether a tag is the staging tag of some tag.
func IsStagingTag(tag string) bool { return staging.MatchString(tag) }
