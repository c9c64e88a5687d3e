package reference

import (
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
)

// SuffixTag is a tag that hangs something on a digest by its name alone: "[prefix]sha256-<hex>.<suffix>", the way of
// cosign's ".sig", ".att" and ".sbom". A tag with a prefix and no suffix is one as well; with neither it is a fallback
// tag.
type SuffixTag struct {
	Prefix  string
	Subject digest.Digest
	Suffix  string
}

// String returns the tag itself.
func (t SuffixTag) String() string {
	s := t.Prefix + FallbackTag(t.Subject)
	if t.Suffix != "" {
		s += "." + t.Suffix
	}
	return s
}

// marker stands before the digest in every tag that carries one in its name. sha512 cannot occur with a suffix: 128
// hexadecimal digits leave no room in a tag.
const marker = "sha256-"

// ParseSuffixTag takes a tag apart; ok is false for every other tag, fallback tags among them, and for a name that is
// no tag at all: a prefix such as "../" would lead out of the image. The first digest counts that stands at the end or
// before a dot and a suffix. It is asked about every folder that is read, so it is no regular expression.
func ParseSuffixTag(tag string) (t SuffixTag, ok bool) {
	if CheckTag(tag) != nil {
		return SuffixTag{}, false
	}
	for from := 0; ; from++ {
		at := strings.Index(tag[from:], marker)
		if at < 0 {
			return SuffixTag{}, false
		}
		from += at
		prefix, rest := tag[:from], tag[from+len(marker):]
		if suffix, ok := parseSuffix(rest); ok && (prefix != "" || suffix != "") {
			return SuffixTag{
				Prefix: prefix, Subject: digest.NewDigestFromEncoded(digest.SHA256, rest[:hexLength]),
				Suffix: suffix,
			}, true
		}
	}
}

// hexLength is how many hexadecimal digits a sha256 has.
const hexLength = 64

// parseSuffix reads what follows the marker: a digest, and a suffix or none.
func parseSuffix(rest string) (suffix string, ok bool) {
	if len(rest) < hexLength || !isHex(rest[:hexLength]) {
		return "", false
	}
	if rest = rest[hexLength:]; rest == "" {
		return "", true
	}
	suffix, found := strings.CutPrefix(rest, ".")
	return suffix, found && suffix != ""
}

// isHex reports whether text has nothing but digits as a digest is written with.
func isHex(text string) bool {
	return strings.Trim(text, "0123456789abcdef") == ""
}

// fallbackLength is how many hexadecimal digits of a digest stand in a fallback tag: the OCI distribution specification
// cuts a referrers tag so that a sha512 digest keeps its first 64.
const fallbackLength = 64

// FallbackTag returns the referrers tag of the OCI distribution specification for a digest: "sha256-<hex>", without any
// suffix.
func FallbackTag(d digest.Digest) string {
	hex := d.Encoded()
	return d.Algorithm().String() + "-" + hex[:min(fallbackLength, len(hex))]
}

// IsFallbackTag reports whether tag is a referrers tag of some digest.
func IsFallbackTag(tag string) bool {
	algorithm, hex, _ := strings.Cut(tag, "-")
	return slices.Contains([]string{"sha256", "sha384", "sha512"}, algorithm) && len(hex) == fallbackLength && isHex(hex)
}

// FallbackSubject returns the subject that a referrers tag names. One of a digest that is no sha256 names its subject
// only in part: ok is false for it, and for every other name.
func FallbackSubject(tag string) (d digest.Digest, ok bool) {
	hex, isSHA256 := strings.CutPrefix(tag, "sha256-")
	if !isSHA256 || !IsFallbackTag(tag) {
		return "", false
	}
	return digest.NewDigestFromEncoded(digest.SHA256, hex), true
}

// DigestFolder returns the name of the folder in which Artifactory keeps a manifest that no tag names: "sha256:<hex>".
func DigestFolder(d digest.Digest) string { return d.String() }

// ParseDigestFolder reads the name of such a folder; ok is false for every other name.
func ParseDigestFolder(name string) (d digest.Digest, ok bool) {
	if !strings.Contains(name, ":") {
		return "", false
	}
	d, err := digest.Parse(name)
	return d, err == nil
}

// IsImageTag reports whether a folder's name can be a tag that people gave: within the grammar, and neither a suffix
// tag nor a fallback tag.
func IsImageTag(name string) bool {
	if CheckTag(name) != nil || IsFallbackTag(name) {
		return false
	}
	_, attached := ParseSuffixTag(name)
	return !attached
}
