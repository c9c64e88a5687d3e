package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// fileVersion is the one that there is.
const fileVersion = 1

// document is a policy file, see docs/policies.md and docs/schema/policy.schema.json.
type document struct {
	Version  int               `yaml:"version"`
	Signers  map[string]signer `yaml:"signers"`
	Policies []rule            `yaml:"policies"`
}

type signer struct {
	Key            string `yaml:"key"`
	Identity       string `yaml:"identity"`
	IdentityRegexp string `yaml:"identityRegexp"`
	Issuer         string `yaml:"issuer"`
	IssuerRegexp   string `yaml:"issuerRegexp"`
}

type rule struct {
	Name         string        `yaml:"name"`
	Repositories []string      `yaml:"repositories"`
	Images       []string      `yaml:"images"`
	Signatures   *signatures   `yaml:"signatures"`
	Attestations []attestation `yaml:"attestations"`
	Notation     *notation     `yaml:"notation"`
	Children     bool          `yaml:"children"`
	Trust        trust         `yaml:"trust"`
}

type signatures struct {
	Required *int     `yaml:"required"`
	By       []string `yaml:"by"`
}

type attestation struct {
	Type     string   `yaml:"type"`
	MaxAge   string   `yaml:"maxAge"`
	Required *int     `yaml:"required"`
	By       []string `yaml:"by"`
}

type notation struct {
	Config   string `yaml:"config"`
	Registry string `yaml:"registry"`
}

type trust struct {
	Root             string `yaml:"root"`
	IgnoreTlog       bool   `yaml:"ignoreTlog"`
	IgnoreSCT        bool   `yaml:"ignoreSCT"`
	SignedTimestamps bool   `yaml:"signedTimestamps"`
}

// Parse reads a policy file. origin is its path, which messages name and to whose folder relative paths in it belong.
// root is the trusted root of rules that name none. What is not understood is an error, never passed over.
func Parse(text []byte, origin, root string) (Policy, error) {
	d, err := decode(text)
	if err == nil {
		var p Policy
		if p, err = d.policy(filepath.Dir(origin), root); err == nil {
			p.Origin = origin
			return p, nil
		}
	}
	return Policy{}, fmt.Errorf("%s: %w", origin, err)
}

func decode(text []byte) (d document, err error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var node yaml.Node
	if err := decoder.Decode(&node); errors.Is(err, io.EOF) {
		return d, errors.New("the file is empty")
	} else if err != nil {
		return d, readable(err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return d, errors.New("the file holds more than one YAML document")
	}
	if err := strict(&node, d); err != nil {
		return d, err
	}
	return d, readable(node.Decode(&d))
}

// readable takes the library's name out of its messages, and its line breaks.
func readable(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "yaml: ", "")), " "))
}

// policy makes a Policy of a document.
func (d document) policy(dir, root string) (Policy, error) {
	if d.Version != fileVersion {
		return Policy{}, fmt.Errorf("version must be %d", fileVersion)
	}
	if len(d.Policies) == 0 {
		return Policy{}, errors.New("there are no policies in it")
	}
	p := Policy{Strict: true}
	b := builder{document: d, dir: dir, root: root}
	seen := map[string]bool{}
	for i, r := range d.Policies {
		switch {
		case r.Name == "":
			return Policy{}, fmt.Errorf("policy %d has no name", i+1)
		case seen[r.Name]:
			return Policy{}, fmt.Errorf("two policies have the name %q", r.Name)
		}
		seen[r.Name] = true
		one, err := b.rule(r)
		if err != nil {
			return Policy{}, fmt.Errorf("policy %q: %w", r.Name, err)
		}
		p.Rules = append(p.Rules, one)
	}
	return p, nil
}
