package verification

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"github.com/notaryproject/notation-core-go/signature"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/dir"
	"github.com/notaryproject/notation-go/plugin"
	"github.com/notaryproject/notation-go/verifier"
	"github.com/notaryproject/notation-go/verifier/trustpolicy"
	"github.com/notaryproject/notation-go/verifier/truststore"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/policy"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// notationChecker asks notation's code, by one trust policy.
type notationChecker struct {
	document *trustpolicy.Document
	verifier notation.Verifier
	registry string
	server   *url.URL
}

// newNotationChecker reads trust policy and trust store from a configuration folder as notation has it. Plugins are
// notation's own.
func newNotationChecker(n policy.Notation, server *url.URL) (*notationChecker, error) {
	document, err := loadTrustPolicy(n.Config)
	if err != nil {
		return nil, fmt.Errorf("notation's trust policy in %s cannot be used: %w", n.Config, err)
	}
	store := truststore.NewX509TrustStore(dir.NewSysFS(n.Config))
	v, err := verifier.New(document, store, plugin.NewCLIManager(dir.PluginFS()))
	if err != nil {
		return nil, fmt.Errorf("notation's trust policy in %s cannot be used: %w", n.Config, err)
	}
	return &notationChecker{document: document, verifier: v, registry: n.Registry, server: server}, nil
}

// loadTrustPolicy reads the trust policy in a folder; notation's own loader knows the user's alone. Like it, it takes
// no symbolic links.
func loadTrustPolicy(config string) (*trustpolicy.Document, error) {
	path := filepath.Join(config, dir.PathTrustPolicy)
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() || info.Mode()&fs.ModeSymlink != 0 {
		return nil, fmt.Errorf("%s is not a regular file, which notation insists on", path)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the user names the folder
	if err != nil {
		return nil, err
	}
	document := &trustpolicy.Document{}
	if err := json.Unmarshal(text, document); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return document, nil
}

// check holds a signature against the trust policy for an image at a place.
func (c *notationChecker) check(ctx context.Context, at reference.Reference, subject manifest.Manifest,
	r *record,
) (policy.Proof, error) {
	if subject.Digest == "" {
		return policy.Proof{}, errors.New("the manifest that it signs is not there")
	}
	described := ocispec.Descriptor{MediaType: subject.MediaType, Digest: subject.Digest, Size: int64(len(subject.Raw))}
	outcome, err := c.verifier.Verify(ctx, described, r.content, notation.VerifierVerifyOptions{
		ArtifactReference: c.name(at) + "@" + subject.Digest.String(), SignatureMediaType: r.descriptor.MediaType,
	})
	if err != nil {
		return policy.Proof{}, err
	}
	if outcome.EnvelopeContent == nil {
		return policy.Proof{}, errors.New("the trust policy skips verification")
	}
	return notationProof(&outcome.EnvelopeContent.SignerInfo), nil
}

func notationProof(s *signature.SignerInfo) policy.Proof {
	proof := policy.Proof{Time: s.SignedAttributes.SigningTime}
	if len(s.CertificateChain) > 0 {
		leaf := s.CertificateChain[0]
		proof.Subject, proof.Issuer = leaf.Subject.String(), leaf.Issuer.String()
	}
	return proof
}

// skips reports whether the trust policy says that an image needs no signature, and the name of the statement that
// does.
func (c *notationChecker) skips(at reference.Reference, g *attachment.Graph) (statement string, skips bool) {
	p, err := c.document.GetApplicableTrustPolicy(c.name(at) + "@" + g.Root.String())
	if err != nil {
		// Nothing is said of the image: its signatures fail by that.
		return "", false
	}
	level, err := p.SignatureVerification.GetVerificationLevel()
	return p.Name, err == nil && level.Name == trustpolicy.LevelSkip.Name
}

// name returns the image's name as registryScopes have it. Artifactory serves one image under several, with the
// repository key in the path or as a part of the host; the first that the trust policy names is meant, and if it names
// none, the first.
func (c *notationChecker) name(at reference.Reference) string {
	if c.registry != "" {
		return c.registry + "/" + at.Path
	}
	names := []string{c.server.Host + "/" + at.Repo + "/" + at.Path, at.Repo + "." + c.server.Host + "/" + at.Path}
	for _, name := range names {
		named := func(p trustpolicy.TrustPolicy) bool { return slices.Contains(p.RegistryScopes, name) }
		if slices.ContainsFunc(c.document.TrustPolicies, named) {
			return name
		}
	}
	return names[0]
}

// skipped names the trust policies that need no signature of an image.
func (v *Verifier) skipped(at reference.Reference, g *attachment.Graph,
	rules []policy.Rule,
) map[policy.Notation]string {
	all := map[policy.Notation]string{}
	for _, r := range rules {
		if r.Notation == nil {
			continue
		}
		if name, skips := v.notation[*r.Notation].skips(at, g); skips {
			all[*r.Notation] = name
		}
	}
	return all
}
