package policy

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// builder makes rules of what a file says.
type builder struct {
	document
	// dir is where relative paths begin; root is the trusted root of rules that name none.
	dir, root string
}

func (b builder) rule(r rule) (Rule, error) {
	one := Rule{
		Name: r.Name, Scope: Scope{Repositories: r.Repositories, Images: r.Images}, Children: r.Children,
		Trust: Trust{
			Root: b.root, IgnoreTlog: r.Trust.IgnoreTlog, IgnoreSCT: r.Trust.IgnoreSCT,
			SignedTimestamps: r.Trust.SignedTimestamps,
		},
	}
	if r.Trust.Root != "" {
		one.Trust.Root = b.path(r.Trust.Root)
	}
	if r.Signatures != nil {
		by, required, err := b.signers(r.Signatures.By, r.Signatures.Required)
		if err != nil {
			return one, fmt.Errorf("signatures: %w", err)
		}
		one.Signatures = &Signatures{Required: required, By: by}
	}
	if r.Notation != nil {
		if r.Notation.Config == "" {
			return one, errors.New("notation: config is missing, the folder with trustpolicy.json")
		}
		one.Notation = &Notation{Config: b.path(r.Notation.Config), Registry: strings.TrimSuffix(r.Notation.Registry, "/")}
	}
	for i, a := range r.Attestations {
		attestation, err := b.attestation(a)
		if err != nil {
			return one, fmt.Errorf("attestation %d: %w", i+1, err)
		}
		one.Attestations = append(one.Attestations, attestation)
	}
	return one, one.check()
}

// check refuses a rule that asks for less than it seems to.
func (r Rule) check() error {
	switch {
	case r.Signatures == nil && r.Notation == nil && len(r.Attestations) == 0:
		return errors.New("it asks for nothing: add signatures, attestations or notation")
	case r.Children && r.Signatures == nil && r.Notation == nil:
		return errors.New("children asks for the same signatures below the image, but there are none to ask for")
	default:
		return nil
	}
}

func (b builder) attestation(a attestation) (one Attestation, err error) {
	if one.Type, err = predicateType(a.Type); err != nil {
		return one, err
	}
	one.Label = a.Type
	if a.MaxAge != "" {
		if one.MaxAge, err = ParseAge(a.MaxAge); err != nil {
			return one, fmt.Errorf("maxAge: %w", err)
		}
	}
	one.By, one.Required, err = b.signers(a.By, a.Required)
	return one, err
}

// signers looks signers up by their names, and how many of them are needed: all, unless the file says less.
func (b builder) signers(names []string, required *int) ([]Signer, int, error) {
	if len(names) == 0 {
		return nil, 0, errors.New("by is missing, the list of signers")
	}
	by := make([]Signer, 0, len(names))
	for i, name := range names {
		entry, known := b.Signers[name]
		switch {
		case !known:
			return nil, 0, fmt.Errorf("there is no signer %q%s", name, meant(name, slices.Sorted(maps.Keys(b.Signers))))
		case slices.Contains(names[:i], name):
			return nil, 0, fmt.Errorf("the signer %q is in the list twice", name)
		}
		s, err := b.signer(name, entry)
		if err != nil {
			return nil, 0, fmt.Errorf("signer %q: %w", name, err)
		}
		by = append(by, s)
	}
	if required == nil {
		return by, len(by), nil
	}
	if *required < 1 || *required > len(by) {
		return nil, 0, fmt.Errorf("required must be between 1 and %d, the number of signers, not %d", len(by), *required)
	}
	return by, *required, nil
}

func (b builder) signer(name string, s signer) (Signer, error) {
	identity := Identity{
		Subject: s.Identity, SubjectRegexp: s.IdentityRegexp, Issuer: s.Issuer,
		IssuerRegexp: s.IssuerRegexp,
	}
	if s.Key == "" {
		return Signer{Name: name, Identity: identity}, identity.Check("identity", "issuer")
	}
	if identity != (Identity{}) {
		return Signer{}, errors.New("it has both a key and an identity; make two signers of it")
	}
	key := s.Key
	if !strings.Contains(key, "://") {
		key = b.path(key)
	}
	return Signer{Name: name, Key: key}, nil
}

// path returns a path of the file as seen from here.
func (b builder) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(b.dir, name)
}

// Check reports why an identity matches nothing or too much: subject and issuer are both needed, each either exactly or
// as a regular expression. The words are what the user calls the two.
func (i Identity) Check(subject, issuer string) error {
	for _, part := range []struct{ name, exact, expression string }{
		{subject, i.Subject, i.SubjectRegexp},
		{issuer, i.Issuer, i.IssuerRegexp},
	} {
		switch {
		case part.exact == "" && part.expression == "":
			return fmt.Errorf("%s is missing: a certificate's identity means nothing without the issuer that vouches for it, nor the issuer without the identity", part.name)
		case part.exact != "" && part.expression != "":
			return fmt.Errorf("%s is given exactly and as a regular expression; choose one", part.name)
		}
		if _, err := regexp.Compile(part.expression); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}
