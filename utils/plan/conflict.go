package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/utils/attachment"
)

// ConflictWays returns the ways out of a conflict, the default first.
func ConflictWays() []string {
	return []string{string(OnConflictMerge), string(OnConflictKeep), string(OnConflictReplace), string(OnConflictFail)}
}

// kindOfWay reports which kind of record a way can be chosen for, by the suffixes of cosign's tags.
func kindOfWay(suffix string) (attachment.Kind, bool) {
	switch suffix {
	case "sig":
		return attachment.KindSignature, true
	case "att":
		return attachment.KindAttestation, true
	case "sbom":
		return attachment.KindSBOM, true
	case "other":
		return attachment.KindOther, true
	default:
		return "", false
	}
}

// ParseConflict reads a way for all kinds ("keep"), or ways by kind with one for all others ("att=replace;merge");
// without the latter that is merge.
func ParseConflict(text string) (Conflict, error) {
	seen := map[string]bool{}
	for _, part := range strings.Split(text, ";") {
		suffix, way, byKind := strings.Cut(part, "=")
		if !byKind {
			suffix, way = "", part
		}
		if _, known := kindOfWay(suffix); byKind && !known {
			return "", fmt.Errorf("%q is no kind of record: write sig, att, sbom or other", suffix)
		}
		if !slices.Contains(ConflictWays(), way) {
			return "", fmt.Errorf("%q is no way out of a conflict: write %s, or ways by kind such as \"att=replace;merge\"", way,
				strings.Join(ConflictWays(), ", "))
		}
		if seen[suffix] {
			return "", fmt.Errorf("%q says twice what to do", text)
		}
		seen[suffix] = true
	}
	return Conflict(text), nil
}

// For returns the way for a kind of record.
func (c Conflict) For(kind attachment.Kind) Conflict {
	rest := OnConflictMerge
	for _, part := range strings.Split(string(c), ";") {
		suffix, way, byKind := strings.Cut(part, "=")
		if mine, _ := kindOfWay(suffix); byKind && mine == kind {
			return Conflict(way)
		}
		if !byKind && part != "" {
			rest = Conflict(part)
		}
	}
	return rest
}
