package policy

import (
	"fmt"
	"net/url"
	"slices"
)

// predicateName is cosign's short name for a predicate type.
type predicateName struct{ name, uri string }

// predicateNames are those that cosign's --type takes.
func predicateNames() []predicateName {
	return []predicateName{
		{"custom", "https://cosign.sigstore.dev/attestation/v1"},
		{"slsaprovenance", "https://slsa.dev/provenance/v0.2"},
		{"slsaprovenance02", "https://slsa.dev/provenance/v0.2"},
		{"slsaprovenance1", "https://slsa.dev/provenance/v1"},
		{"spdx", "https://spdx.dev/Document"},
		{"spdxjson", "https://spdx.dev/Document"},
		{"cyclonedx", "https://cyclonedx.org/bom"},
		{"link", "https://in-toto.io/Link/v1"},
		{"vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"},
		{"openvex", "https://openvex.dev/ns"},
	}
}

// predicateType reads a predicate type as cosign's --type does: a short name, or a URI as it is.
func predicateType(text string) (string, error) {
	known := predicateNames()
	if i := slices.IndexFunc(known, func(n predicateName) bool { return n.name == text }); i >= 0 {
		return known[i].uri, nil
	}
	if u, err := url.ParseRequestURI(text); err == nil && u.IsAbs() {
		return text, nil
	}
	names := make([]string, 0, len(known))
	for _, n := range known {
		names = append(names, n.name)
	}
	return "", fmt.Errorf("type %q is neither a URI nor a name of cosign's%s", text, meant(text, names))
}

// PredicateLabel returns cosign's short name for a predicate type, or what it is if there is none.
func PredicateLabel(uri string) string {
	known := predicateNames()
	if i := slices.IndexFunc(known, func(n predicateName) bool { return n.uri == uri }); i >= 0 {
		return known[i].name
	}
	return uri
}
