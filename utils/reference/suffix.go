package reference

import (
	"regexp"
	"strings"

	"github.com/opencontainers/go-digest"
)

// SuffixTag is a tag that hangs something on a digest by its name alone: "[prefix]sha256-<hex>.<suffix>", the way of cosign's
// ".sig", ".att" and ".sbom". A tag with a prefix and no suffix is one as well; with neither it is a fallback tag.
type SuffixTag struct {
	Prefix  string
	Subject digest.Digest
	Suffix  string
}

// String gives the tag itself.
func (t SuffixTag) String() string {
	s := t.Prefix + FallbackTag(t.Subject)
	if t.Suffix != "" {
		s += "." + t.Suffix
	}
	return s
}

// derived matches every tag that carries a sha256 digest in its name: prefix, hex, suffix. sha512 cannot occur with a suffix: 128
// hexadecimal digits leave no room in a tag.
var derived = regexp.MustCompile(`^(.*?)sha256-([0-9a-f]{64})(?:\.(.+))?$`)

// ParseSuffixTag takes a tag apart; ok is false for every other tag, fallback tags among them, and for a name that is no tag at all: a
// prefix such as "../" would lead out of the image.
func ParseSuffixTag(tag string) (t SuffixTag, ok bool) {
	m := derived.FindStringSubmatch(tag)
	if m == nil || CheckTag(tag) != nil || (m[1] == "" && m[3] == "") {
		return SuffixTag{}, false
	}
	return SuffixTag{Prefix: m[1], Subject: digest.NewDigestFromEncoded(digest.SHA256, m[2]), Suffix: m[3]}, true
}

// fallbackLength is how many hexadecimal digits of a digest stand in a fallback tag: the OCI distribution specification cuts a
// referrers tag so that a sha512 digest keeps its first 64.
const fallbackLength = 64

// FallbackTag gives the referrers tag of the OCI distribution specification for a digest: "sha256-<hex>", without any suffix.
func FallbackTag(d digest.Digest) string {
	hex := d.Encoded()
	return d.Algorithm().String() + "-" + hex[:min(fallbackLength, len(hex))]
}

var fallback = regexp.MustCompile(`^sha(?:256|384|512)-[0-9a-f]{64}$`)

// IsFallbackTag tells whether tag is a referrers tag of some digest.
func IsFallbackTag(tag string) bool { return fallback.MatchString(tag) }

// DigestFolder gives the name of the folder in which Artifactory keeps a manifest that no tag names: "sha256:<hex>".
func DigestFolder(d digest.Digest) string { return d.String() }

// ParseDigestFolder reads the name of such a folder; ok is false for every other name.
func ParseDigestFolder(name string) (d digest.Digest, ok bool) {
	if !strings.Contains(name, ":") {
		return "", false
	}
	d, err := digest.Parse(name)
	return d, err == nil
}

// IsImageTag tells whether a folder's name can be a tag that people gave: within the grammar, and neither a suffix tag nor a
// fallback tag.
func IsImageTag(name string) bool {
	if CheckTag(name) != nil || IsFallbackTag(name) {
		return false
	}
	_, attached := ParseSuffixTag(name)
	return !attached
}
